# SPDX-License-Identifier: Apache-2.0
# rule: HBK-COD-002
import subprocess
def launch(env, script):
    return subprocess.call(["/bin/bash", "-lc", "conda activate {} && python {}".format(env, script)])
