# SPDX-License-Identifier: Apache-2.0
"""An identity: a person or a machine that signs, as a name with roles and a pair of private keys."""

from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey

from hauberk.signing.key import PublicKey, Signatures, check_name, check_roles, framed


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Someone who can sign. Private keys never show in ``repr``."""

    public: PublicKey
    ed25519: Ed25519PrivateKey = field(repr=False)
    mldsa65: MLDSA65PrivateKey = field(repr=False)
    path: Path | None = None
    """Its key file; None where it is kept nowhere."""
    fresh: bool = False
    """Made just now, without being asked for by name: the surface says so."""

    @property
    def name(self) -> str:
        """The name, unique within a key folder."""
        return self.public.name

    @property
    def roles(self) -> tuple[str, ...]:
        """What it may do, by name."""
        return self.public.roles

    def sign(self, message: bytes, context: str) -> Signatures:
        """Both signatures over a message; the context (1 to 255 bytes) keeps uses of one key apart."""
        return self.sign_pair(framed(message, context), message, context.encode())

    def sign_pair(self, classical: bytes, quantum: bytes, context: bytes) -> Signatures:
        """Ed25519 over one byte string and ML-DSA-65 over another under a context."""
        return Signatures(ed25519=self.ed25519.sign(classical), mldsa65=self.mldsa65.sign(quantum, context))

    @property
    def seeds(self) -> tuple[bytes, bytes]:
        """The two private seeds, 32 bytes each; only the key store asks for them."""
        return self.ed25519.private_bytes_raw(), self.mldsa65.private_bytes_raw()


def from_seeds(name: str, roles: tuple[str, ...], seeds: tuple[bytes, bytes], path: Path | None = None) -> Identity:
    """An identity from its two 32-byte seeds; raises Misuse for a malformed name or role, ValueError for a bad seed."""
    ed25519 = Ed25519PrivateKey.from_private_bytes(seeds[0])
    mldsa65 = MLDSA65PrivateKey.from_seed_bytes(seeds[1])
    public = PublicKey(
        name=check_name(name),
        roles=check_roles(roles),
        ed25519=ed25519.public_key().public_bytes_raw(),
        mldsa65=mldsa65.public_key().public_bytes_raw(),
    )
    return Identity(public=public, ed25519=ed25519, mldsa65=mldsa65, path=path)


def ephemeral(name: str, roles: tuple[str, ...] = ()) -> Identity:
    """A new identity that is kept nowhere: what it signs stays verifiable, and nobody can sign again."""
    seeds = (Ed25519PrivateKey.generate().private_bytes_raw(), MLDSA65PrivateKey.generate().private_bytes_raw())
    return from_seeds(name, tuple(sorted(set(roles))), seeds)
