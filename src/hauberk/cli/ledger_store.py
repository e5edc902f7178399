# SPDX-License-Identifier: Apache-2.0
"""``hauberk ledger create``, ``backup``, ``restore``, ``rebuild`` and ``merge``."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from hauberk.cli.ledger_folder import (
    Signer,
    Where,
    entries,
    folder_of,
    identity_of,
    open_for_reading,
    open_for_writing,
    read_file,
    signed,
)
from hauberk.cli.options import Manifest, Quiet
from hauberk.core.errors import Misuse
from hauberk.ledger import index
from hauberk.ledger.backup import back_up
from hauberk.ledger.backup import restore as restore_to
from hauberk.ledger.log import Ledger
from hauberk.ledger.merging import merge as merge_into
from hauberk.ledger.tiles import resync_tiles
from hauberk.signing.keystore import load_public
from hauberk.signing.note import LARGEST

Keys = Annotated[tuple[Path, ...], Parameter(help="Public key that should have signed; repeatable.", negative="")]


def create(folder: Path, /, *, signer: Signer = "", quiet: Quiet = False) -> int:
    """Make a new, empty ledger, such as a parent for those of several places; assess makes its own.

    Example: hauberk ledger create parent
    """
    identity = identity_of(signer)
    with Ledger.create(folder, identity) as made:
        if not quiet:
            sys.stdout.write(f"{folder}: {made.origin}, {signed(identity.public.id)}\n")
    return 0


def backup(folder: Path, /, *, ledger: Where = None, manifest: Manifest = None, quiet: Quiet = False) -> int:
    """Copy the ledger to a new folder and verify the copy. Keys are not in it, neither yours nor those of subjects.

    Example: hauberk ledger backup ledger-2027-01-04
    """
    proven = back_up(open_for_reading(ledger, manifest), folder)
    if not quiet:
        sys.stdout.write(f"{folder}: {entries(proven.size)}, verified, {signed(proven.by)}\n")
    return 0


def restore(
    folder: Path,
    /,
    *,
    key: Keys = (),
    lose: Annotated[bool, Parameter(negative="", help="Accept the loss of what was acknowledged since.")] = False,
    ledger: Where = None,
    manifest: Manifest = None,
    quiet: Quiet = False,
) -> int:
    """Verify a back-up and put it in the ledger's place; what was there is moved aside.

    Exit code 4 where the ledger has acknowledged more than the back-up holds, unless --lose is given.

    Example: hauberk ledger restore ledger-2027-01-04
    """
    proven, lost = restore_to(folder, folder_of(ledger, manifest), [load_public(file) for file in key], lose=lose)
    if not quiet:
        sys.stdout.write(f"restored: {entries(proven.size)}, {signed(proven.by)}; {lost} lost\n")
    return 0


def rebuild(*, ledger: Where = None, manifest: Manifest = None, quiet: Quiet = False) -> int:
    """Write index and tiles anew from the entries, after verifying those.

    Example: hauberk ledger rebuild
    """
    opened = open_for_reading(ledger, manifest)
    proven = opened.verify(history=False)
    count = index.rebuild(opened)
    try:
        resync_tiles(opened.place, opened.size)
    except OSError as error:
        message = f"cannot write in {opened.path}: {error.strerror}"
        raise Misuse(message) from error
    if not quiet:
        sys.stdout.write(f"index and tiles of {entries(count)} written anew, {signed(proven.by)}\n")
    return 0


def merge(
    request: Path, /, *, key: Keys = (), ledger: Where = None, manifest: Manifest = None, quiet: Quiet = False
) -> int:
    """Take another ledger's checkpoint into this one, as its parent: exit code 4 where that was cut or rewritten.

    The request is what hauberk ledger witness ask writes there. Example of the whole: docs/how-to/keep-a-ledger.md.

    Example: hauberk ledger merge request --key berlin.pub
    """
    if not key:
        raise Misuse("no member's key is given", remedy="add --key FILE.pub, obtained from the member")
    opened = open_for_writing(ledger, manifest)
    entry, checkpoint = merge_into(opened, read_file(request, 2 * LARGEST), [load_public(file) for file in key])
    if not quiet:
        sys.stdout.write(f"entry {entry.index}: {checkpoint.origin} stands at {entries(checkpoint.size)}\n")
    return 0
