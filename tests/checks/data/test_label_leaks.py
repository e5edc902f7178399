# SPDX-License-Identifier: Apache-2.0
"""Which features give the label away."""

import random

import pytest

from hauberk.checks.data.label_leaks import label_leaks
from hauberk.core.scales import Confidence, Outcome
from tests.checks.trial import on_files

RNG = random.Random(11)
LABELS = [RNG.choice(["no", "no", "yes"]) for _ in range(120)]
THREE = [RNG.choice("abc") for _ in range(120)]
PRICES = [round(RNG.uniform(1, 99), 2) for _ in range(120)]

LEAKS = [
    (LABELS, lambda i, y: y, "equals"),
    (LABELS, lambda i, y: {"no": 0, "yes": 1}[y], "recoding"),
    (LABELS, lambda i, y: {"no": "x", "yes": "z"}[y], "recoding"),
    (LABELS, lambda i, y: {"no": "x", "yes": "y" + str(i % 3)}[y], "fully determines"),
    (LABELS, lambda i, y: RNG.uniform(0, 1) + (y == "yes") * 2, "threshold"),
    (LABELS, lambda i, y: f"2024-0{i % 9 + 1}-{i % 28 + 1:02d}" if y == "yes" else "", "missing"),
    (LABELS, lambda i, y: y if i else "yes" if y == "no" else "no", None),
    (THREE, lambda i, y: "abc".index(y) * 10, "recoding"),
    (PRICES, lambda i, y: y, "equals"),
    (PRICES, lambda i, y: y * 1.19 + 3, "linear"),
]
HONEST = [
    (LABELS, lambda i, y: RNG.uniform(0, 1) + (y == "yes") * 0.9),
    (LABELS, lambda i, y: i),
    (LABELS, lambda i, y: f"id-{i}"),
    (LABELS, lambda i, y: RNG.choice("pqr")),
    (LABELS, lambda i, y: "constant"),
    (LABELS, lambda i, y: "" if RNG.random() < 0.3 else RNG.random()),
    (LABELS, lambda i, y: y if RNG.random() < 0.6 else "no"),
    (sorted(LABELS), lambda i, y: i),
    (THREE, lambda i, y: RNG.random()),
    (PRICES, lambda i, y: y + RNG.gauss(0, 5)),
    (PRICES, lambda i, y: 1),
]


def judge(tmp_path, labels, make, *, label: str = "y"):
    text = "f,g,y\n" + "".join(f"{make(i, y)},{RNG.random()},{y}\n" for i, y in enumerate(labels))
    manifest = f"name: s\nassets:\n  - {{id: d, kind: dataset, uri: d.csv, facts: {{label: {label}}}}}\n"
    (evidence,) = on_files(label_leaks, tmp_path, {"d.csv": text, "hauberk.yaml": manifest})
    return evidence


@pytest.mark.parametrize(("labels", "make", "words"), LEAKS)
def test_a_feature_that_gives_the_label_away_is_found(tmp_path, labels, make, words):
    evidence = judge(tmp_path, labels, make)
    assert [finding.place.column for finding in evidence.findings] == ["f"], evidence
    if words is None:
        assert evidence.findings[0].confidence is Confidence.MEDIUM
    else:
        assert words in evidence.findings[0].message
        assert "n=120" in evidence.findings[0].message


@pytest.mark.parametrize(("labels", "make"), HONEST)
def test_an_honest_feature_or_a_row_number_is_not(tmp_path, labels, make):
    evidence = judge(tmp_path, labels, make)
    assert evidence.outcome is Outcome.CLEAN, evidence.findings or evidence.reason


@pytest.mark.parametrize(
    ("labels", "label", "reason"),
    [(LABELS[:10], "y", "too few"), (["no"] * 50, "y", "only one value"), (LABELS, "z", "no column named")],
)
def test_what_cannot_be_judged_is_unable(tmp_path, labels, label, reason):
    evidence = judge(tmp_path, labels, lambda i, y: i, label=label)
    assert evidence.outcome is Outcome.UNABLE
    assert reason in evidence.reason
