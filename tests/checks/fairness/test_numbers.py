# SPDX-License-Identifier: Apache-2.0
"""Predicted numbers, and rows that stand for more than one person."""

import numpy as np
import pytest
from onnx import TensorProto, helper
from sklearn.metrics import mean_absolute_error, r2_score, recall_score

from hauberk.checks.fairness.calibration import calibration
from hauberk.checks.fairness.numbers import ERROR_GAP, SIZE_GAP, numbers
from hauberk.checks.fairness.odds import odds
from hauberk.checks.fairness.parity import parity
from hauberk.checks.fairness.subgroup import OPPORTUNITY, subgroup
from hauberk.checks.fairness.subgroup_numbers import ERROR, SIZE, subgroup_numbers
from hauberk.core.scales import Outcome
from hauberk.govern.fairness import fairness
from hauberk.govern.fairness_text import text
from tests.checks.fairness.test_fairness import EVEN, SEX, UNEVEN, run, values
from tests.checks.measuring import csv, examine_system
from tests.govern.test_fairness import scan

REGRESS = {"task": "regress", "tested_on": ["test"]}


def guess() -> bytes:
    """A model that predicts the number in one column."""
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, 1]) for name in ("guess", "rent"))
    graph = helper.make_graph([helper.make_node("Identity", ["guess"], ["rent"])], "guess", [x], [y])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9).SerializeToString()


def rents(n=400, off=0.0, noise=0.0):
    """Rents of two groups; those of women are guessed too high by ``off``, and less exactly by ``noise``."""
    rng = np.random.default_rng(0)
    sex, rent = rng.choice(["f", "m"], n), rng.normal(900, 100, n).round(2)
    woman = sex == "f"
    told = rent + rng.normal(0, 10, n) + off * woman + rng.normal(0, 1, n) * noise * woman
    return {"sex": sex, "guess": told.round(2), "rent": rent}


def on_numbers(tmp_path, table, *, card=numbers, linked=REGRESS, **facts):
    facts = {"label": "rent", "columns": SEX, **facts}
    return examine_system(card, tmp_path, model=guess(), tables={"test": csv(table)}, facts=facts, linked=linked)


def test_errors_of_groups_are_those_of_scikit_learn(tmp_path):
    table = rents(off=5)
    (evidence,) = on_numbers(tmp_path, table)
    told = np.float32(table["guess"]).astype(float)
    for name, measure in {"mean_absolute_error": mean_absolute_error, "r2": r2_score}.items():
        found = {one.parameters["group"]: one.value for one in values(evidence, name)}
        expected = {one: measure(table["rent"][table["sex"] == one], told[table["sex"] == one]) for one in "fm"}
        assert found == pytest.approx(expected, abs=1e-9)
    assert all(one.low <= one.value <= one.high for one in evidence.measurements)


@pytest.mark.parametrize(
    ("table", "broken"),
    [(rents(), set()), (rents(off=25), {ERROR_GAP}), (rents(noise=70), {SIZE_GAP})],
    ids=["alike", "too high for women", "less exact for women"],
)
def test_a_gap_in_errors_is_found_and_only_there(tmp_path, table, broken):
    (evidence,) = on_numbers(tmp_path, table)
    said = " ".join(one.message for one in evidence.findings)
    assert {name for name in (ERROR_GAP, SIZE_GAP) if name in said} == broken
    assert evidence.outcome is (Outcome.FOUND if broken else Outcome.CLEAN)


def test_a_unit_of_the_label_changes_nothing(tmp_path):
    table = rents(off=40)
    cents = {**table, "guess": table["guess"] * 100, "rent": table["rent"] * 100}
    one, other = (
        values(on_numbers(tmp_path / name, each)[0], ERROR_GAP)[0].value
        for name, each in {"a": table, "b": cents}.items()
    )
    assert one == pytest.approx(other, rel=1e-5)


def test_small_groups_of_numbers_are_not_named(tmp_path):
    table = rents(40)
    table["sex"][:10], table["sex"][10:] = "Quixote", "m"
    (evidence,) = on_numbers(tmp_path, table)
    assert values(evidence, ERROR_GAP)[0].note.startswith("not estimable at n=")
    assert "Quixote" not in repr(evidence)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [({"columns": [{"name": "sex"}]}, "names no sensitive column"), ({"label": "sex"}, "no finite numbers")],
)
def test_what_cannot_be_measured_of_numbers_is_said(tmp_path, facts, reason):
    system = {"effect": "decides"}
    facts = {"label": "rent", "columns": SEX, **facts}
    (evidence,) = examine_system(
        numbers, tmp_path, model=guess(), tables={"test": csv(rents())}, facts=facts, linked=REGRESS, **system
    )
    assert evidence.outcome is Outcome.UNABLE
    assert reason in evidence.reason


def test_rules_of_decisions_leave_regressions_alone_and_the_other_way_round(tmp_path):
    facts = {"label": "rent", "columns": SEX}
    for card in (parity, odds, subgroup, calibration):
        asked = {"model": guess(), "tables": {"test": csv(rents())}, "facts": facts, "linked": REGRESS}
        assert examine_system(card, tmp_path / card.id, **asked) == []
    assert on_numbers(tmp_path, rents(), linked={"tested_on": ["test"]}) == []


def test_the_report_tells_of_numbers(tmp_path):
    report = fairness(scan(*on_numbers(tmp_path, rents(off=40))))
    assert {one.measure.name for one in report.numbers} >= {ERROR_GAP, "r2", "mean_error"}
    assert "Predicted numbers" in text(report)


def heavy(table):
    """The table with a column of weights that lean on women who were decided rightly."""
    right = (np.array(table["decision"]) == np.array(table["outcome"])) & (np.array(table["sex"]) == "f")
    return {**table, "people": np.where(right, 3.25, 1.0)}


FACTS = {"label": "outcome", "favourable": "1", "columns": SEX, "weight": "people"}


@pytest.mark.parametrize("card", [parity, odds, subgroup, calibration], ids=lambda card: card.id)
def test_weights_are_named_and_those_that_are_none_are_refused(tmp_path, card):
    table = heavy(UNEVEN)
    (evidence,) = run(card, tmp_path / "kept", table, facts=FACTS)
    assert {one.parameters.get("weight") for one in evidence.measurements if one.value is not None} <= {"people"}
    for wrong in (-1.0, "many", ""):
        spoilt = {**table, "people": [wrong, *table["people"][1:]]}
        (evidence,) = run(card, tmp_path / f"{wrong}", spoilt, facts=FACTS)
        assert evidence.outcome is Outcome.UNABLE
        assert "weights" in evidence.reason


def test_weighted_rates_are_those_of_scikit_learn_and_the_report_has_all_measures(tmp_path):
    table = heavy(UNEVEN)
    evidence = run(odds, tmp_path, table, facts=FACTS)
    group, truth, given, weight = (np.array(table[name]) for name in ("sex", "outcome", "decision", "people"))
    for name, positive in {"true_positive_rate": 1, "false_positive_rate": 0}.items():
        found = {one.parameters["group"]: one.value for one in values(evidence[0], name)}
        for each, value in found.items():
            mine = group == each
            recall = recall_score(truth[mine], given[mine], sample_weight=weight[mine], pos_label=positive)
            assert value == pytest.approx(recall if positive else 1 - recall, abs=1e-12)
    (difference,) = values(evidence[0], "equalized_odds_difference")
    assert difference.low <= difference.value < difference.high
    # by hand: TPR f 65/95, m .8; FPR f 10/140, m .2
    assert difference.value == pytest.approx(0.2 - 10 / 140, abs=1e-12)
    (one,) = fairness(scan(*evidence)).comparisons
    assert one.weight == "people"
    assert [each.rows for each in one.groups] == [(20, 10, 30, 40), (48, 6, 12, 24)]
    selected = next(each for each in one.measures if each.name == "selection_rate" and each.parameters["group"] == "f")
    mine = group == "f"
    assert selected.value == pytest.approx(np.average(given[mine], weights=weight[mine]), abs=1e-12)
    assert "each row weighted by people" in text(fairness(scan(*evidence)))


def test_weights_of_one_find_what_rows_find(tmp_path):
    for table, outcome in ((UNEVEN, Outcome.FOUND), (EVEN, Outcome.CLEAN)):
        weighted = {**table, "people": np.ones(len(table["sex"]))}
        for card in (parity, odds, subgroup):
            (evidence,) = run(card, tmp_path / card.id / outcome.value, weighted, facts=FACTS)
            (plain,) = run(card, tmp_path / card.id / "plain" / outcome.value, table)
            assert evidence.outcome is plain.outcome is outcome
    (found,) = values(run(subgroup, tmp_path, {**UNEVEN, "people": np.full(190, 2.0)}, facts=FACTS)[0], OPPORTUNITY)
    assert found.value == pytest.approx(0.4)


BOTH = [{"name": "sex", "sensitive": True}, {"name": "home", "sensitive": True}]


def homes(off=0.0, noise=0.0, n=800):
    """Rents guessed off by so much, up or down, by sex and home together, and evenly by either alone."""
    rng = np.random.default_rng(3)
    table = rents(n)
    home = rng.choice(["own", "let"], n)
    same = (table["sex"] == "f") == (home == "own")
    guessed = np.where(same, table["guess"] + off, table["guess"] - off) + rng.normal(0, 1, n) * noise * (home == "own")
    return {"sex": table["sex"], "home": home, "guess": guessed.round(2), "rent": table["rent"]}


@pytest.mark.parametrize(
    ("table", "broken"),
    [(homes(), set()), (homes(off=60), {ERROR}), (homes(noise=120), {SIZE})],
    ids=["alike", "off by both together", "less exact for owners"],
)
def test_the_subgroup_that_is_told_numbers_furthest_off_is_found_and_only_there(tmp_path, table, broken):
    (evidence,) = on_numbers(tmp_path, table, card=subgroup_numbers, columns=BOTH)
    said = " ".join(one.message for one in evidence.findings)
    assert {name for name in (ERROR, SIZE) if name in said} == broken
    assert all(one.low <= one.value <= one.high for one in evidence.measurements)
    if ERROR in broken:
        assert evidence.findings[0].place.predicate.count(" and ") == 1
        assert values(on_numbers(tmp_path / "margins", table, columns=BOTH)[0], ERROR_GAP)[0].value < 0.2


def test_the_report_tells_of_the_subgroup_in_words(tmp_path):
    report = fairness(scan(*on_numbers(tmp_path, homes(off=60), card=subgroup_numbers, columns=BOTH)))
    assert "standard deviations higher" in text(report) or "standard deviations lower" in text(report)
    assert [one.measure.name for one in report.worst] == [ERROR, SIZE]


def test_weights_move_the_worst_subgroup_of_numbers(tmp_path):
    table = homes(off=30)
    heavy_one = {**table, "people": np.where((table["sex"] == "f") & (table["home"] == "own"), 4.0, 1.0)}
    (plain,) = on_numbers(tmp_path / "a", table, card=subgroup_numbers, columns=BOTH)
    (weighted,) = on_numbers(tmp_path / "b", heavy_one, card=subgroup_numbers, columns=BOTH, weight="people")
    assert values(weighted, ERROR)[0].parameters["weight"] == "people"
    assert values(weighted, ERROR)[0].value != pytest.approx(values(plain, ERROR)[0].value, abs=1e-3)
