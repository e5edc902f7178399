# SPDX-License-Identifier: Apache-2.0
"""Frames over two pipes: a kind, the number of the task, a length, a body; bounded in size and in time."""

import os
import select
import struct
import time
from enum import IntEnum
from typing import Final, NamedTuple

from hauberk.core.errors import Malformed, TooLarge
from hauberk.core.value import Value

MOST_BYTES: Final = 64 << 20
"""Largest body of a frame."""
MOST_PROGRESS: Final = 64 << 10
"""Largest body of a frame of progress or of a failure."""
_HEADER: Final = struct.Struct(">BII")
_PIECE: Final = 1 << 16


class Kind(IntEnum):
    """What a frame says."""

    START = 1
    """To the child: its configuration, as JSON."""
    READY = 2
    """From the child: what holds it, as JSON."""
    RUN = 3
    """To the child: a task that reports no progress."""
    RUN_REPORTING = 4
    """To the child: a task whose function takes ``emit``."""
    ANSWER = 5
    """From the child: what the function returned."""
    PROGRESS = 6
    """From the child: what the function emitted."""
    FAILED = 7
    """From the child: an error's code and words."""
    NO_MEMORY = 8
    """From the child: the function met MemoryError."""


_LARGE: Final = frozenset({Kind.START, Kind.RUN, Kind.RUN_REPORTING, Kind.ANSWER})


class Gone(Exception):
    """The other end is gone."""


class Late(Exception):
    """The deadline has passed."""


class Start(Value, frozen=True, kw_only=True):
    """The body of the first frame: how a child is to set itself up."""

    parent: int
    """Process id of the parent; a child that finds another one ends."""
    preload: tuple[str, ...]
    """Modules to import before the door closes."""
    path: tuple[str, ...]
    """Folders to import from, after the interpreter's own."""
    readable: tuple[str, ...]
    """Files and folders that stay readable."""


class Frame(NamedTuple):
    """One message."""

    kind: Kind
    number: int
    """The task that it belongs to, counted from 1; 0 before the first."""
    body: bytes


class Channel:
    """One end of a conversation. Neither end may be used by two threads at once."""

    def __init__(self, incoming: int, outgoing: int) -> None:
        """Take two descriptors of pipes; they become non-blocking and stay the caller's to close."""
        self._incoming, self._outgoing = incoming, outgoing
        os.set_blocking(incoming, False)
        os.set_blocking(outgoing, False)

    def send(self, frame: Frame, *, deadline: float | None = None) -> None:
        """Write a frame whole.

        ``deadline`` is on the monotonic clock. Raises Late at the deadline, Gone where the other end is gone, TooLarge
        for a body that the other end would refuse.
        """
        if len(frame.body) > _most(frame.kind):
            raise TooLarge(f"{len(frame.body)} bytes do not fit in a frame of {_most(frame.kind)}")
        left = memoryview(_HEADER.pack(frame.kind, frame.number, len(frame.body)) + frame.body)
        while left:
            _await(self._outgoing, select.POLLOUT, deadline)
            try:
                left = left[os.write(self._outgoing, left[:_PIECE]) :]
            except BlockingIOError:
                continue
            except BrokenPipeError as error:
                raise Gone from error

    def receive(self, *, deadline: float | None = None) -> Frame:
        """Read a frame whole.

        Raises Late at the deadline, Gone where the other end is gone, Malformed for an unknown kind, TooLarge for a
        length beyond the kind's; nothing of such a body is read.
        """
        kind, number, length = _HEADER.unpack(self._read(_HEADER.size, deadline))
        try:
            known = Kind(kind)
        except ValueError:
            raise Malformed("the child's answer is not in the protocol") from None
        if length > _most(known):
            raise TooLarge(f"the child's answer is larger than {_most(known) >> 10} KiB")
        return Frame(known, number, bytes(self._read(length, deadline)))

    def _read(self, length: int, deadline: float | None) -> bytearray:
        held = bytearray()
        while len(held) < length:
            _await(self._incoming, select.POLLIN, deadline)
            try:
                piece = os.read(self._incoming, min(_PIECE, length - len(held)))
            except BlockingIOError:
                continue
            if not piece:
                raise Gone
            held += piece
        return held


def _most(kind: Kind) -> int:
    return MOST_BYTES if kind in _LARGE else MOST_PROGRESS


def _await(descriptor: int, event: int, deadline: float | None) -> None:
    poll = select.poll()
    poll.register(descriptor, event)
    while True:
        left = None if deadline is None else deadline - time.monotonic()
        if left is not None and left <= 0:
            raise Late
        if poll.poll(None if left is None else left * 1000 + 1):
            return
