# SPDX-License-Identifier: Apache-2.0
"""How many rows training and test data share, and what is only chance."""

import random

import pytest

from hauberk.checks.data.shared_rows import normal, shared_rows
from hauberk.core.scales import Outcome
from tests.checks.trial import on_files

RNG = random.Random(3)
MANIFEST = (
    "name: s\nassets:\n  - {id: a, kind: dataset, uri: a.csv, facts: {split: train}}\n"
    "  - {id: b, kind: dataset, uri: b.csv, facts: {split: test}}\n"
)
HEAD = "id,x,y,label\n"


def rows(count: int, *, start: int = 0, values: int = 10**9) -> list[str]:
    return [f"{start + i},{RNG.randrange(values)},{RNG.randrange(values)},{RNG.choice('AB')}" for i in range(count)]


def judge(tmp_path, train: list[str], test: list[str], *, head: str = HEAD):
    files = {"a.csv": head + "\n".join(train) + "\n", "b.csv": head + "\n".join(test) + "\n", "hauberk.yaml": MANIFEST}
    (evidence,) = on_files(shared_rows, tmp_path, files)
    return evidence


def rate(evidence) -> float:
    return next(one.value for one in evidence.measurements if one.name == "shared_rows_rate")


def test_tables_without_a_common_row_are_clean(tmp_path):
    evidence = judge(tmp_path, rows(200), rows(50, start=200))
    assert (evidence.outcome, rate(evidence)) == (Outcome.CLEAN, 0.0)


WRITTEN = [
    ("as it stands", lambda row: row),
    ("under another row number", lambda row: "9" + row),
    (
        "with other numbers of the same value",
        lambda row: ",".join([row.split(",")[0], row.split(",")[1] + ".0", *row.split(",")[2:]]),
    ),
    ("with other case and blanks", lambda row: row.lower().replace(",", " , ")),
]


@pytest.mark.parametrize(("how", "write"), WRITTEN, ids=lambda value: value if isinstance(value, str) else "")
def test_a_row_of_the_training_data_is_recognised(tmp_path, how, write):
    train = rows(200)
    evidence = judge(tmp_path, train, rows(30, start=500) + [write(row) for row in train[:10]])
    assert rate(evidence) == 0.25
    assert evidence.outcome is Outcome.FOUND
    assert all(one.low <= one.value <= one.high for one in evidence.measurements)


def test_small_integers_that_repeat_by_chance_are_no_leak(tmp_path):
    evidence = judge(tmp_path, rows(400, values=6), rows(100, start=400, values=6))
    assert rate(evidence) > 0.9
    assert evidence.outcome is Outcome.CLEAN


def test_a_leak_stands_out_from_repetition(tmp_path):
    train = rows(200, values=60)
    evidence = judge(tmp_path, train, rows(20, start=400, values=60) + train[:60])
    assert evidence.outcome is Outcome.FOUND


def test_every_training_table_is_compared(tmp_path):
    train, other = rows(100), rows(100, start=100)
    more = MANIFEST + "  - {id: c, kind: dataset, uri: c.csv, facts: {split: train}}\n"
    text = {
        name: HEAD + "\n".join(body) + "\n"
        for name, body in {"a.csv": train, "c.csv": other, "b.csv": other[:40]}.items()
    }
    (evidence,) = on_files(shared_rows, tmp_path, {**text, "hauberk.yaml": more})
    assert len(evidence.findings) == 1
    assert {one.parameters["train"] for one in evidence.measurements} == {"a", "c"}


UNABLE = [
    ({"a.csv": "p,q\n1,2\n"}, "no column"),
    ({"a.csv": HEAD}, "no rows"),
    ({}, "no file"),
    ({"a.csv": b"\x1f\x8bbroken"}, "gzip"),
]


@pytest.mark.parametrize(("files", "reason"), UNABLE)
def test_what_cannot_be_compared_is_unable(tmp_path, files, reason):
    (evidence,) = on_files(shared_rows, tmp_path, {"b.csv": HEAD + "1,2,3,A\n", "hauberk.yaml": MANIFEST, **files})
    assert evidence.outcome is Outcome.UNABLE
    assert reason in evidence.reason


def test_a_training_table_is_not_compared_with_itself(tmp_path):
    assert {
        one.asset.id
        for one in on_files(
            shared_rows, tmp_path, {"a.csv": HEAD, "b.csv": HEAD + "1,2,3,A\n", "hauberk.yaml": MANIFEST}
        )
    } == {"b"}


@pytest.mark.parametrize(
    ("one", "other"), [("1", "1.0"), ("-0", "0"), ("1e3", "1000"), ("Yes", " yes "), ("a  b", "A b")]
)
def test_cells_that_say_the_same_are_the_same(one, other):
    assert normal(one) == normal(other)


@pytest.mark.parametrize(("one", "other"), [("1", "2"), ("a", "b"), ("", "0"), ("nan", "0"), ("1", "one")])
def test_cells_that_differ_are_not(one, other):
    assert normal(one) != normal(other)
