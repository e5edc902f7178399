# SPDX-License-Identifier: Apache-2.0
# rule: HBK-COD-002
import os
import sys

dataset = sys.argv[1]
os.system("python preprocess.py --data %s" % dataset)
