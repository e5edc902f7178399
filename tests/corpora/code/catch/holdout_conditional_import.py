# SPDX-License-Identifier: Apache-2.0
# rule: HBK-COD-001
import sys
if sys.version_info[0] == 2:
    import cPickle as pkl
else:
    import pickle as pkl

def unpack(line):
    return pkl.loads(line)
