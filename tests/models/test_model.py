# SPDX-License-Identifier: Apache-2.0
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import (
    DoubleTensorType,
    FloatTensorType,
    Int64TensorType,
    StringTensorType,
)
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from hauberk.core.errors import CannotLook, Malformed, TooLarge
from hauberk.models.model import in_order, label_text, open_model

rng = np.random.default_rng(0)
N = 240
TABLE = pd.DataFrame(
    {
        "savings/bonds": rng.choice(["A1", "A2", "A3"], N),
        "amount": rng.uniform(0, 10, N).round(2),
        "months": rng.integers(1, 40, N),
    }
)
CLASSES = {
    "two words": np.where(TABLE["amount"] > 5, "good", "bad"),
    "two numbers": np.where(TABLE["amount"] > 5, 1, 2),
    "three words": np.array(["low", "mid", "high"])[(TABLE["amount"] / 3.4).astype(int)],
    "ten and up": np.where(TABLE["months"] > 20, 10, 9),
}


def exported(labels, classifier=None, *, zipmap, number=FloatTensorType, months=Int64TensorType):
    encode = ColumnTransformer(
        [
            ("text", OneHotEncoder(handle_unknown="ignore"), ["savings/bonds"]),
            ("number", StandardScaler(), ["amount", "months"]),
        ]
    )
    pipeline = make_pipeline(encode, LogisticRegression() if classifier is None else classifier).fit(TABLE, labels)
    inputs = [
        ("savings/bonds", StringTensorType([None, 1])),
        ("amount", number([None, 1])),
        ("months", months([None, 1])),
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        proto = convert_sklearn(pipeline, "m", inputs, target_opset=17, options={id(pipeline): {"zipmap": zipmap}})
    return pipeline, proto.SerializeToString()


def rows(table=TABLE):
    return {
        "savings/bonds": table["savings/bonds"].to_numpy(object),
        "amount": table["amount"].to_numpy(float),
        "months": table["months"].to_numpy(float),
    }


@pytest.mark.parametrize("zipmap", [True, False, "columns"], ids=["dictionaries", "a table", "a column each"])
@pytest.mark.parametrize("labels", CLASSES.values(), ids=CLASSES)
def test_a_pipeline_with_an_input_for_each_column_answers_as_scikit_learn_does(labels, zipmap):
    pipeline, data = exported(labels, zipmap=zipmap)
    model = open_model(data, tuple(TABLE), in_order(label_text(labels)))
    assert list(model.labels(rows())) == list(pipeline.predict(TABLE).astype(str))
    if zipmap == "columns":
        assert not model.scored
        return
    scores = model.scores(rows())
    expected = pd.DataFrame(pipeline.predict_proba(TABLE), columns=pipeline.classes_.astype(str))
    assert set(scores.classes) == set(expected)
    assert scores.shares == pytest.approx(expected[list(scores.classes)].to_numpy(), abs=1e-5)
    own = label_text(labels)
    assert scores.of(own) == pytest.approx([expected[name][i] for i, name in enumerate(own)], abs=1e-5)


@pytest.mark.parametrize(
    ("kind", "many"), [(FloatTensorType, 2), (DoubleTensorType, 2), (Int64TensorType, 2), (FloatTensorType, None)]
)
def test_a_single_matrix_takes_all_columns_in_the_tables_order(kind, many):
    features = TABLE[["months", "amount"]].round().to_numpy(float)
    labels = CLASSES["two words"]
    pipeline = make_pipeline(StandardScaler(), LogisticRegression()).fit(features, labels)
    proto = convert_sklearn(
        pipeline, "m", [("x", kind([None, many]))], target_opset=17, options={id(pipeline): {"zipmap": False}}
    )
    model = open_model(proto.SerializeToString(), ("months", "amount"), ("bad", "good"))
    given = {"months": features[:, 0], "amount": features[:, 1]}
    assert (model.labels(given) == pipeline.predict(features)).mean() > 0.99
    assert model.features == ("months", "amount")


def over(width):
    """A model of one matrix of a fixed width whose columns are months, amount and what else there is."""
    features, labels = TABLE[["months", "amount"]].to_numpy(float), CLASSES["two words"]
    features = np.column_stack([features] + [np.zeros(N)] * (width - 2))
    proto = convert_sklearn(
        LogisticRegression().fit(features, labels), "m", [("x", FloatTensorType([None, width]))], target_opset=17
    )
    return proto.SerializeToString()


def test_sensitive_columns_that_a_matrix_has_no_place_for_are_left_out_and_said():
    model = open_model(over(2), ("sex", "months", "race", "amount"), ("bad", "good"), spare=frozenset({"sex", "race"}))
    assert model.features == ("months", "amount")
    assert model.told == {"given": "months, amount", "left_out": "sex, race"}


@pytest.mark.parametrize(
    ("width", "columns", "spare"),
    [
        (2, ("months", "sex", "amount"), ()),
        (2, ("months", "sex", "race"), ("sex", "race")),
        (3, ("months", "amount", "sex", "race"), ("sex", "race")),
    ],
    ids=["none is spare", "too few are left", "one of two would do"],
)
def test_which_columns_are_left_out_is_never_guessed(width, columns, spare):
    with pytest.raises(CannotLook, match=f"reads {width} columns and the data set has {len(columns)}") as caught:
        open_model(over(width), columns, spare=frozenset(spare))
    assert "input: false" in caught.value.remedy


def test_a_sensitive_column_that_has_its_place_is_given():
    model = open_model(over(3), ("months", "amount", "sex"), ("bad", "good"), spare=frozenset({"sex"}))
    assert model.features == ("months", "amount", "sex")
    assert model.told == {}


def test_a_matrix_of_another_width_is_refused():
    features, labels = TABLE[["months", "amount"]].to_numpy(float), CLASSES["two words"]
    pipeline = LogisticRegression().fit(features, labels)
    proto = convert_sklearn(pipeline, "m", [("x", FloatTensorType([None, 2]))], target_opset=17)
    with pytest.raises(CannotLook, match="reads 2 columns and the data set has 3"):
        open_model(proto.SerializeToString(), tuple(TABLE))


def test_integer_inputs_refuse_cells_that_are_no_whole_numbers():
    _, data = exported(CLASSES["two words"], zipmap=False)
    model = open_model(data, tuple(TABLE), ("bad", "good"))
    with pytest.raises(CannotLook, match="'months' has cells that are no whole numbers"):
        model.labels({**rows(), "months": np.full(N, 1.5)})
    with pytest.raises(CannotLook, match="'months'"):
        model.labels({**rows(), "months": np.full(N, np.nan)})


def test_inputs_must_be_columns_but_for_punctuation_and_case():
    _, data = exported(CLASSES["two words"], zipmap=False)
    assert open_model(data, ("Savings Bonds", "AMOUNT", "months", "more")).features == (
        "Savings Bonds",
        "AMOUNT",
        "months",
    )
    with pytest.raises(CannotLook, match="'amount' is no column"):
        open_model(data, ("savings/bonds", "months"))
    with pytest.raises(CannotLook, match="is no column"):
        open_model(data, ("savings/bonds", "savings_bonds", "Amount", "amount_", "months"))


@given(st.lists(st.integers(0, N - 1), min_size=1, max_size=30))
@settings(max_examples=25)
def test_rows_asked_together_answer_as_rows_asked_alone(numbers):
    _, data = FOREST
    model = open_model(data, tuple(TABLE), in_order(label_text(CLASSES["three words"])))
    together = {name: cells[numbers] for name, cells in rows().items()}
    alone = [model.labels({name: cells[[number]] for name, cells in rows().items()})[0] for number in numbers]
    assert list(model.labels(together)) == alone


FOREST = exported(CLASSES["three words"], RandomForestClassifier(5, random_state=0), zipmap=False)


def test_every_row_asked_is_counted_and_the_budget_holds():
    _, data = exported(CLASSES["two words"], zipmap=False)
    model = open_model(data, tuple(TABLE), ("bad", "good"), budget=2 * N + 1)
    model.labels(rows())
    model.labels(rows())
    assert model.asked == 2 * N
    with pytest.raises(TooLarge, match="budget"):
        model.labels(rows())


def test_which_score_is_which_class_is_learnt_and_where_it_cannot_be_told_that_is_said():
    _, data = FOREST
    model = open_model(data, tuple(TABLE), in_order(label_text(CLASSES["three words"])))
    low_only = {name: cells[TABLE["amount"].to_numpy() < 3] for name, cells in rows().items()}
    assert set(model.scores(rows()).classes) == {"high", "low", "mid"}
    with pytest.raises(CannotLook, match="cannot be told"):
        model.scores(low_only)


def raw(inputs, outputs, nodes):
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info(*one) for one in inputs],
        [helper.make_tensor_value_info(*one) for one in outputs],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9).SerializeToString()


def test_a_network_that_gives_logits_alone_is_read_by_the_order_of_labels():
    data = raw(
        [("x", TensorProto.FLOAT, [None, 2])],
        [("y", TensorProto.FLOAT, [None, 2])],
        [helper.make_node("Identity", ["x"], ["y"])],
    )
    model = open_model(data, ("a", "b"), ("no", "yes"))
    given = {"a": np.array([1.0, -3.0]), "b": np.array([0.0, 3.0])}
    assert list(model.labels(given)) == ["no", "yes"]
    assert model.scores(given).shares[0] == pytest.approx([np.e / (np.e + 1), 1 / (np.e + 1)])


REFUSED = {
    "an image": ([("x", TensorProto.FLOAT, [None, 3, 8, 8])], "shape"),
    "one row at a time": ([("x", TensorProto.FLOAT, [1, 2])], "first dimension"),
    "pixels": ([("x", TensorProto.UINT8, [None, 2])], "which a table does not hold"),
}


def test_a_regressor_gives_numbers_and_refuses_to_be_asked_for_labels():
    data = raw([("x", 1, [None, 1])], [("y", 1, [None, 1])], [helper.make_node("Identity", ["x"], ["y"])])
    model = open_model(data, ("x",))
    rows = {"x": np.array([1.5, -2.0])}
    assert model.numbers(rows).tolist() == [1.5, -2.0]
    for ask in (model.labels, model.scores):
        with pytest.raises(CannotLook, match="no output of the model is a label"):
            ask(rows)
    with pytest.raises(CannotLook, match="no finite number"):
        model.numbers({"x": np.array([np.nan])})


@pytest.mark.parametrize(("inputs", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_classifier_of_rows_is_refused_with_the_reason(inputs, reason):
    _, kind, shape = inputs[0]
    data = raw(inputs, [("y", kind, shape)], [helper.make_node("Identity", ["x"], ["y"])])
    with pytest.raises(CannotLook, match=reason):
        open_model(data, ("a",) if shape[-1] == 1 else ("a", "b"))


def test_a_graph_that_the_runtime_refuses_is_malformed():
    data = raw(
        [("x", TensorProto.FLOAT, [None, 2])],
        [("y", TensorProto.FLOAT, [None, 2])],
        [helper.make_node("NoSuchThing", ["x"], ["y"])],
    )
    with pytest.raises(Malformed, match="runtime refuses"):
        open_model(data, ("a", "b"))


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (np.array([1, 2]), ["1", "2"]),
        (np.array([1.0, -2.0, 2.5]), ["1", "-2", "2.5"]),
        (np.array([True, False]), ["1", "0"]),
        (np.array(["1.0", "A1.0", " x "], dtype=object), ["1", "A1.0", "x"]),
        (np.array(["1.00", "yes"], dtype=np.dtypes.StringDType()), ["1", "yes"]),
    ],
)
def test_labels_have_one_spelling(given, text):
    assert list(label_text(given)) == text


@pytest.mark.parametrize(
    ("labels", "order"), [(["10", "9", "9"], ("9", "10")), (["b", "a"], ("a", "b")), (["1", "x"], ("1", "x"))]
)
def test_classes_stand_in_the_order_of_scikit_learn(labels, order):
    assert in_order(np.array(labels)) == order


def test_no_rows_are_refused():
    _, data = FOREST
    with pytest.raises(CannotLook, match="no rows"):
        open_model(data, tuple(TABLE), ("a", "b", "c")).labels({name: cells[:0] for name, cells in rows().items()})


def test_a_model_that_does_not_answer_for_each_row_cannot_be_looked_at():
    nodes = [helper.make_node("Constant", [], ["y"], value_ints=[1, 2, 3])]
    data = raw([("x", TensorProto.FLOAT, [None, 2])], [("y", TensorProto.INT64, [3])], nodes)
    with pytest.raises(CannotLook, match="one answer for each row"):
        open_model(data, ("a", "b")).labels({"a": np.zeros(5), "b": np.zeros(5)})


def test_scores_that_are_no_numbers_cannot_be_looked_at():
    nodes = [helper.make_node("Sqrt", ["x"], ["y"])]
    data = raw([("x", TensorProto.FLOAT, [None, 2])], [("y", TensorProto.FLOAT, [None, 2])], nodes)
    with pytest.raises(CannotLook, match="no finite numbers"):
        open_model(data, ("a", "b"), ("no", "yes")).scores({"a": np.array([-1.0]), "b": np.array([1.0])})
