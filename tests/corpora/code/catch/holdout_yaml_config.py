# SPDX-License-Identifier: Apache-2.0
# rule: HBK-COD-001
import sys
import yaml

with open(sys.argv[1]) as stream:
    config = yaml.load(stream.read(), Loader=yaml.UnsafeLoader)
