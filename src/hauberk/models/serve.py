# SPDX-License-Identifier: Apache-2.0
"""A model behind an endpoint: runs in a confined child, which loads the file once and answers tensors with tensors.

``describe`` and ``infer`` are calls of a confined ``Task``: bytes in, bytes out. The digest of what is loaded is
compared with the one that was recorded, over the bytes loaded and not over a second reading.
"""

import math
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray  # noqa: TC002  as in its neighbours

from hauberk.core.canonical import digest
from hauberk.core.codec import decode, encode
from hauberk.core.errors import CannotLook
from hauberk.core.query import Interface, Port, Tensor, Tensors
from hauberk.core.seams import seam
from hauberk.core.value import Value
from hauberk.models.onnx_rule import LARGEST, certify

_DATATYPES: Final = {
    "tensor(float16)": "FP16",
    "tensor(float)": "FP32",
    "tensor(double)": "FP64",
    "tensor(bool)": "BOOL",
    "tensor(string)": "BYTES",
    **{f"tensor(int{bits})": f"INT{bits}" for bits in (8, 16, 32, 64)},
    **{f"tensor(uint{bits})": f"UINT{bits}" for bits in (8, 16, 32, 64)},
}
_NUMPY: Final[dict[str, Any]] = {
    "FP16": np.float16,
    "FP32": np.float32,
    "FP64": np.float64,
    "BOOL": np.bool_,
    "BYTES": object,
    **{f"INT{bits}": f"int{bits}" for bits in (8, 16, 32, 64)},
    **{f"UINT{bits}": f"uint{bits}" for bits in (8, 16, 32, 64)},
}
_MAPS = "seq(map("


class Named(Value, frozen=True, kw_only=True):
    """The file that a child is to serve."""

    path: str
    digest: str
    """Refused where the bytes have another one."""


class Asked(Value, frozen=True, kw_only=True):
    """One request to the child."""

    model: Named
    inputs: Tensors


class _Served:
    """The one model of this child."""

    def __init__(self, named: Named) -> None:
        with Path(named.path).open("rb") as file:
            data = file.read(LARGEST + 1)
        certify(data)
        if digest(data) != named.digest:
            raise CannotLook("the model's bytes are not those that were recorded")
        self.session = seam("hauberk.models.session", extra="ml").Session(data)
        self.interface = Interface(
            inputs=tuple(_port(name, kind, shape) for name, kind, shape in self.session.inputs),
            outputs=tuple(_port(name, kind, shape) for name, kind, shape in self.session.outputs),
        )


_SERVED: dict[str, _Served] = {}


def _served(named: Named) -> _Served:
    if named.digest not in _SERVED:
        _SERVED.clear()
        _SERVED[named.digest] = _Served(named)
    return _SERVED[named.digest]


def describe(payload: bytes) -> bytes:
    """The interface of the model that the payload names."""
    return encode(_served(decode(payload, Named)).interface)


def infer(payload: bytes) -> bytes:
    """The model's outputs for the payload's inputs; raises CannotLook where it fails or gives no finite numbers."""
    asked = decode(payload, Asked)
    served = _served(asked.model)
    feed = {one.name: np.asarray(one.data, dtype=_NUMPY[one.datatype]).reshape(one.shape) for one in asked.inputs}
    names = [port.name for port in served.interface.outputs]
    values = served.session.run_all(names, feed)
    return encode([_tensor(port, value) for port, value in zip(served.interface.outputs, values, strict=True)])


def _port(name: str, kind: str, shape: tuple[Any, ...]) -> Port:
    if kind.startswith(_MAPS):
        return Port(name=name, datatype="FP32", shape=(-1, -1))
    if kind not in _DATATYPES:
        raise CannotLook(f"the model has a {kind[:40]}, which the guard does not serve")
    sizes = tuple(size if isinstance(size, int) else -1 for size in shape)
    return Port(name=name, datatype=_DATATYPES[kind], shape=sizes)


def _tensor(port: Port, value: Any) -> Tensor:
    if isinstance(value, list):  # a map from class to score for each row, as scikit-learn's converter writes it
        value = np.asarray([list(row.values()) for row in value], dtype=np.float32)
    array: NDArray[Any] = np.asarray(value)
    data = array.ravel().tolist()
    if array.dtype.kind == "f" and not all(map(math.isfinite, data)):
        raise CannotLook("the model gives numbers that are not finite")
    return Tensor(name=port.name, datatype=port.datatype, shape=array.shape, data=data)
