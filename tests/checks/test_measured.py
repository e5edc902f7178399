# SPDX-License-Identifier: Apache-2.0
"""Each measuring rule on its two samples: opposite findings, intervals that do not overlap, the same bits twice."""

from pathlib import Path

import pytest

from hauberk.checks.attack.evasion import evasion
from hauberk.checks.attack.membership import membership
from hauberk.checks.fairness.calibration import GAP, calibration
from hauberk.checks.fairness.odds import odds
from hauberk.checks.fairness.parity import parity
from hauberk.checks.fairness.subgroup import OPPORTUNITY, subgroup
from hauberk.checks.minimisation.needed import needed
from hauberk.checks.robustness.trees import trees
from hauberk.core.scales import Basis, Outcome
from tests.checks.trial import on_folder

SAMPLES = Path(__file__).parents[2] / "samples"
RULES = [
    (evasion, "robust_accuracy"),
    (trees, "attacked_accuracy"),
    (trees, "certified_accuracy"),
    (membership, "membership_tpr"),
    (membership, "membership_auc"),
    (parity, "demographic_parity_difference"),
    (odds, "equalized_odds_difference"),
    (subgroup, OPPORTUNITY),
    (subgroup, "worst_subgroup_selection_shortfall"),
    (calibration, GAP),
    (needed, "drop_column_loss"),
]


def examined(card, kind):
    (evidence,) = on_folder(card, SAMPLES / card.id / kind)
    return evidence


def measured(card, kind, name):
    return next(one for one in examined(card, kind).measurements if one.name == name)


@pytest.mark.parametrize(("card", "name"), RULES, ids=[name for _, name in RULES])
def test_the_fragile_and_the_sound_sample_differ_beyond_their_intervals(card, name):
    bad, good = measured(card, "bad", name), measured(card, "good", name)
    assert bad.low <= bad.value <= bad.high
    assert good.low <= good.value <= good.high
    assert bad.high < good.low or good.high < bad.low


@pytest.mark.parametrize("card", dict(RULES), ids=lambda card: card.id)
def test_the_fragile_sample_is_found_and_the_sound_one_is_clean(card):
    assert examined(card, "bad").outcome is Outcome.FOUND
    assert examined(card, "good").outcome is Outcome.CLEAN


@pytest.mark.parametrize("card", dict(RULES), ids=lambda card: card.id)
def test_two_runs_measure_the_same_bits(card):
    one, two = examined(card, "bad"), examined(card, "bad")
    assert one.measurements == two.measurements
    assert one.findings == two.findings


@pytest.mark.parametrize("card", dict(RULES), ids=lambda card: card.id)
def test_what_is_measured_says_how(card):
    evidence = examined(card, "bad")
    assert evidence.basis is Basis.MEASURED
    for one in evidence.measurements:
        assert one.parameters
        if one.value is None:
            assert one.note
        else:
            assert one.n > 0
            assert one.low <= one.value <= one.high


@pytest.mark.parametrize("card", dict(RULES), ids=lambda card: card.id)
def test_a_measuring_rule_is_quick_enough_for_a_demonstration(card):
    assert max(examined(card, kind).took for kind in ("bad", "good")) < 20
