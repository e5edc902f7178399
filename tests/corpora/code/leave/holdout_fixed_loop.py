# SPDX-License-Identifier: Apache-2.0
import os
STEPS = ("prepare.py", "train.py", "evaluate.py")
for step in STEPS:
    os.system(f"python {step}")
