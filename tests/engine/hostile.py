# SPDX-License-Identifier: Apache-2.0
"""Trees that somebody made to mislead whoever looks at them, and a user without root's rights to look."""

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

NOBODY = 65534


@contextlib.contextmanager
def nobodys_folder():
    """A folder that the user nobody owns, seen as nobody where this process is root (root reads everything)."""
    folder = Path(tempfile.mkdtemp(prefix="hauberk-nobody-"))
    root = os.geteuid() == 0
    try:
        if root:
            os.chown(folder, NOBODY, NOBODY)
            os.seteuid(NOBODY)
        yield folder
    finally:
        if root:
            os.seteuid(0)
        for path in [folder, *folder.rglob("*")]:
            if path.is_dir() and not path.is_symlink():
                path.chmod(0o700)
        shutil.rmtree(folder)
