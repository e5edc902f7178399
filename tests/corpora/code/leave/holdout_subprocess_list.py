# SPDX-License-Identifier: Apache-2.0
import subprocess, sys
def train(config, seed):
    subprocess.run([sys.executable, "train.py", "--config", config, "--seed", str(seed)], check=True)
