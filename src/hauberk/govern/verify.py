# SPDX-License-Identifier: Apache-2.0
"""Compares a document with the ledger: every citation says what the evidence says, and no character has changed."""

from collections.abc import Sequence
from typing import Literal

from hauberk.core.errors import CannotLook
from hauberk.core.evidence import Evidence
from hauberk.core.value import Value
from hauberk.govern.cite import by_short, citations, numbers, uncited, wrong
from hauberk.govern.paper_text import plain_text, sealed


class Checked(Value, frozen=True, kw_only=True):
    """What came of checking one document."""

    file: str
    citations: int
    numbers: int
    """Numbers of the ledger that the citations state."""
    faults: tuple[str, ...]
    """What is wrong, in words; empty where the document says what the ledger says."""


class Verification(Value, frozen=True, kw_only=True):
    """What ``hauberk govern verify-docs --json`` prints."""

    schema: Literal["hauberk/documents-verified/1"] = "hauberk/documents-verified/1"
    assessment: str
    integrity: str
    documents: tuple[Checked, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong with any document."""
        return bool(self.documents) and not any(one.faults for one in self.documents)


def check(file: str, data: bytes, suffix: str, evidence: Sequence[Evidence]) -> Checked:
    """Check one document; one that cannot be read, or cites nothing, is at fault too."""
    try:
        text = plain_text(data, suffix)
    except CannotLook as error:
        return Checked(file=file, citations=0, numbers=0, faults=(error.message,))
    found, known = citations(text), by_short(tuple(evidence))
    faults = [f"{one.shown}: {said}" for one in found if (said := wrong(one, known))]
    if not sealed(text):
        faults.append("its text is not what was written: the digest at its end does not match")
    bare = uncited(text)
    if bare:
        faults.append(f"{bare} numbers or references do not have the form VALUE (..., n=N) [sha256:ID#PART]")
    return Checked(file=file, citations=len(found), numbers=sum(map(numbers, found)), faults=tuple(faults))
