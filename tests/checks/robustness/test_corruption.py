# SPDX-License-Identifier: Apache-2.0
"""HBK-ATK-004 on its samples: the fragile and the sound model differ beyond their intervals."""

from pathlib import Path

from hauberk.checks.robustness import corruption as rule
from hauberk.checks.robustness.corruption import corruption
from hauberk.core.scales import Outcome
from tests.checks.trial import on_folder

SAMPLES = Path(__file__).parents[3] / "samples" / "HBK-ATK-004"


def test_the_fragile_and_the_sound_model_differ_beyond_their_intervals(monkeypatch):
    monkeypatch.setattr(rule, "ROWS", 100)
    found = {}
    for kind, outcome in (("bad", Outcome.FOUND), ("good", Outcome.CLEAN)):
        (evidence,) = on_folder(corruption, SAMPLES / kind)
        assert evidence.outcome is outcome
        found[kind] = next(one for one in evidence.measurements if one.name == "mean_corruption_error")
        assert found[kind].parameters["corruptions"] == 13
    assert found["good"].high < found["bad"].low
