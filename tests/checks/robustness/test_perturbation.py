# SPDX-License-Identifier: Apache-2.0
"""HBK-ATK-003 on its samples, on other formats, and on evaluations that prove nothing."""

import shutil
from pathlib import Path

import pytest
import yaml

pytest.importorskip("torch", reason="the extra torch is not installed")

from hauberk.attacks import campaign
from hauberk.checks.attack.evasion import evasion
from hauberk.checks.robustness import perturbation as rule
from hauberk.checks.robustness.perturbation import perturbation
from hauberk.core.scales import Outcome
from tests.checks.trial import on_folder

SAMPLES = Path(__file__).parents[3] / "samples" / "HBK-ATK-003"


@pytest.fixture
def sample(tmp_path, monkeypatch):
    monkeypatch.setattr(rule, "ROWS", 100)
    monkeypatch.setattr(rule, "BUDGET", 120)

    def copy(kind, **facts):
        folder = tmp_path / kind
        shutil.copytree(SAMPLES / kind, folder)
        manifest = yaml.safe_load((folder / "hauberk.yaml").read_text())
        manifest["assets"][1]["facts"] |= facts
        (folder / "hauberk.yaml").write_text(yaml.safe_dump(manifest))
        return folder

    return copy


def test_the_fragile_and_the_sound_model_differ_beyond_their_intervals_and_say_how(sample):
    found = {}
    for kind in ("bad", "good"):
        (evidence,) = on_folder(perturbation, sample(kind))
        found[kind] = next(one for one in evidence.measurements if one.name == "robust_accuracy")
        assert evidence.outcome is (Outcome.FOUND if kind == "bad" else Outcome.CLEAN)
        held = found[kind].parameters
        assert {"norm", "eps", "low", "high", "budget", "seed", "verdict", "attack", "forwards", "queries"} <= set(held)
        assert held["threat_model"] == "white box"
        assert held["verdict"].startswith("valid")
    assert found["bad"].high < found["good"].low


@pytest.mark.slow
def test_two_runs_measure_the_same_bits(sample):
    folder = sample("bad")
    one, two = (on_folder(perturbation, folder)[0].measurements for _ in range(2))
    assert one == two


@pytest.mark.slow
def test_an_evaluation_that_is_not_valid_is_no_number_to_rely_on(sample, monkeypatch):
    monkeypatch.setattr(rule, "ROWS", 20)
    (evidence,) = on_folder(perturbation, sample("good"))
    if evidence.outcome is Outcome.UNABLE:
        assert "not valid" in evidence.reason
    monkeypatch.setattr(rule, "attack_file", lambda order, progress: _invalid(campaign.attack_file(order, progress)))
    (evidence,) = on_folder(perturbation, sample("bad"))
    assert evidence.outcome is Outcome.UNABLE
    assert "not valid" in evidence.reason
    assert evidence.measurements


def _invalid(outcome):
    import msgspec

    return msgspec.structs.replace(outcome, valid=False, verdict="not valid: 1 of 16 checks flagged")


def test_a_table_model_is_left_to_the_rule_for_tables_and_the_other_way_round(sample):
    folder = sample("bad", modality="table")
    assert on_folder(perturbation, folder) == []
    assert len(on_folder(evasion, folder)) == 1
    assert on_folder(evasion, sample("good")) == []


def test_data_that_do_not_fit_the_model_are_told(sample):
    folder = sample("bad")
    lines = (folder / "data" / "test.csv").read_text().splitlines()
    (folder / "data" / "test.csv").write_text("\n".join(line.split(",", 1)[1] for line in lines) + "\n")
    (evidence,) = on_folder(perturbation, folder)
    assert evidence.outcome is Outcome.UNABLE
    assert "holds 63 numbers" in evidence.reason
