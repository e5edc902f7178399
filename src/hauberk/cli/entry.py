# SPDX-License-Identifier: Apache-2.0
"""The entry point: answers ``--version`` at once, and loads the command line for everything else."""

import importlib
import sys

import hauberk


def run() -> None:
    """Run the command line and leave with its exit code."""
    if sys.argv[1:] == ["--version"]:
        sys.stdout.write(f"hauberk {hauberk.__version__}\n")
        return
    importlib.import_module("hauberk.cli.main").run()
