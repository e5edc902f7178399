# SPDX-License-Identifier: Apache-2.0
"""Putting a model into service: its bytes are kept, and somebody signs for them in the ledger."""

import os
from pathlib import Path
from typing import Final, Literal

import msgspec

from hauberk.core.canonical import canonical, digest
from hauberk.core.entry import Digest
from hauberk.core.errors import CannotLook, Misuse
from hauberk.core.system import Detecting
from hauberk.core.value import Value
from hauberk.guard import processes
from hauberk.guard.settings import LEARN, Second, Settings
from hauberk.guard.spool import WINDOW
from hauberk.guard.state import State
from hauberk.ledger.files import replace_file
from hauberk.ledger.log import Ledger
from hauberk.models.onnx_rule import LARGEST
from hauberk.signing.identity import Identity
from hauberk.signing.statement import seal

STARTED: Final = "guard.started"
INTERRUPTED: Final = "guard.interrupted"
RELOADED: Final = "guard.reloaded"


class Service(Value, frozen=True, kw_only=True):
    """Body of the statement ``guard.started``: this model, under these settings."""

    at: str
    endpoint: str
    model: Digest
    settings: Digest
    schema: Literal["hauberk/guard-service/1"] = "hauberk/guard-service/1"
    system: str


def keep_model(settings: Settings, state: State) -> Settings:
    """Settings that name a kept copy of the model and its digest.

    Raises Misuse where the file cannot be read, CannotLook where it is not what the manifest recorded.
    """
    path, found = _keep(Path(settings.path), settings.digest, state)
    second = settings.fall_back
    if second is not None:
        kept, other = _keep(Path(second.path), second.digest, state)
        second = Second(path=str(kept), digest=other)
    if settings.learned is not None and settings.learned.model != found:
        raise Misuse("hauberk.lock has the contract of another model than this", remedy=LEARN)
    if settings.learned is None and settings.guarding.detect != Detecting():
        raise Misuse("the manifest says what detectors do, and nothing was learned for them", remedy=LEARN)
    return msgspec.structs.replace(settings, path=str(path), digest=found, fall_back=second)


def _keep(path: Path, recorded: str, state: State) -> tuple[Path, str]:
    """Where a model's bytes are kept from now on, and their digest."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise Misuse(f"cannot read the model {path.name}: {error.strerror}") from error
    found = digest(data)
    if recorded and recorded != found:
        raise CannotLook(
            f"the model {path.name} is not the one whose digest the manifest records",
            remedy="record the new one if it is meant: sha256sum, or hauberk init",
        )
    kept = model_path(state, found)
    if not kept.exists() or digest(kept.read_bytes()) != found:
        replace_file(kept, data, mode=0o600)
    os.chmod(kept, 0o400)  # noqa: PTH101  beside the other calls of os
    return kept, found


def model_path(state: State, model: str) -> Path:
    """Where the bytes of a model are kept, by digest."""
    return state.models / f"{model.replace(':', '-')}.onnx"


def put_into_service(settings: Settings, ledger: Ledger, identity: Identity, at: str) -> Settings:
    """Sign for the model and its settings, seal that in the ledger; the settings name the statement."""
    service = Service(
        at=at,
        endpoint=settings.endpoint,
        model=settings.digest,
        settings=digest(canonical(settings)),
        system=settings.system,
    )
    statement = seal(service, identity, STARTED)
    ledger.append(STARTED, statement.data)
    return msgspec.structs.replace(settings, run=digest(statement.data))


class Reloaded(Value, frozen=True, kw_only=True):
    """Body of an entry ``guard.reloaded``: policy and keys were read again while the guard served."""

    after: Digest
    """Of the statement by which it serves from now on."""
    at: str
    before: Digest
    """Of the one by which it served."""
    callers: Digest
    """Of the file of callers' keys, which holds hashes."""
    schema: Literal["hauberk/guard-reloaded/1"] = "hauberk/guard-reloaded/1"


def say_reloaded(before: Settings, after: Settings, state: State, ledger: Ledger, at: str) -> None:
    """Seal that the settings were read again."""
    keys = state.callers.read_bytes() if state.callers.exists() else b""
    ledger.append(RELOADED, canonical(Reloaded(after=after.run, at=at, before=before.run, callers=digest(keys))))


class Interrupted(Value, frozen=True, kw_only=True):
    """Body of an entry ``guard.interrupted``: the last run did not end by itself."""

    at: str
    machine: bool
    """Whether the machine went down with it: only then may answered decisions be missing, those of the window."""
    schema: Literal["hauberk/guard-interrupted/1"] = "hauberk/guard-interrupted/1"
    window_ms: int
    """Milliseconds within which an event was on the disk; 0 where each answer waited for it."""


def say_interrupted(settings: Settings, state: State, ledger: Ledger, at: str) -> Interrupted | None:
    """Seal that the last run did not end by itself, where it did not; raises Misuse where it still runs."""
    last = processes.read(state.processes)
    if last is None:
        return None
    if last.supervisor.lives:
        raise Misuse("a guard runs here already", remedy="end it first: hauberk guard stop, or its Ctrl-C")
    machine = last.boot != processes.boot()
    window = 0 if settings.guarding.strict else round(WINDOW * 1000)
    said = Interrupted(at=at, machine=machine, window_ms=window if machine else 0)
    ledger.append(INTERRUPTED, canonical(said))
    state.processes.unlink(missing_ok=True)
    return said
