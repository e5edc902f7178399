# SPDX-License-Identifier: Apache-2.0
"""HBK-ATK-006: what an outsider with scores can do, what it costs, and where there is nothing to look at."""

import shutil
from pathlib import Path

import pytest
import yaml

from hauberk.checks.robustness import scores as rule
from hauberk.checks.robustness.scores import scores
from hauberk.core.limit import Limit
from hauberk.core.scales import Outcome
from tests.checks.trial import on_folder

SAMPLES = Path(__file__).parents[3] / "samples" / "HBK-ATK-006"


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(rule, "ROWS", 100)
    monkeypatch.setattr(rule, "BUDGET", 500)


@pytest.mark.usefixtures("few")
def test_the_fragile_model_falls_and_the_sound_one_costs_more():
    found = {}
    for kind, outcome in (("bad", Outcome.FOUND), ("good", Outcome.CLEAN)):
        (evidence,) = on_folder(scores, SAMPLES / kind)
        assert evidence.outcome is outcome
        found[kind] = {one.name: one for one in evidence.measurements}
    bad, good = (found[kind]["robust_accuracy"] for kind in ("bad", "good"))
    assert bad.high < good.low
    assert bad.parameters["threat_model"] == "black box: scores"
    assert bad.parameters["queries"] <= 500 * 100
    cost = found["bad"]["queries_to_fool"]
    assert Limit(measurement="queries_to_fool", at_least=2 * cost.value, worse_end=True).broken_by(cost)
    assert not Limit(measurement="queries_to_fool", at_least=cost.low, worse_end=True).broken_by(cost)


@pytest.mark.usefixtures("few")
def test_models_of_tables_and_data_that_do_not_fit_are_not_attacked(tmp_path):
    shutil.copytree(SAMPLES / "bad", tmp_path / "m")
    path = tmp_path / "m" / "hauberk.yaml"
    manifest = yaml.safe_load(path.read_text())
    manifest["assets"][1]["facts"]["modality"] = "table"
    path.write_text(yaml.safe_dump(manifest))
    assert on_folder(scores, tmp_path / "m") == []
