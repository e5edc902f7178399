# SPDX-License-Identifier: Apache-2.0
"""The kill switch: a signed word in a file, and the end of every process that serves, whatever it is doing.

Three ways lead to the end, none of which needs the data plane: the supervisor sees the file; whoever stops kills the
workers himself; and with the supervisor, if it does not end by itself, goes the socket.
"""

import time
from typing import Final, Literal

from hauberk.core.errors import Misuse, SignatureInvalid
from hauberk.core.value import Value
from hauberk.guard import processes
from hauberk.guard.state import State, put
from hauberk.signing.identity import Identity
from hauberk.signing.statement import Statement, parse_statement, seal

STOPPED: Final = "guard.stopped"
RESUMED: Final = "guard.resumed"
_PATIENCE: Final = 0.3
"""Seconds that the supervisor gets to end by itself and close the socket."""
_PAUSE: Final = 0.01
_MOST_REASON: Final = 1000


class Word(Value, frozen=True, kw_only=True):
    """Body of the statements ``guard.stopped`` and ``guard.resumed``."""

    at: str
    reason: str
    schema: Literal["hauberk/guard-word/1"] = "hauberk/guard-word/1"
    who: str


def sign_word(kind: str, identity: Identity, reason: str, at: str) -> Statement:
    """A signed stop or resumption; raises Misuse without a reason."""
    if not reason.strip() or len(reason) > _MOST_REASON:
        raise Misuse(
            "a stop and its end have a reason", remedy=f'add --reason "...", at most {_MOST_REASON} characters'
        )
    return seal(Word(at=at, reason=reason, who=identity.name), identity, kind)


def stop(state: State, word: Statement) -> int:
    """Make it so; how many workers were ended. Returns once none of them lives and the socket is closed."""
    told = processes.read(state.processes)
    put(state.stop, word.data)
    if told is None:
        return 0
    for worker in told.workers:
        worker.kill()
    deadline = time.monotonic() + _PATIENCE
    while any(one.lives for one in told.workers) and time.monotonic() < deadline:
        time.sleep(_PAUSE)
    while _listens(state, told.supervisor) and time.monotonic() < deadline:
        time.sleep(_PAUSE)
    if _listens(state, told.supervisor):
        told.supervisor.kill()
        while told.supervisor.lives:
            time.sleep(_PAUSE)
    return len(told.workers)


def _listens(state: State, supervisor: processes.Process) -> bool:
    """Whether the supervisor still holds the socket, as far as it says."""
    return supervisor.lives and state.processes.exists()


def standing_word(state: State) -> Statement | None:
    """The stop that stands; None where there is none. Raises SignatureInvalid where the file is no such word."""
    try:
        data = state.stop.read_bytes()
    except FileNotFoundError:
        return None
    word = parse_statement(data)
    if word.kind != STOPPED:
        raise SignatureInvalid("the stop file holds another statement", remedy="hauberk guard resume --reason ...")
    return word
