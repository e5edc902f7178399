# SPDX-License-Identifier: Apache-2.0
"""Frameworks as data: every file that ships is sound, and no bytes get anything but a framework or a core error."""

import json
import tomllib
from contextlib import suppress
from datetime import date
from importlib import resources
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hauberk.core.errors import HauberkError, Malformed, Misuse, TooLarge
from hauberk.engine.catalogue import catalogue
from hauberk.govern.framework import LARGEST, Framework, framework, names, parse
from hauberk.govern.schema import schemas
from hauberk.manifest.forms import USES

ALL = [framework(name) for name in names()]
SHIPPED = {name: (resources.files("hauberk.govern") / "frameworks" / f"{name}.toml").read_bytes() for name in names()}
ROOT = Path(__file__).parents[2]
SMALL = b"""\
schema = "hauberk/framework/1"
id = "own"
title = "Own rules"
version = "1"
binding = false
[[sources]]
id = "s"
title = "S"
uri = "https://example.com"
version = "1"
retrieved = "2026-11-24"
[[dates]]
id = "d"
steps = [{day = "2026-01-01", known = "2025-01-01", source = "s", read = true}]
[[clauses]]
id = "1"
words = "Something is done."
source = "s"
read = true
date = "d"
checks = ["HBK-ATK-001|HBK-ATK-003"]
"""


def _leaves(one: Framework):
    trees = [one.when, *(tier.when for tier in one.tiers), *(clause.when for clause in one.clauses)]
    waiting = [tree for tree in trees if tree]
    while waiting:
        node = waiting.pop()
        waiting += [*node.all, *node.any, *([node.negated] if node.negated else [])]
        if node.fact:
            yield node


def test_the_laws_and_standards_that_the_platform_speaks_of_are_there():
    wanted = {"ai-act", "gdpr", "ccpa", "uk", "swiss", "nist-ai-rmf", "nist-ai-100-2", "iso-42001", "owasp-ml"}
    assert wanted <= set(names())


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.id)
def test_every_leg_is_a_card_and_every_use_a_word_of_the_manifest(one):
    cards = {card for clause in one.clauses for leg in clause.checks for card in leg.split("|")}
    assert cards <= set(catalogue())
    uses = {value for leaf in _leaves(one) if leaf.fact == "uses" for value in leaf.has}
    assert uses <= {*USES, "*"}
    assert all(leaf.says for leaf in _leaves(one)), "a predicate that fires must say what it means"


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.id)
def test_a_source_that_says_it_was_not_read_is_of_no_row_that_claims_to_be(one):
    unread = {source.id for source in one.sources if source.note.startswith("not read")}
    assert not [clause.id for clause in one.clauses if clause.read and clause.source in unread]


def test_a_paid_standard_claims_no_row_as_read():
    assert not any(clause.read for clause in framework("iso-42001").clauses)


@pytest.mark.parametrize(
    ("day", "applies_from", "read"),
    [
        ("2026-07-26", "2026-08-02", True),
        ("2026-07-27", "2027-12-02", True),
        ("2027-12-01", "2027-12-02", True),
        ("2020-01-01", "2026-08-02", True),
    ],
)
def test_the_day_of_high_risk_duties_is_that_of_the_law_as_it_stood(day, applies_from, read):
    step = framework("ai-act").dated("annex-iii").on(date.fromisoformat(day))
    assert (step.day, step.read) == (applies_from, read)


BAD = [
    (SMALL.replace(b"read = true\ndate", b"date"), "read"),
    (SMALL.replace(b'"s"\nread', b'"t"\nread'), "a source or date is named that is not there"),
    (SMALL.replace(b'date = "d"', b'date = "e"'), "a source or date is named that is not there"),
    (SMALL.replace(b"HBK-ATK-001|", b"anything"), "ids of cards"),
    (SMALL.replace(b"2026-11-24", b"yesterday"), "Invalid isoformat"),
    (SMALL.replace(b'day = "2026-01-01"', b'day = "2026-13-01"'), "month must be in"),
    (SMALL.replace(b"binding = false", b"binding = true"), "a law needs `when`"),
    (SMALL.replace(b'id = "own"', b'id = "../own"'), "lower case"),
    (SMALL + b"novel = 1\n", "novel"),
    (SMALL + SMALL[SMALL.index(b"[[clauses]]") :], "an id is used twice"),
    (b"clauses = []\n" + SMALL.partition(b"[[clauses]]")[0], "no clause"),
    (SMALL + b'when = {fact = "novel", has = ["x"]}\n', "no fact is called"),
    (SMALL + b'when = {fact = "runs", has = []}\n', "belong together"),
    (SMALL + b"when = {all = []}\n", "exactly one"),
    (SMALL + b'when = {fact = "runs", has = ["x"], any = [{fact = "runs", has = ["x"]}]}\n', "exactly one"),
    (SMALL + b"when = " + b"{not = " * 9 + b'{fact = "runs", has = ["x"]}' + b"}" * 9 + b"\n", "levels"),
    (SMALL + b"eyes = 0\n", "eyes"),
    (SMALL + b'labels = ["colour"]\n', "labels are of"),
    (b"\xff", "not UTF-8"),
    (b"a = ", "not TOML"),
    (b"a = " + b"[" * 100_000, "too deep"),
]


def test_the_small_one_is_sound():
    assert parse(SMALL, "own").clauses[0].id == "1"


@pytest.mark.parametrize(("data", "says"), BAD, ids=[says for _, says in BAD])
def test_a_file_that_is_none_says_why(data, says):
    with pytest.raises(Malformed, match=says.replace("(", r"\(")):
        parse(data, "own")


def test_a_file_beyond_the_ceiling_is_not_read():
    with pytest.raises(TooLarge):
        parse(b"#" * (LARGEST + 1), "own")


@pytest.mark.parametrize("name", ["novel", "novel.toml", "../gdpr"])
def test_no_framework_by_a_name_is_misuse(name):
    with pytest.raises(Misuse):
        framework(name)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(SHIPPED)),
    st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.binary(max_size=6), st.integers(0, 12)), min_size=1, max_size=4
    ),
)
def test_mutated_files_are_a_framework_or_a_core_error(name, cuts):
    data = SHIPPED[name]
    for place, put, out in cuts:
        at = int(place * len(data))
        data = data[:at] + put + data[at + out :]
    with suppress(HauberkError):
        assert isinstance(parse(data, name), Framework)


def test_the_committed_schemas_are_the_generated_ones_and_hold_for_what_ships():
    for name, text in schemas().items():
        assert (ROOT / "docs" / "reference" / "schema" / name).read_text() == text, f"{name}: run make docs"
    validator = jsonschema.Draft202012Validator(json.loads(schemas()["framework-1.json"]))
    for data in SHIPPED.values():
        validator.validate(tomllib.loads(data.decode()))
