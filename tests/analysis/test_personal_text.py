# SPDX-License-Identifier: Apache-2.0
"""Personal data in running text: by check digits, by what stands before, and not by chance."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hauberk.analysis.personal_text import find
from tests.corpora.personal import documents
from tests.corpora.personal.documents import COUNTRIES, card, identity
from tests.corpora.personal.judge import rates


def kinds(text: str) -> list[str]:
    return [one.kind for one in find(text)]


def test_documents_of_all_countries_are_read() -> None:
    recall, precision, missed, alarms, _ = rates(documents(1, 4))
    assert recall >= 0.98, missed
    assert precision >= 0.95, alarms


@pytest.mark.parametrize("country", [one for one in COUNTRIES if one not in ("US", "DK")])
def test_an_identity_number_with_a_wrong_digit_is_no_identity_number(country: str) -> None:
    rng = random.Random(country)
    words = {
        "AU": "TFN ",
        "IE": "PPS number ",
        "NL": "BSN ",
        "PL": "PESEL ",
        "IN": "Aadhaar ",
        "CA": "SIN ",
        "GB": "NHS number ",
    }
    words |= {"DE": "Steuer-ID ", "AT": "SV-Nummer "}
    wrong = right = 0
    for _ in range(40):
        number = identity(rng, country)
        at = rng.choice([i for i, sign in enumerate(number[:6]) if sign.isdigit()] or [6])
        changed = number[:at] + str((int(number[at]) + 1) % 10) + number[at + 1 :]
        right += any("number" in kind or "code" in kind for kind in kinds(words.get(country, "") + number))
        wrong += any("number" in kind and "telephone" not in kind for kind in kinds(words.get(country, "") + changed))
    assert right == 40
    assert wrong <= 6


@pytest.mark.parametrize(
    "text",
    [
        "order no. 4111111111111111",
        "version 1.2.3.4567890",
        "commit 0123456789012345678901234567890123456789",
        "loss 0.123456 step 1234567890",
        "x = 12345678901",
        "user@localhost, @decorator.method, mail me@example.com",
        "978-3-1234-5678-0",
        "ts=1767000000123",
        "2026-01-31 10:11:12,345",
        "range 838-985-162",
        "torch.Size([128, 3072, 768])",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "0000 0000 0000 0000",
    ],
)
def test_what_only_has_digits_is_no_personal_data(text: str) -> None:
    assert kinds(text) == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("write to ana.kovac@mail7.de.", "e-mail address"),
        ("call +49 30 12345678", "telephone number"),
        ("(212) 555-0199", "telephone number"),
        ("DOB: 01/02/1980", "date of birth"),
        ("born on 1980-02-01", "date of birth"),
        ("lat 48.20817, lon 16.37382", "coordinates"),
        ("IBAN DE89 3704 0044 0532 0130 00", "bank account"),
    ],
)
def test_structured_types_are_found(text: str, kind: str) -> None:
    assert kinds(text) == [kind]


def test_a_card_without_its_check_digit_is_none() -> None:
    rng = random.Random(3)
    for _ in range(50):
        number = card(rng)
        last = str((int(number[-1]) + 1) % 10)
        assert "payment card" in kinds(f"card {number}")
        assert "payment card" not in kinds(f"card {number[:-1]}{last}")


@given(st.text(max_size=300))
@settings(max_examples=100, deadline=None)
def test_any_text_is_read_and_nothing_overlaps(text: str) -> None:
    last = 0
    for one in find(text):
        assert last <= one.start < one.end <= len(text)
        last = one.end
