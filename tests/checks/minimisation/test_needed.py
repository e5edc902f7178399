# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from hauberk.checks.minimisation.needed import TOLERANCE, needed
from hauberk.core.place import RowPlace
from hauberk.core.scales import Outcome
from tests.checks.measuring import csv, examine_system

N = 900


def run(tmp_path, table, column, *, split="train"):
    return examine_system(needed, tmp_path, tables={split: csv(table)}, facts={"label": "claim", "columns": [column]})


def made(kind, weight, seed=0):
    rng = np.random.default_rng(seed)
    mileage = rng.normal(0, 1, N).round(3)
    extra, worth = EXTRAS[kind](rng)
    score = 1.5 * mileage + weight * worth
    claim = np.where(rng.random(N) < 1 / (1 + np.exp(-score)), "yes", "no")
    return {"extra": extra, "mileage": mileage, "claim": claim}


def age(rng):
    years = rng.integers(18, 80, N)
    return years, (years - 49) / 18


def middle_age(rng):
    years = rng.integers(18, 80, N)
    return years, np.where(np.abs(years - 49) < 12, 1.0, -1.0)


def region(rng):
    names = rng.choice(["north", "south", "east", "west"], N)
    return names, np.select([names == "north", names == "south"], [1.5, -1.5], 0.0)


def yes_no(rng):
    flag = rng.integers(0, 2, N)
    return flag, flag * 2 - 1


def gaps(rng):
    years = rng.integers(18, 80, N).astype(object)
    absent = rng.random(N) < 0.4
    worth = np.where(absent, 1.5, -1.0)
    years[absent] = ""
    return years, worth


EXTRAS = {"age": age, "middle age": middle_age, "region": region, "yes or no": yes_no, "being absent": gaps}


@pytest.mark.parametrize("kind", EXTRAS)
def test_a_column_that_drives_the_label_is_needed(tmp_path, kind):
    (evidence,) = run(tmp_path, made(kind, 1.0), {"name": "extra", "personal": True})
    assert evidence.outcome is Outcome.CLEAN
    (loss,) = [one for one in evidence.measurements if one.name == "drop_column_loss"]
    assert loss.low > TOLERANCE


@pytest.mark.parametrize("kind", EXTRAS)
@pytest.mark.parametrize("flag", ["personal", "sensitive"])
def test_a_column_that_does_not_is_found_at_its_place(tmp_path, kind, flag):
    (evidence,) = run(tmp_path, made(kind, 0.0), {"name": "extra", flag: True})
    assert evidence.outcome is Outcome.FOUND
    (finding,) = evidence.findings
    assert finding.place == RowPlace(table="train.csv", row=None, column="extra")
    assert flag in finding.message


@pytest.mark.parametrize(
    "cells",
    [
        np.full(N, "same"),
        np.full(N, ""),
        np.array([f"person{index}@example.com" for index in range(N)]),
        np.arange(N) + 10**6,
    ],
    ids=["a constant", "empty", "addresses", "numbers of customers"],
)
def test_columns_without_meaning_for_the_label_are_found_and_never_shown(tmp_path, cells):
    (evidence,) = run(tmp_path, {**made("age", 0.0), "extra": cells}, {"name": "extra", "personal": True})
    assert evidence.outcome is Outcome.FOUND
    assert "person1" not in repr(evidence)


def test_a_copy_of_another_column_is_not_needed(tmp_path):
    table = made("age", 1.0)
    table["copy"] = table["extra"]
    (evidence,) = run(tmp_path, table, {"name": "extra", "personal": True})
    assert evidence.outcome is Outcome.FOUND


MUST_NOT = {
    "a stated basis": (
        {"name": "extra", "personal": True, "basis": "kept to measure fairness"},
        "train",
        Outcome.CLEAN,
    ),
    "neither personal nor sensitive": ({"name": "extra"}, "train", None),
    "the label itself": ({"name": "claim", "personal": True}, "train", None),
    "test data": ({"name": "extra", "personal": True}, "test", None),
}


@pytest.mark.parametrize(("column", "split", "outcome"), MUST_NOT.values(), ids=MUST_NOT)
def test_what_is_not_reported(tmp_path, column, split, outcome):
    evidence = run(tmp_path, made("age", 0.0), column, split=split)
    assert [one.outcome for one in evidence] == ([] if outcome is None else [outcome])


def test_where_nothing_predicts_the_label_no_column_is_blamed(tmp_path):
    table = {**made("age", 0.0), "mileage": np.random.default_rng(9).normal(0, 1, N)}
    (evidence,) = run(tmp_path, table, {"name": "extra", "personal": True})
    assert evidence.outcome is Outcome.CLEAN
    (loss,) = [one for one in evidence.measurements if one.name == "drop_column_loss"]
    assert loss.value is None
    assert "no better than the label's shares" in loss.note


def test_copies_of_rows_do_not_make_the_learner_look_better(tmp_path):
    table = made("age", 0.0)
    tripled = {name: np.concatenate([cells] * 3) for name, cells in table.items()}
    once, thrice = (
        run(tmp_path / name, one, {"name": "extra", "personal": True})[0]
        for name, one in (("a", table), ("b", tripled))
    )
    assert once.measurements == thrice.measurements


@pytest.mark.parametrize(
    ("table", "facts", "reason"),
    [
        ({name: cells[:60] for name, cells in made("age", 1.0).items()}, {"label": "claim"}, "not estimable at n=60"),
        (made("age", 1.0), {}, "which column is the label"),
        (made("age", 1.0), {"label": "other"}, "no column has the name"),
    ],
    ids=["few rows", "no label", "a label that is not there"],
)
def test_what_cannot_be_measured_says_why(tmp_path, table, facts, reason):
    columns = [{"name": "extra", "personal": True}]
    (evidence,) = examine_system(needed, tmp_path, tables={"train": csv(table)}, facts={**facts, "columns": columns})
    assert evidence.outcome is Outcome.UNABLE
    assert reason in evidence.reason


def test_more_than_two_classes_are_measured_as_well(tmp_path):
    table = made("region", 1.0)
    table["claim"] = np.where(table["extra"] == "east", "maybe", table["claim"])
    (evidence,) = run(tmp_path, table, {"name": "extra", "personal": True})
    assert evidence.outcome is Outcome.CLEAN
