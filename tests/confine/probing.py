# SPDX-License-Identifier: Apache-2.0
"""The probes as tasks, and the same probes in a process that nothing confines."""

import subprocess
import sys
from pathlib import Path

from hauberk.confine.pool import Task

PROBES = Path(__file__).parent / "probes"
MIB = 1 << 20


def task(name, payload=b"", *, seconds=20.0, memory=512 * MIB, **more):
    return Task(call=f"confine_probes:{name}", payload=payload, seconds=seconds, memory=memory, **more)


def unconfined(name, payload=b"", *, before=""):
    """What the probe answers in an ordinary process; ``before`` is code that runs ahead of it."""
    code = (
        "import os, sys; sys.path.append(sys.argv[1]); import confine_probes\n" + before + "\n"
        "sys.stdout.buffer.write(getattr(confine_probes, sys.argv[2])(os.fsencode(sys.argv[3])))"
    )
    command = [sys.executable, "-P", "-c", code, str(PROBES), name, payload]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    return done.stdout if done.returncode == 0 else done.stderr.rpartition(b"\n")[0].rpartition(b"\n")[2]
