# SPDX-License-Identifier: Apache-2.0
"""Everything that hauberk raises.

::

    HauberkError                    .code  .remedy  .exit_code
    |- Misuse                       2  the user asked for something that cannot be done as asked
    |  |- ManifestInvalid           2  carries every fault of the manifest
    |  |- MissingExtra              2  an optional dependency is not installed
    |  |- KeyUnavailable            2  no key, or a key file that cannot be used
    |- Broken                       4  evidence does not verify
    |  |- LedgerBroken              4
    |  |- BundleMalformed           4
    |  |- SignatureInvalid          4
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
