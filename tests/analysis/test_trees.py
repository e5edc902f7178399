# SPDX-License-Identifier: Apache-2.0
"""scikit-learn's compiled models, written by it: honest ones are clean; false numbers are refused by both readers."""

import collections
import copy
import io
import pickle

import joblib
import numpy as np
import pytest
import scipy.sparse
from sklearn import ensemble, neighbors, svm, tree

from hauberk.analysis.certificate import certify
from hauberk.analysis.checker.check import attest, check
from hauberk.analysis.checker.refusal import Refused
from hauberk.analysis.program_contract import Breach
from hauberk.analysis.program_contracts_trees import tree_state
from hauberk.analysis.program_values import Made, Named, Table
from hauberk.core.codec import encode
from hauberk.core.errors import CannotLook

CHANCE = np.random.RandomState(0)
X = CHANCE.rand(120, 4)
Y = (X[:, 0] * 3).astype(int)
GAPS = np.where(CHANCE.rand(*X.shape) < 0.1, np.nan, X)
MIXED = np.column_stack([X[:, :3], CHANCE.randint(0, 6, 120)])

HONEST = {
    "a tree": tree.DecisionTreeClassifier().fit(X, Y),
    "a tree with values missing": tree.DecisionTreeClassifier().fit(GAPS, Y),
    "a tree of several outputs": tree.ExtraTreeRegressor().fit(X, X[:, :2]),
    "a stump of one node": tree.DecisionTreeClassifier().fit(X, np.zeros(120)),
    "a forest": ensemble.RandomForestClassifier(5).fit(X, Y),
    "an embedding": ensemble.RandomTreesEmbedding(3, max_depth=2).fit(X),
    "boosting of several classes": ensemble.GradientBoostingClassifier(n_estimators=2).fit(X, Y),
    "isolation": ensemble.IsolationForest(n_estimators=3).fit(X),
    "isolation of some features": ensemble.IsolationForest(n_estimators=3, max_features=2).fit(X),
    "bagging of some features": ensemble.BaggingClassifier(n_estimators=3, max_features=0.5).fit(X, Y),
    "stacking": ensemble.StackingClassifier([("t", tree.DecisionTreeClassifier())], cv=2).fit(X, Y),
    "histograms": ensemble.HistGradientBoostingClassifier(max_iter=2).fit(GAPS, Y),
    "histograms with categories": ensemble.HistGradientBoostingRegressor(
        max_iter=2, categorical_features=[3], min_samples_leaf=2
    ).fit(MIXED, MIXED[:, 3] % 2 + X[:, 0]),
    "points": neighbors.KDTree(X, leaf_size=3),
    "points in balls": neighbors.BallTree(X, leaf_size=3),
    "points of 32 bits": neighbors.KNeighborsClassifier(algorithm="kd_tree").fit(X.astype("f4"), Y),
    "outliers": neighbors.LocalOutlierFactor(algorithm="ball_tree", novelty=True).fit(X),
    "vectors": svm.SVC().fit(X, Y > 0),
    "vectors of several classes": svm.NuSVC(nu=0.1).fit(X, Y),
    "vectors of kernels": svm.SVC(kernel="precomputed").fit(X @ X.T, Y),
    "sparse vectors": svm.SVC().fit(scipy.sparse.csr_matrix(X), Y),
    "regression": svm.SVR().fit(X, X[:, 0]),
    "one class": svm.OneClassSVM().fit(X),
    "not fitted": [ensemble.RandomForestClassifier(), svm.SVC(), ensemble.HistGradientBoostingRegressor()],
}  # fmt: skip


def dumped(value: object, compress: object = 0) -> bytes:
    buffer = io.BytesIO()
    joblib.dump(value, buffer, compress=compress)
    return buffer.getvalue()


@pytest.mark.parametrize("label", HONEST)
def test_an_honest_model_is_clean_in_every_form(label):
    for protocol in range(6):
        data = pickle.dumps(HONEST[label], protocol)
        check(data, encode(certify(data)))
    for compress in (0, 3):
        data = dumped(HONEST[label], compress)
        check(data, encode(certify(data)))


def grown(change, value: object) -> object:
    """A copy of an estimator whose tree was given another state, as scikit-learn itself takes it."""
    other = pickle.loads(pickle.dumps(value))
    kind, arguments, state = other.tree_.__reduce__()
    made = kind(*arguments)
    change(state)
    made.__setstate__(state)
    other.tree_ = made
    return other


def node(field: str, value: int, at: int = 0):
    def change(state):
        state["nodes"][field][at] = value

    return change


def altered(label: str, change) -> object:
    other = pickle.loads(pickle.dumps(HONEST[label]))
    change(other)
    return other


class Restated:
    """Writes what scikit-learn's own reduction gives, with a state that was changed."""

    def __init__(self, value, at, change) -> None:
        make, arguments, state = value.__reduce__()
        state = copy.deepcopy(state) if isinstance(state, dict) else list(state)
        state[at] = np.array(state[at])
        change(state[at])
        self.parts = make, arguments, state if isinstance(state, dict) else tuple(state)

    def __reduce__(self):
        return self.parts


class Recounted:
    """A tree that says of itself that it has more nodes than it brings."""

    def __reduce__(self):
        make, arguments, state = T.tree_.__reduce__()
        return make, arguments, {**state, "node_count": 10_000}


def first(name: str, value: int):
    def change(array):
        (array[name] if name else array)[0] = value

    return change


def one(path: str, value: int, field: str = ""):
    def change(model):
        found = model
        for name in path.split("."):
            found = found[int(name)] if name.isdigit() else getattr(found, name)
        array = found[field] if field else found
        array[0] = value

    return change


def names(**values):
    return lambda model: vars(model).update(values)


T = HONEST["a tree"]
WIDE = tree.DecisionTreeClassifier().fit(np.column_stack([CHANCE.rand(120, 40), Y]), Y)
FALSE = {
    "a child outside": grown(node("left_child", 1 << 40), T),
    "a child below zero": grown(node("left_child", -7), T),
    "the other child outside": grown(node("right_child", 9_999), T),
    "a child that is its parent": grown(node("left_child", 0), T),
    "a feature outside": grown(node("feature", 4), T),
    "a feature below zero": grown(node("feature", -5), T),
    "more nodes than it has": Recounted(),
    "a tree of more features than its estimator": altered("a tree", names(tree_=WIDE.tree_)),
    "a forest with such a tree": altered("a forest", lambda m: m.estimators_.__setitem__(0, WIDE)),
    "boosting with such a tree": altered(
        "boosting of several classes", lambda m: m.estimators_.__setitem__((0, 0), WIDE)
    ),
    "isolation with such a tree": altered("isolation", lambda m: m.estimators_.__setitem__(0, WIDE)),
    "isolation of fewer features": altered(
        "isolation of some features", lambda m: m.estimators_features_.__setitem__(0, np.array([1]))
    ),
    "a bin's child outside": altered("histograms", one("_predictors.0.0.nodes", 4_000_000_000, "left")),
    "a bin's child above": altered("histograms", one("_predictors.0.0.nodes", 0, "right")),
    "a bin's feature outside": altered("histograms", one("_predictors.0.0.nodes", 77, "feature_idx")),
    "a set of categories outside": altered(
        "histograms with categories",
        lambda m: [p.nodes["bitset_idx"].fill(500) for row in m._predictors for p in row],
    ),
    "a point outside": Restated(HONEST["points"], 1, first("", 1 << 40)),
    "a node that ends outside": Restated(HONEST["points in balls"], 2, first("idx_end", 1 << 40)),
    "a node whose children are not there": Restated(
        neighbors.KDTree(X, leaf_size=200), 2, first("is_leaf", 0)
    ),
    "a support vector outside": altered("vectors of kernels", one("support_", 1 << 30)),
    "a number of vectors below zero": altered("vectors", names(_n_support=np.array([-1000, 1000], "i4"))),
    "fewer coefficients": altered("vectors of several classes", names(_dual_coef_=np.zeros((1, 1)))),
    "fewer intercepts": altered("vectors of several classes", names(_intercept_=np.zeros(2))),
}  # fmt: skip


@pytest.mark.parametrize("label", FALSE)
def test_a_model_that_leads_its_prediction_astray_is_refused_by_both(label):
    for data in (pickle.dumps(FALSE[label], 4), pickle.dumps(FALSE[label], 2), dumped(FALSE[label])):
        with pytest.raises(CannotLook, match=r"sklearn"):
            certify(data)
        with pytest.raises(Refused):
            attest(data)


def again(value: object, state: object) -> bytes:
    """A pickle that gives what it made a state once more."""
    return pickle.dumps(value, 2)[:-1] + pickle.dumps(state, 2)[2:-1] + b"b."


MISLED = {
    "a forest that takes one feature by a second state": again(HONEST["a forest"], {"n_features_in_": 1}),
    "other counts of vectors by a second state": again(HONEST["vectors"], {"_n_support": np.array([900_000] * 2, "i4")}),
    "other rows by a second state": again(HONEST["vectors"], {"shape_fit_": (1, 1)}),
    "other nodes by a second state": again(HONEST["a tree"].tree_, HONEST["a forest"].estimators_[0].tree_.__getstate__()),
    "an array with a second state": again(np.arange(3), np.arange(4).__reduce__()[2]),
}  # fmt: skip


@pytest.mark.parametrize("label", MISLED)
def test_no_second_state_undoes_what_the_first_was_judged_by(label):
    with pytest.raises(CannotLook, match="second time"):
        certify(MISLED[label])
    with pytest.raises(Refused, match="second time"):
        attest(MISLED[label])


def test_a_list_of_trees_that_grows_after_its_forest_was_made_is_judged_as_it_ends():
    forest = pickle.loads(pickle.dumps(HONEST["a forest"]))
    forest.estimators_ = trees = list(forest.estimators_)
    made = pickle.dumps([trees, forest], 0)
    assert made[:2] == b"(l", "the list that holds both, then the list of trees"
    honest = made[:-1] + b"p60000\n0g1\n0g60000\n."
    assert len(pickle.loads(honest)[0]) == 5
    check(honest, encode(certify(honest)))
    grown_late = made[:-1] + b"p60000\n0" + _key(made) + pickle.dumps(WIDE, 0)[:-1] + b"a0g60000\n."
    assert pickle.loads(grown_late)[1].estimators_[5].n_features_in_ == 41
    with pytest.raises(CannotLook, match="41 features"):
        certify(grown_late)
    with pytest.raises(Refused):
        attest(grown_late)


def _key(made: bytes) -> bytes:
    """GET of the list of trees: the second that is put into the memo."""
    return b"g" + made.split(b"(lp")[2].partition(b"\n")[0] + b"\n"


def test_trees_in_what_cannot_be_read_are_refused():
    forest = pickle.loads(pickle.dumps(HONEST["a forest"]))
    forest.estimators_ = collections.deque([WIDE])
    for data in (pickle.dumps(forest, 2), pickle.dumps(forest, 4)):
        with pytest.raises(CannotLook):
            certify(data)
        with pytest.raises(Refused):
            attest(data)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("depth", [1, 60])
def test_lists_that_hold_themselves_or_each_other_end(depth):
    forest = pickle.loads(pickle.dumps(HONEST["a forest"]))
    forest.estimators_ = kept = list(forest.estimators_)
    if depth == 1:
        kept.append(kept)
    for _ in range(depth if depth > 1 else 0):
        kept = [kept, kept]
    forest.estimators_ = kept
    data = pickle.dumps(forest, 4)
    check(data, encode(certify(data)))


STATES = {
    "fields that end beyond the item": ((1,), lambda fields: (3, "|", None, (), fields, 3, 1, 16)),
    "a state that ends before the size": ((1,), lambda fields: (3, "|", None, (), fields)),
    "a state that ends before the fields": ((1,), lambda _: (3,)),
    "no shape": ((), lambda fields: (3, "|", None, (), fields, 24, 1, 16)),
}


@pytest.mark.parametrize("label", STATES)
def test_nodes_that_cannot_be_read_break_the_contract(label):
    shape, told = STATES[label]
    number = Made(Named("numpy", "dtype", 0), ("i8",))
    number.state = (3, "<", None, None, None, -1, -1, 0)
    fields = Table()
    fields.put([("left_child", (number, 0)), ("right_child", (number, 8)), ("feature", (number, 16))])
    kind = Made(Named("numpy", "dtype", 0), ("V3",))
    kind.state = told(fields)
    nodes = Made(Named("numpy", "ndarray", 0), ())
    nodes.state = (1, shape, kind, False, b"abc")
    state = Table()
    state.put([("nodes", nodes), ("node_count", 1)])
    with pytest.raises(Breach):
        tree_state(Made(Named("sklearn.tree._tree", "Tree", 0), (1, None, 1)), state)
