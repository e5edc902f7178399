# SPDX-License-Identifier: Apache-2.0
"""The confined child: ``python -P -m hauberk.confine.child``, started by ``hauberk.confine.worker`` and by nobody else.

It imports what it is told, closes the door behind itself, and then runs one task after another until its input ends.
"""

import fcntl
import importlib
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from hauberk.confine.channel import MOST_PROGRESS, Channel, Frame, Gone, Kind, Start
from hauberk.confine.confinement import close_down
from hauberk.confine.kernel import PR_SET_PDEATHSIG, machine, prctl
from hauberk.core.codec import decode, encode
from hauberk.core.errors import HauberkError, TooLarge

_ABOVE: Final = 64
"""Descriptors of the protocol start here, out of the way of libraries that write to 1 and 2."""
_SIGKILL: Final = 9
_MOST_WORDS: Final = 4096


def main() -> None:
    """Serve until the parent closes its end."""
    if os.isatty(0):
        sys.exit("this is a part of hauberk that hauberk starts by itself")
    channel = _take_pipes()
    try:
        start = channel.receive()
        channel.send(_prepare(decode(start.body, Start)))
        while True:
            _serve(channel, channel.receive())
    except Gone:
        os._exit(0)  # nothing is worth saving, and a library's exit handlers may hang


def _take_pipes() -> Channel:
    """Move the protocol away from 0 and 1, so that nothing printed by a library can reach it."""
    incoming = fcntl.fcntl(0, fcntl.F_DUPFD_CLOEXEC, _ABOVE)
    outgoing = fcntl.fcntl(1, fcntl.F_DUPFD_CLOEXEC, _ABOVE)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    os.close(nowhere)
    return Channel(incoming, outgoing)


def _prepare(start: Start) -> Frame:
    if machine():
        prctl(PR_SET_PDEATHSIG, _SIGKILL)
    if os.getppid() != start.parent:
        os._exit(0)  # the parent died before the kernel could be asked to tell
    sys.path.extend(start.path)
    try:
        for name in start.preload:
            # hauberk: allow HBK-COD-002 owner=maintainers until=2027-11-01 reason="only the parent writes here"
            importlib.import_module(name)
        confinement = close_down(Path(path) for path in (*start.readable, *start.path))
    except Exception as error:  # noqa: BLE001  whatever a module raises at import, the parent is told
        return _failure(0, error)
    return Frame(Kind.READY, 0, encode(confinement))


def _serve(channel: Channel, frame: Frame) -> None:
    """Run one task; whatever it raises is told to the parent, and the next task is served."""
    lock = threading.Lock()

    def emit(body: bytes) -> None:
        with lock:
            channel.send(Frame(Kind.PROGRESS, frame.number, body[:MOST_PROGRESS]))

    reply = _reply(frame, emit)
    with lock:
        try:
            channel.send(reply)
        except TooLarge as error:
            channel.send(_failure(frame.number, error))


def _reply(frame: Frame, emit: Callable[[bytes], None]) -> Frame:
    try:
        call, _, payload = frame.body.partition(b"\n")
        module, _, name = call.decode().partition(":")
        # hauberk: allow HBK-COD-002 owner=maintainers until=2027-11-01 reason="only the parent writes here"
        function = getattr(importlib.import_module(module), name)
        answer = function(payload, emit) if frame.kind is Kind.RUN_REPORTING else function(payload)
        return Frame(Kind.ANSWER, frame.number, memoryview(answer).tobytes())
    except MemoryError:
        return Frame(Kind.NO_MEMORY, frame.number, b"")
    except BaseException as error:  # noqa: BLE001  SystemExit and the like too end the task, not the child
        return _failure(frame.number, error)


def _failure(number: int, error: BaseException) -> Frame:
    """An error of ours in its own words; of another's only the type, since its words may quote what was examined."""
    ours = isinstance(error, HauberkError)
    code = error.code if isinstance(error, HauberkError) else ""
    words = str(error) if ours else type(error).__name__
    if isinstance(error, ImportError) and error.name:
        words = f"{words} ({error.name})"
    return Frame(Kind.FAILED, number, f"{code}\n{words[:_MOST_WORDS]}".encode(errors="replace"))


if __name__ == "__main__":
    main()
