# SPDX-License-Identifier: Apache-2.0
"""Prints what a bench said with the names of bars that fall short, and appends it to its results where that is asked."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

RESULTS = Path(__file__).parents[1] / "results"


def ended(told, short, name, *, record):
    """The exit code: 1 where a bar falls short."""
    told += f"FALLS SHORT: {', '.join(short)}\n" if short else "PASS: every bar above\n"
    print(told, end="")
    if record:
        RESULTS.mkdir(exist_ok=True)
        now, load = datetime.now(UTC), os.getloadavg()[0]
        git = ["git", "-C", str(RESULTS.parent), "rev-parse", "--short=12", "HEAD"]
        commit = subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip() or "none"
        head = (
            f"{now:%Y-%m-%d %H:%M} UTC, commit {commit}, {platform.machine()}, {os.cpu_count()} CPUs, load {load:.1f}"
        )
        with (RESULTS / name).open("a") as file:
            file.write(f"== {head}, python {platform.python_version()}, numpy {np.__version__}\n{told}")
    return 1 if short else 0
