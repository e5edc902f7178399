# SPDX-License-Identifier: Apache-2.0
"""HBK-FAI-007: people who are alike, decided alike or by something like a coin."""

import numpy as np
import pytest

from hauberk.checks.fairness.alike import BEYOND, CONSISTENCY, alike
from hauberk.core.scales import Outcome
from hauberk.govern.fairness import fairness
from hauberk.govern.fairness_text import text
from tests.checks.fairness.test_fairness import SEX, values
from tests.checks.measuring import csv, examine_system, linear
from tests.govern.test_fairness import scan

FACTS = {"label": "outcome", "favourable": "1", "columns": SEX}


def people(n=400):
    rng = np.random.default_rng(5)
    x = rng.normal(0, 1, n).round(3)
    return {"x": x, "sex": rng.integers(0, 2, n), "outcome": (x > 0).astype(int)}


def run(tmp_path, model, table):
    (evidence,) = examine_system(alike, tmp_path, model=model, tables={"test": csv(table)}, facts=FACTS)
    return evidence, values(evidence, CONSISTENCY)[0]


def test_one_line_through_the_people_is_consistent(tmp_path):
    evidence, found = run(tmp_path, linear([1.0, 0.0], 0.0), people())
    assert evidence.outcome is Outcome.CLEAN
    assert 0.97 < found.low <= found.value <= found.high <= 1
    assert found.parameters["columns"] == 1  # sex is sensitive, and makes nobody unlike


def test_what_a_sensitive_column_alone_decides_is_found_as_a_coin(tmp_path):
    evidence, found = run(tmp_path, linear([0.0, 1.0], 0.5), people())
    assert evidence.outcome is Outcome.FOUND
    assert found.value == pytest.approx(0.6, abs=0.06)


def test_a_lot_that_favours_few_is_found_though_most_neighbours_agree(tmp_path):
    table, rng = people(), np.random.default_rng(5)
    table["lot"] = (rng.random(len(table["x"])) < 0.08).astype(int)
    table = {name: table[name] for name in ("x", "sex", "lot", "outcome")}
    facts = {**FACTS, "columns": [*SEX, {"name": "lot", "sensitive": True}]}
    model = linear([0.0, 0.0, 1.0], 0.5)
    (evidence,) = examine_system(alike, tmp_path, model=model, tables={"test": csv(table)}, facts=facts)
    assert values(evidence, CONSISTENCY)[0].value > 0.7
    assert values(evidence, BEYOND)[0].value < 0.1
    assert evidence.outcome is Outcome.FOUND


def test_few_people_are_said_and_the_report_tells_of_many(tmp_path):
    _, found = run(tmp_path / "few", linear([1.0, 0.0], 0.0), {name: cells[:20] for name, cells in people().items()})
    assert found.note.startswith("not estimable at n=20")
    evidence, _ = run(tmp_path / "many", linear([1.0, 0.0], 0.0), people())
    assert "decided alike (consistency, 1 is best)" in text(fairness(scan(evidence)))
