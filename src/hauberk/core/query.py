# SPDX-License-Identifier: Apache-2.0
"""A request as detectors and responses see it: tensors in, tensors out; and the protocols that both follow."""

from typing import Any, Protocol

import msgspec

from hauberk.core.event import Detection
from hauberk.core.value import Value


class Port(Value, frozen=True, kw_only=True):
    """One input or output of a model."""

    name: str
    datatype: str
    """In the words of Open Inference v2: ``FP32``, ``INT64``, ``BYTES`` ..."""
    shape: tuple[int, ...]
    """-1 for an open dimension; the first one counts rows."""


class Interface(Value, frozen=True, kw_only=True):
    """What a model takes and gives."""

    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]


class Tensor(Value, frozen=True, kw_only=True):
    """One named array, its items in row-major order."""

    name: str
    datatype: str
    shape: tuple[int, ...]
    data: list[Any]
    """Numbers, booleans or texts, one type throughout; as many as the product of the shape."""


Tensors = tuple[Tensor, ...]


class Line(msgspec.Struct, frozen=True):
    """One row of inputs that hold one number or text each."""

    names: list[str]
    """Of the inputs, in the model's order."""
    cells: list[Any]


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """One authenticated, well-formed request."""

    event: str
    """The event's id."""
    at: float
    """Monotonic seconds, shared by all workers of one machine."""
    client: str
    """Who asks, as authenticated."""
    endpoint: str
    inputs: Tensors
    rows: int
    answer: Tensors = ()
    """What the model gave; empty before it was asked."""
    line: Line | None = None
    """The one row, where there is one and whoever read the request has it at hand."""
    cache: dict[str, Any] = msgspec.field(default_factory=dict)
    """What one detector computed and another may use, such as the inputs as one matrix."""


class Detector(Protocol):
    """Looks at one request. Calls of one detector never overlap within a process; each worker has its own.

    Whatever it raises, or more than its ``seconds``, makes the guard answer as policy says for a detector that fails;
    the default is to block.
    """

    @property
    def id(self) -> str:
        """Names the detector in events."""

    @property
    def seconds(self) -> float:
        """Longest time one call may take."""

    @property
    def after(self) -> bool:
        """Whether it needs the model's answer; else it is asked before the model is."""

    def score(self, query: Query) -> Detection | None:
        """What it sees; None where there is nothing to say."""


class Response(Protocol):
    """Changes an answer on its way out, such as rounding; pure."""

    def __call__(self, answer: Tensors, query: Query) -> Tensors:
        """The answer that the client gets."""
