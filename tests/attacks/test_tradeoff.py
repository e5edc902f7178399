# SPDX-License-Identifier: Apache-2.0
"""The trade-off table on the credit example: every rule is measured in every respect, and the frontier is one."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from hauberk.attacks import tradeoff, tradeoff_numbers
from hauberk.attacks.tradeoff import weigh
from hauberk.attacks.tradeoff_numbers import weigh_numbers
from hauberk.attacks.tradeoff_sides import Order
from hauberk.core.codec import encode_pretty
from hauberk.core.errors import CannotLook, Misuse
from hauberk.core.system import Facts
from hauberk.govern.tradeoff_text import svg, text
from hauberk.manifest.load import load
from tests.govern.published import valid

CREDIT = Path(__file__).parents[2] / "examples" / "credit" / "hardened"


def order(column, **changes):
    system = load(CREDIT / "hauberk.yaml")
    train, test = (system.declared(name).facts for name in ("train-data", "test-data"))
    given = {
        "model": (CREDIT / "models" / "credit.onnx").read_bytes(),
        "train": (CREDIT / "data" / "train.csv").read_bytes(),
        "test": (CREDIT / "data" / "test.csv").read_bytes(),
    }
    return Order(**{**given, "train_facts": train, "test_facts": test, "column": column, **changes})


@pytest.mark.slow
def test_every_rule_is_measured_in_every_respect(monkeypatch):
    monkeypatch.setattr(tradeoff, "ATTACKED", 16)
    found = weigh(order("sex"))
    assert [name for name, _ in found.groups] == ["female", "male", "others"]
    assert len(found.rules) == 9
    for one in found.rules:
        for each in (one.accuracy, one.equalized_odds, one.parity, one.robust_accuracy, one.membership_auc):
            assert each.low <= each.value <= each.high
        assert one.robust_accuracy.value <= one.accuracy.value + 0.3
        assert one.reads_group is one.name.startswith("thresholds")
        assert not one.lottery or "gradient" in one.name
    best = max(found.rules, key=lambda one: one.accuracy.value)
    assert any(one.frontier and one.accuracy.value == best.accuracy.value for one in found.rules)
    assert "membership: area" in text(found)
    assert svg(found).count("<circle") == 9
    assert valid(encode_pretty(found)) == "trade-off-1"


def test_what_is_missing_is_said():
    with pytest.raises(Misuse, match="no column"):
        weigh(order("shoe size"))
    with pytest.raises(CannotLook, match="good for the person"):
        weigh(order("sex", test_facts=Facts(label="credit_risk")))
    with pytest.raises(CannotLook, match="fewer than two groups"):
        weigh(order("purpose"))


def weighted(**changes):
    """The credit data with a column that gives good risks among men three times the weight."""
    facts, tables = {}, {}
    for name in ("train", "test"):
        given = order("sex")
        rows = getattr(given, name).decode().splitlines()
        head = rows[0].split(",")
        sex, risk = head.index("sex"), head.index("credit_risk")
        cells = [row.split(",") for row in rows[1:]]
        people = ["3" if one[sex] == "male" and one[risk] == cells[0][risk] else "1" for one in cells]
        tables[name] = "\n".join([f"{rows[0]},people", *(f"{r},{p}" for r, p in zip(rows[1:], people, strict=True))])
        facts[f"{name}_facts"] = replace(getattr(given, f"{name}_facts"), weight="people")
    return order("sex", **{name: text.encode() for name, text in tables.items()}, **facts, **changes)


@pytest.mark.slow
def test_where_rows_stand_for_several_people_every_rule_is_judged_by_their_weights(monkeypatch):
    for name, value in {"ATTACKED": 8, "PRICES": (1.0,), "SLACKS": (0.1,)}.items():
        monkeypatch.setattr(tradeoff, name, value)
    plain, heavy = weigh(order("sex")), weigh(weighted())
    assert heavy.weight == "people"
    assert "each row weighted by people" in text(heavy)
    for one, other in zip(plain.rules, heavy.rules, strict=True):
        assert one.accuracy.value != other.accuracy.value
        assert other.equalized_odds.low <= other.equalized_odds.value <= other.equalized_odds.high
        assert other.accuracy.high - other.accuracy.low >= one.accuracy.high - one.accuracy.low - 0.03
    assert plain.rules[0].membership_auc.value == heavy.rules[0].membership_auc.value


def predicted(column, **changes):
    folder = CREDIT.parents[1] / "progression" / "as-written"
    system = load(folder / "hauberk.yaml")
    train, test = (system.declared(name).facts for name in ("train-data", "test-data"))
    files = {"model": "models/progression.onnx", "train": "data/train.csv", "test": "data/test.csv"}
    given = {name: (folder / path).read_bytes() for name, path in files.items()}
    return Order(**{**given, "train_facts": train, "test_facts": test, "column": column, **changes})


def test_of_a_predicted_number_a_shift_by_group_evens_out_what_leaving_out_sex_did_not(monkeypatch):
    monkeypatch.setattr(tradeoff_numbers, "ATTACKED", 3)
    found = weigh_numbers(predicted("sex"))
    assert [name for name, _ in found.groups] == ["1", "2", "others"]
    rules = {one.name: one for one in found.rules}
    assert rules["the model as it is"].mean_error_gap.value == pytest.approx(0.2305, abs=1e-3)
    assert rules["shift by group"].mean_error_gap.value < 0.05
    assert rules["shift by group"].r2.value > rules["the model as it is"].r2.value
    for one in found.rules:
        for each in (one.r2, one.mean_error_gap, one.absolute_error_gap, one.prediction_gap, one.membership_auc):
            assert each.low <= each.value <= each.high
        assert one.reads_group is one.name.endswith("by group")
    assert "one standard deviation is" in text(found)
    assert svg(found).count("<circle") == len(found.rules)
    assert valid(encode_pretty(found)) == "trade-off-of-numbers-1"


def test_what_is_missing_of_numbers_is_said():
    with pytest.raises(Misuse, match="no column"):
        weigh_numbers(predicted("shoe size"))
    with pytest.raises(CannotLook, match="no finite numbers"):
        weigh_numbers(order("sex"))
