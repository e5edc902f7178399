# SPDX-License-Identifier: Apache-2.0
"""Runs the real command line in its own folder with its own keys and cache."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
HAUBERK = str(Path(sys.executable).parent / "hauberk")


@dataclass(frozen=True, kw_only=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def document(self):
        """Standard output as JSON."""
        return json.loads(self.out)


def hauberk(*words, cwd, home=None, **extra):
    """Run ``hauberk WORDS`` as a process; no traceback is ever acceptable."""
    environment = {**os.environ, **extra}
    if home is not None:
        environment |= {"XDG_CONFIG_HOME": str(home / "config"), "XDG_CACHE_HOME": str(home / "cache")}
    done = subprocess.run(
        [HAUBERK, *map(str, words)], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert "Traceback" not in done.stderr, done.stderr
    return Done(code=done.returncode, out=done.stdout, err=done.stderr)


def example(name, folder):
    """A fresh copy of one state of the credit system."""
    target = folder / name
    shutil.copytree(
        ROOT / "examples" / "credit" / name, target, ignore=shutil.ignore_patterns(".hauberk", "__pycache__")
    )
    return target


def substance(document):
    """What two runs must agree on: everything but times, ids and how long it took."""
    return [
        {
            "card": one["card"],
            "asset": one["asset"],
            "outcome": one["outcome"],
            "reason": one["reason"],
            "findings": one["findings"],
            "measurements": one["measurements"],
        }
        for one in document["evidence"]
    ]
