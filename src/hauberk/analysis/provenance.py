# SPDX-License-Identifier: Apache-2.0
"""Who wrote a model file with what, as the file says of itself: nobody has checked it."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from hauberk.assets import (
    archive,
    catboost,
    compressed,
    coreml,
    gguf,
    lightgbm,
    pmml,
    safetensors,
    tar,
    tflite,
    xgboost,
    yaml,
)
from hauberk.assets.onnx import Walk
from hauberk.core.content import LARGEST, Budget, Content
from hauberk.core.errors import CannotLook, Malformed

Row = tuple[str, str]
"""What is said, and the value."""
MOST_ROWS, LONGEST = 20, 120
_SEEN = 8 << 20
"""Bytes of a file, or of what a compressed one holds, in which versions are looked for."""
_VERSIONS = (
    ("scikit-learn", re.compile(rb"_sklearn_version.{1,12}?(\d+\.\d+[\w.]{0,20})", re.DOTALL)),
    ("scikit-learn", re.compile(rb'_sklearn_version"[^}]{1,200}?"content": "\\\\"(\d+\.\d+[\w.]{0,20})')),
    ("keras", re.compile(rb"keras_version.{1,120}?(\d+\.\d+\.\d+)", re.DOTALL)),
)
_TORCH = {
    "version": "version of torch's archive",
    ".format_version": "format of torch's archive",
    "byteorder": "byte order",
}
_TOOLS = "com.github.apple.coremltools."
_DESCRIBED = frozenset(
    {"general.architecture", "general.basename", "general.name", "general.quantized_by", "general.type"}
)
"""Metadata that say who and what; other free text may be anything, and is not shown."""
_PROTO = 0x80
_BYTES = 2


def provenance(content_format: str, data: bytes | Content) -> tuple[Row, ...]:
    """At most MOST_ROWS rows; none where the format records nothing, or what is recorded cannot be read."""
    content = Content.of(data)
    try:
        streamed = _STREAMED.get(content_format)
        whole = _WHOLE.get(content_format)
        rows = list(whole(content.whole(LARGEST)) if whole else (streamed or _programs)(content))
    except CannotLook:
        return ()
    kept = [(name[:LONGEST], value[:LONGEST]) for name, value in rows if value]
    return tuple(kept[:MOST_ROWS])


def _programs(data: Content) -> Iterator[Row]:
    """Pickles: their protocol, and the versions that estimators keep of the library that made them."""
    if compressed.compression(data):
        yield "compression", compressed.compression(data)
        data = compressed.content(data, Budget())
    seen = data.read(0, _SEEN)
    if seen[:1] == bytes([_PROTO]):
        yield "pickle protocol", str(seen[1])
    for name, pattern in _VERSIONS:
        found = {one.decode() for one in pattern.findall(seen)}
        yield name, ", ".join(sorted(found)[:5])


def _torch(data: Content) -> Iterator[Row]:
    for name, content in _named(data, ("version", ".format_version", "byteorder", "data.pkl")):
        if name == "data.pkl":
            yield from _programs(content)
        else:
            yield _TORCH[name], _text(content.read(0, LONGEST))


def _keras(data: Content) -> Iterator[Row]:
    for _, content in _named(data, ("metadata.json",)):
        yield from _pairs(_parse(content), ("keras_version", "date_saved"))


def _skops(data: Content) -> Iterator[Row]:
    for _, content in _named(data, ("schema.json",)):
        yield from _pairs(_parse(content), ("_skops_version", "protocol"))
        yield from _programs(content)


def _mar(data: Content) -> Iterator[Row]:
    for _, content in _named(data, ("MANIFEST.json",)):
        held = _parse(content)
        yield from _pairs(held, ("createdOn", "runtime", "archiverVersion"))
        yield from _pairs(held.get("model"), ("modelName", "modelVersion", "handler"))


def _nemo(data: Content) -> Iterator[Row]:
    for member in tar.entries(data):
        if isinstance(member, tar.Entry) and member.name.rpartition("/")[2] == "model_config.yaml":
            for document in yaml.read(member.content.whole(_SEEN)).documents:
                yield from ((name, document.string(name)) for name in ("target", "nemo_version"))


def _onnx(data: Content) -> Iterator[Row]:
    walk = Walk(data)
    names = {2: "producer", 3: "producer version", 4: "domain"}
    for number, wire, value, _ in walk.message(0, len(data)):
        if number in names and wire == _BYTES:
            yield names[number], walk.text(value)
        elif number == 1 and not wire:
            yield "IR version", str(value)
        elif number == 8 and wire == _BYTES:  # noqa: PLR2004  ModelProto.opset_import
            fields = {n: v for n, _, v, _ in walk.message(*value)}
            domain = walk.text(fields[1]) if 1 in fields else ""
            yield f"operators {domain}".strip(), str(fields.get(2, ""))


def _savedmodel(data: Content) -> Iterator[Row]:
    """SavedModel.meta_graphs[].meta_info_def.tensorflow_version."""
    walk = Walk(data)
    for number, wire, graph, _ in walk.message(0, len(data)):
        for inner, kind, info, _ in walk.message(*graph) if number == 2 and wire == _BYTES else ():  # noqa: PLR2004  meta_graphs
            for field, form, value, _ in walk.message(*info) if inner == 1 and kind == _BYTES else ():
                if field == 5 and form == _BYTES:  # noqa: PLR2004  tensorflow_version
                    yield "tensorflow", walk.text(value)


def _gguf(data: Content) -> Iterator[Row]:
    for found in gguf.texts(data):
        if found.key in _DESCRIBED:
            yield found.key, found.value


def _named(data: Content, names: tuple[str, ...]) -> Iterator[tuple[str, Content]]:
    """Members whose last name is one of these."""
    for item in archive.entries(data, Budget()):
        name = item.name.rpartition("/")[2] if isinstance(item, archive.Entry) else ""
        if isinstance(item, archive.Entry) and name in names:
            yield name, item.content


def _pairs(held: Any, names: tuple[str, ...]) -> Iterator[Row]:
    if isinstance(held, dict):
        yield from ((name.strip("_").replace("_", " "), str(held.get(name, ""))) for name in names)


def _parse(content: Content) -> Any:
    try:
        return json.loads(content.whole(_SEEN))
    except (ValueError, RecursionError) as error:
        raise Malformed("no JSON") from error


def _text(raw: bytes) -> str:
    return raw[:LONGEST].decode("utf-8", "replace").strip()


_STREAMED: dict[str, Callable[[Content], Any]] = {
    "torch-zip": _torch,
    "torchscript": _torch,
    "keras": _keras,
    "skops": _skops,
    "mar": _mar,
    "nemo": _nemo,
    "safetensors": lambda data: _pairs(safetensors.metadata(data), ("format", "framework", "modelspec.architecture")),
    "gguf": _gguf,
    "onnx": _onnx,
    "savedmodel": _savedmodel,
}
"""Of the rest, a file too large to be read as a whole has no page of its writer."""
_WHOLE: dict[str, Callable[[bytes], Any]] = {
    **dict.fromkeys(("xgboost-json", "xgboost-ubj", "xgboost-binary"), lambda data: xgboost.read(data).writer),
    "lightgbm": lambda data: lightgbm.read(data).writer,
    **dict.fromkeys(("catboost", "catboost-json"), lambda data: catboost.read(data).writer),
    "tflite": lambda data: [("description", tflite.read(data).description)],
    "coreml": lambda data: [one for one in coreml.read(data).told if one[0].startswith(_TOOLS)],
    "pmml": lambda data: pmml.read(data).writer,
}
