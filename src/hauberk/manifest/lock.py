# SPDX-License-Identifier: Apache-2.0
"""``hauberk.lock`` beside the manifest: canonical JSON under version control."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from hauberk.core.canonical import canonical
from hauberk.core.codec import decode
from hauberk.core.errors import CannotLook, Malformed, Misuse
from hauberk.core.lock import Lock

NAME = "hauberk.lock"
LARGEST = 64 << 20
"""Bytes; contracts of wide tables are the bulk of it."""

_REMEDY = "take it from version control again, or look at what changed and write it anew: hauberk lock"


def lock_bytes(lock: Lock) -> bytes:
    """The file's content: RFC 8785, and a newline for those who read it with line tools."""
    return canonical(lock) + b"\n"


def parse_lock(data: bytes) -> Lock:
    """A lock from its bytes; raises Malformed or TooLarge for whatever ``lock_bytes`` does not give."""
    lock = decode(data, Lock, limit=LARGEST)
    if lock_bytes(lock) != data:
        raise Malformed("not the canonical form of a lock")
    return lock


def read_lock(folder: Path) -> tuple[Lock, bytes] | None:
    """The lock beside a manifest and its bytes; None where there is none. Raises Misuse for a file that is no lock."""
    path = folder / NAME
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Misuse(f"{path}: {error.strerror}", remedy="give permission to read it") from error
    try:
        return parse_lock(data), data
    except CannotLook as error:
        raise Misuse(f"{path} is no lock: {error.message}", remedy=_REMEDY) from error


def write_lock(folder: Path, lock: Lock) -> None:
    """Put a lock beside a manifest, whole or not at all; a link in its place is replaced, not followed."""
    path = folder / NAME
    fresh = path.with_name(f"{NAME}.{os.getpid()}.new")
    try:
        with contextlib.ExitStack() as undo:
            undo.callback(fresh.unlink, missing_ok=True)
            with fresh.open("xb") as file:
                file.write(lock_bytes(lock))
            fresh.replace(path)
    except OSError as error:
        raise Misuse(f"{path}: {error.strerror}", remedy="make room or give permission") from error


def differences(before: Lock, now: Lock) -> Iterator[str]:
    """What is otherwise than it was, a line each."""
    for name in sorted(before.assets.keys() | now.assets.keys()):
        old, new = before.assets.get(name), now.assets.get(name)
        if old is None:
            yield f"asset {name}: not locked"
        elif new is None:
            yield f"asset {name}: locked, and no longer there"
        elif old.digest != new.digest:
            yield f"asset {name}: {new.uri} is not the file that was locked"
        elif old != new:
            yield f"asset {name}: locked as {old.kind.value} at {old.uri}, and is {new.kind.value} at {new.uri}"
    for what, old_ones, new_ones in (("rule", before.cards, now.cards), ("plugin", before.plugins, now.plugins)):
        for name in sorted(old_ones.keys() | new_ones.keys()):
            if old_ones.get(name) != new_ones.get(name):
                yield f"{what} {name}: locked as {old_ones.get(name, 'nothing')}, and is {new_ones.get(name, 'gone')}"
