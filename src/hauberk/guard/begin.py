# SPDX-License-Identifier: Apache-2.0
"""Putting a model into service: its bytes are kept, and somebody signs for them in the ledger."""

import os
from pathlib import Path
from typing import Final, Literal

import msgspec

from hauberk.core.canonical import canonical, digest
from hauberk.core.entry import Digest
from hauberk.core.errors import CannotLook, Misuse
from hauberk.core.value import Value
from hauberk.guard.settings import Settings
from hauberk.guard.state import State
from hauberk.ledger.files import replace_file
from hauberk.ledger.log import Ledger
from hauberk.models.onnx_rule import LARGEST
from hauberk.signing.identity import Identity
from hauberk.signing.statement import seal

STARTED: Final = "guard.started"


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
    path = Path(settings.path)
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise Misuse(f"cannot read the model {path.name}: {error.strerror}") from error
    found = digest(data)
    if settings.digest and settings.digest != found:
        raise CannotLook(
            f"the model {path.name} is not the one whose digest the manifest records",
            remedy="record the new one if it is meant: sha256sum, or hauberk init",
        )
    kept = model_path(state, found)
    if not kept.exists() or digest(kept.read_bytes()) != found:
        replace_file(kept, data, mode=0o600)
    os.chmod(kept, 0o400)  # noqa: PTH101  beside the other calls of os
    return msgspec.structs.replace(settings, path=str(kept), digest=found)


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
