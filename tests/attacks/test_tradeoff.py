# SPDX-License-Identifier: Apache-2.0
"""The trade-off table on the credit example: every rule is measured in every respect, and the frontier is one."""

from pathlib import Path

import pytest

from hauberk.attacks import tradeoff
from hauberk.attacks.tradeoff import Order, weigh
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
