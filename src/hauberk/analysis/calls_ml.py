# SPDX-License-Identifier: Apache-2.0
"""Calls of ML libraries that unpickle or run what they load, from the libraries' own documentation."""

import re
from collections.abc import Callable

from hauberk.analysis.calls import constant
from hauberk.analysis.derivation import value_of
from hauberk.assets.scopes import Call, text_of
from hauberk.core.scales import Confidence

Guard = Callable[[Call], Confidence | None]


def _is(name: str, value: bool) -> Guard:  # noqa: FBT001  the value that the keyword must have
    def guard(call: Call) -> Confidence | None:
        node = call.keywords.get(name)
        return Confidence.HIGH if node is not None and constant(node, call.scope) is value else None

    return guard


def _any_on(*names: str) -> Guard:
    """Any of these keywords is True."""

    def guard(call: Call) -> Confidence | None:
        return next((found for name in names if (found := _is(name, value=True)(call))), None)

    return guard


def _any_off(*names: str) -> Guard:
    """Any of these keywords is False."""

    def guard(call: Call) -> Confidence | None:
        return next((found for name in names if (found := _is(name, value=False)(call))), None)

    return guard


def _first(call: Call) -> Confidence | None:
    """A switch that is turned on."""
    node = call.argument(0, "auto_load")
    return Confidence.HIGH if node is not None and constant(node, call.scope) is True else None


def _fetched(call: Call) -> Confidence | None:
    """Weights of an address: ``weights_only`` is False unless it is asked for, and ``check_hash`` as well."""
    safe = any(name in call.keywords for name in ("weights_only", "check_hash"))
    return Confidence.HIGH if _is("weights_only", value=False)(call) else None if safe else Confidence.LOW


def _messages(call: Call) -> Confidence | None:
    """LangChain's loads, which makes any object, or gives secrets of the environment, only where it is told to."""
    node = call.keywords.get("allowed_objects")
    everything = node is not None and constant(node, call.scope) == "all"
    return Confidence.HIGH if everything else _is("secrets_from_env", value=True)(call)


def _likely(_: Call) -> Confidence | None:
    return Confidence.MEDIUM


def _hardly(_: Call) -> Confidence | None:
    """FullLoader was unsafe before PyYAML 5.4 (CVE-2020-14343)."""
    return Confidence.LOW


def _unsafe_reader(call: Call) -> Confidence | None:
    """``YAML(typ='unsafe').load``."""
    owner = call.function.child_by_field_name("object")
    if owner is None:
        return None
    made = text_of(value_of(owner, call.scope)[0])
    return Confidence.HIGH if re.search(r"typ\s*=\s*\[?['\"]unsafe", made) else None


ML_LOADERS: tuple[tuple[re.Pattern[str], int, str, Guard], ...] = tuple(
    (re.compile(pattern), position, keyword, guard)
    for pattern, position, keyword, guard in (
        (r"yaml\.full_load(?:_all)?", 0, "stream", _hardly),
        (r"ruamel\.yaml\.YAML\(\)\.load(?:_all)?", 0, "stream", _unsafe_reader),
        (r"srsly\.pickle_loads", 0, "data", _likely),
        (r"gensim\.(?:models|similarities|corpora)\.(?:\w+\.)*[A-Z]\w*\.load", 0, "fname", _likely),
        (r"gensim\.utils\.unpickle", 0, "fname", _likely),
        (r"evaluate\.load", 0, "path", _likely),
        (r"stable_baselines3\.common\.save_util\.load_from_pkl", 0, "path", _likely),
        (r"stable_baselines3\.(?:\w+\.)*[A-Z]\w*\.load", 0, "path", _likely),
        (r"(?:pytorch_)?lightning(?:\.pytorch)?\.(?:\w+\.)*LightningModule\.load_from_checkpoint", 0, "checkpoint_path",
         _is("weights_only", value=False)),
        (r"torch\.package\.PackageImporter\(\)\.load_pickle", 1, "resource", _likely),
        (r"langchain\w*\.(?:\w+\.)*[A-Z]\w*\.load_local", 0, "folder_path",
         _is("allow_dangerous_deserialization", value=True)),
        (r"langchain\w*\.(?:\w+\.)*create_\w+_agent", 1, "df", _is("allow_dangerous_code", value=True)),
        (r"(?:tensorflow\.)?keras\.saving\.deserialize_keras_object", 0, "config", _is("safe_mode", value=False)),
        (r"tensorflow_hub\.(?:load|KerasLayer)", 0, "handle", _likely),
        (r"bentoml\.(?:sklearn|picklable_model|pytorch|lightgbm|xgboost)\.load_model", 0, "bento_tag", _likely),
        (r"autogluon\.(?:\w+\.)*[A-Z]\w*Predictor\.load", 0, "path", _likely),
        (r"flair\.(?:models|nn|data)\.(?:\w+\.)*[A-Z]\w*\.load", 0, "model_path", _likely),
        (r"pycaret\.\w+\.load_model", 0, "model_name", _likely),
        (r"allennlp\.(?:\w+\.)*load_archive", 0, "archive_file", _likely),
        (r"hummingbird\.ml\.load", 0, "path", _likely),
        (r"torch\.export\.load", 0, "f", _hardly),
        (r"torch\.hub\.load_state_dict_from_url", 0, "url", _fetched),
        (r"torch\.utils\.model_zoo\.load_url", 0, "url", _fetched),
        (r"torch\._inductor\.aoti_load_package", 0, "path", _likely),
        (r"pandas\.read_hdf", 0, "path_or_buf", _hardly),
        (r"dask\.dataframe\.(?:\w+\.)*read_hdf", 0, "pattern", _hardly),
        (r"(?:jax\.numpy|cupy|cupyx|autograd\.numpy|cunumeric)\.load", 0, "file", _any_on("allow_pickle")),
        (r"ray\.data\.read_numpy", 0, "paths", _any_on("allow_pickle")),
        (r"ray\.rllib\.(?:\w+\.)*[A-Z]\w*\.from_checkpoint", 0, "checkpoint", _likely),
        (r"jax\.experimental\.serialize_executable\.deserialize_and_load", 0, "serialized", _likely),
        (r"tensorflow\.(?:compat\.v[12]\.)?saved_model\.load(?:_v2)?", 0, "export_dir", _hardly),
        (r"onnxruntime\.register_execution_provider_library", 1, "library_path", _likely),
        (r"openvino\.(?:runtime\.)?Core\(\)\.add_extension", 0, "library_path", _hardly),
        (r"tensorrt\.get_plugin_registry\(\)\.load_library", 0, "plugin_lib", _likely),
        (r"tvm\.runtime\.(?:module\.)?load_module", 0, "path", _likely),
        (r"timm\.(?:\w+\.)*(?:load_checkpoint|load_state_dict|resume_checkpoint)", 1, "checkpoint_path",
         _any_off("weights_only")),
        (r"huggingface_hub\.(?:\w+\.)*(?:load_torch_model|load_state_dict_from_file)", 1, "checkpoint_path",
         _any_off("weights_only")),
        (r"huggingface_hub\.(?:\w+\.)*from_pretrained_fastai", 0, "repo_id", _likely),
        (r"open_clip\.(?:\w+\.)*(?:load_checkpoint|load_state_dict)", 1, "checkpoint_path", _any_off("weights_only")),
        (r"open_clip\.(?:\w+\.)*(?:create_model|create_model_and_transforms|create_model_from_pretrained)", 1,
         "pretrained", _any_off("load_weights_only")),
        (r"accelerate\.utils\.(?:\w+\.)*load", 0, "f", _any_off("weights_only")),
        (r"(?:pytorch_)?lightning(?:\.\w+)*\.Trainer\(\)\.(?:fit|validate|test|predict)", -2, "ckpt_path",
         _any_off("weights_only")),
        (r"(?:lightning\.fabric|lightning|lightning_fabric)\.(?:\w+\.)*Fabric\(\)\.(?:load|load_raw)", 0, "path",
         _any_off("weights_only")),
        (r"mlflow\.pyfunc\.spark_udf", 1, "model_uri", _likely),
        (r"mlflow\.pyfunc\.load_pyfunc", 0, "model_uri", _likely),
        (r"mlflow\.(?:statsmodels|pmdarima|fastai|dspy|diviner|promptflow|shap)\.load_model", 0, "model_uri", _likely),
        (r"mlflow\.shap\.load_explainer", 0, "model_uri", _likely),
        (r"pyarrow\.(?:lib\.)?PyExtensionType\.set_auto_load", 0, "", _first),
        (r"pyspark\.(?:[\w()]+\.)*pickleFile", 0, "name", _likely),
        (r"polars\.(?:\w+\.)*(?:LazyFrame|Expr)\.deserialize", 0, "source", _hardly),
        (r"detectron2\.(?:\w+\.)*DetectionCheckpointer\(\)\.(?:load|resume_or_load)", 0, "path", _likely),
        (r"langchain(?:_core)?\.load\.(?:\w+\.)*(?:load|loads)", 0, "text", _messages),
        (r"llama_index\.(?:\w+\.)*(?:JsonPickleSerializer|PickleSerializer)", 0, "", _likely),
        (r"dspy\.(?:[\w()]+\.)*load", 0, "path", _any_on("allow_pickle")),
        (r"sktime\.base\.(?:\w+\.)*load", 0, "serial", _likely),
        (r"statsmodels\.(?:iolib\.)?api\.(?:load|load_pickle)", 0, "fname", _likely),
        (r"statsmodels\.(?:\w+\.)*[A-Z]\w*\.load", 0, "fname", _likely),
        (r"fairseq\.checkpoint_utils\.(?:load_model_ensemble|load_model_ensemble_and_task|load_checkpoint_to_cpu)", 0,
         "filenames", _likely),
        (r"hyperpyyaml\.(?:\w+\.)*load_hyperpyyaml", 0, "yaml_stream", _likely),
        (r"ultralytics\.YOLO", 0, "model", _hardly),
    )
)  # fmt: skip
"""Names, which argument decides what is loaded, and when a call is of the dangerous kind."""
