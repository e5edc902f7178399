# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: E501  rows of a table
"""Identity numbers of 22 countries as they are written: shape, check digits, and the words that stand before them.

Algorithms are the issuers': GB 11643 (China), the sum of weights modulo 11 (AT, AU, CZ, GB, IE, NO), modulo 97 (BE, FR),
EAN-13 (CH), Luhn (CA); the others are those of ``personal_numbers``.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from hauberk.analysis.personal_numbers import IDENTITIES, is_date, luhn

_BY_KIND = {one.kind: one for one in IDENTITIES}


@dataclass(frozen=True, slots=True)
class National:
    """One country's number."""

    kind: str
    shape: re.Pattern[str]
    """As written, with the separators that are usual."""
    valid: Callable[[str], bool]
    """Says of the characters without separators whether the check digits hold."""
    words: re.Pattern[str]
    """What is usually written before it."""
    alone: bool = False
    """Shape and check digits say enough without a word before it."""


def _weighted(text: str, weights: tuple[int, ...]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(text, weights, strict=False))


def _austrian(n: str) -> bool:
    return _weighted(n[:3] + n[4:], (3, 7, 9, 5, 8, 4, 2, 1, 6)) % 11 == int(n[3]) and is_date(n[8:], n[6:8], n[4:6])


def _australian(n: str) -> bool:
    return _weighted(n, (1, 4, 3, 7, 5, 8, 6, 9, 10)) % 11 == 0


def _belgian(n: str) -> bool:
    return any(97 - int(prefix + n[:9]) % 97 == int(n[9:]) for prefix in ("", "2"))


def _swiss(n: str) -> bool:
    return sum(int(digit) * (1 + 2 * (index % 2)) for index, digit in enumerate(n)) % 10 == 0


def _chinese(n: str) -> bool:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return "10X98765432"[_weighted(n[:17], weights) % 11] == n[17] and is_date(n[8:10], n[10:12], n[12:14])


def _czech(n: str) -> bool:
    month = int(n[2:4]) % 50 % 20
    return int(n[:9]) % 11 % 10 == int(n[9]) and is_date(n[:2], str(month), n[4:6])


def _danish(n: str) -> bool:
    return is_date(n[4:6], n[2:4], n[:2])


def _british(n: str) -> bool:
    return (11 - _weighted(n, (10, 9, 8, 7, 6, 5, 4, 3, 2)) % 11) % 11 == int(n[9])


def _irish(n: str) -> bool:
    extra = 9 * (ord(n[8]) - 64) if len(n) > 8 else 0  # noqa: PLR2004  a second letter, since 2013
    return "WABCDEFGHIJKLMNOPQRSTUV"[(_weighted(n[:7], (8, 7, 6, 5, 4, 3, 2)) + extra) % 23] == n[7]


def _norwegian(n: str) -> bool:
    first = _weighted(n, (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)) % 11
    second = _weighted(n, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11
    return first == second == 0 and is_date(n[4:6], n[2:4], str(int(n[:2]) % 40))


def _known(kind: str) -> Callable[[str], bool]:
    return _BY_KIND[kind].valid


def _row(kind: str, shape: str, valid: Callable[[str], bool], words: str, *, alone: bool = False) -> National:
    return National(kind, re.compile(shape), valid, re.compile(words, re.IGNORECASE), alone)


NATIONAL = (
    _row("Austrian insurance number", r"\d{4} ?\d{6}", _austrian, r"sv-?(?:nummer|nr)|sozialversicherung"),
    _row("Australian tax number", r"\d{3} ?\d{3} ?\d{3}", _australian, r"\btfn\b|tax file"),
    _row("Belgian register number", r"\d\d\.\d\d\.\d\d-\d{3}\.\d\d", _belgian, r"rijksregister|registre national|\binsz\b|\bniss\b", alone=True),
    _row("Belgian register number", r"\d{11}", _belgian, r"rijksregister|registre national|\binsz\b|\bniss\b"),
    _row("Brazilian taxpayer number", r"\d{3}\.\d{3}\.\d{3}-\d\d", _known("Brazilian taxpayer number"), r"cpf", alone=True),
    _row("Brazilian taxpayer number", r"\d{11}", _known("Brazilian taxpayer number"), r"\bcpf\b"),
    _row("Canadian insurance number", r"[1-79]\d{2}([ -]?)\d{3}\1\d{3}", luhn, r"\bsin\b|social insurance|\bnas\b"),
    _row("Swiss insurance number", r"756\.?\d{4}\.?\d{4}\.?\d\d", _swiss, r"ahv|avs|oasi", alone=True),
    _row("Chinese identity number", r"[1-8]\d{16}[\dXx]", _chinese, r"身份证|resident id", alone=True),
    _row("Czech birth number", r"\d{6}/\d{4}", _czech, r"rodn|\brč\b", alone=True),
    _row("Czech birth number", r"\d{10}", _czech, r"rodn|\brč\b"),
    _row("German tax number", r"[1-9]\d( ?)\d{3}\1\d{3}\1\d{3}", _known("German tax number"), r"steuer-?(?:id|ident)|\bidnr|\btin\b"),
    _row("Danish person number", r"\d{6}-?\d{4}", _danish, r"\bcpr\b|personnummer"),
    _row("Spanish identity number", r"(?:\d{8}|[XYZ]\d{7})-?[A-Z]", _known("Spanish identity number"), r"\bdni\b|\bnie\b|\bnif\b", alone=True),
    _row("Finnish identity number", r"\d{6}[-+A-FU-Y]\d{3}[0-9A-Y]", _known("Finnish identity number"), r"henkil|hetu", alone=True),
    _row("French social security number", r"[12] ?\d\d ?\d\d ?(?:\d\d|2[AB]) ?\d{3} ?\d{3} ?\d\d", _known("French social security number"), r"sécu|secu|\bnir\b|insee", alone=True),
    _row("British health number", r"\d{3}([ -]?)\d{3}\1\d{4}", _british, r"\bnhs\b"),
    _row("UK national insurance number", r"[A-Z]{2} ?\d\d ?\d\d ?\d\d ?[A-D]", _known("UK national insurance number"), r"national insurance|\bnino?\b", alone=True),
    _row("Irish service number", r"\d{7}[A-W][A-IW]?", _irish, r"\bpps"),
    _row("Indian identity number", r"[2-9]\d{3}([ -]?)\d{4}\1\d{4}", _known("Indian identity number"), r"aadha+r|\buid(?:ai)?\b"),
    _row("Italian tax code", r"[A-Z]{6}\d\d[A-EHLMPRST]\d\d[A-Z]\d{3}[A-Z]", _known("Italian tax code"), r"codice fiscale", alone=True),
    _row("Dutch citizen number", r"\d{9}", _known("Dutch citizen number"), r"\bbsn\b|burgerservice|sofi"),
    _row("Norwegian birth number", r"\d{6} ?\d{5}", _norwegian, r"fødselsn|fodselsn|personnummer|\bfnr\b", alone=True),
    _row("Polish identity number", r"\d{11}", _known("Polish identity number"), r"pesel"),
    _row("Swedish identity number", r"(?:19|20)?\d{6}[-+]\d{4}", _known("Swedish identity number"), r"personn|\bpnr\b", alone=True),
    _row("Swedish identity number", r"(?:19|20)?\d{10}", _known("Swedish identity number"), r"personn|\bpnr\b"),
    _row("US social security number", r"(?!000|666|9)\d{3}-(?!00)\d\d-(?!0000)\d{4}", lambda _: True, r"\bssn\b|social sec", alone=True),
)  # fmt: skip
