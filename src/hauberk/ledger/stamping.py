# SPDX-License-Identifier: Apache-2.0
"""Has the last checkpoint stamped by a time-stamp authority, and seals its answer."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from cryptography import x509

from hauberk.core.canonical import canonical
from hauberk.core.clock import stamp
from hauberk.core.errors import KeyUnavailable, Misuse, Rewritten
from hauberk.ledger.log import Ledger
from hauberk.ledger.reading import parse_note
from hauberk.ledger.stamped import KIND, StampedEntry
from hauberk.ledger.tiles import subtrees
from hauberk.signing.key import encode64
from hauberk.signing.rfc3161 import open_response, time_request

LARGEST = 64 << 10
"""Bytes of an answer."""


def request(ledger: Ledger) -> bytes:
    """The request for the last checkpoint, DER; what it is about is kept until the answer comes."""
    note = ledger.note.encode()
    try:
        (ledger.path / "stamping").mkdir(exist_ok=True)
        (ledger.path / "stamping" / hashlib.sha256(note).hexdigest()).write_bytes(note)
    except OSError as error:
        message = f"cannot keep what is to be stamped: {error.strerror}"
        raise Misuse(message) from error
    return time_request(hashlib.sha256(note).digest())


def authorities(paths: Sequence[Path]) -> list[x509.Certificate]:
    """Certificates from PEM files; raises KeyUnavailable where a file is none."""
    try:
        return [one for path in paths for one in x509.load_pem_x509_certificates(path.read_bytes())]
    except (OSError, ValueError) as error:
        raise KeyUnavailable("a file is no certificate in PEM form") from error


def take(ledger: Ledger, answer: bytes, trusted: Sequence[x509.Certificate]) -> tuple[str, int]:
    """Seal an authority's answer; its time, and how many entries it is about.

    Raises StampInvalid where it does not hold, Misuse where it is to no request of this ledger.
    """
    opened = open_response(answer, trusted)
    kept = ledger.path / "stamping" / opened.digest.hex()
    if not kept.is_file():
        raise Misuse(
            "the answer is to no request of this ledger", remedy="hauberk ledger anchor rfc3161 --out request.tsq"
        )
    note = kept.read_bytes()
    checkpoint = parse_note(note)
    if checkpoint.size and subtrees(ledger.place, ledger.size)(0, checkpoint.size) != checkpoint.root:
        raise Rewritten(f"the authority has stamped another history of {checkpoint.size} entries")
    ledger.append(KIND, canonical(StampedEntry(answer=encode64(answer), note=note.decode())))
    kept.unlink()
    return stamp(opened.at), checkpoint.size
