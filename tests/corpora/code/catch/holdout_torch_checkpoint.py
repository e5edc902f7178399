# SPDX-License-Identifier: Apache-2.0
# rule: HBK-COD-001
import argparse
import torch

def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--checkpoint")
    args = parser.parse_args()
    state = torch.load(args.checkpoint, map_location=torch.device("cpu"))
    return state["model"]
