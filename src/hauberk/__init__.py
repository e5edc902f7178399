# SPDX-License-Identifier: Apache-2.0
"""hauberk: evidence for the whole life of a machine-learning system."""

import importlib
from typing import Any

__all__ = ["__version__", "load"]

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """``hauberk.load``, imported when it is first asked for."""
    if name == "load":
        return importlib.import_module("hauberk.models.loading").load
    raise AttributeError(f"module 'hauberk' has no attribute {name!r}")
