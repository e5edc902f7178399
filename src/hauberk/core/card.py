# SPDX-License-Identifier: Apache-2.0
"""A card: what a rule is, readable without running anything; and the decorator that makes one from a function."""

import inspect
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from hauberk.core.attachment import Attachment
from hauberk.core.families import FAMILIES
from hauberk.core.finding import Hit
from hauberk.core.limit import Limit
from hauberk.core.measurement import Measurement
from hauberk.core.scales import Basis, Kind, Severity, Stage
from hauberk.core.target import Target

Applies = Callable[[Target], bool]
Run = Callable[[Target], Iterable[Hit | Measurement | Attachment]]

_ID = re.compile(r"HBK-([A-Z]{3})-\d{3}")


@dataclass(frozen=True, kw_only=True)
class Card:
    """One rule of hauberk."""

    id: str
    stage: Stage
    kinds: tuple[Kind, ...]
    formats: tuple[str, ...]
    """Formats claimed within the kinds; empty means all of them."""
    severity: Severity
    title: str
    why: str
    """The paragraphs of the docstring after the title."""
    remedy: str
    references: tuple[str, ...]
    needs: tuple[str, ...]
    """Extras, such as ``ml``, without which the card is Unable."""
    """... or ``system``: planned only where a manifest is named."""
    applies: Applies
    """Whether there is anything to look at, judged from the manifest alone; where not, the card is not planned."""
    basis: Basis
    limits: tuple[Limit, ...]
    """Default limits on the measurements that the card yields; a policy may replace them."""
    bytewise: bool
    """Looks at raw bytes or text only: running it never makes a file of a structured kind count as examined."""
    seconds: float
    memory: int
    """Ceilings of one run in a confined child: wall-clock seconds and bytes."""
    version: int
    run: Run

    def claims(self, kind: Kind, content_format: str) -> bool:
        """Whether the card looks at assets of this kind and format."""
        return kind in self.kinds and (not self.formats or content_format in self.formats)


def _always(_: Target) -> bool:
    return True


def check(  # noqa: PLR0913  a card has this many fields
    id: str,  # noqa: A002  the field's name
    *,
    stage: str,
    kinds: tuple[str, ...],
    severity: Severity,
    remedy: str,
    references: tuple[str, ...],
    formats: tuple[str, ...] = (),
    needs: tuple[str, ...] = (),
    applies: Applies = _always,
    basis: Basis = Basis.EXAMINED,
    limits: tuple[Limit, ...] = (),
    bytewise: bool = False,
    seconds: float = 30,
    memory: int = 2 << 30,
    version: int = 1,
) -> Callable[[Run], Card]:
    """Make a Card of a function; the docstring's first line is the title, the rest says why it matters.

    Raises ValueError at import for an id outside the families, a missing title, why-paragraph, remedy or reference.
    """
    matched = _ID.fullmatch(id)
    if matched is None or matched[1] not in FAMILIES:
        message = f"{id}: ids are HBK-<family>-<three digits>, family one of {', '.join(FAMILIES)}"
        raise ValueError(message)

    def wrap(run: Run) -> Card:
        title, _, why = (inspect.getdoc(run) or "").partition("\n")
        if not (title.strip() and why.strip() and remedy and references):
            message = f"{id}: a check needs a title, a paragraph that says why, a remedy and a reference"
            raise ValueError(message)
        return Card(
            id=id,
            stage=Stage(stage),
            kinds=tuple(Kind(kind) for kind in kinds),
            formats=formats,
            severity=severity,
            title=title.strip().rstrip("."),
            why=why.strip(),
            remedy=remedy,
            references=references,
            needs=needs,
            applies=applies,
            basis=basis,
            limits=limits,
            bytewise=bytewise,
            seconds=seconds,
            memory=memory,
            version=version,
            run=run,
        )

    return wrap
