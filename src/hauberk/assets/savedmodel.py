# SPDX-License-Identifier: Apache-2.0
"""Walks the protobuf of a TensorFlow SavedModel or GraphDef without TensorFlow, and lists its operators.

Numbers of fields are those of saved_model.proto, meta_graph.proto, graph.proto, function.proto and node_def.proto.
"""

from typing import NamedTuple

from hauberk.assets.onnx import Walk
from hauberk.core.content import Content
from hauberk.core.errors import Malformed, TooLarge

DEEPEST = 16
_BYTES = 2
_CHILDREN: dict[str, dict[int, str]] = {
    "saved": {2: "meta"},
    "meta": {2: "graph"},
    "graph": {1: "node", 2: "library"},
    "library": {1: "function"},
    "function": {3: "node"},
    "node": {},
}


class Operator(NamedTuple):
    """An operator and the byte where the first node that uses it begins."""

    name: str
    offset: int


def operators(data: bytes | Content) -> tuple[Operator, ...]:
    """Every operator of every graph and function; raises Malformed for what is neither, TooLarge beyond a budget."""
    for form in ("saved", "graph"):
        found = _read(data, form)
        if found:
            return tuple(Operator(name, offset) for name, offset in sorted(found.items()))
    raise Malformed("holds no graph of TensorFlow")


def _read(data: bytes | Content, form: str) -> dict[str, int]:
    walk = Walk(data)
    found: dict[str, int] = {}
    waiting = [(form, 0, len(data), 0)]
    while waiting:
        kind, start, end, depth = waiting.pop()
        if depth > DEEPEST:
            raise TooLarge(f"nested more than {DEEPEST} messages deep")
        for number, wire, value, begin in walk.message(start, end):
            child = _CHILDREN[kind].get(number)
            if child and wire == _BYTES:
                waiting.append((child, *value, depth + 1))
            elif kind == "node" and number == 2:  # noqa: PLR2004  NodeDef.op
                if wire != _BYTES:
                    raise Malformed(f"operator at byte {begin} is no text")
                name = walk.text(value)
                found[name] = min(start, found.get(name, start))
    return found
