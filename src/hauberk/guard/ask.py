# SPDX-License-Identifier: Apache-2.0
"""Asking the model: here, in a confined child, or at an upstream. Both raise Unanswered, and neither asks twice."""

import asyncio
from pathlib import Path
from typing import Any, Protocol

from hauberk.confine.pool import ConfinedPool
from hauberk.confine.task import Task
from hauberk.core.codec import decode, encode
from hauberk.core.errors import CannotLook
from hauberk.core.query import Interface, Tensors
from hauberk.models.serve import Asked, Named

_CALL = "hauberk.models.serve"
_MEMORY = 1 << 30


class Unanswered(Exception):
    """The model gave no answer that can be passed on; ``status`` is what the client gets."""

    def __init__(self, status: int, why: str) -> None:
        """Why, in words without values."""
        super().__init__(why)
        self.status, self.why = status, why


class Model(Protocol):
    """Whatever answers."""

    async def infer(self, inputs: Tensors, plain: Any, seconds: float) -> Tensors:
        """The outputs; raises Unanswered. ``plain`` is the request as rows of JSON, None where it was none."""

    async def close(self) -> None:
        """Let go of what is held."""


class Local:
    """The model's own bytes in a confined child of this process."""

    def __init__(self, path: Path, digest: str) -> None:
        """Start the child; it loads the model when it is first asked."""
        self._named = Named(path=str(path), digest=digest)
        self._pool = ConfinedPool(workers=1, readable=[path], preload=("hauberk.models.serve",))

    def interface(self) -> Interface:
        """What the model takes and gives; raises CannotLook where it may not be loaded."""
        return decode(self._pool.submit(self._task("describe", encode(self._named), 60.0)).result(), Interface)

    async def infer(self, inputs: Tensors, plain: Any, seconds: float) -> Tensors:
        """The outputs; raises Unanswered."""
        del plain
        task = self._task("infer", encode(Asked(model=self._named, inputs=inputs)), seconds)
        try:
            answer = await asyncio.wrap_future(self._pool.submit(task))
            return decode(answer, Tensors)
        except CannotLook as error:
            raise Unanswered(502, error.message) from error

    def ask(self, inputs: Tensors, seconds: float) -> Tensors:
        """The same for a caller who waits; raises CannotLook."""
        task = self._task("infer", encode(Asked(model=self._named, inputs=inputs)), seconds)
        return decode(self._pool.submit(task).result(), Tensors)

    async def close(self) -> None:
        """End the child."""
        self.kill()

    def kill(self) -> None:
        """End the child at once."""
        self._pool.close(kill=True)

    def _task(self, call: str, payload: bytes, seconds: float) -> Task:
        return Task(call=f"{_CALL}:{call}", payload=payload, seconds=seconds, memory=_MEMORY)
