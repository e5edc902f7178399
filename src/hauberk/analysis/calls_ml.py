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
        (r"ultralytics\.YOLO", 0, "model", _hardly),
    )
)  # fmt: skip
"""Names, which argument decides what is loaded, and when a call is of the dangerous kind."""
