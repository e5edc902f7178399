# SPDX-License-Identifier: Apache-2.0
"""Every attack is reached by its name, fools where it must and does not where it must not, and says what shaped it."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="the extra torch is not installed")

from hauberk.assets import table as tables
from hauberk.attacks import campaign
from hauberk.attacks.campaign import Order, attack_file
from hauberk.attacks.methods import METHODS, check, fitting
from hauberk.core.errors import Misuse

SAMPLE = Path(__file__).parents[2] / "samples" / "HBK-ATK-003" / "bad"
SHEET = tables.read((SAMPLE / "data" / "test.csv").read_bytes())
DIGITS = Path(__file__).parents[2] / "examples" / "digits" / "as-written"
SIZES = {"linf": 0.2, "l2": 1.2, "l1": 8.0, "l0": 12.0}
TENSORS = [(name, norm) for name, one in METHODS.items() for norm in one.norms if norm != "gower"]
FEW = {"carlini-wagner": 20, "fab-t": 6, "apgd-t": 10, "sigma-zero": 40, "fmn": 40, "ddn": 30}
ASKED = ("norm", "eps", "low", "high", "budget", "steps", "restarts", "queries", "seed", "verdict", "attack")


def order(name, norm, *, eps, n=24, **more):
    sheet = SHEET
    x = np.stack([sheet.number(one)[:n] for one in sheet.names[:-1]], axis=1).astype("<f4")
    labels = tuple(int(one) for one in sheet.column(sheet.names[-1])[:n])
    model = (SAMPLE / "model.onnx").read_bytes()
    sees = METHODS[name].sees
    return Order(
        model=model, samples=x.tobytes(), shape=(1, 8, 8), labels=labels, norm=norm, eps=eps, budget=400, method=name,
        steps=FEW.get(name, 0), black_box=sees != "slopes", **more,
    )  # fmt: skip


def run(made):
    outcome = attack_file(made, lambda *_: None)
    robust = next(one for one in outcome.measurements if one.name == "robust_accuracy")
    return outcome, robust


@pytest.mark.slow
@pytest.mark.parametrize(("name", "norm"), [one for one in TENSORS if one[0] != "transfer"])
def test_a_method_fools_within_a_wide_ball_and_not_within_none_and_tells_its_terms(name, norm):
    outcome, robust = run(order(name, norm, eps=SIZES[norm]))
    assert len(outcome.attacks) == 1
    assert outcome.attacks[0].fooled > 0, "it must succeed here"
    assert set(ASKED) <= set(robust.parameters)
    assert robust.low is not None
    assert robust.n == 24
    assert len(outcome.checks) == 17
    assert outcome.threat_model == (
        "white box" if METHODS[name].sees == "slopes" else f"black box: {METHODS[name].sees}"
    )
    none, _ = run(order(name, norm, eps=1e-4 if norm != "l0" else 1.0, n=8))
    assert none.attacks[0].fooled == 0 or norm == "l0", "it must report failure here"


@pytest.mark.parametrize("name", ["pgd", "square", "hopskipjump"])
def test_a_class_that_is_aimed_at_is_reached_less_often_than_any_other(name):
    outcome, any_other = run(order(name, "linf", eps=0.2))
    aimed, robust = run(order(name, "linf", eps=0.2, target=3))
    assert robust.parameters["target"] == 3
    assert "target" not in any_other.parameters
    assert outcome.attacks[0].fooled >= aimed.attacks[0].fooled > 0


@pytest.mark.slow
def test_a_single_step_is_not_taken_for_proof():
    sheet = tables.read((DIGITS / "data" / "test.csv.gz").read_bytes())
    x = np.stack([sheet.number(one)[:100] for one in sheet.names[:-1]], axis=1).astype("<f4")
    labels = tuple(int(one) for one in sheet.column(sheet.names[-1])[:100])
    model = (DIGITS / "models" / "digits.onnx").read_bytes()
    made = Order(
        model=model, samples=x.tobytes(), shape=(1, 28, 28), labels=labels, norm="linf", eps=0.1, method="fgsm"
    )
    flagged = {one.number for one in run(made)[0].checks if one.state == "flagged"}
    assert flagged - {14}, "more than that there are few samples"


def test_a_class_is_aimed_at_by_the_method_that_does_it_best_where_none_is_named():
    outcome, robust = run(order("pgd", "linf", eps=0.2, target=3))
    unnamed = campaign.msgspec.structs.replace(order("pgd", "linf", eps=0.2, target=3), method="")
    _, best = run(unnamed)
    assert best.parameters["attack"].startswith("apgd-ce")
    assert best.value <= robust.value
    assert outcome.why == "pgd alone, as asked for"


@pytest.mark.parametrize(
    ("name", "norm", "seen", "aimed", "words"),
    [
        ("simba", "linf", "slopes", False, "moves in l2, not in linf"),
        ("pgd", "linf", "scores", False, "needs slopes, and the attacker here has scores"),
        ("square", "linf", "labels", False, "needs scores, and the attacker here has labels"),
        ("transfer", "linf", "slopes", False, "needs a surrogate"),
        ("pgd", "linf", "surrogate", False, "needs slopes, and the attacker here has surrogate"),
        ("apgd-t", "linf", "slopes", True, "cannot aim"),
        ("warp", "linf", "slopes", False, "no attack is called 'warp'"),
    ],
)
def test_what_does_not_fit_is_told_with_what_does(name, norm, seen, aimed, words):
    with pytest.raises(Misuse, match=words) as told:
        check(name, norm, seen, aimed=aimed)
    assert all(one in told.value.remedy for one in fitting(norm, seen, aimed=aimed))


def test_whoever_sees_slopes_may_use_what_needs_less():
    assert set(fitting("linf", "labels")) < set(fitting("linf", "scores")) < set(fitting("linf", "slopes"))
    assert fitting("l1", "scores") == ()
    assert fitting("gower", "slopes") == ("capgd", "evolutionary", "label-only")
