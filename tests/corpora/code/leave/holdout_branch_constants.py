# SPDX-License-Identifier: Apache-2.0
import os
import platform
if platform.system() == "Windows":
    command = "cls"
else:
    command = "clear"
os.system(command)
