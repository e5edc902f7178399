# SPDX-License-Identifier: Apache-2.0
"""Weights from a safetensors file, put into a module that the user's own factory made.

The file holds numbers only; the factory is code, so that it runs only where the user granted it by name.
"""

import importlib
import json
import re
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from hauberk.assets.safetensors import breaches
from hauberk.core.errors import CannotLook, Malformed, Misuse

_TYPES = {
    "F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16, "I64": torch.int64,
    "I32": torch.int32, "I16": torch.int16, "I8": torch.int8, "U8": torch.uint8, "BOOL": torch.bool,
}  # fmt: skip
_NAME = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")
_LENGTH = 8


def read_weights(data: bytes) -> dict[str, Tensor]:
    """Tensors by name; raises Malformed where the file breaks a promise of the format."""
    for breach in breaches(data):
        if breach.grave:
            raise Malformed(f"safetensors: {breach.what}")
    size = int.from_bytes(data[:_LENGTH], "little")
    header = json.loads(data[_LENGTH : _LENGTH + size])
    base, result = _LENGTH + size, {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        if entry["dtype"] not in _TYPES:
            raise CannotLook(f"safetensors: numbers of type {entry['dtype'][:20]} are not read")
        first, last = entry["data_offsets"]
        if first == last:
            result[name] = torch.empty(entry["shape"], dtype=_TYPES[entry["dtype"]])
            continue
        part = bytearray(data[base + first : base + last])
        result[name] = torch.frombuffer(part, dtype=_TYPES[entry["dtype"]]).reshape(entry["shape"])
    return result


def write(tensors: Mapping[str, Tensor]) -> bytes:
    """The tensors as a safetensors file. Law: ``read_weights(write(t))`` equals t."""
    names = {kind: name for name, kind in _TYPES.items()}
    header, parts, at = {}, [], 0
    for name, tensor in tensors.items():
        held = tensor.detach().cpu().contiguous()
        data = held.flatten().view(torch.uint8).numpy().tobytes() if held.numel() else b""
        header[name] = {"dtype": names[held.dtype], "shape": list(held.shape), "data_offsets": [at, at + len(data)]}
        parts.append(data)
        at += len(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % _LENGTH)
    return len(text).to_bytes(_LENGTH, "little") + text + b"".join(parts)


def make(factory: str) -> nn.Module:
    """What the granted ``module:function`` makes: code of the user's, which runs; raises Misuse where there is none."""
    if not _NAME.fullmatch(factory):
        raise Misuse(f"{factory!r} is no factory", remedy="give it as module:function")
    module, _, name = factory.partition(":")
    try:
        function = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise Misuse(
            f"no factory {factory}: {type(error).__name__}", remedy="run where its module can be imported"
        ) from error
    made: nn.Module = function()
    return made


def fill(data: bytes, factory: str) -> nn.Module:
    """The module that ``module:function`` makes, with the file's weights, ready to be asked.

    Raises Misuse where there is no such factory, CannotLook where the weights do not fit what it makes.
    """
    made = make(factory)
    try:
        made.load_state_dict(read_weights(data))
    except RuntimeError as error:
        raise CannotLook(f"the weights do not fit the module that {factory} makes") from error
    return made.eval().requires_grad_(False)  # noqa: FBT003  torch's own signature
