# SPDX-License-Identifier: Apache-2.0
"""Forests read from files score as the library that wrote them does; hostile files raise only errors of ours."""

import contextlib
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.ensemble import ExtraTreesClassifier, GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from hauberk.core.errors import CannotLook, HauberkError, Malformed
from hauberk.models.forest import leaves_of
from hauberk.models.forest_files import read_lightgbm, read_onnx, read_xgboost
from hauberk.models.forest_fitted import fitted_forest

FILES = Path(__file__).parent / "forests"
ANSWERS = json.loads((FILES / "answers.json").read_text())
TABLES = {"binary": load_breast_cancer(return_X_y=True), "multi": load_iris(return_X_y=True)}
READERS = {"xgboost": (read_xgboost, "json"), "lightgbm": (read_lightgbm, "txt")}


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("library", READERS)
def test_a_file_scores_as_its_library_does(library, table):
    read, suffix = READERS[library]
    forest = read((FILES / f"{library}_{table}.{suffix}").read_bytes())
    scores = forest.scores(TABLES[table][0][1::2])
    theirs = np.array(ANSWERS[f"{library}_{table}"])
    if table == "binary":
        assert np.allclose(scores[:, 1] - scores[:, 0], theirs, atol=1e-5)
    else:
        shift = (scores - theirs).mean(axis=1, keepdims=True)
        assert np.allclose(scores - shift, theirs, atol=1e-5)


@pytest.mark.parametrize(
    "model",
    [
        RandomForestClassifier(9, max_depth=4, random_state=0),
        ExtraTreesClassifier(9, max_depth=4, random_state=0),
        DecisionTreeClassifier(max_depth=4, random_state=0),
        GradientBoostingClassifier(n_estimators=9, random_state=0),
    ],
)
@pytest.mark.parametrize("table", TABLES)
def test_a_fitted_model_decides_as_its_trees_do(model, table):
    x, y = TABLES[table]
    model.fit(x[::2], y[::2])
    assert (fitted_forest(model).scores(x).argmax(axis=1) == model.predict(x)).all()


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(
    "model", [RandomForestClassifier(5, random_state=0), GradientBoostingClassifier(n_estimators=5)]
)
def test_an_onnx_export_decides_as_the_runtime_does(model, table):
    skl2onnx = pytest.importorskip("skl2onnx")
    x, y = TABLES[table]
    model.fit(x[::2], y[::2])
    data = skl2onnx.to_onnx(model, x[:1].astype(np.float32), options={"zipmap": False}, target_opset=17)
    forest = read_onnx(data.SerializeToString())
    points = x.astype(np.float32)
    assert (forest.scores(points).argmax(axis=1) == model.predict(points)).mean() > 0.99


def test_every_point_lies_in_one_leaf_of_each_tree():
    forest = read_xgboost((FILES / "xgboost_binary.json").read_bytes())
    leaves, x = leaves_of(forest), forest.on_grid(TABLES["binary"][0][:50])
    inside = ((leaves.low <= x[:, None]) & (x[:, None] <= leaves.high)).all(axis=2)
    assert (inside.sum(axis=1) == len(forest.roots)).all()
    assert np.allclose(inside @ leaves.values + forest.base, forest.scores(x))


def test_what_is_no_forest_is_said_so():
    with pytest.raises(CannotLook, match="LogisticRegression"):
        fitted_forest(LogisticRegression())
    with pytest.raises(CannotLook, match="gap"):
        read_xgboost((FILES / "xgboost_binary.json").read_bytes()).scores(np.full((1, 30), np.nan))


def test_a_tree_that_bites_its_tail_is_refused():
    held = json.loads((FILES / "xgboost_binary.json").read_text())
    held["learner"]["gradient_booster"]["model"]["trees"][0]["left_children"][0] = 0
    with pytest.raises(Malformed, match="two parents"):
        read_xgboost(json.dumps(held).encode())


@pytest.mark.parametrize("library", READERS)
@settings(max_examples=60, deadline=None)
@given(at=st.floats(0, 1), new=st.binary(min_size=0, max_size=6), cut=st.integers(0, 40))
def test_mutated_files_raise_only_errors_of_ours(library, at, new, cut):
    read, suffix = READERS[library]
    data = (FILES / f"{library}_multi.{suffix}").read_bytes()
    place = int(at * len(data))
    with contextlib.suppress(HauberkError):
        read(data[:place] + new + data[place + cut :]).scores(TABLES["multi"][0][:3])
