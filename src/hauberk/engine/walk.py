# SPDX-License-Identifier: Apache-2.0
"""Meets every file below a root once; folders that are not entered are named, with the reason."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from hauberk.core.document import Pruned


@dataclass(frozen=True, kw_only=True)
class Step:
    """A file met: its name as text, its name as bytes where that is not UTF-8, and what it is."""

    uri: str
    raw: str = ""
    """Hex of the relative path's bytes, where they are not UTF-8."""
    special: str = ""
    """``link`` (broken or leaving the root), ``special`` (socket, pipe, device) or empty for a readable kind of file."""


@dataclass(frozen=True, kw_only=True)
class Walk:
    """All files met, sorted by uri, and the folders not entered."""

    files: tuple[Step, ...]
    pruned: tuple[Pruned, ...]


def walk(root: Path, *, enter_all: bool = False) -> Walk:
    """Meet every file below the root; links to folders are not followed (what they point to inside is met there)."""
    files: list[Step] = []
    pruned: list[Pruned] = []
    top = root.resolve()
    pending = [""]
    while pending:
        folder = pending.pop()
        try:
            entries = sorted(os.scandir(root / folder), key=lambda entry: entry.name)
        except OSError as error:
            pruned.append(Pruned(path=_text(folder), reason=f"cannot be read: {error.strerror}"))
            continue
        for entry in entries:
            name = f"{folder}/{entry.name}" if folder else entry.name
            if entry.is_dir(follow_symlinks=False):
                reason = "" if enter_all else _reason(Path(entry.path), entry.name)
                if reason:
                    pruned.append(Pruned(path=_text(name), reason=reason))
                else:
                    pending.append(name)
            else:
                files.append(_step(name, entry, top))
    return Walk(
        files=tuple(sorted(files, key=lambda step: step.uri)), pruned=tuple(sorted(pruned, key=lambda one: one.path))
    )


def _reason(path: Path, name: str) -> str:
    if name == ".git":
        return "version control"
    if name == ".hauberk":
        return "hauberk's own state"
    if name == "node_modules":
        return "installed packages"
    if (path / "pyvenv.cfg").is_file() or (path / "conda-meta").is_dir():
        return "an environment"
    return ""


def _step(name: str, entry: os.DirEntry[str], top: Path) -> Step:
    text = _text(name)
    raw = os.fsencode(name).hex() if text != name else ""
    special = ""
    if entry.is_symlink():
        resolved = Path(entry.path).resolve()
        if resolved.is_dir():
            special = "link to a folder"
        elif not (resolved.is_file() and resolved.is_relative_to(top)):
            special = "link"
    elif not stat.S_ISREG(entry.stat(follow_symlinks=False).st_mode):
        special = "special"
    return Step(uri=text, raw=raw, special=special)


def _text(name: str) -> str:
    """The name as text that any encoding can carry; bytes that are not UTF-8 become ``\\xNN``."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")
