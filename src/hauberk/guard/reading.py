# SPDX-License-Identifier: Apache-2.0
"""A request's body as tensors, and how its answer is written: in Open Inference v2, or as rows of plain JSON."""

from collections.abc import Callable
from typing import Any, Final, Literal

import msgspec

from hauberk.core.query import Interface, Line, Tensors
from hauberk.guard.settings import Settings
from hauberk.wire import inference, rows, strict

VERSION: Final = "1"


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """A request that was understood."""

    protocol: Literal["open-inference", "rows"]
    inputs: Tensors
    plain: Any
    """The rows as they were read; None for open-inference."""
    rows: int
    subject: str
    reply: Callable[[str, Tensors], Any]
    """The body of an answer, of the event's id and the outputs."""
    line: Line | None = None
    """The one row, where it is at hand."""


class Reader:
    """Reads the bodies of one endpoint. Both ways raise Malformed or TooLarge."""

    def __init__(self, settings: Settings, interface: Interface) -> None:
        """For a model."""
        self._model, self._most, self._interface = settings.model, settings.guarding.most_rows, interface
        self._read = inference.Reader(interface, self._most)

    def tensors(self, body: bytes) -> Reading:
        """Of Open Inference v2."""
        asked = self._read(body)

        def reply(event: str, outputs: Tensors) -> Any:
            if asked.outputs:
                outputs = tuple(one for one in outputs if one.name in asked.outputs)
            return inference.answer(self._model, VERSION, asked.id, event, outputs)

        return Reading(
            protocol="open-inference",
            inputs=asked.inputs,
            plain=None,
            rows=asked.rows,
            subject=asked.subject,
            reply=reply,
            line=asked.line,
        )

    def rows(self, body: bytes) -> Reading:
        """Of plain JSON."""
        plain = strict.read(body)
        inputs, count, alone = rows.request(plain, self._interface, self._most)
        return Reading(
            protocol="rows",
            inputs=inputs,
            plain=plain,
            rows=count,
            subject="",
            reply=lambda event, outputs: rows.answer(event, outputs, alone=alone),
        )
