# SPDX-License-Identifier: Apache-2.0
"""Linear relations between the numbers of a row, as a manifest states them.

A relation is two sums of terms with ``<=``, ``>=`` or ``==`` between them; a term is a number, a column, or both with
``*``. A column whose name is more than letters, digits and ``_`` stands in backquotes.
"""

import re
from dataclasses import dataclass

from hauberk.core.errors import Misuse

_TERM = re.compile(r"\s*(?:(?P<number>\d+(?:\.\d+)?)\s*(?:\*\s*)?)?(?:`(?P<quoted>[^`]+)`|(?P<name>[^\W\d]\w*))?\s*")


@dataclass(frozen=True, kw_only=True)
class Relation:
    """The sum of ``factor * column`` is at most, or exactly, ``bound``."""

    factors: dict[str, float]
    bound: float
    equal: bool
    pivot: str
    """The column that stands alone on the left of ``==``, which follows from the others; else empty."""


def parse(text: str) -> Relation:
    """The relation of a text; raises Misuse where it is none."""
    parts = re.split(r"(<=|>=|==)", text)
    if len(parts) != 3:  # noqa: PLR2004  two sides and what stands between
        raise Misuse(f"{text[:80]!r} is no relation", remedy="write it as paid <= amount, or total == net + tax")
    left, right = _side(parts[0], text), _side(parts[2], text)
    sign = -1.0 if parts[1] == ">=" else 1.0
    names = [name for name in {**left, **right} if name]
    factors = {name: sign * (left.get(name, 0.0) - right.get(name, 0.0)) for name in names}
    factors = {name: factor for name, factor in factors.items() if factor}
    if not factors:
        raise Misuse(f"{text[:80]!r} relates no column", remedy="name at least one column")
    equal = parts[1] == "=="
    alone = equal and set(left) <= {next(iter(left)), ""} and left.get(next(iter(left))) == 1 and not left.get("")
    pivot = next(iter(left)) if alone and next(iter(left)) not in right else ""
    return Relation(factors=factors, bound=sign * (right.get("", 0.0) - left.get("", 0.0)), equal=equal, pivot=pivot)


def _side(text: str, whole: str) -> dict[str, float]:
    """Factor of each column of a sum; the number alone is that of the empty name."""
    factors: dict[str, float] = {}
    for sign, term in re.findall(r"([+-]?)((?:`[^`]*`|[^+\-`])+)", text.strip()):
        matched = _TERM.fullmatch(term)
        if matched is None or not term.strip():
            raise Misuse(f"{whole[:80]!r}: a term is not read", remedy="write sums such as 2 * net + tax")
        name = matched["quoted"] or matched["name"] or ""
        number = float(matched["number"] or 1.0)
        factors[name] = factors.get(name, 0.0) + (-number if sign == "-" else number)
    return factors
