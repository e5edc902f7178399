# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from hauberk.checks.attack.membership import membership
from hauberk.core.scales import Outcome
from tests.checks.measuring import csv, echo, examine_system, linear


def draw(seed, n):
    rng = np.random.default_rng(seed)
    table = {f"x{index}": rng.normal(0, 1, n).round(4) for index in range(3)}
    return {**table, "y": (table["x0"] + rng.normal(0, 1, n) > 0).astype(int)}


def run(tmp_path, train, test, *, model=None, facts=None, linked=None):
    (evidence,) = examine_system(
        membership,
        tmp_path,
        model=linear([1.0, 0.0, 0.0], 0.0) if model is None else model,
        tables={"train": csv(train), "test": csv(test)},
        facts={"label": "y"} if facts is None else facts,
        linked=linked,
    )
    return evidence


def rates(evidence):
    return {
        one.parameters["fpr"]: one
        for one in evidence.measurements
        if one.name == "membership_tpr" and "reference" not in one.parameters["attack"]
    }


def test_a_model_that_never_saw_either_set_leaks_nothing(tmp_path):
    evidence = run(tmp_path, draw(1, 300), draw(2, 300))
    assert evidence.outcome is Outcome.CLEAN
    assert rates(evidence)[0.01].low <= 0.01 <= rates(evidence)[0.01].high


@pytest.mark.parametrize(
    ("n", "one_percent", "one_per_mille"),
    [(50, False, False), (99, True, False), (998, True, False), (999, True, True)],
)
def test_a_rate_is_estimated_only_where_the_test_rows_allow_it(tmp_path, n, one_percent, one_per_mille):
    evidence = run(tmp_path, draw(1, 200), draw(2, n))
    found = rates(evidence)
    assert (found[0.01].value is not None) == one_percent
    assert (found[0.001].value is not None) == one_per_mille
    for rate, estimated in ((0.01, one_percent), (0.001, one_per_mille)):
        assert estimated or f"not estimable at n={n}" in found[rate].note
    lowest = [one for one in evidence.measurements if one.name == "membership_tpr_at_lowest_fpr"]
    assert bool(lowest) != one_percent
    assert not lowest or lowest[0].parameters["fpr"] == pytest.approx(1 / (n + 1))


def test_the_area_never_stands_alone(tmp_path):
    names = [one.name for one in run(tmp_path, draw(1, 200), draw(2, 200)).measurements]
    assert "membership_auc" in names
    assert "membership_tpr" in names


def test_test_rows_that_were_trained_on_are_no_outsiders_and_copies_count_once(tmp_path):
    train, test = draw(1, 200), draw(2, 200)
    mixed = {name: np.concatenate([test[name], train[name][:120]]) for name in train}
    doubled = {name: np.concatenate([cells, cells]) for name, cells in train.items()}
    plain, overlapping = run(tmp_path / "plain", train, test), run(tmp_path / "mixed", doubled, mixed)
    assert rates(overlapping)[0.01].parameters["others"] == 200
    assert rates(overlapping)[0.01].value == rates(plain)[0.01].value
    assert rates(overlapping)[0.01].n == 200


def test_a_model_without_scores_is_attacked_by_whether_it_is_right(tmp_path):
    rng = np.random.default_rng(0)
    train = {"decision": np.arange(300) % 2, "x": rng.random(300), "y": np.arange(300) % 2}
    test = {"decision": np.arange(300) % 2, "x": rng.random(300), "y": rng.integers(0, 2, 300)}
    evidence = run(tmp_path, train, test, model=echo())
    assert rates(evidence)[0.01].parameters["threat_model"] == "label-only"
    area = next(one for one in evidence.measurements if one.name == "membership_auc")
    assert area.value == pytest.approx(0.5 + 0.5 * (test["y"] != test["decision"]).mean())
    assert evidence.outcome is Outcome.FOUND


UNABLE = {
    "no training data named": ({"linked": {"tested_on": ["test"]}}, "trained on"),
    "no test data named": ({"linked": {"trained_on": ["train"]}}, "tested on"),
    "no label named": ({"facts": {}}, "which column is the label"),
}


@pytest.mark.parametrize(("change", "reason"), UNABLE.values(), ids=UNABLE)
def test_what_cannot_be_attacked_says_what_is_missing(tmp_path, change, reason):
    evidence = run(tmp_path, draw(1, 100), draw(2, 100), **change)
    assert evidence.outcome is Outcome.UNABLE
    assert reason in evidence.reason


def test_a_test_set_that_was_trained_on_altogether_cannot_show_anything(tmp_path):
    train = draw(1, 100)
    evidence = run(tmp_path, train, train)
    assert evidence.outcome is Outcome.UNABLE
    assert "fewer than two" in evidence.reason


def blind(evidence):
    return next(one for one in evidence.measurements if one.name == "membership_blind_auc")


def test_sides_that_differ_without_the_model_are_said_to(tmp_path):
    other = draw(2, 300)
    other["y"] = np.random.default_rng(5).integers(0, 2, 300)
    measured = blind(
        run(tmp_path, {**draw(1, 300), "y": np.ones(300, dtype=int)}, {**other, "y": (other["x1"] > 0.6).astype(int)})
    )
    assert "differ even without the model" in measured.note


def test_two_sides_of_one_population_look_alike_and_a_model_that_saw_neither_is_found_by_chance(tmp_path):
    found, notes = [], 0
    for seed in range(12):
        evidence = run(tmp_path / str(seed), draw(2 * seed, 200), draw(2 * seed + 1, 199))
        (one,) = [
            one
            for one in evidence.measurements
            if one.name == "membership_tpr"
            and "reference" in one.parameters["attack"]
            and one.parameters["fpr"] == 0.01
        ]
        found.append(one.value)
        notes += bool(blind(evidence).note)
    assert notes <= 2
    assert np.mean(found) == pytest.approx(0.01, abs=0.008)
