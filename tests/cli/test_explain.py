# SPDX-License-Identifier: Apache-2.0
"""``hauberk explain``: every rule and every error has a page."""

import json

import pytest

from hauberk.analysis.checker import refusal
from hauberk.cli.main import execute
from hauberk.core import errors
from hauberk.engine.catalogue import catalogue
from hauberk.report import page


@pytest.mark.parametrize("rule", sorted(catalogue()))
def test_every_rule_has_a_page_that_says_why_and_what_to_do(rule, capsys):
    assert execute(["explain", rule.lower()]) == 0
    text = capsys.readouterr().out
    card = catalogue()[rule]
    assert text.startswith(f"{rule}  {card.title}")
    for field in ("do  ", "severity", "stage", "basis", "looks at", "references"):
        assert f"\n{field}" in text


def test_without_a_rule_all_of_them_are_listed(capsys):
    assert execute(["explain"]) == 0
    text = capsys.readouterr().out
    assert all(rule in text for rule in catalogue())
    assert "monitor  no rule yet" in text


@pytest.mark.parametrize("code", sorted(page.errors()))
def test_every_error_code_has_a_page_with_its_exit_code(code, capsys):
    assert execute(["explain", code]) == 0
    text = capsys.readouterr().out
    assert text.startswith(code)
    assert "exit code" in text


def test_the_page_of_a_code_is_that_of_the_class_which_states_it():
    assert issubclass(refusal.Carried, errors.NotCertified)  # refines a code without stating one
    known = page.errors()
    for kind in vars(errors).values():
        if isinstance(kind, type) and issubclass(kind, errors.HauberkError):
            assert known[kind.code] is kind


@pytest.mark.parametrize("name", ["HBK-XXX-999", "HBK-E-999", "\x1b[2J"])
def test_an_unknown_name_is_misuse(name, capsys):
    assert execute(["explain", name]) == 2
    said = capsys.readouterr().err
    assert "what to do" in said
    assert "\x1b" not in said


def test_json_is_plain_data(capsys):
    rule = next(iter(catalogue()))
    assert execute(["explain", rule, "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["id"] == rule
    assert facts["why"]
    assert execute(["explain", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == len(catalogue())
    assert execute(["explain", "HBK-E-003", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["exit_code"] == 2


def test_a_model_file_has_a_page_and_is_examined_in_a_confined_child(tmp_path, capsys):
    (tmp_path / "m.pkl").write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    assert execute(["explain", str(tmp_path / "m.pkl")]) == 0
    text = capsys.readouterr().out
    assert "do not load it" in text
    assert "> calls os.system with (a text of 4 characters)" in text
