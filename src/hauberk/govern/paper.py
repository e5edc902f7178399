# SPDX-License-Identifier: Apache-2.0
"""A document: sections of slots, filled by the ledger, the manifest or a person; or a GAP, and what would fill it."""

import enum
from dataclasses import dataclass
from typing import Literal

from hauberk.core.value import Value


class Origin(enum.Enum):
    """Who fills a slot."""

    LEDGER = "measured or examined, in the ledger"
    COMPUTED = "computed from the manifest, with the ledger's word on it"
    MANIFEST = "declared in the manifest, not verified"
    PERSON = "written by a person"
    GAP = "GAP"


@dataclass(frozen=True, kw_only=True)
class Slot:
    """One thing that a document must say."""

    label: str
    origin: Origin
    lines: tuple[str, ...]
    """Plain text, a paragraph each; of a GAP, what would close it."""


@dataclass(frozen=True, kw_only=True)
class Section:
    """Slots under a heading."""

    title: str
    slots: tuple[Slot, ...]


@dataclass(frozen=True, kw_only=True)
class Paper:
    """A whole document."""

    name: str
    """File name without suffix."""
    title: str
    system: str
    about: tuple[str, ...]
    """What the document is, and which assessment it rests on."""
    sections: tuple[Section, ...]

    @property
    def slots(self) -> tuple[Slot, ...]:
        """All slots in order."""
        return tuple(slot for section in self.sections for slot in section.slots)

    @property
    def gaps(self) -> int:
        """How many slots nobody fills."""
        return sum(slot.origin is Origin.GAP for slot in self.slots)


def gap(label: str, missing: str) -> Slot:
    """A slot that nobody fills, and what would."""
    return Slot(label=label, origin=Origin.GAP, lines=(f"GAP: {missing}",))


class Drafted(Value, frozen=True, kw_only=True):
    """One document that was written."""

    name: str
    slots: int
    """Points that it answers."""
    gaps: int
    """Those of them that nobody measured, declared or wrote."""
    citations: int
    numbers: int
    """Numbers of the ledger that it states."""


class Drafts(Value, frozen=True, kw_only=True):
    """What ``hauberk govern docs --json`` prints."""

    schema: Literal["hauberk/documents/1"] = "hauberk/documents/1"
    folder: str
    documents: tuple[Drafted, ...]
