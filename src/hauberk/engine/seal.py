# SPDX-License-Identifier: Apache-2.0
"""Seals an assessment: opened, every evidence as it comes, closed with a list of all of them."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Self

import msgspec

from hauberk.core.canonical import canonical
from hauberk.core.clock import Clock, stamp, system_clock
from hauberk.core.document import Coverage
from hauberk.core.errors import Misuse
from hauberk.core.evidence import Assessment, Evidence
from hauberk.core.system import Policy
from hauberk.core.value import Value
from hauberk.ledger.log import Ledger
from hauberk.signing.identity import Identity

OPENED, EVIDENCE, CLOSED, WAIVER = "assessment.opened", "evidence", "assessment.closed", "waiver"
AT_ONCE = 32
"""Evidence sealed under one checkpoint; so much is lost at most when the power fails."""


class Closing(Value, frozen=True, kw_only=True):
    """The last entry of an assessment: it commits to all that belongs to it."""

    assessment: Assessment
    root: str
    """Name of the folder, without the path to it."""
    system: str
    policy: Policy
    evidence: tuple[str, ...]
    """Ids in the order of the plan."""
    coverage: Coverage


class Sealing:
    """One assessment on its way into the ledger."""

    def __init__(self, ledger: Ledger, assessment: Assessment, clock: Clock) -> None:
        """Use ``begin``."""
        self._ledger = ledger
        self._clock = clock
        self._waiting: list[Evidence] = []
        self.assessment = assessment

    @classmethod
    def begin(cls, ledger: Ledger, plan_digest: str, *, lock_digest: str = "", clock: Clock = system_clock) -> Self:
        """Open an assessment in the ledger; until it is closed, the gate says Unable."""
        now = clock()
        assessment = Assessment(id=_name(now), plan_digest=plan_digest, lock_digest=lock_digest, opened=stamp(now))
        ledger.append(OPENED, canonical(assessment))
        return cls(ledger, assessment, clock)

    def take(self, evidence: Evidence) -> None:
        """Seal an evidence, together with others that come soon."""
        self._waiting.append(evidence)
        if len(self._waiting) >= AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Seal what waits."""
        self._ledger.append_many([(EVIDENCE, canonical(one)) for one in self._waiting])
        self._waiting.clear()

    def close(
        self, *, root: str, system: str, policy: Policy, evidence: Sequence[Evidence], coverage: Coverage
    ) -> Assessment:
        """Seal the closing entry."""
        self.flush()
        closed = msgspec.structs.replace(self.assessment, closed=stamp(self._clock()))
        closing = Closing(
            assessment=closed,
            root=root,
            system=system,
            policy=policy,
            evidence=tuple(one.id for one in evidence),
            coverage=coverage,
        )
        self._ledger.append(CLOSED, canonical(closing))
        self.assessment = closed
        return closed


def open_ledger(folder: Path, identity: Identity, clock: Clock = system_clock) -> Ledger:
    """The ledger below ``folder/.hauberk``, made where there is none, out of reach of version control.

    Raises Misuse where it cannot be written, and where a link would lead the writing elsewhere: the folder may be a
    stranger's.
    """
    state = folder / ".hauberk"
    path = state / "ledger"
    for part in (state, path, path / "log"):
        if part.is_symlink():
            raise Misuse(f"{part} is a link", remedy="remove it; the ledger is written only beside the manifest itself")
    if (path / "log").is_dir():
        return Ledger.open(path, identity, clock)
    try:
        state.mkdir(exist_ok=True)
        with (state / ".gitignore").open("x") as file:
            file.write("*\n")
    except FileExistsError:
        if not state.is_dir():
            raise Misuse(f"{state} is not a folder", remedy="move it away") from None
    except OSError as error:
        raise Misuse(
            f"cannot write the ledger in {state}: {error.strerror}",
            remedy="give permission or make room, or copy the system to a folder that you can write",
        ) from error
    return Ledger.create(path, identity, clock)


def _name(now: datetime) -> str:
    return f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"
