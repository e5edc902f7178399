# SPDX-License-Identifier: Apache-2.0
"""What ``hauberk guard learn`` puts into ``hauberk.lock`` for one model. No numpy here: the command line reads it."""

from typing import Literal

from hauberk.core.entry import Digest
from hauberk.core.value import Value
from hauberk.detect.contract import Contract


class Line(Value, frozen=True, kw_only=True):
    """One detector, as the table shows it."""

    detector: str
    example: str
    """What it is there for."""
    chosen: str
    """Method and threshold."""
    why: str
    """On what numbers; or why it is not there."""
    false_alarms: float | None = None
    """Share of honest rows (of clients, for ``extraction``) that it is calibrated to flag at most."""


class Learned(Value, frozen=True, kw_only=True):
    """Contract in full, detectors by digest: their arrays lie sealed below ``.hauberk/terms``."""

    schema: Literal["hauberk/learned/1"] = "hauberk/learned/1"
    contract: Contract
    model: Digest
    """Of the model's bytes that answered; terms of another model are refused."""
    rows: int
    """Held-in rows that detectors were fitted and calibrated on."""
    table: tuple[Line, ...]
    terms: Digest
    """Of the sealed file."""
