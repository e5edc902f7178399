# SPDX-License-Identifier: Apache-2.0
"""What ``hauberk govern`` prints is what its published schemas say."""

import json

import jsonschema
import pytest

from hauberk.core.codec import encode_pretty
from hauberk.govern.compare import compare
from hauberk.govern.explanations import against
from hauberk.govern.fairness import fairness
from hauberk.govern.find import find
from hauberk.govern.paper import Drafted, Drafts
from hauberk.govern.schema import schemas
from hauberk.govern.verify import Checked, Verification
from tests.checks.fairness.test_fairness import UNEVEN, odds, run, subgroup
from tests.checks.fairness.test_numbers import FACTS, heavy, on_numbers, rents
from tests.govern.expected import NAMES, system_of
from tests.govern.published import valid
from tests.govern.test_explanations import asked, explain_row, explanation
from tests.govern.test_fairness import scan


def made(tmp_path):
    """One document of each kind that needs no ledger."""
    one, other = (system_of(name) for name in NAMES[:2])
    before, after = explanation({"age": 0.5, "b": 0.5}, "one"), explanation({"age": 0.9, "c": 0.1}, "two", group="f")
    evidence = [*run(odds, tmp_path / "o", heavy(UNEVEN), facts=FACTS), *run(subgroup, tmp_path / "s", UNEVEN)]
    checked = Checked(file="card.md", citations=1, numbers=2, faults=("a number is wrong",))
    drafted = Drafted(name="model-card", slots=10, gaps=2, citations=5, numbers=9)
    yield find(one)
    yield compare(find(one), find(other))
    yield before
    yield against(before, after)
    yield explain_row(asked(3))
    yield fairness(scan(*evidence, *on_numbers(tmp_path / "n", rents())))
    yield Drafts(folder="documents", documents=(drafted,))
    yield Verification(assessment="a", integrity="i", documents=(checked,))


ELSEWHERE = {"posture-1.json", "framework-1.json", "trade-off-1.json", "trade-off-of-numbers-1.json"}
"""Held against their schemas by tests of their own."""


def test_every_document_holds_against_the_schema_that_it_names(tmp_path):
    seen = {valid(encode_pretty(one)) for one in made(tmp_path)}
    assert {f"{one}.json" for one in seen} == schemas().keys() - ELSEWHERE


@pytest.mark.parametrize("name", sorted(schemas()))
def test_each_schema_is_one_and_names_its_document(name):
    made = json.loads(schemas()[name])
    jsonschema.Draft202012Validator.check_schema(made)
    top = made["$defs"][made["$ref"].rpartition("/")[2]]
    assert top["properties"]["schema"]["enum"] == [f"hauberk/{name.removesuffix('-1.json')}/1"]
    assert top["description"]


def test_two_types_of_one_name_are_described_by_their_own_docstrings():
    changes, threats = (
        json.loads(schemas()[f"{name}.json"])["$defs"]["Comparison"]["properties"]["before"]["description"]
        for name in ("explanation-changes-1", "threats-compared-1")
    )
    assert "evidence" in changes
    assert "system" in threats
