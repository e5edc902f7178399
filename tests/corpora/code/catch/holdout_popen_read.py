# SPDX-License-Identifier: Apache-2.0
# rule: HBK-COD-002
import os
def gpus(host):
    return os.popen(f"ssh {host} nvidia-smi").read()
