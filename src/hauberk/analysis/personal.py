# SPDX-License-Identifier: Apache-2.0
"""Tells which columns of a table hold personal data, by what the cells look like and by what the column is called.

Content decides about what identifies a person: a share of cells must have the shape and, where there is one, the check
digit. A name alone counts only as a hint, at lower confidence, and not at all for a direct identifier whose cells are
numbers or codes. Nothing here returns or logs a cell.
"""

import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hauberk.analysis.personal_names import GIVEN_NAMES, Meaning, Nature, meaning
from hauberk.analysis.personal_numbers import IDENTITIES, is_card, is_iban
from hauberk.assets.table import Table, missing
from hauberk.core.scales import Confidence

MOST = 20_000
"""Different cells of a column that are looked at; of more, this many at even distances."""
_LONGEST = 2_000
"""Characters of a cell that are looked at."""
_RESERVED = re.compile(r"(?:^|\.)(?:example\.(?:com|org|net)|example|invalid|test|localhost|local)$")
_MAIL = re.compile(r"[\w.+-]{1,64}@((?:[\w-]{1,63}\.){1,5}[a-z]{2,24})\b", re.IGNORECASE)
_PHONE = re.compile(
    r"(?<![\w.])(?:\+\d{1,3}[\s./-]?(?:\(\d{1,4}\)[\s./-]?)?\d{1,5}(?:[\s./-]?\d{2,5}){1,4}"
    r"|\(\d{3}\)\s?\d{3}[\s.-]\d{4}|[2-9]\d{2}[.-][2-9]\d{2}[.-]\d{4}|0\d{1,4}[\s/-]\d{3,4}[\s-]?\d{3,5})(?![\w.])"
)
_PHONE_DIGITS = range(8, 16)
_BARE_PHONE = re.compile(r"\+?\d{7,15}|\d[\d\s()/.-]{6,18}\d")
_MAC = re.compile(r"(?:[0-9a-f]{2}([:-]))(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}", re.IGNORECASE)
_WORD = r"[^\W\d_]+(?:['\u2019.-][^\W\d_]*)*"
_TITLED = re.compile(r"\b(?:Mr|Mrs|Miss|Ms|Mme|Mlle|Herr|Frau|Sr|Sra|Dr|Prof|Master|Rev)\b\.? +[A-Z]")
_TWO_WORDS = re.compile(rf"{_WORD}(?:,? {_WORD}){{1,4}}")
_ONE_NAME = re.compile(rf"{_WORD}(?:[ -]{_WORD}){{0,3}}")
_ROAD = re.compile(
    r"\b\d{1,5}[a-z]?,? (?:[\w.'\u2019-]+ ){0,4}"
    r"(?:st|street|ave|avenue|road|rd|blvd|boulevard|lane|ln|drive|dr|way|court|ct|place|pl|square|sq|terrace|close)\b"
    r"|\b[\w-]+ ?(?:str\.|straße|strasse|weg|platz|gasse|allee|laan|straat) ?\d{1,4}\s?[a-z]?\b"
    r"|\b\d{1,4}(?: bis)?,? (?:rue|avenue|boulevard|place|chemin|impasse|allée) \w"
    r"|\b(?:calle|via|viale|piazza|rua|avenida) [^\d]{2,40},? \d{1,4}\b",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"(?:19|20)\d\d[-/.]\d{1,2}[-/.]\d{1,2}(?:[T ].*)?|\d{1,2}[-/.]\d{1,2}[-/.](?:(?:19|20)\d\d|\d\d)|(?:19|20)\d{6}"
)

Cells = list[tuple[str, int]]
"""Different cells, and how many rows have each."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sighting:
    """Personal data in one column."""

    column: str
    type: str
    nature: Nature
    share: float | None
    """Share of the cells with a value that look like it, in [0, 1]; None where only the column's name says so."""
    n: int
    """Cells with a value."""
    sampled: bool
    """Not every different cell was looked at."""
    confidence: Confidence


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """How the cells of one type of personal data look."""

    type: str
    holds: Callable[[str], bool]
    least: float
    """Share of cells from which the content alone is enough."""
    named: float
    """Share of cells that is enough where the column's name says the same."""
    fewest: int = 1
    """Different cells that must have the shape, where chance could give it to a few."""


def _is_mail(cell: str) -> bool:
    found = _MAIL.search(cell)
    return found is not None and not _RESERVED.search(found[1].lower())


def _is_phone(cell: str) -> bool:
    found = _PHONE.search(cell)
    return found is not None and sum(character.isdigit() for character in found[0]) in _PHONE_DIGITS


def _is_address(cell: str) -> bool:
    """IPv4 or IPv6 of a network that could be somebody's, or a hardware address."""
    if _MAC.fullmatch(cell):
        return True
    if cell.count(".") != 3 and cell.count(":") < 2:  # noqa: PLR2004  four parts, or the shortest IPv6
        return False
    try:
        address = ipaddress.ip_address(cell)
    except ValueError:
        return False
    return not (address.is_loopback or address.is_unspecified or address.is_multicast) and int(address) > 1 << 24


def _bare(cell: str) -> str:
    return cell.replace(" ", "").replace("-", "")


def _is_person(cell: str) -> bool:
    """Two or more words of which one is a frequent first name, or a title before a name."""
    if _TITLED.search(cell):
        return True
    if not _TWO_WORDS.fullmatch(cell):
        return False
    words = cell.replace(",", " ").split()
    return any(word.lower() in GIVEN_NAMES for word in words) and all(
        word[0].isupper() for word in words[:1] + words[-1:]
    )


SHAPES = (
    Shape(type="e-mail addresses", holds=_is_mail, least=0.0, named=0.0),
    Shape(type="telephone numbers", holds=_is_phone, least=0.3, named=0.05, fewest=2),
    Shape(type="bank accounts", holds=lambda cell: is_iban(_bare(cell)), least=0.3, named=0.05, fewest=2),
    Shape(type="payment cards", holds=lambda cell: is_card(_bare(cell)), least=0.8, named=0.3, fewest=3),
    Shape(type="network addresses", holds=_is_address, least=0.5, named=0.1, fewest=2),
    Shape(type="names of people", holds=_is_person, least=0.25, named=0.05, fewest=3),
    Shape(type="postal addresses", holds=lambda cell: _ROAD.search(cell) is not None, least=0.3, named=0.05, fewest=3),
    *(
        Shape(
            type=f"identity numbers ({one.kind})",
            holds=one.holds,
            least=0.95 if one.weak else 0.5,
            named=0.3,
            fewest=8 if one.weak else 3,
        )
        for one in IDENTITIES
    ),
)
_BY_NAME: dict[str, Callable[[str], bool]] = {
    "telephone numbers": lambda cell: _BARE_PHONE.fullmatch(cell) is not None,
    "names of people": lambda cell: _ONE_NAME.fullmatch(cell) is not None and len(cell) > 1,
    "dates of birth": lambda cell: _DATE.fullmatch(cell) is not None,
    "postal addresses": lambda cell: any(map(str.isdigit, cell)) and any(map(str.isalpha, cell)) and " " in cell,
    "identity numbers": lambda cell: sum(map(str.isdigit, cell)) >= 6,  # noqa: PLR2004  the shortest in use
}
"""Wider shapes that count only where the column's name says the same."""
_MOSTLY = 0.6
_RARE = 0.01
_DISTINCT = 0.05
"""Share of different cells below which a column named like an identifier holds codes, not persons."""


def sightings(table: Table) -> Iterator[Sighting]:
    """At most one sighting for each column, in the order of columns."""
    for name in table.names:
        cells, n, sampled = _distinct(table.column(name))
        found = _look(name, cells, n, fractions=_has_fractions(table, name)) if n else None
        if found is not None:
            kind, nature, share, confidence = found
            yield Sighting(
                column=name, type=kind, nature=nature, share=share, n=n, sampled=sampled, confidence=confidence
            )


def _distinct(column: NDArray[np.str_]) -> tuple[Cells, int, bool]:
    given = column[~missing(column)]
    values, counts = np.unique(given, return_counts=True)
    sampled = len(values) > MOST
    if sampled:
        chosen = np.linspace(0, len(values) - 1, MOST).astype(int)
        values, counts = values[chosen], counts[chosen]
    cells = [(value[:_LONGEST], int(count)) for value, count in zip(values.tolist(), counts.tolist(), strict=True)]
    return cells, len(given), sampled


def _has_fractions(table: Table, name: str) -> bool:
    """Whether the column is of measured numbers, among which only a name can tell of people."""
    numbers = table.number(name)
    return numbers is not None and bool(np.any(numbers[np.isfinite(numbers)] % 1))


Found = tuple[str, Nature, float | None, Confidence]


def _look(name: str, cells: Cells, n: int, *, fractions: bool) -> Found | None:
    said = meaning(name)
    best: Found | None = None
    for shape in () if fractions else SHAPES:
        if len(cells) < shape.fewest:
            continue
        share, kinds = _share(cells, shape.holds)
        agrees = said is not None and shape.type.startswith(said.type)
        enough = kinds >= shape.fewest and share >= (shape.named if agrees else shape.least)
        if enough and share > (best[2] or 0 if best else 0):
            best = shape.type, Nature.DIRECT, share, _confidence(share, agrees=agrees)
    return best or (_by_name(said, cells, n) if said else None)


def _confidence(share: float, *, agrees: bool) -> Confidence:
    if agrees or share >= _MOSTLY:
        return Confidence.HIGH
    return Confidence.MEDIUM if share >= _RARE else Confidence.LOW


def _by_name(said: Meaning, cells: Cells, n: int) -> Found | None:
    """What a column's name says, where its cells do not contradict it."""
    if said.nature is not Nature.DIRECT:
        return said.type, said.nature, None, Confidence.LOW
    holds = _BY_NAME.get(said.type)
    if holds is not None:
        share, kinds = _share(cells, holds)
        if share >= _MOSTLY and kinds >= max(2, _DISTINCT * min(n, MOST)):
            return said.type, Nature.DIRECT, share, Confidence.MEDIUM
    if said.type in ("telephone numbers", "dates of birth"):
        return f"codes about {said.type}", Nature.INDIRECT, None, Confidence.LOW
    return None


def _share(cells: Cells, holds: Callable[[str], bool]) -> tuple[float, int]:
    """Share of rows whose cell holds, and how many different cells do."""
    matching = [count for cell, count in cells if holds(cell)]
    return sum(matching) / sum(count for _, count in cells), len(matching)
