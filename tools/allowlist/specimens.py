# SPDX-License-Identifier: Apache-2.0
"""Values whose pickles show which globals honest files name; for ``observe`` only.

Libraries are imported by name, because an environment need not have each of them.
"""

import collections
import datetime as dt
import decimal
import fractions
import functools
import importlib
import importlib.util
import io
import ipaddress
import operator
import pathlib
import re
import sys
import unittest
import uuid
import warnings
import zipfile
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from tools.allowlist import ecosystem
from tools.allowlist.standard import attempts, of_numpy, of_pandas
from tools.allowlist.training import of_torch

Specimen = tuple[str, object]


class Program(NamedTuple):
    """A pickle that a library writes in its own way, with persistent ids."""

    data: bytes


def specimens() -> Iterator[Specimen]:
    """Every value with a label."""
    warnings.simplefilter("ignore")
    yield from plain_values()
    yield from arrays()
    yield from frames()
    yield from estimators()
    yield from compositions()
    yield from of_numpy()
    yield from of_pandas()
    yield from attempts(dict(ecosystem.makers()))
    for library, values in (("torch", torch_values), ("xgboost", xgboost_values), ("lightgbm", lightgbm_values)):
        if importlib.util.find_spec(library):
            yield from values()


def plain_values() -> Iterator[Specimen]:
    """What the standard library gives people to put into a model file."""
    now = dt.datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=dt.UTC)
    values: list[object] = [
        [1, 2.5, "x", b"y", None, True, 1 << 80, 1j, bytearray(b"z"), {1}, frozenset({2}), slice(1), range(3), ...],
        [int, float, str, bytes, bool, list, dict, tuple, set, object, type, complex],
        [len, sum, min, max, abs, sorted, round],
        [
            collections.OrderedDict(a=1),
            collections.defaultdict(list, a=[1]),
            collections.Counter("aab"),
            collections.deque([1]),
        ],
        [now, now.date(), now.time(), dt.timedelta(1), dt.timezone(dt.timedelta(hours=1))],
        [
            decimal.Decimal("1.5"),
            fractions.Fraction(1, 2),
            uuid.UUID(int=1),
            pathlib.PurePosixPath("a"),
            pathlib.PosixPath("a"),
        ],
        [re.compile("a"), ipaddress.ip_address("127.0.0.1"), NotImplemented],
        [functools.partial(int, "1"), operator.itemgetter(1), operator.itemgetter("a")],
        [ValueError("x"), KeyError("y")],
    ]
    for index, value in enumerate(values):
        yield f"plain values {index}", value


def arrays() -> Iterator[Specimen]:
    """Numpy arrays of each kind, scalars, generators, and scipy's sparse matrices."""
    np: Any = importlib.import_module("numpy")
    kinds = [
        "?",
        "i1",
        "i2",
        "i4",
        "i8",
        "u1",
        "u2",
        "u4",
        "u8",
        "f2",
        "f4",
        "f8",
        "c8",
        "c16",
        "S3",
        "U3",
        "M8[ns]",
        "m8[s]",
        "O",
        "V4",
    ]
    for kind in kinds:
        array = np.zeros(3, dtype=kind)
        yield f"array of {kind}", array
        yield f"scalar of {kind}", array[0]
        yield f"fortran array of {kind}", np.asfortranarray(np.zeros((3, 2), dtype=kind))
        yield f"type of {kind}", [array.dtype, array.dtype.type, array.dtype.newbyteorder()]
    structured = np.dtype([("a", "i4"), ("b", "U2", (2,)), ("c", "O")])
    yield "structured array", np.zeros(2, dtype=structured)
    yield "structured array, aligned", np.zeros(2, dtype=np.dtype([("a", "i1"), ("b", "f8")], align=True))
    yield "array views", [np.matrix([[1]]), np.ma.masked_array([1, 2], [True, False]), np.rec.array([(1, 2.0)])]
    yield "generators", [np.random.RandomState(0), np.random.default_rng(0), np.random.PCG64(), np.random.MT19937(0)]
    yield "more generators", [np.random.Philox(0), np.random.SFC64(0), np.random.SeedSequence(1)]
    yield (
        "functions of numpy",
        [np.log1p, np.mean, np.median, np.sum, np.std, np.argmax, np.nanmean, np.linalg.norm, np.float64],
    )
    yield "polynomial", np.polynomial.Polynomial([1, 2])
    sparse: Any = importlib.import_module("scipy.sparse")
    for form in ["bsr", "coo", "csc", "csr", "dia", "dok", "lil"]:
        yield f"sparse {form}", getattr(sparse, f"{form}_matrix")(np.eye(2))
        yield f"sparse array {form}", getattr(sparse, f"{form}_array")(np.eye(2))


def frames() -> Iterator[Specimen]:
    """Pandas frames with columns of each kind."""
    np: Any = importlib.import_module("numpy")
    pd: Any = importlib.import_module("pandas")
    columns: dict[str, object] = {
        "i": [1, 2],
        "f": [1.5, None],
        "s": ["a", "b"],
        "o": pd.Series(["a", 1], dtype="object"),
        "b": [True, False],
        "c": pd.Categorical(["x", "y"]),
        "oc": pd.Categorical(["x", "y"], ordered=True),
        "t": pd.to_datetime(["2026-01-01", "2026-01-02"]),
        "tz": pd.to_datetime(["2026-01-01", "2026-01-02"], utc=True),
        "d": pd.to_timedelta([1, 2]),
        "p": pd.period_range("2026-01", periods=2, freq="M"),
        "iv": pd.interval_range(0, 2),
        "ni": pd.array([1, None], dtype="Int64"),
        "nf": pd.array([1.5, None], dtype="Float64"),
        "nb": pd.array([True, None], dtype="boolean"),
        "ns": pd.array(["a", None], dtype="string"),
    }
    for name, column in columns.items():
        yield f"frame column {name}", pd.DataFrame({name: column})
        yield f"series {name}", pd.Series(column)
        yield f"index {name}", pd.Index(pd.Series(column))
    yield (
        "frame with indexes",
        pd.DataFrame(np.eye(2), index=pd.MultiIndex.from_product([["a"], [1, 2]]), columns=["x", "y"]),
    )
    yield (
        "pandas scalars",
        [pd.Timestamp("2026-01-01", tz="UTC"), pd.Timedelta(1), pd.NaT, pd.NA, pd.Period("2026"), pd.Interval(0, 1)],
    )
    yield "pandas types", [pd.CategoricalDtype(["a"]), pd.Int64Dtype(), pd.StringDtype(), pd.DatetimeTZDtype(tz="UTC")]
    yield "groups", dict(list(pd.DataFrame({"a": [1, 2], "b": [1, 1]}).groupby("b")))


def estimators() -> Iterator[Specimen]:
    """Every estimator of scikit-learn, as made and, where it can be, fitted on toy data."""
    sys.modules.setdefault(
        "sklearn.experimental.enable_iterative_imputer",
        importlib.import_module("sklearn.experimental.enable_iterative_imputer"),
    )
    importlib.import_module("sklearn.experimental.enable_halving_search_cv")
    utils: Any = importlib.import_module("sklearn.utils")
    try:
        checks: Any = importlib.import_module("sklearn.utils._test_common.instance_generator")
    except ModuleNotFoundError:  # scikit-learn below 1.6
        checks = importlib.import_module("sklearn.utils.estimator_checks")
    for name, kind in utils.all_estimators():
        yield from _variants(name, kind, checks)


def _variants(name: str, kind: Any, checks: Any) -> Iterator[Specimen]:
    try:
        made = list(_construct(kind, checks))
    except (TypeError, ValueError, ImportError, unittest.SkipTest):
        made = []
    for index, estimator in enumerate(made):
        yield f"{name} {index} as made", estimator
        fitted = _fit(estimator)
        if fitted is not None:
            yield f"{name} {index} fitted", fitted


def _construct(kind: Any, checks: Any) -> list[object]:
    if hasattr(checks, "_construct_instances"):
        return list(checks._construct_instances(kind))  # noqa: SLF001  the only list of valid arguments
    return [checks._construct_instance(kind)]  # noqa: SLF001  its name in older versions


def _fit(estimator: Any) -> object:
    np: Any = importlib.import_module("numpy")
    rng = np.random.RandomState(0)
    numbers = rng.rand(40, 4) + 0.1
    labels = np.arange(40) % 2
    documents = ["some words here", "other words there"] * 20
    records = [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}] * 20
    kernel = numbers @ numbers.T
    attempts = [
        (numbers, labels), (numbers, numbers[:, 0]), (numbers, numbers[:, :2]),
        (numbers, np.stack([labels, labels], 1)),
        (kernel, labels), (numbers[:, 0], numbers[:, 1]), (labels, None), (documents, labels), (records, labels),
        ([["a", "b"]] * 3, None),
    ]  # fmt: skip
    for data, target in attempts:
        np.random.seed(0)  # what draws without a seed of its own must draw the same in each observation
        try:
            return estimator.fit(data, target)
        except Exception:  # noqa: BLE001, S112  whatever a library raises on data of the wrong kind
            continue
    return None


def compositions() -> Iterator[Specimen]:
    """What people build of them: pipelines, searches with distributions, transformers of functions, losses."""
    np: Any = importlib.import_module("numpy")
    stats: Any = importlib.import_module("scipy.stats")
    part = importlib.import_module
    linear: Any = part("sklearn.linear_model")
    trees: Any = part("sklearn.ensemble")
    prepare: Any = part("sklearn.preprocessing")
    data, target = np.random.RandomState(0).rand(60, 4), np.arange(60) % 2
    pipeline = part("sklearn.pipeline").make_pipeline(
        prepare.FunctionTransformer(np.log1p), prepare.StandardScaler(), linear.LogisticRegression()
    )
    yield "pipeline", pipeline.fit(data, target)
    rest = part("sklearn.multiclass").OneVsRestClassifier(linear.LogisticRegression())
    yield "a label that all have", rest.fit(data, np.stack([target, np.ones_like(target)], 1))
    columns = part("sklearn.compose").make_column_transformer((prepare.OneHotEncoder(), [0]), remainder="passthrough")
    yield "columns", columns.fit(data, target)
    yield "selector of columns", part("sklearn.compose").make_column_selector(pattern="a", dtype_include=np.number)
    select = part("sklearn.model_selection")
    yield "search", select.GridSearchCV(linear.LogisticRegression(), {"C": [1, 2]}, cv=2).fit(data, target)
    options = {"C": stats.uniform(0.1, 1), "tol": stats.loguniform(1e-4, 1e-2), "max_iter": stats.randint(50, 60)}
    yield (
        "random search",
        select.RandomizedSearchCV(linear.LogisticRegression(), options, n_iter=2, cv=2, scoring="roc_auc").fit(
            data, target
        ),
    )
    yield (
        "splitters",
        [
            select.KFold(3),
            select.StratifiedKFold(3),
            select.TimeSeriesSplit(3),
            select.ShuffleSplit(3),
            select.GroupKFold(3),
        ],
    )
    metrics: Any = part("sklearn.metrics")
    yield "scorers", [metrics.get_scorer(name) for name in metrics.get_scorer_names()]
    kernels: Any = part("sklearn.gaussian_process.kernels")
    yield (
        "kernels",
        [
            kernels.RBF() + kernels.WhiteKernel() * kernels.Matern(),
            kernels.RationalQuadratic() ** 2,
            kernels.DotProduct(),
        ],
    )
    first, positive = data[:, 0], data[:, 0] + 0.1
    for label, kind, losses, wanted in (
        ("boosting", trees.GradientBoostingClassifier, ("log_loss", "exponential"), target),
        ("boosting", trees.GradientBoostingRegressor, ("squared_error", "absolute_error", "huber", "quantile"), first),
        ("histogram", trees.HistGradientBoostingRegressor,
         ("squared_error", "absolute_error", "gamma", "poisson"), positive),
        ("descent", linear.SGDClassifier,
         ("hinge", "log_loss", "modified_huber", "squared_hinge", "perceptron"), target),
        ("descent", linear.SGDRegressor,
         ("squared_error", "huber", "epsilon_insensitive", "squared_epsilon_insensitive"), first),
    ):  # fmt: skip
        for loss in losses:
            yield from _attempt(f"{label} {loss}", functools.partial(_fitted, kind, data, wanted, loss=loss))
    neighbours: Any = part("sklearn.neighbors")
    for metric in ("euclidean", "manhattan", "chebyshev", "minkowski"):
        for shape in ("ball_tree", "kd_tree", "brute"):
            make = functools.partial(
                _fitted, neighbours.KNeighborsClassifier, data, target, metric=metric, algorithm=shape
            )
            yield from _attempt(f"neighbours {metric} {shape}", make)
    shapes: Any = part("scipy.stats._distr_params")
    for name, arguments in [*shapes.distcont, *shapes.distdiscrete]:
        if isinstance(name, str):
            yield f"distribution {name}", getattr(stats, name)(*arguments)
    interpolate: Any = part("scipy.interpolate")
    yield "interpolation", [interpolate.interp1d([0, 1], [0, 1]), interpolate.BSpline([0, 0, 1, 1], [1, 2], 1)]


def _fitted(kind: Any, data: object, target: object, **options: object) -> object:
    return kind(**options).fit(data, target)


def _attempt(label: str, make: Callable[[], object]) -> Iterator[Specimen]:
    """The value, unless this version of the library does not know the option."""
    try:
        yield label, make()
    except ValueError as error:
        sys.stderr.write(f"not made: {label}: {type(error).__name__}\n")


def torch_values() -> Iterator[Specimen]:
    """Tensors, states of modules and optimisers, and whole modules, as ``torch.save`` writes their programs."""
    torch: Any = importlib.import_module("torch")
    nn = torch.nn
    kinds = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32", "float64",
             "complex64", "complex128", "float8_e4m3fn", "float8_e5m2"]  # fmt: skip
    values: dict[str, object] = {
        "parameter": nn.Parameter(torch.zeros(2)),
        "parameter without gradient": nn.Parameter(torch.zeros(2), requires_grad=False),
        "sparse": torch.eye(3).to_sparse(),
        "sparse rows": torch.eye(3).to_sparse_csr(),
        "quantised": torch.quantize_per_tensor(torch.zeros(2), 0.1, 0, torch.qint8),
        "shape": [torch.zeros(2).shape, torch.device("cpu"), torch.float32],
        "layout": torch.strided,
        "storage": torch.zeros(2).untyped_storage(),
        "generator state": torch.get_rng_state(),
        "conjugate": torch.zeros(2, dtype=torch.complex64).conj(),
    }
    for kind in kinds:
        if hasattr(torch, kind):
            values[f"tensor of {kind}"] = [torch.zeros(2, dtype=getattr(torch, kind)), getattr(torch, kind)]
    model = nn.Sequential(nn.Linear(3, 3), nn.ReLU(), nn.BatchNorm1d(3), nn.Linear(3, 1))
    for name in ("SGD", "Adam", "AdamW", "RMSprop", "Adagrad"):
        optimiser = getattr(torch.optim, name)(model.parameters(), lr=0.1)
        model(torch.zeros(2, 3)).sum().backward()
        optimiser.step()
        values[f"checkpoint {name}"] = {"model": model.state_dict(), "optimiser": optimiser.state_dict(), "epoch": 1}
    for label, value in values.items():
        yield from _saved(torch, label, value)
    for label, value in attempts({**dict(of_torch()), **dict(ecosystem.saved())}):
        yield from _saved(torch, label, value)
    for name in nn.modules.__all__:
        for arguments in ((), (4,), (4, 4), (4, 4, 2), (1, 4, 4), ([2],), (4, 2), (nn.Linear(2, 2), 1)):
            try:
                module = getattr(nn.modules, name)(*arguments)
            except Exception:  # noqa: BLE001, S112  whatever a module raises on other arguments than its own
                continue
            yield from _saved(torch, f"module {name}", module)
            break


def _saved(torch: Any, label: str, value: object) -> Iterator[Specimen]:
    buffer = io.BytesIO()
    try:
        torch.save(value, buffer)
    except Exception as error:  # noqa: BLE001  whatever a module raises that cannot be pickled
        sys.stderr.write(f"not saved: {label}: {type(error).__name__}\n")
        return
    with zipfile.ZipFile(buffer) as archive:
        yield label, Program(next(archive.read(name) for name in archive.namelist() if name.endswith("data.pkl")))


def xgboost_values() -> Iterator[Specimen]:
    """Fitted estimators and boosters of XGBoost."""
    np: Any = importlib.import_module("numpy")
    library: Any = importlib.import_module("xgboost")
    data, target = np.random.RandomState(0).rand(40, 3), np.arange(40) % 2
    for name in ("XGBClassifier", "XGBRegressor", "XGBRFClassifier", "XGBRFRegressor"):
        for extra in ({}, {"booster": "gblinear"} if "RF" not in name else {}, {"missing": np.nan, "max_depth": 2}):
            model = getattr(library, name)(n_estimators=2, **extra)
            yield f"{name} as made", model
            yield f"{name} fitted {extra}", model.fit(data, target)
    ranker = library.XGBRanker(n_estimators=2).fit(data, target, group=[20, 20])
    yield "XGBRanker", ranker
    yield "booster", library.train({}, library.DMatrix(data, target), 2)


def lightgbm_values() -> Iterator[Specimen]:
    """Fitted estimators and boosters of LightGBM."""
    np: Any = importlib.import_module("numpy")
    library: Any = importlib.import_module("lightgbm")
    data, target = np.random.RandomState(0).rand(200, 3), np.arange(200) % 2
    for name in ("LGBMClassifier", "LGBMRegressor"):
        model = getattr(library, name)(n_estimators=2, verbose=-1)
        yield f"{name} as made", model
        yield f"{name} fitted", model.fit(data, target)
    yield "LGBMRanker", library.LGBMRanker(n_estimators=2, verbose=-1).fit(data, target, group=[100, 100])
    yield "lightgbm booster", library.train({"verbose": -1}, library.Dataset(data, target), 2)
