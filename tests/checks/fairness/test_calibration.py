# SPDX-License-Identifier: Apache-2.0
"""HBK-FAI-004: a score that means another chance for another group is found, and where there is no score it is said."""

import numpy as np
import pytest

from hauberk.checks.fairness.calibration import GAP, calibration
from hauberk.core.scales import Outcome
from tests.checks.measuring import csv, echo, examine_system, linear

COLUMNS = [{"name": "sex", "sensitive": True}]


def people(shift, n=900, seed=0):
    """One feature whose score is the true chance of men, and is off by ``shift`` on the scale of logits for women."""
    rng = np.random.default_rng(seed)
    x, sex = rng.normal(0, 1, n).round(4), rng.integers(0, 2, n)
    chance = 1 / (1 + np.exp(-(x + shift * sex)))
    return {"x": x, "sex": sex, "outcome": (rng.random(n) < chance).astype(int)}


def run(tmp_path, table, model=None):
    """Evidence on a table of which the model reads x alone."""
    # the model reads one matrix of x and sex, with no weight on sex
    facts = {"label": "outcome", "favourable": "1", "columns": COLUMNS}
    made = model or linear([1.0, 0.0], 0.0)
    (evidence,) = examine_system(calibration, tmp_path, model=made, tables={"test": csv(table)}, facts=facts)
    return evidence


def value(evidence, name, group=None):
    return next(one for one in evidence.measurements if one.name == name and one.parameters.get("group") == group)


@pytest.mark.parametrize(("shift", "outcome"), [(0.0, Outcome.CLEAN), (1.5, Outcome.FOUND), (-1.5, Outcome.FOUND)])
def test_a_score_that_is_off_for_one_group_is_found(tmp_path, shift, outcome):
    evidence = run(tmp_path, people(shift))
    assert evidence.outcome is outcome
    found = value(evidence, GAP)
    assert found.low <= found.value <= found.high
    assert abs(value(evidence, "calibration_in_the_large", "0").value) < 0.08
    assert np.sign(value(evidence, "calibration_in_the_large", "1").value) == -np.sign(shift) or shift == 0


def test_a_model_without_scores_is_not_unable(tmp_path):
    table = {"decision": [0, 1] * 60, "sex": ["f", "m"] * 60, "outcome": [1, 0, 0, 1] * 30}
    evidence = run(tmp_path, table, echo())
    assert evidence.outcome is Outcome.CLEAN
    assert value(evidence, GAP).note == "not estimable: the model gives no score of the favourable label"


def test_groups_that_are_too_small_are_not_named(tmp_path):
    table = people(0.0, n=120)
    table["sex"] = np.where(np.arange(120) < 100, 7, 8)
    evidence = run(tmp_path, table)
    assert value(evidence, GAP).note.startswith("not estimable at n=100, 20")
    assert all(one.parameters.get("group") != "8" for one in evidence.measurements)
