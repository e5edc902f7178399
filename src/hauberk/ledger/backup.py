# SPDX-License-Identifier: Apache-2.0
"""Back-up and restore of a whole ledger, by command. Subject keys are not in it: they have a back-up of their own.

A back-up is a folder that is itself a ledger, verified after it was written. Restoring verifies first, and refuses to
put an older ledger in the place of one that has acknowledged more.
"""

import os
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path

from hauberk.core.errors import Broken, Misuse, RolledBack
from hauberk.ledger.chain import Proven
from hauberk.ledger.files import replace_file, sync_folder
from hauberk.ledger.log import Ledger
from hauberk.ledger.segment import segments
from hauberk.ledger.tail import Place, read_published
from hauberk.signing.key import PublicKey

_FILES = ("key.pub", "heirs")


def back_up(ledger: Ledger, target: Path) -> Proven:
    """Copy a ledger as it stands to a new folder and verify the copy there.

    Raises Misuse where the folder exists or cannot be written; an earlier back-up is never written over.
    """
    if target.exists():
        message = f"{target} exists"
        raise Misuse(message, remedy="name a new folder; keep earlier back-ups")
    fresh = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        _copy(ledger.path, fresh, ledger.note)
        proven = Ledger.open(fresh, keys=ledger.place.keys).verify()
        fresh.rename(target)
        sync_folder(target.absolute().parent)
    except OSError as error:
        message = f"cannot write {target}: {error.strerror}"
        raise Misuse(message, remedy="name a folder on a disk with room") from error
    finally:
        if fresh.exists():
            shutil.rmtree(fresh)
    return proven


def restore(source: Path, path: Path, keys: Sequence[PublicKey] = (), *, lose: bool = False) -> tuple[Proven, int]:
    """Put a back-up in the place of a ledger; what it proves, and how many acknowledged entries are lost by it.

    What was there is moved aside, not deleted. Raises RolledBack where the ledger there has acknowledged more than the
    back-up holds, unless ``lose`` says that this is known; LedgerBroken or SignatureInvalid where the back-up does not
    verify.
    """
    back = Ledger.open(source, keys=keys)
    proven = back.verify()
    lost = max(0, _acknowledged(path, back) - proven.size)
    if lost and not lose:
        message = f"the ledger in {path} has acknowledged {lost} entries that the back-up does not hold"
        raise RolledBack(message, remedy="take a newer back-up, or add --lose if there is none")
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _copy(source, fresh, back.note)
        if path.exists():
            path.rename(path.with_name(f"{path.name}.replaced-{secrets.token_hex(4)}"))
        fresh.rename(path)
        sync_folder(path.absolute().parent)
    except OSError as error:
        message = f"cannot restore to {path}: {error.strerror}"
        raise Misuse(message, remedy="make room or give permission; what was there is still there") from error
    return proven, lost


def _acknowledged(path: Path, back: Ledger) -> int:
    """How many entries the ledger in a folder has acknowledged, by its last checkpoint; 0 where that cannot be told."""
    try:
        published = read_published(Place(root=path, keys=back.place.keys, trusted=back.place.trusted))
    except Broken:
        return 0
    return published[0].size if published and published[0].origin == back.origin else 0


def _copy(source: Path, target: Path, note: str) -> None:
    """Segments first, the checkpoint last: bytes behind it are cut off when the copy is opened."""
    (target / "log").mkdir(parents=True)
    for segment in segments(source / "log"):
        _copy_file(segment, target / "log" / segment.name)
    for name in _FILES:
        if (source / name).exists():
            _copy_file(source / name, target / name)
    sync_folder(target / "log")
    replace_file(target / "checkpoint", note.encode())


def _copy_file(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)
    descriptor = os.open(target, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
