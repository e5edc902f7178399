# SPDX-License-Identifier: Apache-2.0
"""What a confined child is asked to do."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Task:
    """One call in a confined child."""

    call: str
    """``module:function`` of ours, ``bytes -> bytes``; with ``progress`` given, ``bytes, emit -> bytes``.

    Its module is preloaded, or is imported after the door has closed."""
    payload: bytes
    """At most 64 MiB."""
    seconds: float
    """Wall clock, after which the child is killed."""
    memory: int
    """Bytes that the call may use beyond what the child held at its start."""
    progress: Callable[[bytes], None] | None = None
    """Called with each piece that the function emits (at most 64 KiB), in a thread of the pool, within ``seconds``."""
    alone: bool = False
    """Run in a child that has run nothing before and runs nothing after.

    For content that may take the child over, since such a child could lie about the tasks after it."""
