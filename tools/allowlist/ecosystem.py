# SPDX-License-Identifier: Apache-2.0
"""What people save of the libraries around scikit-learn, scipy and torch, where the library is installed."""

import argparse
import functools
import importlib
import importlib.util
import pathlib
from collections.abc import Callable, Iterator
from typing import Any

Maker = Callable[[], object]


def makers() -> Iterator[tuple[str, Maker]]:
    """A label and a maker of each value."""
    for library, found in _PARTS.items():
        if importlib.util.find_spec(library):
            yield from ((f"{library} {label}", make) for label, make in found())


def saved() -> Iterator[tuple[str, Maker]]:
    """The same for what ``torch.save`` writes."""
    for library, found in _SAVED.items():
        if importlib.util.find_spec(library):
            yield from ((f"{library} {label}", make) for label, make in found())


def _module(path: str) -> Any:
    return importlib.import_module(path)


@functools.cache
def _data() -> tuple[Any, Any, Any]:
    """Numbers, two classes, and a number to predict."""
    numbers = _module("numpy").random.RandomState(0).rand(60, 4) + 0.1
    return numbers, _module("numpy").arange(60) % 2, numbers[:, 0] + numbers[:, 1]


@functools.cache
def _frame() -> Any:
    table = _module("pandas").DataFrame(_data()[0], columns=list("abcd"))
    table["k"] = ["x", "y", "z"] * 20
    return table


def _fitted(made: Any) -> object:
    return made.fit(*_data()[:2])


def _scipy() -> Iterator[tuple[str, Maker]]:
    spline, stats = _module("scipy.interpolate"), _module("scipy.stats")
    spatial, optimise = _module("scipy.spatial"), _module("scipy.optimize")
    np = _module("numpy")
    numbers, _, target = _data()
    line = np.linspace(0, 1, 10)
    for name in ("UnivariateSpline", "CubicSpline", "PchipInterpolator", "Akima1DInterpolator", "make_interp_spline",
                 "BarycentricInterpolator", "InterpolatedUnivariateSpline", "KroghInterpolator"):  # fmt: skip
        yield name, functools.partial(getattr(spline, name), line, line)
    for name in ("NearestNDInterpolator", "LinearNDInterpolator", "CloughTocher2DInterpolator"):
        yield name, functools.partial(getattr(spline, name), numbers[:, :2], target)
    for kind in ("linear", "nearest", "previous", "next", "quadratic", "cubic"):
        yield f"interp1d {kind}", functools.partial(spline.interp1d, line, line, kind=kind)
    yield "grid", lambda: spline.RegularGridInterpolator((line, line), np.outer(line, line))
    yield "bivariate", lambda: spline.RectBivariateSpline(line, line, np.outer(line, line))
    yield "pieces", lambda: [spline.PPoly(np.ones((2, 1)), [0, 1]), spline.BPoly(np.ones((2, 1)), [0, 1])]
    yield "density", lambda: stats.gaussian_kde(target)
    yield "several normals", lambda: [stats.multivariate_normal([0, 0], np.eye(2)), stats.dirichlet([1, 2])]
    yield "sample", lambda: stats.rv_discrete(values=([0, 1], [0.5, 0.5]))
    yield "histogram", lambda: stats.rv_histogram(np.histogram(target))
    yield "regression", lambda: stats.linregress(target, target)
    yield "trees", lambda: [spatial.KDTree(numbers), spatial.cKDTree(numbers)]
    yield "hull", lambda: [spatial.ConvexHull(numbers[:, :2]), spatial.Delaunay(numbers[:, :2])]
    yield "bounds", lambda: [optimise.Bounds([0], [1]), optimise.LinearConstraint([[1]], 0, 1)]
    yield "result", lambda: optimise.OptimizeResult(x=np.ones(1), success=True)


def _imblearn() -> Iterator[tuple[str, Maker]]:
    for part in ("over_sampling", "under_sampling", "combine", "ensemble"):
        owner = _module(f"imblearn.{part}")
        for name in owner.__all__:
            kind = getattr(owner, name)
            yield (
                name,
                functools.partial(_sampled, kind, [0]) if name == "SMOTENC" else functools.partial(_sampled, kind),
            )
    pipeline, linear = _module("imblearn.pipeline"), _module("sklearn.linear_model")
    sampler = _module("imblearn.over_sampling").RandomOverSampler()
    yield "pipeline", lambda: _fitted(pipeline.make_pipeline(sampler, linear.LogisticRegression()))


def _sampled(kind: Any, *arguments: object) -> object:
    return _fitted(kind(*arguments))


def _category_encoders() -> Iterator[tuple[str, Maker]]:
    library = _module("category_encoders")
    for name in library.__all__:
        yield name, functools.partial(lambda kind: kind(cols=["k"]).fit(_frame(), _data()[1]), getattr(library, name))


def _statsmodels() -> Iterator[tuple[str, Maker]]:
    sm, series = _module("statsmodels.api"), _module("statsmodels.tsa.api")
    formula = _module("statsmodels.formula.api")
    numbers, classes, target = _data()
    for name in ("OLS", "WLS", "GLS", "RLM", "QuantReg"):
        yield name, functools.partial(lambda kind: kind(target, sm.add_constant(numbers)).fit(), getattr(sm, name))
    for name in ("Logit", "Probit", "Poisson", "MNLogit"):
        yield name, functools.partial(lambda kind: kind(classes, numbers).fit(disp=0), getattr(sm, name))
    for name in ("Binomial", "Poisson", "Gaussian", "Gamma", "Tweedie", "NegativeBinomial"):
        yield f"GLM {name}", functools.partial(_general, sm, getattr(sm.families, name))
    yield "frame", lambda: sm.OLS(_frame().a, _frame()[["b", "c"]]).fit()
    yield "formula", lambda: formula.ols("a ~ b + C(k)", _frame()).fit()
    yield "mixed", lambda: formula.mixedlm("a ~ b", _frame(), groups=_frame()["k"]).fit()
    yield "smoothing", lambda: series.ExponentialSmoothing(target).fit()
    yield "vector", lambda: series.VAR(numbers).fit(1)
    yield "autoregression", lambda: series.AutoReg(target, 1).fit()
    yield "arima", lambda: series.ARIMA(target, order=(1, 0, 0)).fit()
    yield "sarimax", lambda: series.SARIMAX(target, order=(1, 0, 0)).fit(disp=0)


def _general(sm: Any, family: Any) -> object:
    return sm.GLM(_data()[1] + 1, _data()[0], family=family()).fit() if family.__name__ != "Binomial" else sm.GLM(
        _data()[1], _data()[0], family=family()
    ).fit()  # fmt: skip


def _lifelines() -> Iterator[tuple[str, Maker]]:
    library = _module("lifelines")
    table = _module("pandas").DataFrame({"T": _data()[2] * 10, "E": _data()[1], "v": _data()[0][:, 2]})
    for name in ("KaplanMeierFitter", "NelsonAalenFitter", "WeibullFitter", "ExponentialFitter", "LogNormalFitter"):
        yield name, functools.partial(lambda kind: kind().fit(table["T"], table["E"]), getattr(library, name))
    for name in ("CoxPHFitter", "AalenAdditiveFitter", "WeibullAFTFitter"):
        yield name, functools.partial(lambda kind: kind().fit(table, "T", "E"), getattr(library, name))


def _catboost() -> Iterator[tuple[str, Maker]]:
    library = _module("catboost")
    for name in ("CatBoostClassifier", "CatBoostRegressor"):
        kind = functools.partial(getattr(library, name), iterations=2, verbose=0, allow_writing_files=False)
        yield f"{name} as made", kind
        yield name, functools.partial(lambda made: _fitted(made()), kind)


def _boosters() -> Iterator[tuple[str, Maker]]:
    library = _module("xgboost")
    numbers, classes, _ = _data()
    stop = library.callback.EarlyStopping
    yield (
        "stopped early",
        lambda: library.XGBClassifier(n_estimators=2, callbacks=[stop(2)]).fit(
            numbers, classes, eval_set=[(numbers, classes)], verbose=0
        ),
    )


def _lightgbm() -> Iterator[tuple[str, Maker]]:
    library = _module("lightgbm")
    numbers, classes, _ = _data()
    table = _frame().assign(k=_frame().k.astype("category"))
    yield (
        "with categories",
        lambda: library.LGBMClassifier(n_estimators=2, verbose=-1).fit(
            table, classes, eval_set=[(table, classes)], callbacks=[library.early_stopping(1, verbose=False)]
        ),
    )
    yield (
        "crossed",
        lambda: library.cv({"verbose": -1}, library.Dataset(numbers, classes), 2, return_cvbooster=True, nfold=2),
    )


def _networkx() -> Iterator[tuple[str, Maker]]:
    library = _module("networkx")
    for name in ("Graph", "DiGraph", "MultiGraph", "MultiDiGraph"):
        yield name, functools.partial(_graph, getattr(library, name))


def _graph(kind: Any) -> object:
    found = kind([(1, 2), (2, 3)])
    _ = found.nodes, found.edges, found.adj, found.degree  # views that the graph keeps
    return found


def _omegaconf() -> Iterator[tuple[str, Maker]]:
    library = _module("omegaconf").OmegaConf
    yield (
        "settings",
        lambda: library.create({"a": 1, "b": [1, {"c": 2.0}], "d": "x", "e": None, "f": True, "g": "${a}"}),
    )
    yield "list", lambda: library.create([1, "x"])


def _gensim() -> Iterator[tuple[str, Maker]]:
    models, words = _module("gensim.models"), [["a", "b", "c"], ["b", "c", "d"]] * 10
    table = _module("gensim.corpora").Dictionary(words)
    counts = [table.doc2bow(line) for line in words]
    small = {"vector_size": 4, "min_count": 1, "workers": 1}
    tagged = [models.doc2vec.TaggedDocument(line, [at]) for at, line in enumerate(words)]
    yield "Word2Vec", lambda: models.Word2Vec(words, **small)
    yield "vectors", lambda: models.Word2Vec(words, **small).wv
    yield "FastText", lambda: models.FastText(words, bucket=10, **small)
    yield "Doc2Vec", lambda: models.Doc2Vec(tagged, **small)
    yield "LdaModel", lambda: models.LdaModel(counts, id2word=table, num_topics=2)
    yield "LsiModel", lambda: models.LsiModel(counts, id2word=table, num_topics=2)
    yield "TfidfModel", lambda: models.TfidfModel(counts)
    yield "Dictionary", lambda: table
    yield "Phrases", lambda: models.Phrases(words, min_count=1)
    yield "phrases, frozen", lambda: models.Phrases(words, min_count=1).freeze()


def _near() -> Iterator[tuple[str, Maker]]:
    library = _module("hdbscan")
    yield "clusters", lambda: library.HDBSCAN(min_cluster_size=5).fit(_data()[0])


def _umap() -> Iterator[tuple[str, Maker]]:
    yield "as made", lambda: _module("umap").UMAP(n_neighbors=5)


def _shap() -> Iterator[tuple[str, Maker]]:
    library, linear = _module("shap"), _module("sklearn.linear_model").LogisticRegression()
    forest = _module("sklearn.ensemble").RandomForestClassifier(3)
    yield "trees", lambda: library.TreeExplainer(_fitted(forest))
    yield "linear", lambda: library.LinearExplainer(_fitted(linear), _data()[0])
    yield "values", lambda: library.TreeExplainer(_fitted(forest))(_data()[0][:3])
    yield "masker", lambda: library.maskers.Independent(_data()[0])


def _feature_engine() -> Iterator[tuple[str, Maker]]:
    for part, names in {
        "imputation": ("MeanMedianImputer", "CategoricalImputer", "ArbitraryNumberImputer"),
        "encoding": ("OneHotEncoder", "OrdinalEncoder", "CountFrequencyEncoder", "RareLabelEncoder"),
        "outliers": ("Winsorizer",),
        "transformation": ("LogTransformer", "YeoJohnsonTransformer"),
        "selection": ("DropConstantFeatures", "DropCorrelatedFeatures"),
    }.items():
        for name in names:
            kind = getattr(_module(f"feature_engine.{part}"), name)
            yield name, functools.partial(lambda kind: kind().fit(_frame(), _data()[1]), kind)


def _skorch() -> Iterator[tuple[str, Maker]]:
    nn, library = _module("torch.nn"), _module("skorch")
    for name in ("NeuralNetClassifier", "NeuralNetRegressor"):
        yield name, functools.partial(getattr(library, name), nn.Linear, max_epochs=1, verbose=0)


_PARTS: dict[str, Callable[[], Iterator[tuple[str, Maker]]]] = {
    "scipy": _scipy,
    "imblearn": _imblearn,
    "category_encoders": _category_encoders,
    "statsmodels": _statsmodels,
    "lifelines": _lifelines,
    "catboost": _catboost,
    "xgboost": _boosters,
    "lightgbm": _lightgbm,
    "networkx": _networkx,
    "omegaconf": _omegaconf,
    "gensim": _gensim,
    "hdbscan": _near,
    "umap": _umap,
    "shap": _shap,
    "feature_engine": _feature_engine,
    "skorch": _skorch,
}


def _checkpoints() -> Iterator[tuple[str, Maker]]:
    net = _module("torch").nn.Linear(2, 2)
    yield "arguments", lambda: {"args": argparse.Namespace(lr=0.1, path=pathlib.Path("a")), "state": net.state_dict()}


def _settings() -> Iterator[tuple[str, Maker]]:
    create = _module("omegaconf").OmegaConf.create
    yield "with settings", lambda: {"cfg": create({"a": {"b": [1, 2.5, "x", None]}})}


def _transformers() -> Iterator[tuple[str, Maker]]:
    library = _module("transformers")
    small = {"num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 8, "vocab_size": 10}
    yield "arguments", lambda: library.TrainingArguments(output_dir="x", report_to=[], use_cpu=True)
    yield "sequences", lambda: library.Seq2SeqTrainingArguments(output_dir="x", report_to=[], use_cpu=True)
    yield "settings", lambda: [library.BertConfig(), library.GPT2Config(), library.GenerationConfig()]
    yield "batch", lambda: library.BatchEncoding({"a": [1]})
    yield "BERT", lambda: library.BertModel(library.BertConfig(hidden_size=8, **small))


def _torchvision() -> Iterator[tuple[str, Maker]]:
    models, change = _module("torchvision.models"), _module("torchvision.transforms")
    for name in ("resnet18", "mobilenet_v2", "mobilenet_v3_small", "vgg11", "densenet121", "squeezenet1_0", "alexnet",
                 "efficientnet_b0", "vit_b_16", "convnext_tiny", "googlenet", "inception_v3", "swin_t", "mnasnet0_5",
                 "regnet_y_400mf", "shufflenet_v2_x0_5"):  # fmt: skip
        yield name, functools.partial(getattr(models, name), weights=None)
    yield "detection", lambda: models.detection.ssdlite320_mobilenet_v3_large(weights=None, weights_backbone=None)
    for name in ("fcn_resnet50", "deeplabv3_mobilenet_v3_large", "lraspp_mobilenet_v3_large"):
        yield name, functools.partial(getattr(models.segmentation, name), weights=None, weights_backbone=None)
    yield "transforms", lambda: change.Compose(
        [change.Resize(4), change.CenterCrop(4), change.ToTensor(), change.Normalize([0.5], [0.5]), change.Pad(1),
         change.RandomHorizontalFlip(), change.RandomCrop(2), change.ColorJitter(), change.RandomRotation(3),
         change.Grayscale(), change.RandomResizedCrop(4), change.ToPILImage()]
    )  # fmt: skip


def _peft() -> Iterator[tuple[str, Maker]]:
    yield "settings", lambda: _module("peft").LoraConfig(r=4)


def _timm() -> Iterator[tuple[str, Maker]]:
    library = _module("timm")
    for name in ("resnet18", "vit_tiny_patch16_224", "efficientnet_b0", "convnext_atto", "mobilenetv3_small_050"):
        yield name, functools.partial(library.create_model, name)


def _ultralytics() -> Iterator[tuple[str, Maker]]:
    tasks = _module("ultralytics.nn.tasks")
    for name in ("yolov8n", "yolo11n", "yolov5n"):
        yield name, functools.partial(_checkpoint, tasks, name)


def _checkpoint(tasks: Any, name: str) -> object:
    return {"epoch": 1, "model": tasks.DetectionModel(f"{name}.yaml", verbose=False).half(), "train_args": {"a": 1}}


_SAVED: dict[str, Callable[[], Iterator[tuple[str, Maker]]]] = {
    "torch": _checkpoints,
    "omegaconf": _settings,
    "transformers": _transformers,
    "torchvision": _torchvision,
    "peft": _peft,
    "timm": _timm,
    "ultralytics": _ultralytics,
}
