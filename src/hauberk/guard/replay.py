# SPDX-License-Identifier: Apache-2.0
"""A decision run again: on the recorded model, from the payload that its subject's key still opens."""

import math
from pathlib import Path
from typing import Literal

from hauberk.core.canonical import digest
from hauberk.core.codec import decode
from hauberk.core.errors import CannotLook, LedgerBroken, Misuse
from hauberk.core.event import EVENT, Event
from hauberk.core.query import Interface, Tensor, Tensors
from hauberk.core.value import Value
from hauberk.guard.ask import Local
from hauberk.guard.begin import model_path
from hauberk.guard.record import Kept, commitment, kept_of
from hauberk.guard.state import State
from hauberk.ledger import index
from hauberk.ledger.log import Ledger
from hauberk.ledger.reading import read_entries
from hauberk.ledger.subjects import subject_keys
from hauberk.models.onnx_rule import LARGEST
from hauberk.wire import inference, rows, strict

MOST_ROWS = 1 << 20
NEAR = 1e-6
"""Relative distance within which numbers of two machines count as the same; said where it was needed."""


class Replay(Value, frozen=True, kw_only=True):
    """What came of running a decision again. No value of the request is in it."""

    schema: Literal["hauberk/replay/1"] = "hauberk/replay/1"
    event: Event
    model: str
    """Digest of the model that ran now."""
    recorded: bool
    """Whether it is the recorded one."""
    same: bool
    """Whether its outputs are those that were recorded."""
    exact: bool
    """Whether they are so to the last bit."""
    changed: tuple[str, ...]
    """Names of outputs that differ."""


def replay(ledger: Ledger, state: State, name: str, *, model: Path | None = None) -> Replay:
    """Run a recorded decision again, on the recorded model or on another file.

    Raises Misuse where there is no such event or its payload's key was erased, CannotLook where the recorded model is
    not kept here or the model was never asked, LedgerBroken where payload and event do not belong together.
    """
    place = index.find(ledger, name)
    entry, body = next(read_entries(ledger.place, place, place + 1))
    if entry.kind != EVENT:
        raise Misuse(f"entry {place} is of kind {entry.kind} and no event", remedy="hauberk ledger list --kind event")
    event = decode(body, Event)
    kept = kept_of(subject_keys(ledger).reveal(index.find(ledger, event.payload)))
    if commitment(kept.salt, kept.request) != event.request or commitment(kept.salt, kept.reply) != event.answer:
        raise LedgerBroken(f"the payload of event {event.id} is not what the event commits to")
    if not kept.answer:
        raise CannotLook("the model was not asked in that decision, so there is nothing to run again")
    path, found = _file(state, event, model)
    local = Local(path, found)
    try:
        given = local.ask(_inputs(kept, local.interface()), 60.0)
    finally:
        local.kill()
    changed = _changed(kept.answer, given)
    return Replay(
        event=event,
        model=found,
        recorded=found == event.model,
        same=not changed,
        exact=given == kept.answer,
        changed=changed,
    )


def _file(state: State, event: Event, model: Path | None) -> tuple[Path, str]:
    path = model or model_path(state, event.model)
    try:
        with path.open("rb") as file:
            found = digest(file.read(LARGEST + 1))
    except OSError as error:
        raise CannotLook(
            f"the model {event.model} is not kept here: {error.strerror}", remedy="give a file with --model"
        ) from error
    if model is None and found != event.model:
        raise CannotLook(
            f"the kept copy of {event.model} has other bytes by now", remedy="give the right file with --model"
        )
    return path.resolve(), found


def _inputs(kept: Kept, interface: Interface) -> Tensors:
    plain = strict.read(kept.request)
    if kept.protocol == "rows":
        return rows.request(plain, interface, MOST_ROWS)[0]
    return inference.request(plain, interface, MOST_ROWS).inputs


def _changed(before: Tensors, now: Tensors) -> tuple[str, ...]:
    by_name = {one.name: one for one in now}
    names = {one.name for one in before} ^ by_name.keys()
    differ = {one.name for one in before if one.name in by_name and not _near(one, by_name[one.name])}
    return tuple(sorted(names | differ))


def _near(one: Tensor, other: Tensor) -> bool:
    if one.shape != other.shape or one.datatype != other.datatype:
        return False
    if not one.datatype.startswith("FP"):
        return one.data == other.data
    return all(math.isclose(a, b, rel_tol=NEAR, abs_tol=NEAR) for a, b in zip(one.data, other.data, strict=True))
