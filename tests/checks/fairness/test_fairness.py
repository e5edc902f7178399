# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType
from sklearn.linear_model import LogisticRegression

from hauberk.checks.explain.influence import influence
from hauberk.checks.explain.scaffold import scaffold
from hauberk.checks.fairness.alike import alike
from hauberk.checks.fairness.calibration import calibration
from hauberk.checks.fairness.odds import odds
from hauberk.checks.fairness.parity import parity
from hauberk.checks.fairness.subgroup import OPPORTUNITY, subgroup
from hauberk.core.limit import Limit
from hauberk.core.scales import Confidence, Outcome, Severity
from tests.checks.measuring import csv, echo, examine_system

SEX = [{"name": "sex", "sensitive": True}]


def people(cells):
    """Rows of (group, decision, truth) so many times each."""
    rows = [row for (group, decision, truth), times in cells.items() for row in [(group, decision, truth)] * times]
    group, decision, truth = zip(*rows, strict=True)
    return {"sex": group, "decision": decision, "outcome": truth}


CARDS = [parity, odds, subgroup, calibration, alike, influence, scaffold]


def unaware(columns, label="outcome"):
    """A score over two columns as one matrix; the group is in the data and has no place in the model."""
    draw = np.random.default_rng(0)
    truth = draw.integers(0, 2, 400)
    table = {
        "grp": draw.choice(["a", "b"], 400),
        "income": truth * 2.0 + draw.normal(0, 1, 400),
        "w": draw.integers(1, 4, 400),
        "debt": draw.normal(0, 1, 400),
        label: truth,
    }
    features = np.column_stack([table["income"], table["debt"]])
    proto = convert_sklearn(
        LogisticRegression().fit(features, truth), "m", [("x", FloatTensorType([None, 2]))], target_opset=17
    )
    facts = {"label": label, "favourable": "1", "weight": "w", "columns": columns}
    return {"model": proto.SerializeToString(), "tables": {"test": csv(table)}, "facts": facts}


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.id)
@pytest.mark.parametrize("said", [{}, {"input": False}], ids=["by its width", "as the manifest says"])
def test_a_model_that_does_not_see_the_group_is_judged_over_it(tmp_path, card, said):
    (evidence,) = examine_system(card, tmp_path, **unaware([{"name": "grp", "sensitive": True, **said}]))
    assert evidence.outcome in (Outcome.CLEAN, Outcome.FOUND)
    told = {one.parameters.get("given") for one in evidence.measurements}
    assert told == ({None} if said else {"income, debt"})


def test_a_group_that_the_manifest_says_is_given_is_not_left_out(tmp_path):
    (evidence,) = examine_system(parity, tmp_path, **unaware([{"name": "grp", "sensitive": True, "input": True}]))
    assert evidence.outcome is Outcome.UNABLE


# by hand: chosen f 30 of 100, m 54 of 90 -> .30, .60; TPR f 20/50, m 48/60 -> .4, .8; FPR f 10/50, m 6/30 -> .2, .2
UNEVEN = people(
    {
        ("f", 1, 1): 20,
        ("f", 0, 1): 30,
        ("f", 1, 0): 10,
        ("f", 0, 0): 40,
        ("m", 1, 1): 48,
        ("m", 0, 1): 12,
        ("m", 1, 0): 6,
        ("m", 0, 0): 24,
    }
)
# the same rates of truth and error in both groups
EVEN = people({(sex, decision, truth): 40 for sex in "fm" for decision in (0, 1) for truth in (0, 1)})


def run(card, tmp_path, table, *, facts=None, columns=SEX, **more):
    facts = {"label": "outcome", "favourable": "1", "columns": columns} if facts is None else facts
    return examine_system(card, tmp_path, model=echo(), tables={"test": csv(table)}, facts=facts, **more)


def values(evidence, name):
    return [one for one in evidence.measurements if one.name == name]


def test_parity_is_the_hand_computed_table(tmp_path):
    (evidence,) = run(parity, tmp_path, UNEVEN)
    assert {one.parameters["group"]: one.value for one in values(evidence, "selection_rate")} == {"f": 0.3, "m": 0.6}
    (difference,) = values(evidence, "demographic_parity_difference")
    assert difference.value == pytest.approx(0.3)
    assert 0.1 < difference.low < 0.3 < difference.high
    assert (difference.n, difference.parameters["more"], difference.parameters["less"]) == (190, "m", "f")
    assert evidence.outcome is Outcome.FOUND
    assert evidence.findings[0].confidence is Confidence.HIGH


def test_odds_are_the_hand_computed_table(tmp_path):
    (evidence,) = run(odds, tmp_path, UNEVEN)
    assert {one.parameters["group"]: one.value for one in values(evidence, "true_positive_rate")} == {
        "f": 0.4,
        "m": 0.8,
    }
    assert {one.parameters["group"]: one.value for one in values(evidence, "false_positive_rate")} == {
        "f": 0.2,
        "m": 0.2,
    }
    (difference,) = values(evidence, "equalized_odds_difference")
    assert difference.value == pytest.approx(0.4)
    assert evidence.outcome is Outcome.FOUND


@pytest.mark.parametrize("card", [parity, odds], ids=lambda card: card.id)
def test_even_groups_are_clean(tmp_path, card):
    (evidence,) = run(card, tmp_path, EVEN)
    assert evidence.outcome is Outcome.CLEAN
    assert evidence.measurements[-1].value == 0


def test_equal_selection_hides_no_unequal_errors(tmp_path):
    table = people({("f", 1, 0): 50, ("f", 0, 1): 50, ("m", 1, 1): 50, ("m", 0, 0): 50})
    assert run(parity, tmp_path / "p", table)[0].outcome is Outcome.CLEAN
    assert run(odds, tmp_path / "o", table)[0].outcome is Outcome.FOUND


def test_the_favourable_label_decides_what_selection_means(tmp_path):
    facts = {"label": "outcome", "favourable": "0", "columns": SEX}
    (evidence,) = run(parity, tmp_path, UNEVEN, facts=facts)
    assert {one.parameters["group"]: one.value for one in values(evidence, "selection_rate")} == {"f": 0.7, "m": 0.4}


def test_small_groups_are_counted_and_neither_named_nor_compared(tmp_path):
    table = {**UNEVEN, "sex": [*UNEVEN["sex"][:180], *["Quixote"] * 10]}
    (evidence,) = run(parity, tmp_path, table)
    (unnamed,) = [one for one in values(evidence, "selection_rate") if one.value is None]
    assert unnamed.note.startswith("not estimable at n=10")
    assert "Quixote" not in repr(evidence)
    assert values(evidence, "demographic_parity_difference")[0].parameters["pairs"] == 1


def test_one_large_group_alone_cannot_be_compared(tmp_path):
    table = people({("f", 1, 1): 60, ("m", 0, 0): 12})
    (evidence,) = run(parity, tmp_path, table)
    (difference,) = values(evidence, "demographic_parity_difference")
    assert difference.value is None
    assert difference.note.startswith("not estimable at n=60, 12")


def test_numeric_columns_are_cut_where_the_manifest_says(tmp_path):
    rng = np.random.default_rng(0)
    age = rng.integers(18, 80, 600)
    table = {"age": age, "decision": (age >= 25).astype(int), "outcome": rng.integers(0, 2, 600)}
    (evidence,) = run(parity, tmp_path, table, columns=[{"name": "age", "sensitive": True, "groups": [25, 60]}])
    rates = {one.parameters["group"]: (one.value, one.n) for one in values(evidence, "selection_rate")}
    assert rates == {
        "under 25": (0, (age < 25).sum()),
        "25 to under 60": (1, ((age >= 25) & (age < 60)).sum()),
        "60 and over": (1, (age >= 60).sum()),
    }


def test_people_whose_group_is_not_known_are_a_group(tmp_path):
    table = {**EVEN, "sex": [*EVEN["sex"][:-40], *[""] * 40]}
    (evidence,) = run(parity, tmp_path, table)
    assert {one.parameters["group"] for one in values(evidence, "selection_rate")} == {"f", "m", "missing"}


def test_a_column_without_groups_is_said_after_the_others_are_measured(tmp_path):
    table = {**EVEN, "age": np.arange(320)}
    (evidence,) = run(parity, tmp_path, table, columns=[{"name": "age", "sensitive": True}, *SEX])
    assert evidence.outcome is Outcome.UNABLE
    assert "no groups for age" in evidence.reason
    assert "cut points" in evidence.reason
    assert values(evidence, "demographic_parity_difference")[0].value == 0


UNABLE = {
    "no favourable label": ({"facts": {"label": "outcome", "columns": SEX}}, "which label is good"),
    "a favourable label that nobody has": (
        {"facts": {"label": "outcome", "favourable": "good", "columns": SEX}},
        "no row has the favourable label",
    ),
    "no sensitive column where people are decided about": (
        {"facts": {"label": "outcome", "favourable": "1"}, "effect": "decides"},
        "names no sensitive column",
    ),
    "a sensitive column that is not there": (
        {"columns": [{"name": "faith", "sensitive": True}]},
        "no groups for faith",
    ),
    "no test data named": ({"linked": {}, "effect": "advises"}, "tested on"),
}


@pytest.mark.parametrize("card", [parity, odds, subgroup], ids=lambda card: card.id)
@pytest.mark.parametrize(("change", "reason"), UNABLE.values(), ids=UNABLE)
def test_what_cannot_be_measured_says_what_is_missing(tmp_path, card, change, reason):
    (evidence,) = run(card, tmp_path, UNEVEN, **change)
    assert evidence.outcome is Outcome.UNABLE
    assert reason in evidence.reason


def test_a_system_without_effect_on_people_or_sensitive_columns_is_not_asked(tmp_path):
    assert run(parity, tmp_path, UNEVEN, facts={"label": "outcome"}) == []


def crossed(n=60):
    """Even by sex and by age; of those who deserve it, young women and old men get it in 30 %, the others in 90 %."""
    cells = {}
    for sex in "fm":
        for age in ("old", "young"):
            share = 0.3 if (sex, age) in {("f", "young"), ("m", "old")} else 0.9
            cells |= {(sex, age, 1, 1): round(n * share), (sex, age, 0, 1): n - round(n * share)}
            cells |= {(sex, age, 0, 0): n}
    rows = [row for row, times in cells.items() for _ in range(times)]
    return dict(zip(("sex", "age", "decision", "outcome"), zip(*rows, strict=True), strict=True))


BOTH = [*SEX, {"name": "age", "sensitive": True}]


def test_a_subgroup_is_found_that_neither_column_shows(tmp_path):
    assert run(odds, tmp_path / "o", crossed(), columns=BOTH)[0].outcome is Outcome.CLEAN
    (evidence,) = run(subgroup, tmp_path / "s", crossed(), columns=BOTH)
    (found,) = values(evidence, OPPORTUNITY)
    assert found.value == pytest.approx((54 + 54 + 18) / 180 - 0.3)
    assert (found.n, found.parameters["compared"]) == (60, 8)
    place = evidence.findings[0].place
    assert (place.table, place.predicate) == ("test.csv", "age = old and sex = m")
    assert {one.severity for one in evidence.findings} == {Severity.HIGH, Severity.MEDIUM}


def test_even_subgroups_are_clean(tmp_path):
    (evidence,) = run(subgroup, tmp_path, EVEN)
    assert evidence.outcome is Outcome.CLEAN
    assert {one.value for one in evidence.measurements} == {0}


def test_what_is_not_shown_to_be_fair_is_said_below_high(tmp_path):
    table = people(
        {("f", 1, 1): 28, ("f", 0, 1): 10, ("m", 1, 1): 360, ("m", 0, 1): 40, ("f", 0, 0): 40, ("m", 0, 0): 40}
    )
    (evidence,) = run(subgroup, tmp_path, table)
    (found,) = values(evidence, OPPORTUNITY)
    assert found.value < 0.2
    assert found.high > 0.3
    assert [(one.severity, one.confidence) for one in evidence.findings] == [(Severity.MEDIUM, Confidence.MEDIUM)]
    assert "at the worse end of its interval" in evidence.findings[0].message


def test_a_policy_may_ask_the_worse_end_of_any_measurement(tmp_path):
    worst = Limit(measurement="worst_subgroup_selection_shortfall", at_most=0.1, worse_end=True)
    assert worst.broken_by(values(run(subgroup, tmp_path, UNEVEN)[0], worst.measurement)[0]) is Confidence.HIGH


def test_subgroups_too_small_to_be_compared_are_counted_and_not_named(tmp_path):
    table = {**UNEVEN, "sex": [*UNEVEN["sex"][:180], *["Quixote"] * 10]}
    (evidence,) = run(subgroup, tmp_path, table)
    assert values(evidence, "worst_subgroup_selection_shortfall")[0].parameters["too_small"] == 1
    assert "Quixote" not in repr(evidence)
    alone = run(subgroup, tmp_path / "alone", people({("f", 1, 1): 60, ("f", 0, 0): 12}))[0]
    assert values(alone, OPPORTUNITY)[0].note.startswith("not estimable at n=60")


def test_a_column_without_groups_does_not_keep_the_others_from_being_searched(tmp_path):
    table = {**UNEVEN, "age": np.arange(190)}
    (evidence,) = run(subgroup, tmp_path, table, columns=BOTH)
    assert evidence.outcome is Outcome.UNABLE
    assert "no groups for age" in evidence.reason
    assert values(evidence, OPPORTUNITY)[0].value == pytest.approx(0.4)
