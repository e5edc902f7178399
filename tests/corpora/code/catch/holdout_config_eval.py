# SPDX-License-Identifier: Apache-2.0
# rule: HBK-COD-002
import configparser

def layers(path):
    parser = configparser.ConfigParser()
    parser.read(path)
    return eval(parser["model"]["layers"])
