# SPDX-License-Identifier: Apache-2.0
"""Public keys: the ``.pub`` text form, key ids after C2SP signed-note, and verification of a pair of signatures."""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass, field
from functools import cached_property

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PublicKey

from hauberk.core.errors import KeyUnavailable, Misuse, SignatureInvalid

HEADER = "hauberk/public-key/1"
LARGEST = 16 << 10
"""A ``.pub`` file is about 3 kB; bytes beyond this are not read."""

ED25519_TYPE = b"\x01"
MLDSA65_TYPE = b"\xffhauberk/ml-dsa-65/1"
"""C2SP leaves 0xff to types without an assigned byte, followed by an identifier of one's own."""
ED25519_COSIGNATURE = b"\x04"
MLDSA65_COSIGNATURE = b"\xffhauberk/ml-dsa-65-cosignature/1"
"""The same keys where they countersign as a witness (C2SP tlog-cosignature)."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
_ROLE = re.compile(r"[a-z][a-z0-9-]{0,31}")
_ED25519_BYTES, _MLDSA65_BYTES = 32, 1952


@dataclass(frozen=True, kw_only=True)
class Signatures:
    """The two signatures over one message."""

    ed25519: bytes
    """64 bytes, RFC 8032."""
    mldsa65: bytes
    """3,309 bytes, FIPS 204."""


@dataclass(frozen=True, kw_only=True)
class PublicKey:
    """What others need in order to verify: a name, roles and two public keys.

    Law: ``parse_public_key(key.text.encode()) == key``, and every other byte string is refused.
    """

    name: str
    roles: tuple[str, ...] = ()
    """Sorted; what the holder may do is for policy to say."""
    ed25519: bytes = field(repr=False)
    mldsa65: bytes = field(repr=False)

    @cached_property
    def id(self) -> str:
        """``NAME/`` and 32 hex digits over both keys: who an entry or a statement is by."""
        return f"{self.name}/{hashlib.sha256(self.ed25519 + self.mldsa65).hexdigest()[:32]}"

    @cached_property
    def ed25519_id(self) -> bytes:
        """Four bytes; C2SP signed-note, "Signatures"."""
        return key_id(self.name, ED25519_TYPE + self.ed25519)

    @cached_property
    def mldsa65_id(self) -> bytes:
        """Four bytes; C2SP signed-note, "Signatures"."""
        return key_id(self.name, MLDSA65_TYPE + self.mldsa65)

    @cached_property
    def cosigner(self) -> str:
        """As a C2SP verifier key of a witness, one line without its newline."""
        typed = ED25519_COSIGNATURE + self.ed25519
        return f"{self.name}+{key_id(self.name, typed).hex()}+{encode64(typed)}"

    @cached_property
    def text(self) -> str:
        """The ``.pub`` form; its last two lines are C2SP verifier keys, the first of which any C2SP tool reads."""
        lines = (
            HEADER,
            f"name {self.name}",
            f"roles {' '.join(self.roles) or '-'}",
            f"{self.name}+{self.ed25519_id.hex()}+{encode64(ED25519_TYPE + self.ed25519)}",
            f"{self.name}+{self.mldsa65_id.hex()}+{encode64(MLDSA65_TYPE + self.mldsa65)}",
        )
        return "\n".join(lines) + "\n"

    @cached_property
    def verifiers(self) -> tuple[Ed25519PublicKey, MLDSA65PublicKey]:
        """Both keys, ready to verify; raises KeyUnavailable where the bytes are no key."""
        try:
            return Ed25519PublicKey.from_public_bytes(self.ed25519), MLDSA65PublicKey.from_public_bytes(self.mldsa65)
        except ValueError as error:
            message = f"the public key of {self.name} is not usable: {error}"
            raise KeyUnavailable(message) from error


def parse_public_key(data: bytes) -> PublicKey:
    """A public key from its ``.pub`` form; raises KeyUnavailable for anything else, be it one byte."""
    try:
        lines = data[: LARGEST + 1].decode("ascii").split("\n")
        header, name, roles, ed25519, mldsa65, end = lines
        key = PublicKey(
            name=check_name(name.removeprefix("name ")),
            roles=() if roles == "roles -" else check_roles(tuple(roles.removeprefix("roles ").split(" "))),
            ed25519=decode64(ed25519.split("+", 2)[-1])[len(ED25519_TYPE) :],
            mldsa65=decode64(mldsa65.split("+", 2)[-1])[len(MLDSA65_TYPE) :],
        )
    except (ValueError, Misuse) as error:
        raise _not_a_key() from error
    sizes = (len(key.ed25519), len(key.mldsa65))
    if header != HEADER or end or sizes != (_ED25519_BYTES, _MLDSA65_BYTES) or key.text.encode() != data:
        raise _not_a_key()
    key.verifiers  # noqa: B018  raises where the bytes are no key
    return key


def _not_a_key() -> KeyUnavailable:
    return KeyUnavailable("not a public key of hauberk", remedy="give the file that `hauberk key show NAME` prints")


def verify(message: bytes, context: str, signatures: Signatures, key: PublicKey) -> None:
    """Both signatures of ``Identity.sign`` hold; raises SignatureInvalid where either does not."""
    verify_pair(framed(message, context), message, context.encode(), signatures, key)


def verify_pair(classical: bytes, quantum: bytes, context: bytes, signatures: Signatures, key: PublicKey) -> None:
    """Ed25519 over one byte string and ML-DSA-65 over another under a context; raises SignatureInvalid."""
    ed25519, mldsa65 = key.verifiers
    try:
        ed25519.verify(signatures.ed25519, classical)
        mldsa65.verify(signatures.mldsa65, quantum, context)
    except InvalidSignature as error:
        message = f"a signature by {key.id} does not verify"
        raise SignatureInvalid(message, remedy="what was signed has changed, or the key is another") from error


def framed(message: bytes, context: str) -> bytes:
    """What Ed25519, which has no context of its own, signs: never valid UTF-8, hence never the text of a note."""
    label = context.encode()
    return b"\xffhauberk" + len(label).to_bytes(2, "big") + label + message


def check_name(name: str) -> str:
    """The name; raises Misuse where it would not do as a file name and as a name in a note."""
    if _NAME.fullmatch(name) is None:
        message = f"{name!r} cannot name a key"
        raise Misuse(message, remedy="use up to 64 of A-Z a-z 0-9 . _ @ -, beginning with a letter or digit")
    return name


def check_roles(roles: tuple[str, ...]) -> tuple[str, ...]:
    """The roles; raises Misuse for a malformed one, or where they are not sorted and distinct."""
    if any(_ROLE.fullmatch(role) is None for role in roles) or list(roles) != sorted(set(roles)):
        message = f"roles {' '.join(roles)!r} are not lower-case words, sorted and distinct"
        raise Misuse(message)
    return roles


def encode64(data: bytes) -> str:
    """Standard base64 with padding, RFC 4648 section 4."""
    return base64.b64encode(data).decode()


def decode64(text: str) -> bytes:
    """The bytes of one base64 text; raises ValueError unless encoding them again gives the same text."""
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from error
    if encode64(data) != text:
        raise ValueError("not canonical base64")
    return data


def key_id(name: str, typed: bytes) -> bytes:
    """Four bytes for a key as a signature type and the key itself; C2SP signed-note, "Signatures"."""
    return hashlib.sha256(name.encode() + b"\n" + typed).digest()[:4]
