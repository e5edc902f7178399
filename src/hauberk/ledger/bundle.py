# SPDX-License-Identifier: Apache-2.0
"""The bundle: a whole ledger as one canonical file that a stranger verifies with a public key.

::

    hauberk/bundle/1
    <signed checkpoint: origin, size, root, a blank line, two signature lines>
    <a blank line>
    <entry 0: canonical JSON, exactly the bytes of its leaf>
    <body 0: canonical JSON>
    <entry 1> ...

UTF-8, lines end in one newline, nothing follows the last body. Law: ``serialise(parse(data)) == data`` for every
data that parses, and two different files never verify as the same ledger: every byte is a fixed word, under the
signatures, or of a signature that has one encoding only.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hauberk.core.codec import decode
from hauberk.core.entry import Entry
from hauberk.core.errors import BundleMalformed, Malformed, Misuse
from hauberk.ledger.chain import NOTED, Chain, Proven
from hauberk.ledger.checkpoint import parse_checkpoint
from hauberk.ledger.demands import NOTHING, Demands, holds_note, sizes
from hauberk.ledger.files import sync_folder
from hauberk.ledger.log import Ledger
from hauberk.ledger.reading import conclude, parse_note, read_lines
from hauberk.ledger.segment import LARGEST_BODY, LARGEST_ENTRY
from hauberk.signing.key import PublicKey
from hauberk.signing.note import LARGEST as LARGEST_NOTE

HEADER = b"hauberk/bundle/1\n"
LARGEST = 1 << 30
"""Bytes of one bundle."""
MOST_ENTRIES = 4_000_000

_REMEDY = "ask for the file again; it must be byte for byte what `hauberk ledger export` wrote"


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """A bundle's content, not yet verified."""

    note: bytes
    """The signed checkpoint."""
    lines: tuple[tuple[bytes, bytes], ...]
    """Entry and body of each, without newlines."""


def serialise(bundle: Bundle) -> bytes:
    """The bundle's bytes."""
    return b"".join((HEADER, bundle.note, b"\n", *(part + b"\n" for line in bundle.lines for part in line)))


def parse(data: bytes) -> Bundle:
    """A bundle's content; raises BundleMalformed for whatever ``serialise`` does not write."""
    if len(data) > LARGEST:
        raise _malformed(f"{len(data)} bytes exceed the limit of {LARGEST}")
    if not data.startswith(HEADER):
        raise _malformed("the first line is not that of a bundle")
    signed = data.find(b"\n\n", len(HEADER), len(HEADER) + LARGEST_NOTE)
    end = data.find(b"\n\n", signed + 2, len(HEADER) + LARGEST_NOTE)
    if signed < 0 or end < 0:
        raise _malformed("no signed checkpoint follows the first line")
    try:
        size = parse_checkpoint(data[len(HEADER) : signed + 1].decode()).size
    except (Malformed, UnicodeDecodeError) as error:
        raise _malformed("the checkpoint is not one") from error
    if size > MOST_ENTRIES or size > len(data):
        raise _malformed(f"{size} entries are claimed")
    lines = data[end + 2 :].split(b"\n")
    if lines.pop() or len(lines) % 2:
        raise _malformed(f"the checkpoint covers {size} entries, the file holds {len(lines) / 2:g}")
    pairs = tuple(zip(lines[::2], lines[1::2], strict=True))
    if any(len(entry) > LARGEST_ENTRY or len(body) > LARGEST_BODY for entry, body in pairs):
        raise _malformed("a line is too long")
    return Bundle(note=data[len(HEADER) : end + 1], lines=pairs)


def verify_parsed(bundle: Bundle, keys: Sequence[PublicKey], demands: Demands = NOTHING) -> Proven:
    """Both signatures, every entry, every body, the root, every demand; raises SignatureInvalid or LedgerBroken."""
    stated = parse_note(bundle.note)
    watch = sizes(demands.known, (body for line, body in bundle.lines if holds_note(line)))
    chain = Chain(stated.origin, watch | {stated.size})
    for line, body in bundle.lines:
        chain.follow(line, body)
    return conclude(chain, bundle.note, keys, demands)


def entries(bundle: Bundle) -> list[tuple[Entry, bytes]]:
    """Entries and bodies of a bundle that verifies."""
    return [(decode(line, Entry), body) for line, body in bundle.lines]


def noted(bundle: Bundle) -> list[tuple[Entry, bytes]]:
    """Entries that hold checkpoints, with their bodies, of a bundle that verifies."""
    marks = tuple(f'"kind":"{kind}"'.encode() for kind in NOTED)
    return [(decode(line, Entry), body) for line, body in bundle.lines if any(mark in line for mark in marks)]


def verify_bundle(data: bytes, keys: Sequence[PublicKey], demands: Demands = NOTHING) -> Proven:
    """What the bytes of a bundle prove under these keys; raises BundleMalformed, LedgerBroken or SignatureInvalid."""
    return verify_parsed(parse(data), keys, demands)


def write_bundle(ledger: Ledger, path: Path) -> int:
    """Export a ledger as it stands, in one step; returns the number of entries.

    Raises LedgerBroken where the ledger does not verify, Misuse where it is too large for one file or the file
    cannot be written.
    """
    proven = ledger.verify(history=False)
    if proven.size > MOST_ENTRIES:
        message = f"{proven.size} entries exceed the {MOST_ENTRIES} of one bundle"
        raise Misuse(message)
    fresh = path.with_name(f".{path.name}.new")
    try:
        with fresh.open("wb") as file:
            file.write(HEADER + ledger.note.encode() + b"\n")
            for line, body in read_lines(ledger.place, 0, proven.size):
                file.write(b"%b\n%b\n" % (line, body))
            size = file.tell()
            file.flush()
            os.fsync(file.fileno())
        if size > LARGEST:
            fresh.unlink()
            message = f"{size} bytes exceed the {LARGEST} of one bundle"
            raise Misuse(message)
        fresh.replace(path)
        sync_folder(path.absolute().parent)
    except OSError as error:
        message = f"cannot write {path}: {error.strerror}"
        raise Misuse(message, remedy="name a file in a folder where you may write") from error
    return proven.size


def _malformed(why: str) -> BundleMalformed:
    return BundleMalformed(why, remedy=_REMEDY)
