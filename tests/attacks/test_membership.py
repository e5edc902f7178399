# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from scipy import stats

from hauberk.attacks.membership import at_rank, losses, lowest_fpr, rank_of


@pytest.mark.parametrize(
    ("fpr", "outsiders", "rank"),
    [(0.01, 98, 0), (0.01, 99, 1), (0.01, 300, 3), (0.001, 998, 0), (0.001, 999, 1), (0.1, 10, 1)],
)
def test_a_false_positive_rate_needs_as_many_rows_as_its_inverse(fpr, outsiders, rank):
    assert rank_of(fpr, outsiders) == rank
    if rank:
        assert lowest_fpr(outsiders) <= fpr + 1e-12


def test_a_model_that_leaks_nothing_is_found_at_the_chance_rate_on_average():
    rng = np.random.default_rng(0)
    found = [at_rank(rng.random(200), rng.random(299), 3, rng).tpr for _ in range(400)]
    assert np.mean(found) == pytest.approx(0.01, abs=0.0015)


@pytest.mark.parametrize("tied", [0.2, 0.7, 1.0])
def test_equal_losses_give_no_advantage(tied):
    rng = np.random.default_rng(1)

    def draw(n):
        return np.where(rng.random(n) < tied, 0.0, rng.random(n))

    found = [at_rank(draw(200), draw(299), 3, rng).tpr for _ in range(400)]
    assert np.mean(found) == pytest.approx(0.01, abs=0.002)


def test_members_with_lower_losses_are_found_and_the_interval_is_exact():
    rng = np.random.default_rng(2)
    members, others = rng.random(100) * 0.5, rng.random(299) * 0.5 + np.where(rng.random(299) < 0.5, 0.5, 0.0)
    point = at_rank(np.zeros(100), np.linspace(0.1, 1, 299), 3, rng)
    assert (point.tpr, point.found) == (1.0, 100)
    expected = stats.binomtest(100, 100).proportion_ci(0.95, "exact")
    assert point.tpr_interval == pytest.approx((expected.low, expected.high))
    assert at_rank(members, others, 3, rng).tpr < 0.2


def test_the_false_positive_rate_has_the_law_of_an_order_statistic():
    point = at_rank(
        np.random.default_rng(0).random(50), np.random.default_rng(1).random(299), 3, np.random.default_rng(2)
    )
    assert point.fpr == pytest.approx(0.01)
    assert point.fpr_interval == pytest.approx(tuple(stats.beta(3, 297).ppf([0.025, 0.975])), abs=1e-9)


def test_a_share_of_nothing_has_a_finite_loss():
    assert np.isfinite(losses(np.array([0.0, 1.0]))).all()


def test_a_rank_that_is_not_there_is_refused():
    for rank in (0, 4):
        with pytest.raises(ValueError, match="order statistic"):
            at_rank(np.zeros(3), np.zeros(3), rank, np.random.default_rng(0))
