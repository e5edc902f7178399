# SPDX-License-Identifier: Apache-2.0
"""Git repositories that a test builds, each with its own identity and no configuration of the user's."""

import os
import subprocess
from pathlib import Path


class Built:
    """A working tree whose commits a test makes."""

    def __init__(self, top: Path):
        top.mkdir(parents=True, exist_ok=True)
        self.top = top
        self.git("init", "-q", "-b", "main")

    def git(self, *words, check=True, **extra):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        environment |= {"HOME": str(self.top), "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
        for who in ("AUTHOR", "COMMITTER"):
            environment |= {f"GIT_{who}_NAME": "ada", f"GIT_{who}_EMAIL": "ada@test.invalid"}
        done = subprocess.run(
            ["git", *words], cwd=self.top, check=check, capture_output=True, text=True, env=environment | extra
        )
        return done.stdout

    def write(self, **files):
        for name, text in files.items():
            self.put(name.replace("__", "/") + ".py", text)

    def put(self, name, text):
        path = self.top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())

    def commit(self, message="more", **files):
        self.write(**files)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD").strip()
