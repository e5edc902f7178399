# SPDX-License-Identifier: Apache-2.0
"""The words of ``hauberk.lock``: what a system consisted of when somebody last looked and agreed."""

from typing import Annotated, Any, Literal

import msgspec

from hauberk.core.measurement import Measurement
from hauberk.core.scales import Kind
from hauberk.core.value import Value

Digest = Annotated[str, msgspec.Meta(pattern=r"^sha256:[0-9a-f]{64}\Z")]


class Locked(Value, frozen=True, kw_only=True):
    """One declared asset, pinned."""

    kind: Kind
    uri: str
    """Relative POSIX path."""
    digest: Digest


class Released(Value, frozen=True, kw_only=True):
    """What was measured of one asset when it was released."""

    evidence: str
    """Id of the evidence in the ledger that vouches for it."""
    card: str
    asset: str
    measurement: Measurement


class Release(Value, frozen=True, kw_only=True):
    """The release that the next one is compared with."""

    assessment: str
    """Id of the assessment that it passed."""
    closed: str
    """RFC 3339 UTC with microseconds."""
    measurements: tuple[Released, ...]
    """Those that the policy compares."""


class Lock(Value, frozen=True, kw_only=True):
    """Pins by name. Law: ``parse_lock(lock_bytes(lock)) == lock``."""

    schema: Literal["hauberk/lock/1"] = "hauberk/lock/1"
    assets: dict[str, Locked] = msgspec.field(default_factory=dict)
    """Asset id to what it was."""
    cards: dict[str, int] = msgspec.field(default_factory=dict)
    """Rule id to its version, so that a verdict that changed with hauberk itself shows as such."""
    plugins: dict[str, str] = msgspec.field(default_factory=dict)
    """Plugin to version and digest, as the manifest asks for it."""
    contracts: dict[str, Any] = msgspec.field(default_factory=dict)
    """Model id to its feature contract; written by ``hauberk guard learn``, kept by ``hauberk lock``."""
    release: Release | msgspec.UnsetType = msgspec.UNSET
    """Written by ``hauberk lock --release``, kept by ``hauberk lock``; left out where nothing was released."""
