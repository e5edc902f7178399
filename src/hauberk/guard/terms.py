# SPDX-License-Identifier: Apache-2.0
"""The arrays of detectors as a sealed file below the state: they hold rows of the training data, as numbers.

The key lies with the keys of whoever learned them; the lock has the digest. Who is to run the guard elsewhere takes the
file and the key along, or learns there.
"""

import os
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hauberk.core.canonical import digest
from hauberk.core.errors import CannotLook, Misuse
from hauberk.detect.fitted import Fitted, pack, unpack
from hauberk.guard.state import State, spool_secret
from hauberk.ledger.files import replace_file

_KEY: Final = "terms"
_NONCE: Final = 12
_REMEDY: Final = "hauberk guard learn"


def path_of(state: State, terms: str) -> Path:
    """Where the file with this digest lies."""
    return state.root / "terms" / terms.replace(":", "-")


def put(state: State, fitted: Fitted) -> str:
    """Seal and keep; the file's digest. Raises Misuse where it cannot be written."""
    nonce = os.urandom(_NONCE)
    sealed = nonce + AESGCM(spool_secret(_KEY, create=True)).encrypt(nonce, pack(fitted), None)
    path = path_of(state, digest(sealed))
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_file(path, sealed, mode=0o600)
    except OSError as error:
        raise Misuse(f"cannot write {path}: {error.strerror}", remedy="make room or give permission") from error
    return digest(sealed)


def get(state: State, terms: str) -> Fitted:
    """What was kept; raises Misuse where it is not there, CannotLook where it is not what the lock names."""
    try:
        sealed = path_of(state, terms).read_bytes()
    except OSError as error:
        raise Misuse("what hauberk.lock names of detectors is not below .hauberk/terms", remedy=_REMEDY) from error
    if digest(sealed) != terms:
        raise CannotLook("what lies below .hauberk/terms is not what hauberk.lock names", remedy=_REMEDY)
    try:
        plain = AESGCM(spool_secret(_KEY, create=False)).decrypt(sealed[:_NONCE], sealed[_NONCE:], None)
    except (InvalidTag, ValueError) as error:
        raise CannotLook("the terms of detectors were sealed under another key", remedy=_REMEDY) from error
    return unpack(plain)
