# SPDX-License-Identifier: Apache-2.0
"""Open Inference Protocol v2 over REST: requests in, answers and metadata out. JSON tensors only."""

from typing import Annotated, Any, Final

import msgspec

from hauberk.core.codec import convert, decode
from hauberk.core.errors import Malformed, TooLarge
from hauberk.core.query import Interface, Line, Port, Tensor, Tensors
from hauberk.core.value import Value
from hauberk.wire import strict, tensors

BINARY: Final = "binary tensor data is not served; send JSON (tritonclient: binary_data=False)"
MOST_DIMENSIONS: Final = 8
_MOST_ID: Final = 128

Size = Annotated[int, msgspec.Meta(ge=0, lt=1 << 31)]
Text = Annotated[str, msgspec.Meta(max_length=_MOST_ID)]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request of one inference."""

    id: str
    """The client's own, given back to it and kept nowhere."""
    inputs: Tensors
    rows: int
    outputs: tuple[str, ...]
    """Names of those asked for; empty means all."""
    line: Line | None = None
    """The one row, where it was read at once."""
    subject: str
    """Whom the payload is about, by ``parameters.subject``; empty where the client does not say."""


class _Input(Value, frozen=True, kw_only=True):
    name: str
    shape: Annotated[tuple[Size, ...], msgspec.Meta(min_length=1, max_length=MOST_DIMENSIONS)]
    datatype: str
    data: list[Any] | None = None
    parameters: dict[str, Any] = msgspec.field(default_factory=dict)


class _Output(Value, frozen=True, kw_only=True):
    name: str
    parameters: dict[str, Any] = msgspec.field(default_factory=dict)


class _Request(Value, frozen=True, kw_only=True):
    id: Text = ""
    parameters: dict[str, Any] = msgspec.field(default_factory=dict)
    inputs: list[_Input]
    outputs: list[_Output] = msgspec.field(default_factory=list)


class _Common(Value, frozen=True, kw_only=True):
    """The request that most send."""

    inputs: tuple[Tensor, ...]


class Reader:
    """Reads bodies for one model: at once where they are as most are, else by ``request``, which names what is wrong.

    Law: both ways understand a body alike.
    """

    def __init__(self, interface: Interface, most_rows: int) -> None:
        """For a model, with a limit of rows."""
        self._interface, self._most = interface, most_rows
        self._single = tensors.Single(interface.inputs)
        self._colons = 1 + sum(4 + port.name.count(":") for port in interface.inputs)

    def __call__(self, body: bytes) -> Asked:
        """What is asked; raises Malformed or TooLarge saying what does not fit."""
        return (self._quick(body) if self._single.serves else None) or request(
            strict.read(body), self._interface, self._most
        )

    def _quick(self, body: bytes) -> Asked | None:
        """What is asked by one row and nothing beside; None for any other body.

        Without escapes, and with as many colons as there are keys that must be there, no key is written twice.
        """
        if body.count(b":") != self._colons or b"\\" in body:
            return None
        try:
            inputs = decode(body, _Common).inputs
        except Malformed:
            return None
        line = self._single.line(inputs)
        return None if line is None else Asked(id="", inputs=inputs, rows=1, outputs=(), subject="", line=line)


def request(body: Any, interface: Interface, most_rows: int) -> Asked:
    """An inference request of plain JSON; raises Malformed or TooLarge saying what does not fit."""
    try:
        told = convert(body, _Request)
    except msgspec.ValidationError as error:
        raise Malformed(f"not a request of Open Inference v2: {error}") from error
    if told.parameters.get("binary_data_output", False) is not False:
        raise Malformed(BINARY)
    ports = {port.name: port for port in interface.inputs}
    given: dict[str, Tensor] = {}
    for one in told.inputs:
        if one.name in given:
            raise Malformed(f"input {one.name!r} is given twice")
        given[one.name] = _input(one, ports, most_rows)
    inputs, rows = tensors.complete(interface, given, most_rows)
    return Asked(
        id=_text(told.id, "id"),
        inputs=inputs,
        rows=rows,
        outputs=tuple(_outputs(told.outputs, {port.name for port in interface.outputs})),
        subject=_text(told.parameters.get("subject", ""), "parameters.subject"),
    )


def _input(one: _Input, ports: dict[str, Port], most_rows: int) -> Tensor:
    port = ports.get(one.name)
    if port is None:
        raise Malformed(f"the model has no such input; it has {', '.join(sorted(ports))}")
    if one.parameters and "binary_data_size" in one.parameters:
        raise Malformed(BINARY)
    if one.datatype != port.datatype:
        raise Malformed(f"input {port.name!r}: the datatype is {port.datatype}")
    if one.shape[0] > most_rows:
        raise TooLarge(f"more rows than the limit of {most_rows}")
    data = one.data
    if data is None:
        raise Malformed(f"input {port.name!r}: data is a list")
    if data and type(data[0]) is list:
        if len(data) != one.shape[0]:
            raise Malformed(f"input {port.name!r}: nested data that does not have its shape")
        data = tensors.flatten(data, one.shape)
    return tensors.tensor(port, one.shape, data)


def _outputs(asked: list[_Output], known: set[str]) -> list[str]:
    names = []
    for one in asked:
        if one.parameters.get("binary_data", False) is not False:
            raise Malformed(BINARY)
        if one.parameters.get("classification"):
            raise Malformed("the classification extension is not served")
        if one.name not in known:
            raise Malformed(f"the model has no such output; it has {', '.join(sorted(known))}")
        names.append(one.name)
    return names


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
