# SPDX-License-Identifier: Apache-2.0
"""Everything that hauberk raises.

::

    HauberkError                    .code  .remedy  .exit_code
    |- Misuse                       2  the user asked for something that cannot be done as asked
    |  |- ManifestInvalid           2  carries every fault of the manifest
    |  |- MissingExtra              2  an optional dependency is not installed
    |  |- KeyUnavailable            2  no key, or a key file that cannot be used
    |- Broken                       4  evidence does not verify
    |  |- BundleMalformed           4
    |  |- LedgerBroken              4
    |  |  |- BodyChanged, EntryMissing, EntryInserted, EntryMoved, EntryRepeated, Truncated, RolledBack, Forked,
    |  |  |  Rewritten, TileSwapped, ForeignEntry, ClockBack, RootMismatch, ProofInvalid, NotWitnessed,
    |  |  |  MemberMismatch          4  one kind of tampering each
    |  |- SignatureInvalid          4
    |  |  |- KeySwapped, AlgorithmWeakened, SignatureStripped, KeyRevoked, KeyExpired, StampInvalid
    |- NotCertified                 1  a model file has no certificate that holds for its bytes
    |- CannotLook                   3  an examination could not be finished; the engine turns it into Unable
       |- TooLarge                  3  a budget of bytes, members, depth, seconds or memory is spent
       |- Malformed                 3  the content is not what it claims to be
"""

from collections.abc import Sequence
from typing import ClassVar


class HauberkError(Exception):
    """Base of all errors; says what is wrong and what to do."""

    code: ClassVar[str] = "HBK-E-000"
    exit_code: ClassVar[int] = 2

    def __init__(self, message: str, *, remedy: str = "") -> None:
        """Keep the message and the remedy apart, so that surfaces can show both."""
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        """One line: what is wrong; what to do."""
        return f"{self.message}; {self.remedy}" if self.remedy else self.message


class Misuse(HauberkError):
    """The request cannot be carried out as asked."""

    code = "HBK-E-001"


class ManifestInvalid(Misuse):
    """The manifest has faults; all of them are listed, each as ``file:line:col: path: what; what to do``."""

    code = "HBK-E-002"

    def __init__(self, faults: Sequence[str]) -> None:
        """Carry every fault found in one reading."""
        count = len(faults)
        super().__init__(f"{count} fault{'s' if count != 1 else ''} in the manifest")
        self.faults = tuple(faults)


class MissingExtra(Misuse):
    """An optional dependency is needed and not installed."""

    code = "HBK-E-003"

    def __init__(self, extra: str, library: str) -> None:
        """Name the library and the exact pip line."""
        super().__init__(f"{library} is not installed", remedy=f"pip install 'hauberk[{extra}]'")
        self.extra = extra


class KeyUnavailable(Misuse):
    """A key is missing, unreadable or not of the expected form."""

    code = "HBK-E-004"


class Broken(HauberkError):
    """Evidence does not verify."""

    code = "HBK-E-010"
    exit_code = 4


class LedgerBroken(Broken):
    """The ledger's files contradict its own signed checkpoint."""

    code = "HBK-E-011"


class BundleMalformed(Broken):
    """An exported bundle is not byte for byte what an export writes."""

    code = "HBK-E-012"


class SignatureInvalid(Broken):
    """A signature does not verify under the keys given."""

    code = "HBK-E-013"


class BodyChanged(LedgerBroken):
    """A body is not the one that its entry commits to: bytes were flipped or replaced."""

    code = "HBK-E-101"


class EntryMissing(LedgerBroken):
    """An entry was dropped: a source's count has a gap, or fewer entries are there than were signed."""

    code = "HBK-E-102"


class EntryInserted(LedgerBroken):
    """An entry was added behind those that the checkpoint covers."""

    code = "HBK-E-103"


class EntryMoved(LedgerBroken):
    """An entry is not in the place that it names: entries were reordered."""

    code = "HBK-E-104"


class EntryRepeated(LedgerBroken):
    """An entry is there twice: a source's count repeats itself."""

    code = "HBK-E-105"


class Truncated(LedgerBroken):
    """The ledger is shorter than a checkpoint of it that is known."""

    code = "HBK-E-106"


class RolledBack(LedgerBroken):
    """The ledger is an old copy: no witness has seen it lately."""

    code = "HBK-E-107"


class Forked(LedgerBroken):
    """The ledger does not continue a checkpoint of it that is known: two readers were shown two histories."""

    code = "HBK-E-108"


class Rewritten(LedgerBroken):
    """A witness has countersigned another history than this one."""

    code = "HBK-E-109"


class TileSwapped(LedgerBroken):
    """A tile does not hold the hashes of the entries in its place."""

    code = "HBK-E-110"


class KeySwapped(SignatureInvalid):
    """The ledger is signed by a key that is none of those given and that none of them has named as its successor."""

    code = "HBK-E-111"


class ForeignEntry(LedgerBroken):
    """An entry is by another key than the ledger's: it was spliced in from elsewhere."""

    code = "HBK-E-112"


class ClockBack(LedgerBroken):
    """An entry is older than the one before it."""

    code = "HBK-E-113"


class AlgorithmWeakened(SignatureInvalid):
    """A digest or a signature is of an algorithm that this format does not have."""

    code = "HBK-E-114"


class SignatureStripped(SignatureInvalid):
    """One of the two signatures, Ed25519 and ML-DSA-65, is not there."""

    code = "HBK-E-115"


class RootMismatch(LedgerBroken):
    """The entries do not hash to the root that was signed."""

    code = "HBK-E-116"


class NotWitnessed(LedgerBroken):
    """A witness was named, and nothing here carries its countersignature."""

    code = "HBK-E-117"


class KeyRevoked(SignatureInvalid):
    """A key was used beyond the point from which it is revoked."""

    code = "HBK-E-118"


class KeyExpired(SignatureInvalid):
    """A key was used after the date on which it expires."""

    code = "HBK-E-119"


class ProofInvalid(LedgerBroken):
    """A proof does not lead to the root that was signed."""

    code = "HBK-E-120"


class StampInvalid(SignatureInvalid):
    """A time stamp is of something else, or its authority's signature does not hold."""

    code = "HBK-E-121"


class MemberMismatch(LedgerBroken):
    """A ledger is not the one whose checkpoints its parent has recorded."""

    code = "HBK-E-122"


class NotCertified(HauberkError):
    """A model file has no certificate that holds for its bytes, its allow-list and its loader."""

    code = "HBK-E-030"
    exit_code = 1


class CannotLook(HauberkError):
    """An examination could not be finished; the message is the reason that the evidence will carry."""

    code = "HBK-E-020"
    exit_code = 3


class TooLarge(CannotLook):
    """A budget is spent before the content ends."""

    code = "HBK-E-021"


class Malformed(CannotLook):
    """Content is not what its name or its first bytes claim."""

    code = "HBK-E-022"
