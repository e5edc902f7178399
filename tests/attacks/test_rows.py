# SPDX-License-Identifier: Apache-2.0
"""Attacks on rows under constraints: they succeed where they must, fail where they must, and every success is valid."""

import io
import warnings
from functools import cache
from pathlib import Path

import joblib
import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.neural_network import MLPClassifier

from hauberk.attacks.lawful import breaches
from hauberk.attacks.rows import RowsOrder, attack_rows
from hauberk.core.errors import CannotLook, Misuse
from hauberk.core.system import Column
from tests.attacks.networks import dense

KINDS = ("mean", "worst")
NAMES = [f"{kind} {what}" for kind in KINDS for what in ("radius", "texture", "smoothness", "concavity")]
RELATIONS = tuple(f"`mean {what}` <= `worst {what}`" for what in ("radius", "texture", "smoothness", "concavity"))
FORESTS = Path(__file__).parents[1] / "models" / "forests"


@cache
def table():
    held = load_breast_cancer()
    x = held.data[:, [list(held.feature_names).index(name) for name in NAMES]]
    rows = [
        ",".join([*NAMES, "ill"]),
        *(",".join([*map(repr, row), str(label)]) for row, label in zip(x.tolist(), held.target, strict=True)),
    ]
    return x, held.target, ("\n".join(rows) + "\n").encode()


@cache
def network():
    x, y, _ = table()
    scale = x.std(axis=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = MLPClassifier((12,), max_iter=150, random_state=0).fit(x / scale, y)
    first, last = made.coefs_
    two = np.column_stack([-last[:, 0], last[:, 0]])
    return dense([(first, made.intercepts_[0]), (two, [-made.intercepts_[1][0], made.intercepts_[1][0]])], scale)


def order(model, form="onnx", **settings):
    return RowsOrder(model=model, format=form, table=table()[2], label="ill", rows=60, budget=200, **settings)


def numbers(outcome):
    return {one.name: one for one in outcome.measurements}


def quiet(*_):
    pass


@pytest.mark.parametrize(
    ("settings", "first"),
    [
        ({}, "capgd"),
        ({"black_box": True}, "label-only"),
        ({"black_box": True, "labels_only": True}, "label-only"),
    ],
)
def test_a_network_is_fooled_by_valid_rows_only(settings, first):
    pytest.importorskip("torch")
    outcome = attack_rows(order(network(), eps=0.1, relations=RELATIONS, **settings), quiet)
    found = numbers(outcome)
    assert outcome.attacks[0].attack == first
    assert outcome.attacks[0].fooled > 20
    assert found["accuracy"].value > 0.85
    assert found["robust_accuracy"].value < 0.3
    assert found["robust_accuracy"].parameters["valid_examples"] > 20
    assert found["robust_accuracy"].parameters["invalid_examples"] == 0
    assert outcome.valid


def test_nothing_moves_where_every_column_is_immutable():
    columns = tuple(Column(name=name, immutable=True) for name in NAMES)
    outcome = attack_rows(order(network(), eps=0.5, columns=columns), quiet)
    found = numbers(outcome)
    assert found["robust_accuracy"].value == found["accuracy"].value
    assert sum(row.fooled for row in outcome.attacks) == 0


def test_a_change_of_a_dear_column_counts_more():
    dear = tuple(Column(name=name, cost=20) for name in NAMES)
    cheap = numbers(attack_rows(order(network(), eps=0.05, black_box=True), quiet))["robust_accuracy"].value
    costly = numbers(attack_rows(order(network(), eps=0.05, black_box=True, columns=dear), quiet))[
        "robust_accuracy"
    ].value
    assert costly > cheap + 0.2


def test_relations_make_the_attack_harder_or_equal_and_are_kept():
    free = attack_rows(order(network(), eps=0.04, black_box=True), quiet)
    bound = attack_rows(order(network(), eps=0.04, black_box=True, relations=RELATIONS), quiet)
    assert numbers(free)["robust_accuracy"].value <= numbers(bound)["robust_accuracy"].value + 0.05


def test_trees_by_certificate_are_proven_and_attacked():
    x, y, _ = table()
    held = io.BytesIO()
    joblib.dump(GradientBoostingClassifier(n_estimators=20, max_depth=2, random_state=0).fit(x, y), held)
    outcome = attack_rows(order(held.getvalue(), "pickle", eps=0.05), quiet)
    found = numbers(outcome)
    assert found["certified_accuracy"].value <= found["attacked_accuracy"].value < found["accuracy"].value
    assert found["certified_accuracy"].parameters["exact"] > 30
    assert found["median_adversarial_distance"].value < 0.2


@pytest.mark.parametrize(("name", "form"), [("xgboost_multi.json", "xgboost-json"), ("lightgbm_multi.txt", "lightgbm")])
def test_files_of_trees_are_attacked_without_their_libraries(name, form):
    from sklearn.datasets import load_iris

    x, y = load_iris(return_X_y=True)
    rows = "\n".join(["a,b,c,d,y", *(",".join([*map(str, row), str(label)]) for row, label in zip(x, y, strict=True))])
    outcome = attack_rows(
        RowsOrder(
            model=(FORESTS / name).read_bytes(),
            format=form,
            table=rows.encode(),
            label="y",
            eps=0.15,
            rows=60,
            budget=100,
        ),
        quiet,
    )
    found = numbers(outcome)
    assert found["accuracy"].value > 0.9
    assert found["robust_accuracy"].value < found["accuracy"].value
    assert found["certified_accuracy"].parameters["exact"] == sum(1 for _ in range(round(60 * found["accuracy"].value)))


def test_a_pickle_that_would_run_is_not_loaded():
    with pytest.raises(CannotLook):
        attack_rows(order(b"cos\nsystem\n(S'true'\ntR.", "pickle"), quiet)


SEEN = {
    "n": np.array([1.0, 2.0, 9.0]),
    "m": np.array([2.0, 4.0, 9.0]),
    "k": np.array(["a", "b", "a"], dtype=object),
    "h1": np.array([1.0, 0, 0]),
    "h2": np.array([0, 1.0, 1.0]),
}
COLUMNS = {"h1": Column(name="h1", one_hot="h"), "h2": Column(name="h2", one_hot="h"), "m": Column(name="m", high=12.0)}
CHANGES = [
    ("a whole number in range", {"n": 1.0}, ()),
    ("half of a whole number", {"n": 1.5}, ("n: no whole number",)),
    ("beyond what was seen", {"n": 10.0, "m": 11.0}, ("n: out of range",)),
    ("beyond what was seen, as declared", {"m": 12.0}, ()),
    ("an unknown category", {"k": "c"}, ("k: a value never seen",)),
    ("two of a group", {"h1": 1.0}, ("h: not one of them",)),
    ("the other of a group", {"h1": 1.0, "h2": 0.0}, ()),
    ("a broken relation", {"n": 9.0}, ("relation n <= m",)),
]


@pytest.mark.parametrize(("what", "change", "broken"), CHANGES, ids=[what for what, _, _ in CHANGES])
def test_the_judge_tells_valid_rows_from_others(what, change, broken):
    before = {name: cells[1:2] for name, cells in SEEN.items()}
    after = {name: np.array([change.get(name, before[name][0])], dtype=before[name].dtype) for name in SEEN}
    assert tuple(breaches(before, after, SEEN, COLUMNS, ("n <= m",))) == broken


def test_a_relation_is_arithmetic_and_nothing_else():
    before = {name: cells[1:2] for name, cells in SEEN.items()}
    for text in ("__import__('os') <= n", "n.size <= m", "n <= m <= n", "k <= n ** 2"):
        with pytest.raises(Misuse):
            breaches(before, before, SEEN, COLUMNS, (text,))
