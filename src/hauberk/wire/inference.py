# SPDX-License-Identifier: Apache-2.0
"""Open Inference Protocol v2 over REST: requests in, answers and metadata out. JSON tensors only."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Final

from hauberk.core.errors import Malformed, TooLarge
from hauberk.core.query import Interface, Port, Tensor, Tensors
from hauberk.wire import tensors

BINARY: Final = "binary tensor data is not served; send JSON (tritonclient: binary_data=False)"
MOST_DIMENSIONS: Final = 8
_MOST_ID: Final = 128
_INPUT: Final = frozenset({"name", "shape", "datatype", "parameters", "data"})
_LARGEST_SIZE: Final = 1 << 31


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request of one inference."""

    id: str
    """The client's own, given back to it and kept nowhere."""
    inputs: Tensors
    rows: int
    outputs: tuple[str, ...]
    """Names of those asked for; empty means all."""
    subject: str
    """Whom the payload is about, by ``parameters.subject``; empty where the client does not say."""


def request(body: Any, interface: Interface, most_rows: int) -> Asked:
    """An inference request of plain JSON; raises Malformed or TooLarge saying what does not fit."""
    fields = _fields(body, {"id", "parameters", "inputs", "outputs"}, "the request")
    parameters = _parameters(fields)
    if parameters.get("binary_data_output", False) is not False:
        raise Malformed(BINARY)
    ports = {port.name: port for port in interface.inputs}
    given: dict[str, Tensor] = {}
    for one in _list(fields.get("inputs"), "inputs", len(ports)):
        made = _input(one, ports, most_rows)
        if made.name in given:
            raise Malformed(f"input {made.name!r} is given twice")
        given[made.name] = made
    inputs, rows = tensors.complete(interface, given, most_rows)
    return Asked(
        id=_text(fields.get("id", ""), "id"),
        inputs=inputs,
        rows=rows,
        outputs=tuple(_outputs(fields, {port.name for port in interface.outputs})),
        subject=_text(parameters.get("subject", ""), "parameters.subject"),
    )


def _input(one: Any, ports: dict[str, Port], most_rows: int) -> Tensor:
    fields = _fields(one, _INPUT, "an input")
    port = ports.get(name) if isinstance(name := fields.get("name"), str) else None
    if port is None:
        raise Malformed(f"the model has no such input; it has {', '.join(sorted(ports))}")
    if "parameters" in fields and "binary_data_size" in _parameters(fields):
        raise Malformed(BINARY)
    if fields.get("datatype") != port.datatype:
        raise Malformed(f"input {port.name!r}: the datatype is {port.datatype}")
    shape = _shape(fields.get("shape"), port.name)
    if port.shape and shape[:1] and shape[0] > most_rows:
        raise TooLarge(f"more rows than the limit of {most_rows}")
    data = fields.get("data")
    if type(data) is not list:
        raise Malformed(f"input {port.name!r}: data is a list")
    if data and type(data[0]) is list:
        if len(data) != shape[0]:
            raise Malformed(f"input {port.name!r}: nested data that does not have its shape")
        data = tensors.flatten(data, shape)
    return tensors.tensor(port, shape, data)


def _shape(value: Any, name: str) -> tuple[int, ...]:
    if type(value) is not list or not 1 <= len(value) <= MOST_DIMENSIONS:
        raise Malformed(f"input {name!r}: shape is a list of 1 to {MOST_DIMENSIONS} sizes")
    for size in value:
        if type(size) is not int or not 0 <= size < _LARGEST_SIZE:
            raise Malformed(f"input {name!r}: a size is a whole number from 0")
    return tuple(value)


def _outputs(fields: dict[str, Any], known: set[str]) -> list[str]:
    names = []
    for one in _list(fields.get("outputs", []), "outputs", len(known) + 1):
        asked = _fields(one, {"name", "parameters"}, "an output")
        parameters = _parameters(asked)
        if parameters.get("binary_data", False) is not False or parameters.get("classification"):
            raise Malformed(BINARY if parameters.get("binary_data") else "the classification extension is not served")
        name = asked.get("name")
        if not isinstance(name, str) or name not in known:
            raise Malformed(f"the model has no such output; it has {', '.join(sorted(known))}")
        names.append(name)
    return names


def _fields(value: Any, known: AbstractSet[str], what: str) -> dict[str, Any]:
    if type(value) is not dict:
        raise Malformed(f"{what} is an object")
    if unknown := value.keys() - known:
        raise Malformed(f"{what} has {len(unknown)} keys that Open Inference v2 does not have")
    return value


def _parameters(fields: dict[str, Any]) -> dict[str, Any]:
    value = fields.get("parameters", {})
    if type(value) is not dict:
        raise Malformed("parameters is an object")
    return value


def _list(value: Any, what: str, most: int) -> list[Any]:
    if type(value) is not list:
        raise Malformed(f"{what} is a list")
    if len(value) > most:
        raise TooLarge(f"{what}: more than the model has")
    return value


def _text(value: Any, what: str) -> str:
    if type(value) is not str or len(value) > _MOST_ID or not value.isprintable():
        raise Malformed(f"{what} is a printable text of at most {_MOST_ID} characters")
    return value


def answer(model: str, version: str, asked: str, event: str, outputs: Tensors) -> dict[str, Any]:
    """The body of an inference response; ``event`` is under ``parameters``."""
    body: dict[str, Any] = {
        "model_name": model,
        "model_version": version,
        "parameters": {"event": event},
        "outputs": [
            {"name": one.name, "datatype": one.datatype, "shape": list(one.shape), "data": one.data} for one in outputs
        ],
    }
    return {**body, "id": asked} if asked else body


def metadata(model: str, version: str, interface: Interface) -> dict[str, Any]:
    """The body of a model's metadata."""
    return {
        "name": model,
        "versions": [version],
        "platform": "hauberk_guard",
        "inputs": [_described(port) for port in interface.inputs],
        "outputs": [_described(port) for port in interface.outputs],
    }


def _described(port: Port) -> dict[str, Any]:
    return {"name": port.name, "datatype": port.datatype, "shape": list(port.shape)}
