# SPDX-License-Identifier: Apache-2.0
"""Reads the header of a safetensors file and says where it breaks the format's promises.

Format: https://github.com/huggingface/safetensors, README of 0.4 and later: eight bytes of length, a JSON object,
then a buffer that the tensors cover wholly, without gaps and without overlap.
"""

import json
import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

from hauberk.core.content import Content
from hauberk.core.errors import CannotLook, Malformed, TooLarge

MOST_HEADER = 25_000_000
"""Bytes of a header that are read; the format allows 100,000,000."""
MOST_METADATA = 1_000_000
"""Characters of free metadata in all that is usual."""
_LENGTH = 8

_BITS = {
    **dict.fromkeys(("BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ"), 8),
    **dict.fromkeys(("F6_E2M3", "F6_E3M2"), 6),
    "F4": 4,
    **dict.fromkeys(("I16", "U16", "F16", "BF16"), 16),
    **dict.fromkeys(("I32", "U32", "F32"), 32),
    **dict.fromkeys(("I64", "U64", "F64", "C64"), 64),
}


class Breach(NamedTuple):
    """One promise of the format that the file breaks."""

    tensor: str
    offset: int
    """Byte in the file."""
    what: str
    grave: bool
    """Whether a reader could be led outside the tensor's own bytes, or two readers to different tensors."""


class _Repeated(list[tuple[str, Any]]):
    """Members of an object in which a key stands twice."""


def breaches(data: bytes | Content) -> Iterator[Breach]:
    """Everything that the file breaks; raises Malformed where no header can be read."""
    length = int.from_bytes(data[:_LENGTH], "little")
    if len(data) < _LENGTH or length > len(data) - _LENGTH:
        raise Malformed("safetensors header ends beyond the file")
    if length > MOST_HEADER:
        raise TooLarge(f"safetensors header of {length} bytes")
    header = _parse(data[_LENGTH : _LENGTH + length])
    members = header if isinstance(header, _Repeated) else list(header.items())
    if isinstance(header, _Repeated):
        yield Breach("", _LENGTH, "a name stands twice in the header, and readers take different ones", grave=True)
    base, size = _LENGTH + length, len(data) - _LENGTH - length
    spans: list[tuple[int, int, str]] = []
    _check_cut(members, size)
    for name, entry in members:
        if name == "__metadata__":
            yield from _metadata(entry)
            continue
        begin, end = _span(name, entry)
        if not 0 <= begin <= end <= size:
            yield Breach(name, base, f"tensor {name!r} lies outside the file", grave=True)
        elif (end - begin) * 8 != _bits(name, entry):
            yield Breach(
                name,
                base + begin,
                f"tensor {name!r} has {end - begin} bytes, and its shape and type say otherwise",
                grave=True,
            )
        spans.append((begin, end, name))
    yield from _coverage(sorted(spans), base, size)


def _check_cut(members: list[tuple[str, Any]], size: int) -> None:
    """Raise Malformed for a file that is cut: its tensors lie side by side and go on beyond its end."""
    spans = sorted(_span(name, entry) for name, entry in members if name != "__metadata__")
    joined = all(before[1] == after[0] for before, after in pairwise(spans))
    if spans and joined and spans[0][0] == 0 and spans[-1][0] <= size < spans[-1][1]:
        raise Malformed(f"safetensors file breaks off: its tensors end {spans[-1][1] - size} bytes behind it")


def metadata(data: bytes | Content) -> dict[str, str]:
    """The free metadata, text to text; raises Malformed where no header can be read."""
    length = int.from_bytes(data[:_LENGTH], "little")
    if len(data) < _LENGTH or length > min(len(data) - _LENGTH, MOST_HEADER):
        raise Malformed("safetensors header ends beyond the file")
    header = _parse(data[_LENGTH : _LENGTH + length])
    found = dict(header).get("__metadata__")
    pairs = found if isinstance(found, _Repeated) else found.items() if isinstance(found, dict) else ()
    return {key: value for key, value in pairs if isinstance(value, str)}


def _parse(raw: bytes) -> Any:
    if not raw.startswith(b"{"):
        raise Malformed("safetensors header does not begin with an object")
    try:
        header = json.loads(raw.decode(), object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        raise Malformed("safetensors header is not valid JSON") from error
    if not isinstance(header, dict | _Repeated):
        raise Malformed("safetensors header is no object")
    return header


def _object(pairs: list[tuple[str, Any]]) -> Any:
    members = dict(pairs)
    return members if len(members) == len(pairs) else _Repeated(pairs)


def _metadata(entry: Any) -> Iterator[Breach]:
    if isinstance(entry, _Repeated):
        yield Breach("__metadata__", _LENGTH, "a name stands twice in the metadata", grave=False)
        return
    if not isinstance(entry, dict) or not all(isinstance(value, str) for value in entry.values()):
        yield Breach("__metadata__", _LENGTH, "metadata that are not text to text", grave=False)
        return
    size = sum(len(key) + len(value) for key, value in entry.items())
    if size > MOST_METADATA:
        yield Breach("__metadata__", _LENGTH, f"{size} characters of metadata, room for a payload", grave=False)


def _span(name: str, entry: Any) -> tuple[int, int]:
    if (
        isinstance(entry, _Repeated)
        or not isinstance(entry, dict)
        or not {"dtype", "shape", "data_offsets"} <= entry.keys()
    ):
        raise Malformed(f"tensor {name[:80]!r} has no dtype, shape and data_offsets of its own")
    offsets, shape = entry["data_offsets"], entry["shape"]
    if not _whole(offsets) or len(offsets) != 2 or not _whole(shape):  # noqa: PLR2004  a number of the format or of the parameters
        raise Malformed(f"tensor {name[:80]!r} has offsets or a shape that are not whole numbers")
    return offsets[0], offsets[1]


def _whole(value: Any) -> bool:
    return isinstance(value, list) and all(type(item) is int for item in value)


def _bits(name: str, entry: dict[str, Any]) -> int:
    kind = entry["dtype"]
    if not isinstance(kind, str) or kind not in _BITS:
        raise CannotLook(f"tensor {name[:80]!r} has a type that is not known")
    if any(size < 0 for size in entry["shape"]):
        return -1
    bits: int = math.prod(entry["shape"]) * _BITS[kind]
    return bits


def _coverage(spans: list[tuple[int, int, str]], base: int, size: int) -> Iterator[Breach]:
    position = 0
    for begin, end, name in spans:
        if begin < position and end > begin:
            yield Breach(name, base + max(begin, 0), f"tensor {name!r} overlaps another", grave=True)
        elif begin > position:
            yield Breach(name, base + position, f"{begin - position} bytes that belong to no tensor", grave=False)
        position = max(position, end)
    if position < size:
        yield Breach("", base + position, f"{size - position} bytes behind the last tensor", grave=False)
