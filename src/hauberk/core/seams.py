# SPDX-License-Identifier: Apache-2.0
"""The one way to a module that imports a heavy, optional library."""

import importlib
from types import ModuleType

from hauberk.core.errors import MissingExtra


def seam(module: str, *, extra: str) -> ModuleType:
    """Import a seam module of hauberk; raises MissingExtra with the exact pip line where its library is absent."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        missing = error.name or ""
        if missing.partition(".")[0] == "hauberk":
            raise
        raise MissingExtra(extra, missing) from error
