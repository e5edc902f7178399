# SPDX-License-Identifier: Apache-2.0
"""``hauberk ledger prove``, ``tiles``, ``anchor`` and ``beat``: what outsiders need in order to check a ledger."""

import shutil
import sys
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from hauberk.cli.ledger_folder import (
    Where,
    entries,
    open_for_reading,
    open_for_writing,
    read_file,
    signed,
    write_file,
)
from hauberk.cli.options import Json, Manifest, Quiet
from hauberk.core.codec import encode_pretty
from hauberk.core.errors import Misuse
from hauberk.ledger.heartbeat import beat as beat_once
from hauberk.ledger.known import code, trailer
from hauberk.ledger.prove import continues, printed, verify_receipt
from hauberk.ledger.prove import prove as prove_entry
from hauberk.ledger.reading import parse_note
from hauberk.ledger.stamping import LARGEST, authorities, request, take
from hauberk.ledger.tiles import sync_tiles

Out = Annotated[Path | None, Parameter(name=["--out", "-o"], help="Write it to this file.")]
Form = Literal["code", "git", "note", "rfc3161"]


def prove(
    name: str = "",
    /,
    *,
    since: Annotated[
        int | None, Parameter(help="Prove instead that the ledger continues its first so many entries.")
    ] = None,
    out: Out = None,
    ledger: Where = None,
    manifest: Manifest = None,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Prove that one entry is in the ledger, with no need for the others.

    NAME is an index, the digest of a body, or the id that the body states (such as an evidence id). Prints the
    receipt; with --out, also writes the file that hauberk verify reads. With --since, the proof is that nothing
    before was changed.

    Example: hauberk ledger prove 0 --out 0.tlog-proof
    """
    opened = open_for_reading(ledger, manifest)
    if (not name) == (since is None):
        raise Misuse("name one entry, or give --since SIZE", remedy="hauberk ledger list names the entries")
    if since is not None:
        write_file(out, continues(opened, since))
        return 0
    receipt = prove_entry(opened, name)
    shown = verify_receipt(receipt.data, opened.place.keys)
    if out is not None:
        write_file(out, receipt.data)
    if json:
        sys.stdout.write(
            encode_pretty({"schema": "hauberk/receipt/1", "shown": shown, "receipt": receipt.data.decode()}) + "\n"
        )
    elif not quiet:
        sys.stdout.write(printed(shown, receipt))
    return 0


def tiles(folder: Path, /, *, ledger: Where = None, manifest: Manifest = None, quiet: Quiet = False) -> int:
    """Write checkpoint and tree as static files (C2SP tlog-tiles) that any tool of that kind reads.

    Example: hauberk ledger tiles published
    """
    opened = open_for_reading(ledger, manifest)
    opened.verify(history=False)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        sync_tiles(opened.place, opened.size, folder)
        shutil.copyfile(opened.path / "key.pub", folder / "key.pub")
    except OSError as error:
        message = f"cannot write {folder}: {error.strerror}"
        raise Misuse(message, remedy="name a folder where you may write") from error
    write_file(folder / "checkpoint", opened.note.encode())
    if not quiet:
        sys.stdout.write(f"{folder}: {entries(opened.size)} in tiles, {signed(opened.key.id)}\n")
    return 0


def anchor(
    form: Annotated[
        Form, Parameter(help="code for paper, git for a commit's trailer, note, or an RFC 3161 request.")
    ] = "code",
    /,
    *,
    out: Out = None,
    answer: Annotated[
        Path | None, Parameter(help="Seal a time-stamp authority's answer (.tsr) to an RFC 3161 request.")
    ] = None,
    ca: Annotated[
        tuple[Path, ...], Parameter(help="Certificate (PEM) of the authority; repeatable.", negative="")
    ] = (),
    ledger: Where = None,
    manifest: Manifest = None,
    quiet: Quiet = False,
) -> int:
    """Print the last checkpoint in a form that you can keep where the ledger's owner cannot reach it.

    Give it later to hauberk verify --known: a ledger that does not continue it is refused.

    Example: hauberk ledger anchor code
    """
    if answer is not None:
        moment, size = take(open_for_writing(ledger, manifest), read_file(answer, LARGEST), authorities(ca))
        if not quiet:
            sys.stdout.write(f"sealed: {entries(size)} were there at {moment}, says the authority\n")
        return 0
    opened = open_for_reading(ledger, manifest)
    checkpoint = parse_note(opened.note.encode())
    if form == "rfc3161":
        data = request(opened)
    else:
        data = {"code": f"{code(checkpoint)}\n", "git": f"{trailer(checkpoint)}\n", "note": opened.note}[form].encode()
    write_file(out, data)
    return 0


def verifier(*, out: Out = None) -> int:
    """Print the verifier that stands alone: one file, which needs Python and the package cryptography only.

    Give it to an auditor, or let him take it from the project himself: python verify.py BUNDLE --key K.pub

    Example: hauberk ledger verifier --out verify.py
    """
    write_file(out, (resources.files("hauberk") / "verifier" / "verify.py").read_bytes())
    return 0


def beat(
    *,
    every: Annotated[
        int, Parameter(help="Seconds until the next entry of this source at the latest; 0 ends the promise.")
    ],
    source: Annotated[str, Parameter(help="What promises; it stands in the entry.")] = "local",
    ledger: Where = None,
    manifest: Manifest = None,
    quiet: Quiet = False,
) -> int:
    """Seal one heartbeat: it counts the entries of every source and promises the next, so that silence shows.

    Meant for a timer that runs more often than it promises.

    Example: hauberk ledger beat --every 3600
    """
    entry = beat_once(open_for_writing(ledger, manifest, source=source), every)
    if not quiet:
        promise = f"promises another within {every} s" if every else "promises nothing any more"
        sys.stdout.write(f"entry {entry.index}: {source} {promise}\n")
    return 0
