# SPDX-License-Identifier: Apache-2.0
"""Which columns hold personal data: by content, by name, and which only look so."""

import random

import pytest

from hauberk.analysis.personal import sightings
from hauberk.analysis.personal_names import Nature, meaning
from hauberk.analysis.personal_numbers import IDENTITIES, is_card, is_iban, luhn
from hauberk.assets import table
from hauberk.core.scales import Confidence

RNG = random.Random(5)
GIVEN = ["Anna", "Peter", "Maria", "Thomas", "Julia", "Daniel", "Elena", "Carlos", "Laura", "Victor"]
FAMILY = ["Keller", "Novak", "Silva", "Moreau", "Rossi", "Jansen", "Lindqvist", "Okafor", "Tanaka", "Haddad"]


def digits(count: int) -> str:
    return "".join(str(RNG.randrange(10)) for _ in range(count))


def card() -> str:
    body = "4" + digits(14)
    return next(body + last for last in "0123456789" if luhn(body + last))


def iban() -> str:
    body = digits(18)
    return f"DE{98 - int(body + '131400') % 97:02d}{body}"


def bsn() -> str:
    while True:
        number = str(RNG.randrange(10**8, 10**9))
        if IDENTITIES[9].holds(number):
            return number


PERSONAL = [
    ("contact", lambda: f"{RNG.choice(GIVEN)}.{RNG.choice(FAMILY)}@firm.internal", "e-mail addresses"),
    (
        "note",
        lambda: RNG.choice(["call back", "paid", f"write to {RNG.choice(GIVEN)}@firm.internal"]),
        "e-mail addresses",
    ),
    ("c1", lambda: f"+49 30 {digits(7)}", "telephone numbers"),
    ("c1", lambda: f"({RNG.randrange(200, 999)}) {RNG.randrange(200, 999)}-{digits(4)}", "telephone numbers"),
    ("phone", lambda: "0" + digits(9), "telephone numbers"),
    ("ref", iban, "bank accounts"),
    ("ref", card, "payment cards"),
    ("ref", lambda: "-".join([(c := card())[:4], c[4:8], c[8:12], c[12:]]), "payment cards"),
    ("client", lambda: f"93.184.{RNG.randrange(256)}.{RNG.randrange(256)}", "network addresses"),
    ("client", lambda: f"2a01:4f8::{RNG.randrange(65536):x}", "network addresses"),
    ("device", lambda: ":".join(f"{RNG.randrange(256):02x}" for _ in range(6)), "network addresses"),
    ("a", lambda: f"{RNG.choice(GIVEN)} {RNG.choice(FAMILY)}", "names of people"),
    ("a", lambda: f"{RNG.choice(FAMILY)}, Mr. {RNG.choice(GIVEN)}", "names of people"),
    ("last_name", lambda: RNG.choice(FAMILY).upper() + RNG.choice("XYZ"), "names of people"),
    ("where", lambda: f"{RNG.randrange(1, 99)} {RNG.choice(FAMILY)} Street", "postal addresses"),
    ("where", lambda: f"{RNG.choice(FAMILY)}straße {RNG.randrange(1, 99)}", "postal addresses"),
    ("birth_date", lambda: f"19{RNG.randrange(40, 99)}-0{RNG.randrange(1, 9)}-1{RNG.randrange(9)}", "dates of birth"),
    ("x", lambda: f"{RNG.randrange(100, 665)}-{RNG.randrange(10, 99)}-{RNG.randrange(1000, 9999)}", "identity numbers"),
    ("x", bsn, "identity numbers"),
    ("ssn", lambda: digits(9), "identity numbers"),
]
OTHER = [
    ("x", lambda: f"{RNG.gauss(0, 1):.6f}"),
    ("x", lambda: f"{RNG.gauss(0, 1):+.8e}"),
    ("amount", lambda: RNG.randrange(10**6)),
    ("ref", lambda: digits(16)),
    ("ref", lambda: digits(11)),
    ("ref", lambda: digits(9)),
    ("hash", lambda: f"{RNG.getrandbits(128):032x}"),
    ("uuid", lambda: f"{RNG.getrandbits(32):08x}-4f3a-4b1c-9d2e-{RNG.getrandbits(48):012x}"),
    ("when", lambda: f"2024-{RNG.randrange(1, 13):02d}-{RNG.randrange(1, 29):02d} 10:{RNG.randrange(60):02d}:00"),
    ("when", lambda: 1_700_000_000 + RNG.randrange(10**7)),
    ("version", lambda: f"{RNG.randrange(9)}.{RNG.randrange(20)}.{RNG.randrange(9)}"),
    ("product", lambda: RNG.choice(["Blue Chair", "Oak Table", "Steel Lamp", "Grand Piano", "Rose Garden Bench"])),
    ("city", lambda: RNG.choice(["San Jose", "Berlin", "New York", "Paris", "Santa Fe", "Rome", "Oslo", "Lagos"])),
    ("email", lambda: RNG.randrange(2)),
    ("word_freq_email", lambda: round(RNG.random(), 2)),
    ("has_address", lambda: RNG.choice(["yes", "no"])),
    ("ip_count", lambda: RNG.randrange(9)),
    ("review", lambda: RNG.choice(["A fine film, in 1999 the best of 20.", "Dull; 3 of 10. Not for me at all."])),
    ("contact", lambda: "user@example.com"),
    ("account_age", lambda: RNG.randrange(100)),
    ("page", lambda: RNG.randrange(100)),
    ("sku", lambda: f"AB-{digits(3)}-{digits(4)}"),
    ("path", lambda: f"/data/{digits(4)}/img_{digits(3)}.png"),
]
HINTS = [
    ("personal_status_and_sex", Nature.SENSITIVE),
    ("foreign_worker", Nature.SENSITIVE),
    ("age_in_years", Nature.INDIRECT),
    ("ageInYears", Nature.INDIRECT),
    ("Age (years)", Nature.INDIRECT),
    ("telephone", Nature.DIRECT),
    ("native-country", Nature.SENSITIVE),
    ("marital.status", Nature.SENSITIVE),
    ("race", Nature.SENSITIVE),
    ("priors_count", Nature.SENSITIVE),
    ("CustomerID", Nature.INDIRECT),
    ("zip_code", Nature.INDIRECT),
]
NO_HINTS = [
    "average_price",
    "racePctWhite",
    "median age",
    "charge desc Sex Battery Deft 18 Vict",
    "page",
    "stage",
    "usage",
    "sextant",
    "race_time",
    "vehicle_age",
    "email_count",
    "mileage",
    "image",
    "agent",
]


def column(name, make, rows=60):
    text = f"k,{name}\n" + "".join(f'v{row},"{make()}"\n' for row in range(rows))
    return [one for one in sightings(table.read(text.encode())) if one.column == name]


@pytest.mark.parametrize(("name", "make", "kind"), PERSONAL, ids=lambda value: value if isinstance(value, str) else "")
def test_a_column_of_personal_data_is_found(name, make, kind):
    (found,) = column(name, make)
    assert found.type.startswith(kind)
    assert found.nature is Nature.DIRECT
    assert found.confidence >= Confidence.MEDIUM


@pytest.mark.parametrize(("name", "make"), OTHER, ids=lambda value: value if isinstance(value, str) else "")
def test_a_column_of_something_else_is_left_alone(name, make):
    assert column(name, make) == []


@pytest.mark.parametrize(("name", "nature"), HINTS)
def test_the_name_of_a_column_is_a_hint(name, nature):
    assert meaning(name).nature is nature


@pytest.mark.parametrize("name", NO_HINTS)
def test_a_word_inside_another_word_is_no_hint(name):
    assert meaning(name) is None


def test_a_hint_alone_is_of_low_confidence():
    (found,) = column("personal_status_and_sex", lambda: RNG.choice(["A91", "A92", "A93"]))
    assert (found.confidence, found.share) == (Confidence.LOW, None)


def test_the_share_counts_cells_with_a_value():
    (found,) = column("contact", lambda: RNG.choice(["", "NA", "x@firm.internal"]))
    assert found.share == 1.0
    assert found.n < 60


VALID = {
    "US social security number": "123-45-6789",
    "UK national insurance number": "AB123456C",
    "Spanish identity number": "12345678Z",
    "Italian tax code": "RSSMRA85T10A562S",
    "French social security number": "255081416802538",
    "Brazilian taxpayer number": "529.982.247-25",
    "Polish identity number": "44051401359",
    "Swedish identity number": "811228-9874",
    "Finnish identity number": "131052-308T",
    "Dutch citizen number": "111222333",
    "German tax number": "86095742719",
    "Indian identity number": "2341 2341 2346",
}
"""Specimens that the issuers or their documentation publish."""


@pytest.mark.parametrize("identity", IDENTITIES, ids=lambda one: one.kind)
def test_a_published_specimen_passes_and_its_neighbour_does_not(identity):
    specimen = VALID[identity.kind]
    assert identity.holds(specimen)
    if "shape" not in identity.valid.__name__:
        last = specimen[-1]
        other = "B" if last.isalpha() and last != "B" else "A" if last.isalpha() else str((int(last) + 1) % 10)
        assert not identity.holds(specimen[:-1] + other)


def test_cards_and_accounts_are_told_by_their_check_digits():
    assert is_card("4111111111111111")
    assert not is_card("4111111111111112")
    assert not is_card("1111111111111117")
    assert is_iban("GB82WEST12345698765432")
    assert not is_iban("GB82WEST12345698765431")
    assert not is_iban("GB82WEST1234")
