# SPDX-License-Identifier: Apache-2.0
"""Reads tables of calls that load, run or fetch what a stranger may have written, and finds a call's rows.

A line is ``kind position keyword guard names``: which argument decides (-1 is the object itself, -2 none), and when a
call of one of the names is of the dangerous kind. In names ``**.`` stands for any modules, ``***.`` for any chain of
names, calls and entries, ``~`` for a name with a capital letter, ``X!`` for an object that a class or one of its
constructors made. A guard is a strength (``always``, ``likely``, ``hardly``) and conditions: ``+k=v`` of which one must
hold, ``-k=v`` of which none may; ``k@2`` may also be the third argument, ``k`` alone is given and neither None nor
False, ``COMMIT`` is a full commit, or not known. A line in brackets names library, version and page.
"""

import functools
import re
from collections.abc import Iterable
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from hauberk.analysis.calls import Unknown, constant, dotted
from hauberk.assets.scopes import Call
from hauberk.core.scales import Confidence

_STRENGTH: Final = {"always": Confidence.HIGH, "likely": Confidence.MEDIUM, "hardly": Confidence.LOW}
_GUARD = re.compile(r"(?P<strength>always|likely|hardly)?(?P<conditions>(?:[+-][\w.]+(?:@\d+)?(?:=[\w./*()]+)?)*)")
_CONDITION = re.compile(r"(?P<sign>[+-])(?P<name>\w+)(?:@(?P<at>\d+))?(?:=(?P<value>[\w./*()]+))?")
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_VALUES: Final[dict[str, object]] = {"True": True, "False": False, "None": None}


class Condition(Struct, frozen=True):
    """What an argument has to be."""

    name: str
    position: int
    value: str
    """As written; empty where it is enough that it is given."""

    def holds(self, call: Call) -> bool:
        """Whether the argument is seen to be that."""
        node = call.argument(self.position, self.name)
        if node is None:
            return False
        value = constant(node, call.scope)
        if self.value == "COMMIT":
            return isinstance(value, Unknown) or (isinstance(value, str) and _COMMIT.fullmatch(value) is not None)
        if not self.value:
            return value is not None and value is not False
        if isinstance(value, Unknown):
            inner = node.named_children if node.type in ("list", "tuple") else [node]
            return any(self.value in dotted(one, call.scope) for one in inner)
        wanted = _VALUES.get(self.value, self.value)
        if isinstance(value, tuple):
            return wanted in value
        return value is wanted or (isinstance(value, str) and value == wanted)


class Conditions(Struct, frozen=True):
    """When a call is of the dangerous kind, and how sure that is."""

    strength: Confidence
    needed: tuple[Condition, ...]
    """One of these must hold, where there are any."""
    barred: tuple[Condition, ...]
    """None of these may."""

    def __call__(self, call: Call) -> Confidence | None:
        """How sure a call is of the dangerous kind; None where it is not."""
        if any(one.holds(call) for one in self.barred) or (self.barred and call.spread):
            return None
        return self.strength if not self.needed or any(one.holds(call) for one in self.needed) else None


class Row(Struct, frozen=True):
    """Functions of a kind, with the argument that decides."""

    kind: str
    position: int
    keyword: str
    guard: Conditions
    pattern: str
    page: str
    """Library, version and page of its documentation."""

    def names(self, name: str) -> bool:
        """Whether a dotted name is of these."""
        return _compiled(self.pattern).fullmatch(name) is not None


@functools.lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    escaped = re.escape(pattern).replace(r"\{", "(?:").replace(r"\}", ")").replace(r"\|", "|")
    return re.compile(
        escaped.replace(r"\*\*\*\.", r"(?:[\w()\[\]]+\.)*")
        .replace(r"\*\*\.", r"(?:\w+\.)*")
        .replace(r"\*", r"\w+")
        .replace(r"\~", r"[A-Z]\w*")
        .replace("~", r"[A-Z]\w*")
        .replace("!", r"(?:\.\w+)?\(\)")
    )


def guard(text: str) -> Conditions:
    """Read a guard; raises ValueError where it is not one."""
    found = _GUARD.fullmatch(text)
    if found is None or not text:
        raise ValueError(f"{text!r} is no guard")
    needed: list[Condition] = []
    barred: list[Condition] = []
    for one in _CONDITION.finditer(found["conditions"]):
        condition = Condition(one["name"], int(one["at"]) if one["at"] else -1, one["value"] or "")
        (needed if one["sign"] == "+" else barred).append(condition)
    strength = found["strength"] or ("always" if needed else "likely")
    return Conditions(_STRENGTH[strength], tuple(needed), tuple(barred))


def rows(table: str) -> tuple[Row, ...]:
    """Read a table; raises ValueError where a line is not understood."""
    found: list[Row] = []
    page = ""
    for line in filter(None, (one.strip() for one in table.splitlines())):
        if line.startswith("["):
            page = line.strip("[]")
            continue
        kind, position, keyword, condition, *names = line.split()
        row = Row(kind, int(position), keyword.strip("-"), guard(condition), "", page)
        found.extend(replace(row, pattern=name) for name in names)
    return tuple(found)


def lasts(pattern: str) -> tuple[str, ...]:
    """Last names that a pattern may have."""
    last = pattern.rpartition(".")[2] if "{" not in pattern else re.split(r"\.(?![^{]*\})", pattern)[-1]
    return tuple(last.replace("!", "()").strip("{}").split("|"))


def index(table: Iterable[Row]) -> dict[str, tuple[Row, ...]]:
    """Rows by their last names."""
    found: dict[str, list[Row]] = {}
    for row in table:
        for last in lasts(row.pattern):
            found.setdefault(last, []).append(row)
    return {last: tuple(some) for last, some in found.items()}


_EVERYWHERE = frozenset(
    [
        "torch",
        "numpy",
        "pandas",
        "tensorflow",
        "keras",
        "tf_keras",
        "transformers",
        "jax",
        "datasets",
        "evaluate",
        "yaml",
        "ray",
        "statsmodels",
        "spacy",
        "joblib",
        "pickle",
        "code",
        "interpreter",
        "{keras",
        "{pandas",
        "{transformers",
        "timeit",
        "pdb",
        "profile",
    ]
)
"""Packages that so many sources of machine learning name that the function's own name tells more."""


def tokens(table: Iterable[Row]) -> frozenset[bytes]:
    """Names of which one stands in the code of every call of a row: its package's, or the function's own."""
    found: set[str] = set()
    for row in table:
        first = re.split(r"\.(?![^{]*\})", row.pattern)[0].rstrip("!")
        packages = [one.partition(".")[0] for one in first.strip("{}").split("|")]
        if "*" in first or "~" in first or not _EVERYWHERE.isdisjoint(packages):
            found.update(lasts(row.pattern))
        else:
            found.update(packages)
    return frozenset(name.encode() for name in found)


class Known:
    """The rows of a table, found by a dotted name."""

    def __init__(self, table: str) -> None:
        """Raises ValueError where a line is not understood."""
        self.rows = rows(table)
        self.tokens = tokens(self.rows)
        """One of these names stands in every source that calls a function of the table."""
        self._index = index(self.rows)
        self.lasts = frozenset(self._index)
        """Last names of all functions of the table."""
        self._found: dict[str, tuple[Row, ...]] = {}

    def of(self, name: str) -> tuple[Row, ...]:
        """Rows of a dotted name; empty for names of modules of the project's own, which begin with a dot."""
        known = self._found.get(name)
        if known is None:
            some = self._index.get(name.rpartition(".")[2], ())
            known = self._found[name] = tuple(row for row in some if row.names(name))
        return known
