# SPDX-License-Identifier: Apache-2.0
"""Numbers that are issued to one person, told from other numbers by their check digits.

Each function takes the characters without blanks, dots and hyphens and says whether they are such a number. The
algorithms are those of the issuers: Luhn (ISO/IEC 7812-1), mod 97-10 and mod 11,10 (ISO 7064), Verhoeff (1969).
"""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass

_IBAN_LENGTHS = {
    country: length
    for length, countries in {
        15: "NO",
        16: "BE",
        18: "DK FI NL",
        19: "SI",
        20: "AT EE LT LU",
        21: "CH HR LI LV",
        22: "BG DE GB IE RS",
        23: "AE IL",
        24: "AD CZ ES RO SA SE SK",
        25: "PT",
        26: "IS TR",
        27: "FR GR IT MC SM",
        28: "CY HU PL",
        29: "BR UA",
        31: "MT",
    }.items()
    for country in countries.split()
}
"""Length of an IBAN by country (SWIFT IBAN registry)."""
_CARD = re.compile(
    r"4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}"
    r"|3(?:0[0-5]|[68]\d)\d{11}|6(?:011|5\d\d)\d{12}|35(?:2[89]|[3-8]\d)\d{12}"
)
"""Visa, Mastercard, American Express, Diners Club, Discover, JCB by their first digits."""
_VERHOEFF_TABLE = (
    "0123456789",
    "1234067895",
    "2340178956",
    "3401289567",
    "4012395678",
    "5987604321",
    "6598710432",
    "7659821043",
    "8765932104",
    "9876543210",
)
_VERHOEFF_TURNS = (
    "0123456789",
    "1576283094",
    "5803796142",
    "8916043527",
    "9453126870",
    "4286573901",
    "2793806415",
    "7046913258",
)
_DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
_HETU_LETTERS = "0123456789ABCDEFHJKLMNPRSTUVWXY"
_CODICE_DIGITS = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21)
_CODICE_ODD = dict(
    zip(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        _CODICE_DIGITS + _CODICE_DIGITS + (2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23),
        strict=True,
    )
)


def luhn(digits: str) -> bool:
    """Whether the last digit is the Luhn check digit of the others."""
    total = 0
    for index, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + index % 2)
        total += value - 9 * (value > 9)  # noqa: PLR2004  the digit sum of a two-digit number
    return total % 10 == 0


def is_card(text: str) -> bool:
    """Payment card: first digits of a known issuer, its length, and Luhn."""
    return _CARD.fullmatch(text) is not None and luhn(text)


def is_iban(text: str) -> bool:
    """Bank account (ISO 13616): a country's length, and mod 97-10 equal to 1."""
    text = text.upper()
    if _IBAN_LENGTHS.get(text[:2]) != len(text) or not (text.isascii() and text.isalnum() and text[2:4].isdigit()):
        return False
    return int("".join(str(int(character, 36)) for character in text[4:] + text[:4])) % 97 == 1


def _is_spanish(text: str) -> bool:
    """DNI or NIE: a letter by the number modulo 23."""
    digits = str("XYZ".index(text[0])) + text[1:8] if text[0] in "XYZ" else text[:8]
    return _DNI_LETTERS[int(digits) % 23] == text[8]


def _is_italian(text: str) -> bool:
    """Codice fiscale: a letter by the sum of the others' values, which differ by place."""
    even = sum(int(character, 36) - (0 if character.isdigit() else 10) for character in text[1:15:2])
    odd = sum(_CODICE_ODD[character] for character in text[0:15:2])
    return chr(ord("A") + (even + odd) % 26) == text[15]


def _is_french(text: str) -> bool:
    """NIR: 97 less the number modulo 97."""
    number = text[:13].replace("2A", "19").replace("2B", "18")
    return number.isdigit() and 97 - int(number) % 97 == int(text[13:])


def _is_brazilian(text: str) -> bool:
    """CPF: two check digits modulo 11."""
    if len(set(text)) == 1:
        return False
    for length in (9, 10):
        total = sum(int(text[index]) * (length + 1 - index) for index in range(length))
        if total * 10 % 11 % 10 != int(text[length]):
            return False
    return True


def _is_polish(text: str) -> bool:
    """PESEL: a date of birth and a weighted check digit."""
    weights = (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)
    total = sum(int(digit) * weight for digit, weight in zip(text, weights, strict=False))
    month = int(text[2:4]) % 20
    return (10 - total % 10) % 10 == int(text[10]) and _is_date(int(text[:2]), month, int(text[4:6]))


def _is_swedish(text: str) -> bool:
    """Personnummer: a date of birth and Luhn over the last ten digits."""
    digits = text[-10:]
    return luhn(digits) and _is_date(int(digits[:2]), int(digits[2:4]), int(digits[4:6]) % 60)


def _is_finnish(text: str) -> bool:
    """Henkilötunnus: a date of birth and a character by the number modulo 31."""
    day, month, year = int(text[:2]), int(text[2:4]), int(text[4:6])
    return _is_date(year, month, day) and _HETU_LETTERS[int(text[:6] + text[7:10]) % 31] == text[10]


def _is_dutch(text: str) -> bool:
    """BSN: the eleven test."""
    total = sum(int(digit) * weight for digit, weight in zip(text, (9, 8, 7, 6, 5, 4, 3, 2, -1), strict=True))
    return total % 11 == 0 and int(text) > 0


def _is_german(text: str) -> bool:
    """Steuer-ID: ISO 7064 mod 11,10, and one digit that repeats among the first ten."""
    product = 10
    for digit in text[:10]:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return (11 - product) % 10 == int(text[10]) and len(set(text[:10])) in (8, 9)


def _is_indian(text: str) -> bool:
    """Aadhaar: Verhoeff."""
    check = 0
    for index, digit in enumerate(reversed(text)):
        check = int(_VERHOEFF_TABLE[check][int(_VERHOEFF_TURNS[index % 8][int(digit)])])
    return check == 0


def is_date(year: str, month: str, day: str) -> bool:
    """Whether written digits of a two-digit year, a month and a day are a date."""
    return _is_date(int(year), int(month), int(day))


def _is_date(year: int, month: int, day: int) -> bool:
    """Whether a two-digit year, a month and a day are a date of this or the last century."""
    try:
        dt.date(2000 + year, month, day)
    except ValueError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Identity:
    """One kind of identity number."""

    kind: str
    shape: re.Pattern[str]
    valid: Callable[[str], bool]
    separated: bool = False
    """The separators belong to the shape; elsewhere they are left out first."""
    weak: bool = False
    """Only digits, of which about one number in ten passes: a whole column must, before it means anything."""

    def holds(self, value: str) -> bool:
        """Whether a value, in capitals, is such a number."""
        text = value if self.separated else _SEPARATORS.sub("", value)
        return self.shape.fullmatch(text) is not None and self.valid(text)


def _by_shape(_: str) -> bool:
    return True


_NINO = r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]"
_NIR = r"[12]\d\d(?:0[1-9]|1[0-2])(?:\d\d|2[AB])\d{8}"
_SEPARATORS = re.compile(r"[\s.\-/]")
IDENTITIES = (
    Identity(
        "US social security number",
        re.compile(r"(?!000|666|9)\d{3}-(?!00)\d\d-(?!0000)\d{4}"),
        _by_shape,
        separated=True,
    ),
    Identity("UK national insurance number", re.compile(_NINO), _by_shape),
    Identity("Spanish identity number", re.compile(r"(?:\d{8}|[XYZ]\d{7})[A-Z]"), _is_spanish),
    Identity("Italian tax code", re.compile(r"[A-Z]{6}\d\d[A-EHLMPRST]\d\d[A-Z]\d{3}[A-Z]"), _is_italian),
    Identity("French social security number", re.compile(_NIR), _is_french),
    Identity("Brazilian taxpayer number", re.compile(r"\d{11}"), _is_brazilian, weak=True),
    Identity("Polish identity number", re.compile(r"\d{11}"), _is_polish, weak=True),
    Identity("Swedish identity number", re.compile(r"(?:19|20)?\d{10}"), _is_swedish, weak=True),
    Identity("Finnish identity number", re.compile(r"\d{6}[-+A-FU-Y]\d{3}[0-9A-Y]"), _is_finnish, separated=True),
    Identity("Dutch citizen number", re.compile(r"\d{9}"), _is_dutch, weak=True),
    Identity("German tax number", re.compile(r"[1-9]\d{10}"), _is_german, weak=True),
    Identity("Indian identity number", re.compile(r"[2-9]\d{11}"), _is_indian, weak=True),
)
