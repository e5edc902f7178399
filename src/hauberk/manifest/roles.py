# SPDX-License-Identifier: Apache-2.0
"""What a Python file or a table seems to be for; a guess for people to confirm, made without running anything."""

import re
from dataclasses import dataclass

from hauberk.analysis.personal_names import Nature, meaning
from hauberk.assets import python, table
from hauberk.assets.scopes import text_of

HEAD = 1 << 20
"""Bytes of a table that are read."""

_TRAINS = frozenset({"fit", "partial_fit", "fit_generator", "backward", "train_on_batch", "fit_one_cycle"})
_TRAINS_BY_NAME = frozenset({"xgb.train", "xgboost.train", "lgb.train", "lightgbm.train", "trainer.train"})
_SAVES = frozenset(
    {"save", "save_model", "save_weights", "save_pretrained", "to_onnx", "convert_sklearn", "log_model"}
    | {"SerializeToString", "dump_model", "to_torchscript"}
)
_SAVES_BY_NAME = frozenset(
    {"dump", "joblib.dump", "pickle.dump", "pickle.dumps", "dill.dump", "cloudpickle.dump", "skops.io.dump", "sio.dump"}
    | {"save_file", "torch.onnx.export"}
)
_SERVES = frozenset(
    {"FastAPI", "Flask", "Starlette", "Litestar", "Sanic", "Quart", "Bottle", "Blocks", "ChatInterface", "make_server"}
    | {"APIRouter", "Blueprint", "HTTPServer", "ThreadingHTTPServer", "gr.Interface", "gradio.Interface"}
    | {"falcon.App", "falcon.asgi.App", "web.Application", "tornado.web.Application", "bentoml.Service", "grpc.server"}
)
_TESTS = re.compile(r"(?:^|/)(?:tests?|testing)/|(?:^|/)(?:test_[^/]*|[^/]*_test(?:ing)?|conftest)\.py$")

_LABELS = re.compile(
    r"(?:is_?)?(?:target|label|labels|class|outcome|y|default(?:ed)?|churn(?:ed)?|fraud(?:ulent)?|survived|diagnosis|risk|"
    r"income|approved|species|quality|response|exited|spam|credit_?risk|[a-z]+_(?:class|label|target|risk|outcome))",
    re.IGNORECASE,
)
_SPLITS = {
    "train": re.compile(r"(?:^|[/_.-])train(?:ing)?(?:[/_.-]|$)", re.IGNORECASE),
    "test": re.compile(r"(?:^|[/_.-])(?:test(?:ing)?|holdout)(?:[/_.-]|$)", re.IGNORECASE),
    "validation": re.compile(r"(?:^|[/_.-])(?:val(?:id|idation)?|dev)(?:[/_.-]|$)", re.IGNORECASE),
}


@dataclass(frozen=True, slots=True)
class Sketch:
    """What the first rows of a table show."""

    columns: tuple[str, ...]
    """Names in the header; none where the file has no header."""
    suspected: dict[str, str]
    """Column to why it may be personal or sensitive."""
    label: str
    """Column that may be the target; empty where none stands out."""


def role(uri: str, data: bytes) -> str:
    """``training``, ``serving`` or empty; a file of tests is neither.

    Raises CannotLook where the file cannot be parsed.
    """
    if _TESTS.search(uri):
        return ""
    called = {text_of(call.function) for call in python.parse(data).calls}
    last = {name.rpartition(".")[2] for name in called}
    if called & _SERVES or last & _SERVES:
        return "serving"
    trains = bool(last & _TRAINS) or bool({name.lower() for name in called} & _TRAINS_BY_NAME)
    return "training" if trains and (called & _SAVES_BY_NAME or last & _SAVES) else ""


def sketch(data: bytes, *, whole: bool) -> Sketch:
    """Columns of a delimited table and what their names suggest, from its first bytes.

    ``whole`` says that these are all of its bytes; otherwise the last, cut row is left out. Raises CannotLook.
    """
    if not whole:
        data = data[: data.rfind(b"\n") + 1] or data
    found = table.read(data)
    if not found.header:
        return Sketch(columns=(), suspected={}, label="")
    meant = {name: meaning(name) for name in found.names}
    words = {Nature.DIRECT: "personal", Nature.SENSITIVE: "sensitive", Nature.INDIRECT: "personal"}
    suspected = {name: f"{words[said.nature]}? {said.type}" for name, said in meant.items() if said}
    candidates = [name for name in found.names if _LABELS.fullmatch(name)]
    last = found.names[-1:]
    label = next((name for name in candidates if name in last), candidates[0] if candidates else "")
    return Sketch(columns=found.names, suspected=suspected, label=label)


def split(uri: str) -> str:
    """The part of the data that a path's words suggest, or empty."""
    found = [name for name, pattern in _SPLITS.items() if pattern.search(uri.rpartition("/")[2])]
    return found[0] if len(found) == 1 else ""
