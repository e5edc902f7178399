# SPDX-License-Identifier: Apache-2.0
import subprocess
def version():
    return subprocess.check_output("git describe --tags", shell=True).decode().strip()
