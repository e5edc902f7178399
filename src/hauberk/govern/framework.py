# SPDX-License-Identifier: Apache-2.0
"""A framework of duties as data: a law or a standard, clause by clause, with its sources, dates and rule trees.

Files are TOML, ``frameworks/NAME.toml`` in this package or one of the user's own. A clause whose source nobody read
says so (``read = false``), and such a row never passes. Nothing of a law is in the code.
"""

import re
import tomllib
from datetime import date
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Literal

import msgspec

from hauberk.core.codec import convert
from hauberk.core.errors import Malformed, Misuse, TooLarge
from hauberk.core.value import Value
from hauberk.govern.facts import FACTS

LARGEST = 1 << 20
"""Bytes of one file."""
DEEPEST = 8
"""Levels of a rule tree."""
LABELS = ("purpose", "lawful_basis", "consent", "retention")
"""Labels on data that a clause may ask for."""
_CARD = re.compile(r"HBK-[A-Z]{3}-\d{3}(?:\|HBK-[A-Z]{3}-\d{3})*")
_KIND = re.compile(r"[a-z][a-z0-9.-]{0,63}")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


class Predicate(Value, frozen=True, kw_only=True):
    """A node of a rule tree: one fact about the system, or all, any or none of others; exactly one of these."""

    says: str = ""
    """What it means where it holds, in words."""
    fact: str = ""
    """Name of a fact (``facts.FACTS``)."""
    has: tuple[str, ...] = ()
    """It holds where the fact has one of these values; ``*`` is any value."""
    unstated: bool | None = None
    """What it is taken for where the manifest says nothing of the fact; None leaves it undecided."""
    all: tuple["Predicate", ...] = ()
    any: tuple["Predicate", ...] = ()
    negated: "Predicate | None" = msgspec.field(default=None, name="not")

    def __post_init__(self) -> None:
        """Refuse what holds of everything or nothing by construction."""
        forms = (bool(self.fact), bool(self.all), bool(self.any), self.negated is not None)
        if sum(forms) != 1:
            raise ValueError("exactly one of fact, all, any, not")
        if bool(self.fact) != bool(self.has):
            raise ValueError("fact and has belong together")
        if self.fact and self.fact not in FACTS:
            raise ValueError(f"no fact is called {self.fact!r}; one of {', '.join(FACTS)}")

    @property
    def depth(self) -> int:
        """Levels of the tree below and with this node."""
        below = (*self.all, *self.any, *((self.negated,) if self.negated else ()))
        return 1 + max((one.depth for one in below), default=0)


class Source(Value, frozen=True, kw_only=True):
    """Where words or a date are from."""

    id: str
    title: str
    uri: str
    version: str
    retrieved: str
    """Day on which it was looked at, ``YYYY-MM-DD``."""
    note: str = ""
    """What of it was read, and where."""

    def __post_init__(self) -> None:
        """Refuse a day that is none."""
        date.fromisoformat(self.retrieved)


class Step(Value, frozen=True, kw_only=True):
    """A day from which something applies, as the law stood from another day on."""

    day: str
    """The day from which it applies."""
    known: str
    """The day from which that was the law."""
    source: str
    read: bool
    """Whether the source of this day was read."""
    note: str = ""

    def __post_init__(self) -> None:
        """Refuse days that are none."""
        date.fromisoformat(self.day)
        date.fromisoformat(self.known)


class Dates(Value, frozen=True, kw_only=True):
    """How the day of application moved, oldest first."""

    id: str
    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        """Refuse a history that is empty or out of order."""
        if not self.steps or any(one.known >= other.known for one, other in pairwise(self.steps)):
            raise ValueError("at least one step, in the order in which each became law")

    def on(self, day: date) -> Step:
        """The step that was the law on a day; before the first, the first."""
        return next((one for one in reversed(self.steps) if date.fromisoformat(one.known) <= day), self.steps[0])


class Tier(Value, frozen=True, kw_only=True):
    """A class of systems within a framework, gravest first."""

    id: str
    title: str
    when: Predicate


class Recorded(Value, frozen=True, kw_only=True):
    """What the ledger must hold: an entry of a kind, not older than so many days; and one that is so old or older."""

    kind: str
    """Such as ``event`` (a request that the guard answered) or ``guard.stopped`` (somebody stopped it)."""
    days: int
    says: str
    """What such an entry shows, in words."""
    since: int = 0
    """Days since the first entry of the kind, at least: it is still there, where the ledger verifies."""

    def __post_init__(self) -> None:
        """Refuse what is no kind of entry, and no number of days."""
        if not _KIND.fullmatch(self.kind) or not (1 <= self.days <= 3660 and 0 <= self.since <= 3660):  # noqa: PLR2004  ten years
            raise ValueError("records name a kind of entry and 1 to 3660 days")


class Clause(Value, frozen=True, kw_only=True):
    """One duty, in our own words."""

    id: str
    words: str
    source: str
    read: bool
    """Whether somebody read the source of this row; if not, it is unverified and never passes."""
    date: str
    """Id of its dates."""
    tiers: tuple[str, ...] = ()
    """It is owed in one of these tiers; empty means in all."""
    when: Predicate | None = None
    """It is owed only then."""
    technical: bool = False
    """A machine could decide it, whether or not hauberk has a check for it."""
    checks: tuple[str, ...] = ()
    """Legs that must all hold: a card, or cards joined by ``|`` of which at least one must have looked."""
    records: tuple[Recorded, ...] = ()
    """Entries that must all be in the ledger."""
    labels: tuple[str, ...] = ()
    """Labels that personal data must carry along every flow."""
    human: str = ""
    """What a person states beside the checks; empty where the checks are all."""
    eyes: int = 1
    """Distinct keys that must have attested it."""
    stakeholders: bool = False
    """The manifest must say who was asked."""
    note: str = ""

    def __post_init__(self) -> None:
        """Refuse legs that are no cards, and labels that nobody knows."""
        if not all(_CARD.fullmatch(leg) for leg in self.checks):
            raise ValueError("checks are ids of cards, joined by |")
        if not set(self.labels) <= set(LABELS):
            raise ValueError(f"labels are of {', '.join(LABELS)}")
        if not 1 <= self.eyes <= 9:  # noqa: PLR2004  more than nine signatures are a slip of the pen
            raise ValueError("eyes from 1 to 9")


class Framework(Value, frozen=True, kw_only=True):
    """A law or a standard."""

    schema: Literal["hauberk/framework/1"]
    id: str
    title: str
    version: str
    binding: bool
    """A law; otherwise followed by choice."""
    when: Predicate | None = None
    """When it applies; a standard applies where it is chosen."""
    sources: tuple[Source, ...]
    dates: tuple[Dates, ...]
    tiers: tuple[Tier, ...] = ()
    clauses: tuple[Clause, ...]

    def __post_init__(self) -> None:
        """Refuse names that lead nowhere or twice."""
        if not _NAME.fullmatch(self.id):
            raise ValueError("id: lower case, digits and dashes")
        sources, dates = {one.id for one in self.sources}, {one.id for one in self.dates}
        tiers, clauses = {one.id for one in self.tiers}, {one.id for one in self.clauses}
        if len(sources) + len(dates) + len(tiers) + len(clauses) != sum(
            map(len, (self.sources, self.dates, self.tiers, self.clauses))
        ):
            raise ValueError("an id is used twice")
        if not clauses:
            raise ValueError("no clause")
        if self.binding and self.when is None:
            raise ValueError("a law needs `when`")
        named = {one.source for one in self.clauses} | {step.source for one in self.dates for step in one.steps}
        if not (named <= sources and {one.date for one in self.clauses} <= dates):
            raise ValueError("a source or date is named that is not there")
        if not {tier for one in self.clauses for tier in one.tiers} <= tiers:
            raise ValueError("a tier is named that is not there")
        trees = [self.when, *(one.when for one in self.tiers), *(one.when for one in self.clauses)]
        if any(tree is not None and tree.depth > DEEPEST for tree in trees):
            raise ValueError(f"a rule tree of more than {DEEPEST} levels")

    def source(self, source_id: str) -> Source:
        """The source with this id."""
        return next(one for one in self.sources if one.id == source_id)

    def dated(self, dates_id: str) -> Dates:
        """The dates with this id."""
        return next(one for one in self.dates if one.id == dates_id)


def names() -> tuple[str, ...]:
    """Frameworks that come with hauberk."""
    folder = resources.files("hauberk.govern") / "frameworks"
    return tuple(sorted(one.name.removesuffix(".toml") for one in folder.iterdir() if one.name.endswith(".toml")))


def framework(name: str) -> Framework:
    """A framework by its name, or from a ``.toml`` file of the user's own.

    Raises Misuse where there is none, TooLarge or Malformed where the file is none.
    """
    if name in names():
        path = resources.files("hauberk.govern") / "frameworks" / f"{name}.toml"
        return parse(path.read_bytes(), name)
    if not name.endswith(".toml"):
        raise Misuse(f"no framework is called {name!r}", remedy=f"one of: {', '.join(names())}; or a .toml file")
    try:
        with Path(name).open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise Misuse(f"cannot read {name}: {error.strerror}", remedy="name a readable .toml file") from error
    return parse(data, Path(name).name)


def parse(data: bytes, name: str) -> Framework:
    """The framework that the bytes of a file describe; raises TooLarge or Malformed."""
    if len(data) > LARGEST:
        raise TooLarge(f"{name}: more than {LARGEST} bytes")
    try:
        return convert(tomllib.loads(data.decode("utf-8")), Framework)
    except UnicodeDecodeError as error:
        raise Malformed(f"{name}: not UTF-8 at byte {error.start}") from error
    except tomllib.TOMLDecodeError as error:
        raise Malformed(f"{name}: not TOML: {error}") from error
    except msgspec.ValidationError as error:
        raise Malformed(f"{name}: {error}") from error
    except (RecursionError, ValueError, OverflowError) as error:  # TOML has no bound on depth, and dates that are none
        raise Malformed(f"{name}: nested too deep, or a number or date that is none") from error
