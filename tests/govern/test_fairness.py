# SPDX-License-Identifier: Apache-2.0
"""``hauberk govern fairness``: every measure from sealed rates, the subgroups, what cannot hold together."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from hauberk.cli.main import execute
from hauberk.core.document import Coverage, Scan
from hauberk.core.verdict import Verdict
from hauberk.govern.fairness import fairness
from hauberk.govern.fairness_text import text
from hauberk.stats.fairness import METRICS, evaluate
from tests.checks.fairness.test_fairness import BOTH, EVEN, SEX, UNEVEN, crossed, odds, run, subgroup

SAMPLES = Path(__file__).parents[2] / "samples"


def scan(*evidence):
    """A document of this evidence, as the ledger would give it back."""
    verdict = Verdict(passed=True, policy="default", gates=())
    return Scan(system="system", verdict=verdict, coverage=Coverage(files=1, examined=1, unable=0), evidence=evidence)


def reported(tmp_path, table, **more):
    """The report on one table."""
    return fairness(scan(*run(odds, tmp_path / "o", table, **more), *run(subgroup, tmp_path / "s", table, **more)))


def test_the_counts_behind_the_sealed_rates_are_those_that_the_model_made(tmp_path):
    (one,) = reported(tmp_path, UNEVEN).comparisons
    counts = {
        each.name: (each.true_positive, each.false_positive, each.false_negative, each.true_negative)
        for each in one.groups
    }
    assert counts == {"f": (20, 10, 30, 40), "m": (48, 6, 12, 24)}
    expected = evaluate(np.array(list(counts.values()), dtype=float))
    for each in one.measures:
        if each.value is not None and "group" not in each.parameters:
            assert each.value == pytest.approx(float(expected[each.name]), abs=1e-12)
    assert {each.name for each in one.measures} == set(METRICS)


def test_the_same_evidence_gives_the_same_bits(tmp_path):
    evidence = run(odds, tmp_path, UNEVEN)
    assert fairness(scan(*evidence)) == fairness(scan(*evidence))


def test_every_measure_has_an_interval_or_says_why_not(tmp_path):
    for one in reported(tmp_path, UNEVEN).comparisons[0].measures:
        assert one.parameters["formula"]
        assert one.note.startswith("not estimable at n=") if one.value is None else one.low <= one.value <= one.high


def test_each_sensitive_column_is_compared_and_the_worst_subgroup_is_said(tmp_path):
    report = reported(tmp_path, crossed(), columns=BOTH)
    assert [one.column for one in report.comparisons] == ["sex", "age"]
    lines = text(report)
    assert "age = old and sex = m get it in 0.300, the others in 0.700" in lines
    assert "8 subgroups compared" in lines


def test_conflicts_are_said_where_base_rates_differ_and_only_there(tmp_path):
    assert "not shown to differ" in text(reported(tmp_path / "even", EVEN))
    report = reported(tmp_path / "apart", {name: list(values) * 4 for name, values in UNEVEN.items()})
    assert any(one.forced for one in report.comparisons[0].disputes)
    assert "cannot both hold: base rates differ" in text(report)


def test_small_groups_are_left_out_and_said(tmp_path):
    table = {**UNEVEN, "sex": [*UNEVEN["sex"][:180], *["Quixote"] * 10]}
    report = reported(tmp_path, table)
    assert "not estimable at n=10" in report.comparisons[0].left_out
    assert "Quixote" not in text(report)


def test_one_group_alone_is_not_compared(tmp_path):
    table = {name: values[:100] for name, values in UNEVEN.items()}
    report = reported(tmp_path, table, columns=SEX)
    assert report.comparisons[0].measures == ()
    assert "fewer than two groups" in text(report)


def test_what_could_not_be_looked_at_is_said(tmp_path):
    report = reported(tmp_path, {**UNEVEN, "age": np.arange(190)}, columns=BOTH)
    assert any("no groups for age" in one for one in report.unable)


def test_a_hostile_name_of_a_group_does_not_reach_the_terminal_as_it_is(tmp_path):
    table = {**UNEVEN, "sex": ["\x1b[31mf" if one == "f" else one for one in UNEVEN["sex"]]}
    lines = text(reported(tmp_path, table))
    assert "\x1b" not in lines
    assert "\\x1b[31mf" in lines


@pytest.fixture
def assessed(tmp_path, monkeypatch):
    """The uneven sample, assessed into a ledger of its own."""
    monkeypatch.setenv("HAUBERK_KEYS", str(tmp_path / "keys"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    shutil.copytree(SAMPLES / "HBK-FAI-003" / "bad", tmp_path / "loans")
    manifest = str(tmp_path / "loans" / "hauberk.yaml")
    assert execute(["assess", "-m", manifest, "--quiet"]) == 0
    return manifest


def test_the_command_reads_the_ledger(assessed, capsys):
    capsys.readouterr()
    assert execute(["govern", "fairness", "-m", assessed]) == 0
    lines = capsys.readouterr().out
    assert "age = under 35 and sex = female" in lines
    assert execute(["govern", "fairness", "-m", assessed, "--format", "html"]) == 0
    page = capsys.readouterr().out
    assert "<p>model: age = under 35 and sex = female get " in page
    assert page.count("<circle") >= 70  # every difference, ratio and index of both columns that has a value
    assert execute(["govern", "fairness", "-m", assessed, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == "hauberk/fairness/1"
    assert {one["column"] for one in document["comparisons"]} == {"sex", "age"}
    assert {one["name"] for one in document["comparisons"][0]["measures"]} == set(METRICS)


def test_a_system_without_evidence_of_fairness_is_told_what_to_declare(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("HAUBERK_KEYS", str(tmp_path / "keys"))
    (tmp_path / "hauberk.yaml").write_text("name: bare\nassets:\n- {id: code, kind: code, uri: app.py}\n")
    (tmp_path / "app.py").write_text("print(1)\n")
    manifest = str(tmp_path / "hauberk.yaml")
    assert execute(["assess", "-m", manifest, "--quiet"]) == 0
    assert execute(["govern", "fairness", "-m", manifest]) == 2
    assert "facts.tested_on" in capsys.readouterr().err


@pytest.mark.slow
def test_the_gate_fails_on_a_subgroup_by_the_worse_end_of_its_interval(tmp_path, monkeypatch, capsys):
    # the even sample: the worst shortfall is 0.011, at worst 0.054
    monkeypatch.setenv("HAUBERK_KEYS", str(tmp_path / "keys"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    shutil.copytree(SAMPLES / "HBK-FAI-003" / "good", tmp_path / "loans")
    manifest = tmp_path / "loans" / "hauberk.yaml"
    written = manifest.read_text()
    assert execute(["assess", "-m", str(manifest), "--quiet"]) == 0
    for at_most, worse_end, passed in ((0.05, True, False), (0.05, False, True), (0.1, True, True)):
        limit = {"measurement": "worst_subgroup_opportunity_shortfall", "at_most": at_most, "worse_end": worse_end}
        manifest.write_text(f"{written}policy: {json.dumps({'rules': [{'id': 'nobody-worse', 'limit': limit}]})}\n")
        capsys.readouterr()
        execute(["gate", "-m", str(manifest), "--json"])
        (gate,) = json.loads(capsys.readouterr().out)["verdict"]["gates"]
        assert gate["passed"] is passed
        assert ("the worse end" in gate["why"]) is worse_end
