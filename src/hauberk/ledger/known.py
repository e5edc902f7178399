# SPDX-License-Identifier: Apache-2.0
"""A checkpoint that a reader knows from elsewhere: a note, a line in a git commit, or a code on paper.

::

    hauberk/alice/1ea8... 17 HBtT...=               git trailer: Hauberk-Checkpoint: ORIGIN SIZE ROOT
    17-4M2KX-9QZ7T-...                              printed code: size, and 120 bits of SHA-256 over the text

The code's letters are Crockford's base 32, which leaves out I, L, O and U; case and dashes do not matter. Its last
letter is a checksum, so that a slip of the pen is called that and not a fork.
"""

import hashlib
from dataclasses import dataclass

from hauberk.core.errors import Malformed, Misuse, SignatureInvalid
from hauberk.ledger.checkpoint import Checkpoint, parse_checkpoint
from hauberk.signing.note import LARGEST, split_note

TRAILER = "Hauberk-Checkpoint"

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOKALIKE = str.maketrans("ILO", "110")
_BYTES = 15
_LETTERS = 24
_GROUP = 5


@dataclass(frozen=True, kw_only=True)
class Known:
    """A size, and what its checkpoint must be."""

    size: int
    words: str
    """What it is, for a message."""
    checkpoint: Checkpoint | None = None
    code: bytes = b""
    """Beginning of SHA-256 over the checkpoint's text, where only that is known."""
    note: bytes = b""
    """The signed note, where that is known: countersignatures in it count."""

    def fits(self, origin: str, root: bytes) -> bool:
        """Whether a ledger with this root at this size is the one that is known."""
        found = Checkpoint(origin=origin, size=self.size, root=root)
        if self.checkpoint is not None:
            return found == self.checkpoint
        return _digest(found) == self.code


def trailer(checkpoint: Checkpoint) -> str:
    """The line for a git commit (``git commit --trailer``)."""
    return f"{TRAILER}: {checkpoint.text.strip().replace(chr(10), ' ')}"


def code(checkpoint: Checkpoint) -> str:
    """The code for paper."""
    letters = _encode(_digest(checkpoint))
    letters += _checksum(checkpoint.size, letters)
    groups = [letters[at : at + _GROUP] for at in range(0, len(letters), _GROUP)]
    return f"{checkpoint.size}-{'-'.join(groups)}"


def parse_known(data: bytes, where: str) -> Known:
    """What a reader knows, from any of the three forms; raises Misuse where it is none of them."""
    if len(data) <= LARGEST:
        for parse in (_note, _trailer, _code):
            try:
                return parse(data, where)
            except (Malformed, SignatureInvalid, UnicodeDecodeError, ValueError):
                continue
    message = f"{where} is no checkpoint: no signed note, no line of a git commit, no printed code"
    raise Misuse(message, remedy="give what `hauberk ledger anchor` printed, or the ledger's file `checkpoint`")


def _note(data: bytes, where: str) -> Known:
    checkpoint = parse_checkpoint(split_note(data)[0])
    return Known(size=checkpoint.size, words=where, checkpoint=checkpoint, note=data)


def _trailer(data: bytes, where: str) -> Known:
    lines = [line for line in data.decode().splitlines() if line.startswith(f"{TRAILER}: ")]
    words = lines[-1].partition(": ")[2].split(" ") if lines else []
    checkpoint = parse_checkpoint("\n".join([*words, ""]))
    return Known(size=checkpoint.size, words=where, checkpoint=checkpoint)


def _code(data: bytes, where: str) -> Known:
    size, _, rest = data.decode("ascii").strip().partition("-")
    letters = rest.replace("-", "").upper().translate(_LOOKALIKE)
    if not size.isdecimal() or len(letters) != _LETTERS + 1 or not set(letters) <= set(_ALPHABET):
        raise Malformed("not a printed code")
    if _checksum(int(size[:16]), letters[:-1]) != letters[-1]:
        message = f"{where} is mistyped: its last letter does not fit the others"
        raise Misuse(message, remedy="read the code again")
    return Known(size=int(size[:16]), words=where, code=_decode(letters[:-1]))


def _digest(checkpoint: Checkpoint) -> bytes:
    return hashlib.sha256(checkpoint.text.encode()).digest()[:_BYTES]


def _encode(data: bytes) -> str:
    number = int.from_bytes(data, "big")
    return "".join(_ALPHABET[number >> shift & 31] for shift in range((_LETTERS - 1) * 5, -1, -5))


def _decode(letters: str) -> bytes:
    number = 0
    for letter in letters:
        number = number << 5 | _ALPHABET.index(letter)
    return number.to_bytes(_BYTES, "big")


def _checksum(size: int, letters: str) -> str:
    return _ALPHABET[hashlib.sha256(f"{size} {letters}".encode()).digest()[0] & 31]
