# SPDX-License-Identifier: Apache-2.0
"""What each way of loading a model file does with a program in it that is not allowed, version by version.

Verdicts: ``runs`` it; ``refuses`` the file where it names what the loader does not know; ``passes by`` because the
loader never reads that part. Each row has its source; what is not in the table is not known, never safe.
"""

import functools
from typing import NamedTuple


class Path(NamedTuple):
    """One way of loading, over a range of versions."""

    family: str
    """Files that it reads: ``pickle``, ``joblib``, ``torch``, ``trees`` for boosted trees, else the format's name."""
    call: str
    versions: str
    """PEP 440 range of the library; empty for all."""
    verdict: str
    note: str
    source: str


PATHS: tuple[Path, ...] = (
    Path("pickle", "pickle.load", "", "runs", "any callable", "docs.python.org/3/library/pickle.html"),
    Path("pickle", "pandas.read_pickle", "", "runs", "pickle.load after a decompression by suffix", "pandas.io.pickle"),
    Path("pickle", "joblib.load", "", "runs", "its unpickler is Python's", "joblib.numpy_pickle.NumpyUnpickler"),
    Path("joblib", "joblib.load", "", "runs", "also in arrays of objects, which are pickles of their own",
         "joblib.numpy_pickle.NumpyArrayWrapper.read_array"),
    Path("joblib", "pickle.load", "", "runs", "reads array bytes as operations", "joblib.numpy_pickle"),
    Path("torch", "torch.load", "<2.6", "runs", "weights_only is False unless asked for",
         "github.com/pytorch/pytorch/releases/tag/v2.6.0"),
    Path("torch", "torch.load", ">=2.6", "refuses", "weights_only is True unless refused",
         "github.com/pytorch/pytorch/releases/tag/v2.6.0"),
    Path("torch", "torch.load(weights_only=False)", "", "runs", "Python's unpickler", "torch.serialization._load"),
    Path("torch", "torch.load(weights_only=True)", "<2.6", "runs", "CVE-2025-32434: weights_only could be got round",
         "GHSA-53q9-r3pm-6pq6"),
    Path("torch", "torch.load(weights_only=True)", ">=2.6,<2.10", "refuses",
         "but SETITEM on what is no dictionary corrupts memory", "GHSA-63cw-57p8-fm3p"),
    Path("torch", "torch.load(weights_only=True)", ">=2.10", "refuses", "names outside its own list raise",
         "torch._weights_only_unpickler"),
    Path("torch", "torch.jit.load", "", "passes by", "reads constants and code, not data.pkl of torch.save",
         "torch.jit._serialization"),
    Path("torchscript", "torch.jit.load", "", "runs", "code in TorchScript's own language, when the model is called",
         "torch/csrc/jit/serialization/import.cpp"),
    Path("torchscript", "torch.load", "<2.6", "runs", "hands such an archive to torch.jit.load",
         "torch.serialization.load"),
    Path("torchscript", "torch.load", ">=2.6", "refuses", "no TorchScript while weights_only is True",
         "torch.serialization.load"),
    Path("numpy", "numpy.load", "<1.16.3", "runs", "allow_pickle is True unless refused", "CVE-2019-6446; numpy#12889"),
    Path("numpy", "numpy.load", ">=1.16.3", "refuses", "allow_pickle is False unless asked for", "numpy#12889"),
    Path("numpy", "numpy.load(allow_pickle=True)", "", "runs", "an array of objects is a pickle",
         "numpy.lib.format.read_array"),
    Path("keras", "keras.models.load_model", "<3.9", "runs", "CVE-2025-1550: any module's function, safe_mode or not",
         "GHSA-48g7-3x6r-xfhp"),
    Path("keras", "keras.models.load_model", ">=3.9,<3.11", "runs", "CVE-2025-8747: safe_mode could be got round",
         "CVE-2025-8747"),
    Path("keras", "keras.models.load_model", ">=3.11", "refuses", "safe_mode refuses Lambda and foreign modules",
         "keras.saving.serialization_lib"),
    Path("keras", "keras.models.load_model(safe_mode=False)", "", "runs", "Lambda layers are marshalled code",
         "keras.saving.serialization_lib"),
    Path("hdf5", "keras.models.load_model", ">=3.0,<3.11.3", "runs", "CVE-2025-9905: safe_mode is ignored for HDF5",
         "GHSA-36rr-ww3j-vrjv"),
    Path("hdf5", "keras.models.load_model", ">=3.11.3", "refuses", "safe_mode holds for HDF5 too",
         "GHSA-36rr-ww3j-vrjv"),
    Path("onnx", "onnxruntime.InferenceSession", "", "passes by",
         "a graph carries no Python; native operators need a library that the caller registers",
         "onnxruntime.SessionOptions.register_custom_ops_library"),
    Path("skops", "skops.io.load", "", "refuses", "types that the caller does not trust by name raise", "skops.io"),
    Path("trees", "xgboost.Booster.load_model", "", "passes by", "reads numbers; children of trees are not checked",
         "xgboost src/tree/tree_model.cc"),
    Path("trees", "lightgbm.Booster(model_file=...)", "", "passes by",
         "reads numbers; children of trees are not checked", "LightGBM src/io/tree.cpp"),
    Path("trees", "catboost.CatBoost.load_model", "", "passes by", "reads numbers; splits are not checked",
         "catboost/libs/model/model.cpp"),
    Path("tflite", "tf.lite.Interpreter", "", "runs", "operators of TensorFlow, by the Flex delegate that it brings",
         "tensorflow.org/lite/guide/ops_select"),
    Path("tflite", "ai_edge_litert.Interpreter", "", "refuses", "Flex and custom operators that nobody registered",
         "tensorflow.org/lite/guide/ops_custom"),
    Path("coreml", "MLModel(contentsOf:)", "", "refuses", "custom layers whose class the application does not have",
         "developer.apple.com/documentation/coreml/mlcustomlayer"),
    Path("pmml", "JPMML-Evaluator", "", "runs", "functions of Java that are on its class path, found by their name",
         "org.jpmml.evaluator.FunctionRegistry"),
    Path("mar", "torchserve", "", "runs", "the handler in the archive is imported and called",
         "github.com/pytorch/serve docs/custom_service.md"),
    Path("nemo", "ModelPT.restore_from", "<2.3.2", "runs", "CVE-2025-23304: Hydra calls whatever _target_ names",
         "CVE-2025-23304"),
)  # fmt: skip

_FAMILIES = {
    "torch-zip": "torch",
    "torchscript": "torchscript",
    "joblib-compressed": "joblib",
    "npy": "numpy",
    "npz": "numpy",
    "hdf5": "hdf5",
    "keras": "keras",
    "onnx": "onnx",
    "skops": "skops",
    **dict.fromkeys(
        ("xgboost-json", "xgboost-ubj", "xgboost-binary", "lightgbm", "catboost", "catboost-json"), "trees"
    ),
    **{
        name: name
        for name in (
            "tflite",
            "coreml",
            "pmml",
            "mar",
            "nemo",
            "safetensors",
            "gguf",
            "chat-template",
            "savedmodel",
            "tensorflow-graph",
            "executorch",
            "openvino",
        )
    },
}


def family(content_format: str, suffix: str) -> str:
    """The files' family from a format as recognised, and from the suffix where a plain pickle may be either."""
    by_suffix = {"joblib": "joblib", "pt": "torch", "pth": "torch", "ckpt": "torch"}.get(suffix, "pickle")
    return _FAMILIES.get(content_format, by_suffix)


def paths(of_family: str) -> tuple[Path, ...]:
    """Ways of loading files of a family."""
    return tuple(path for path in PATHS if path.family == of_family)


@functools.cache
def sentence(of_family: str) -> str:
    """Who would run it and who would not, in one line; empty for a family without a table."""
    runs = [_named(path) for path in paths(of_family) if path.verdict == "runs"]
    refuses = [_named(path) for path in paths(of_family) if path.verdict == "refuses"]
    parts = [f"run by {', '.join(runs)}"] if runs else []
    return "; ".join([*parts, *([f"refused by {', '.join(refuses)}"] if refuses else [])])


def _named(path: Path) -> str:
    return f"{path.call} {path.versions}".rstrip()
