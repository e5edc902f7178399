# SPDX-License-Identifier: Apache-2.0
"""A checkpoint after C2SP tlog-checkpoint: origin, size and root of a tree, as the text of a signed note."""

from collections.abc import Sequence
from dataclasses import dataclass

from hauberk.core.errors import Malformed, SignatureInvalid
from hauberk.signing.identity import Identity
from hauberk.signing.key import PublicKey, decode64, encode64
from hauberk.signing.note import open_note, sign_note

_ROOT = 32
_DIGITS = 16


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """What a signature says of a ledger: it holds exactly these entries. Law: ``parse_checkpoint(c.text) == c``."""

    origin: str
    """Which ledger: ``hauberk/`` NAME ``/`` and 16 random hex digits."""
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """Three lines."""
        return f"{self.origin}\n{self.size}\n{encode64(self.root)}\n"


def parse_checkpoint(text: str) -> Checkpoint:
    """A checkpoint from its text; raises Malformed for any other text."""
    try:
        origin, size, root, end = text.split("\n")
        if not (origin and size.isdecimal() and len(size) <= _DIGITS):
            raise Malformed("not the text of a checkpoint")
        checkpoint = Checkpoint(origin=origin, size=int(size), root=decode64(root))
    except ValueError as error:
        raise Malformed("not the text of a checkpoint") from error
    if end or len(checkpoint.root) != _ROOT or checkpoint.text != text:
        raise Malformed("not the canonical text of a checkpoint")
    return checkpoint


def sign_checkpoint(checkpoint: Checkpoint, identity: Identity) -> str:
    """The signed note of a checkpoint."""
    return sign_note(checkpoint.text, identity)


def open_checkpoint(note: bytes, keys: Sequence[PublicKey]) -> tuple[Checkpoint, PublicKey]:
    """A checkpoint and whose it is; raises SignatureInvalid unless both signatures of one key hold."""
    opened = open_note(note, keys)
    try:
        return parse_checkpoint(opened.text), opened.by
    except Malformed as error:
        raise SignatureInvalid(f"a signed note, but {error.message}") from error
