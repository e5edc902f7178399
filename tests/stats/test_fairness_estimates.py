# SPDX-License-Identifier: Apache-2.0
"""Intervals of measures of fairness: they cover, they know small groups, they are the same bits twice."""

import numpy as np
import pytest

from hauberk.stats.fairness import METRICS, Form, evaluate
from hauberk.stats.fairness_estimates import Table, estimate, replicate, tabulate

HAND = np.array([[20, 10, 30, 40], [48, 6, 12, 24], [1, 0, 1, 2]], dtype=float)


def table(counts):
    names = tuple(f"g{index}" for index in range(len(counts)))
    return Table(names=names, counts=counts, rows=counts, squares=counts)


def by_name(estimates):
    return {(one.metric.name, one.group): one for one in estimates}


def draw(rng, n, truth, right, wrong):
    """Counts of groups of n people each, with these base, true positive and false positive rates."""
    rows = []
    for base, tpr, fpr in zip(truth, right, wrong, strict=True):
        cells = [base * tpr, (1 - base) * fpr, base * (1 - tpr), (1 - base) * (1 - fpr)]
        rows.append(rng.multinomial(n, cells))
    return np.array(rows, dtype=float)


def test_every_measure_is_estimated_or_says_why_not():
    found = list(estimate(table(HAND), np.random.default_rng(0)))
    assert {one.metric.name for one in found} == set(METRICS)
    for one in found:
        if one.value is None:
            assert one.note.startswith("not estimable at n=")
        else:
            assert one.low <= one.value <= one.high
            assert one.n >= 30


def test_small_groups_are_counted_and_not_compared():
    found = by_name(estimate(table(HAND), np.random.default_rng(0)))
    assert ("selection_rate", "g2") not in found
    assert found["selection_rate", ""].note == "not estimable at n=4: it needs 30 people"
    assert found["demographic_parity_difference", ""].value == pytest.approx(0.3)
    assert found["true_positive_rate", "g0"].n == 50
    assert found["false_positive_rate", "g1"].n == 30
    assert found["missed_share_of_errors", "g0"].n == 40
    assert found["missed_share_difference", ""].value is None


def test_the_groups_at_both_ends_are_named():
    found = by_name(estimate(table(HAND), np.random.default_rng(0)))
    assert (found["demographic_parity_difference", ""].more, found["demographic_parity_difference", ""].less) == (
        "g1",
        "g0",
    )


def test_a_rate_of_zero_keeps_an_interval():
    counts = np.array([[0, 0, 40, 60], [20, 10, 20, 50]], dtype=float)
    found = by_name(estimate(table(counts), np.random.default_rng(0)))
    ratio = found["demographic_parity_ratio", ""]
    assert ratio.value == ratio.low == 0
    assert 0 < ratio.high < 0.5
    assert found["selection_rate", "g0"].high > 0.03
    nobody = by_name(estimate(table(np.array([[0, 0, 40, 60]] * 2, dtype=float)), np.random.default_rng(0)))
    assert nobody["demographic_parity_ratio", ""].value is None
    assert nobody["demographic_parity_difference", ""].high > 0


def test_two_runs_with_one_seed_are_the_same_bits():
    one, two = (list(estimate(table(HAND), np.random.default_rng(7))) for _ in range(2))
    assert one == two


@pytest.mark.parametrize("weighted", [False, True], ids=["people", "weights"])
def test_replicates_scatter_around_what_was_counted(weighted):
    rng = np.random.default_rng(0)
    n = 3000
    groups, truth = rng.integers(0, 3, n), rng.random(n) < 0.5
    chosen = rng.random(n) < np.where(truth, 0.7, 0.3)
    weights = rng.uniform(0.5, 2, n) if weighted else None
    counted = tabulate(chosen, truth, groups, ("a", "b", "c"), weights)
    drawn = replicate(counted, rng, 4000)
    np.testing.assert_allclose(drawn.mean(axis=0), counted.counts, rtol=0.02)
    rows = [rng.integers(0, n, n) for _ in range(400)]
    apart = [tabulate(chosen[i], truth[i], groups[i], "abc", None if weights is None else weights[i]) for i in rows]
    spread = np.std([one.counts for one in apart], axis=0)
    np.testing.assert_allclose(drawn.std(axis=0), spread, rtol=0.2)


def test_weights_that_are_all_one_change_no_value_and_no_interval_much():
    rng = np.random.default_rng(3)
    groups, truth, chosen = rng.integers(0, 2, 900), rng.random(900) < 0.5, rng.random(900) < 0.4
    plain = tabulate(chosen, truth, groups, "ab")
    weighed = tabulate(chosen, truth, groups, "ab", np.full(900, 2.0))
    one, two = (by_name(estimate(each, np.random.default_rng(0))) for each in (plain, weighed))
    for key, first in one.items():
        if first.value is not None:
            assert two[key].value == pytest.approx(first.value)
            assert two[key].high - two[key].low == pytest.approx(first.high - first.low, rel=0.35, abs=0.01)


@pytest.mark.parametrize("weights", [[-1.0, 1.0], [np.nan, 1.0], [np.inf, 1.0]])
def test_what_is_no_weight_is_refused(weights):
    flags = np.array([True, False])
    with pytest.raises(ValueError, match="a weight is"):
        tabulate(flags, flags, np.array([0, 1]), "ab", np.array(weights))


SYSTEMS = {
    "three alike": (150, [0.5] * 3, [0.7] * 3, [0.2] * 3),
    "two apart": (200, [0.4, 0.6], [0.8, 0.6], [0.1, 0.3]),
    "six, rare": (400, [0.3] * 6, [0.9, 0.9, 0.8, 0.9, 0.85, 0.9], [0.05] * 6),
}


@pytest.mark.slow
@pytest.mark.parametrize(("n", "truth", "right", "wrong"), SYSTEMS.values(), ids=SYSTEMS)
def test_intervals_cover_what_is_true_of_the_population(n, truth, right, wrong):
    rng = np.random.default_rng(1)
    cells = [
        [base * tpr, (1 - base) * fpr, base * (1 - tpr), (1 - base) * (1 - fpr)]
        for base, tpr, fpr in zip(truth, right, wrong, strict=True)
    ]
    true = evaluate(np.array(cells))
    runs = 200
    held = dict.fromkeys((name for name, one in METRICS.items() if one.form in {Form.DIFFERENCE, Form.RATIO}), 0)
    known = dict.fromkeys(held, 0)
    for _ in range(runs):
        for one in estimate(table(draw(rng, n, truth, right, wrong)), rng, replicates=400):
            if one.metric.name in held and one.value is not None:
                known[one.metric.name] += 1
                held[one.metric.name] += one.low - 1e-9 <= float(true[one.metric.name]) <= one.high + 1e-9
    short = {name: held[name] / known[name] for name in held if known[name] >= 50 and held[name] / known[name] < 0.92}
    assert not short, short
