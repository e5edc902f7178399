# SPDX-License-Identifier: Apache-2.0
import os
import shlex
def remove(paths):
    os.system("rm -- " + " ".join(shlex.quote(p) for p in paths))
