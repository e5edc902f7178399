# SPDX-License-Identifier: Apache-2.0
"""Walks the protobuf of a Core ML model without coremltools, and lists what may lead outside it.

Numbers of fields: ``mlmodel/format/{Model,NeuralNetwork,MIL,CustomModel,LinkedModel}.proto`` of coremltools.
"""

from typing import Any, NamedTuple

from hauberk.assets.onnx import Walk
from hauberk.core.errors import Malformed, TooLarge

DEEPEST = 64
_BYTES = 2
_CHILDREN: dict[str, dict[int, str]] = {
    "model": {
        2: "description", 200: "wrapped pipeline", 201: "wrapped pipeline", 202: "pipeline", 303: "network",
        403: "network", 500: "network", 502: "program", 555: "custom model", 556: "linked model",
        **dict.fromkeys((300, 301, 302, 304, 400, 401, 402, 404, 501, 560, 600, 601, 602, 603, 604, 606, 607, 609, 610,
                         900), "numbers"),
    },
    "description": {100: "metadata"},
    "metadata": {100: "told"},
    "wrapped pipeline": {1: "pipeline"},
    "pipeline": {1: "model"},
    "network": {1: "layer"},
    "layer": {500: "custom layer", 605: "branch", 615: "loop"},
    "branch": {1: "network", 2: "network"},
    "loop": {3: "network", 4: "network"},
    "linked model": {1: "linked file"},
    "linked file": {1: "file", 2: "file"},
    "program": {2: "functions", 4: "attributes"},
    "functions": {2: "function"},
    "function": {3: "blocks", 4: "attributes"},
    "blocks": {2: "block"},
    "block": {3: "operation", 4: "attributes"},
    "operation": {2: "inputs", 4: "block", 5: "attributes"},
    "inputs": {2: "argument"},
    "argument": {1: "binding"},
    "binding": {2: "value"},
    "attributes": {2: "value"},
    "value": {5: "blob"},
}  # fmt: skip
"""Messages within messages, by field number. ``numbers`` are kinds that hold numbers and names only."""
_APPLE = frozenset({2000, 2001, 2002, 2003, 2004, 2005, 2006})
"""Kinds that the operating system brings along; their parameters are numbers and names."""
_KINDS = frozenset(range(200, 3001))


class Found(NamedTuple):
    """A class, file or other model that the model names."""

    kind: str
    """``custom layer``, ``custom model``, ``linked model``, ``blob`` or ``operation``."""
    name: str
    offset: int


class Model(NamedTuple):
    """What a Core ML file holds, as far as it matters to whoever loads it."""

    found: tuple[Found, ...]
    told: tuple[tuple[str, str], ...]
    """Free metadata, such as the version of coremltools that wrote it."""
    version: int


_NAMED = {"custom layer": (10, "custom layer"), "custom model": (10, "custom model"), "file": (1, "linked model"),
          "blob": (1, "blob"), "operation": (1, "operation")}  # fmt: skip


def read(data: bytes) -> Model:
    """What the model holds; raises Malformed for what is no Core ML model, TooLarge beyond a budget."""
    walk = Walk(data)
    found: list[Found] = []
    told: list[tuple[str, str]] = []
    version, kinds = 0, 0
    waiting = [("model", 0, len(data), 0)]
    while waiting:
        kind, start, end, depth = waiting.pop()
        if depth > DEEPEST:
            raise TooLarge(f"nested more than {DEEPEST} messages deep")
        children = _CHILDREN.get(kind, {})
        for number, wire, value, begin in walk.message(start, end):
            if number in children:
                if wire != _BYTES:
                    raise Malformed(f"field {number} at byte {begin} is no message")
                waiting.append((children[number], *value, depth + 1))
            if kind == "model":
                version = value if number == 1 and depth == 0 and not wire else version
                kinds += depth == 0 and number in _KINDS
                _check_kind(number, begin, children)
        _note(walk, kind, start, end, found, told)
    if not (version and kinds == 1):
        raise Malformed("holds no Core ML model, or several in one")
    return Model(tuple(sorted(set(found), key=lambda one: one.offset)), tuple(told), version)


def _check_kind(number: int, begin: int, children: dict[int, str]) -> None:
    if number in _KINDS and number not in children and number not in _APPLE:
        raise Malformed(f"Core ML model of a kind that is not known, {number} at byte {begin}")


def _note(walk: Walk, kind: str, start: int, end: int, found: list[Found], told: list[tuple[str, str]]) -> None:
    if kind in _NAMED:
        field, what = _NAMED[kind]
        name = _text(walk, start, end, field)
        if kind != "operation" or name == "custom_layer":
            found.append(Found(what, name, start))
    elif kind == "told" and len(told) < 100:  # noqa: PLR2004  enough to say who wrote it
        told.append((_text(walk, start, end, 1), _text(walk, start, end, 2)))


def _text(walk: Walk, start: int, end: int, field: int) -> str:
    values: list[Any] = [
        value for number, wire, value, _ in walk.message(start, end) if number == field and wire == _BYTES
    ]
    return walk.text(values[-1]) if values else ""
