# SPDX-License-Identifier: Apache-2.0
"""The base of every value: frozen, keyword-only, unknown fields refused."""

from typing import dataclass_transform

import msgspec


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Value(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=False,
):
    """A frozen value; subclasses state ``frozen=True, kw_only=True`` again (msgspec does not inherit kw_only)."""
