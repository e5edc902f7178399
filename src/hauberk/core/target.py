# SPDX-License-Identifier: Apache-2.0
"""What a check is given: one asset, a bounded way to read it, the system around it, a seed."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from hauberk.core.asset import Asset
from hauberk.core.content import Content
from hauberk.core.errors import CannotLook, Malformed
from hauberk.core.place import FilePlace
from hauberk.core.system import Declared, Facts, System


class Source(Protocol):
    """Reads assets within a budget of bytes; implemented by the engine, by tests over a dictionary."""

    def data(self, asset: Asset) -> bytes:
        """All bytes; raises TooLarge beyond the budget, CannotLook where it cannot be read."""

    def content(self, asset: Asset) -> Content:
        """The same bytes, read a piece at a time, whatever their number; raises CannotLook where they change."""

    def path(self, asset: Asset) -> Path:
        """A readable local path of the same bytes."""

    def find(self, uri: str) -> Asset | None:
        """The asset at a relative path, or None where there is no such file."""

    def uris(self) -> tuple[str, ...]:
        """Relative paths of all files that were met, sorted."""

    def all(self, suffix: str) -> tuple[Asset, ...]:
        """Every readable file whose path ends with ``suffix``, in order; together they count as one thing consulted."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """One asset under examination; the only argument of a check."""

    asset: Asset
    source: Source
    system: System | None = None
    """The manifest's system; None in a plain scan."""
    seed: int = 0

    @property
    def data(self) -> bytes:
        """The asset's bytes."""
        return self.source.data(self.asset)

    @property
    def content(self) -> Content:
        """The asset's bytes, read a piece at a time."""
        return self.source.content(self.asset)

    @property
    def text(self) -> str:
        """The asset's bytes as UTF-8; raises Malformed where they are not."""
        try:
            return self.data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            message = f"not UTF-8 at byte {error.start}"
            raise Malformed(message) from error

    @property
    def path(self) -> Path:
        """A readable local path of the asset's bytes."""
        return self.source.path(self.asset)

    @property
    def declared(self) -> Declared | None:
        """What the manifest says of this asset, or None."""
        return self.system.declared(self.asset.id) if self.system else None

    @property
    def facts(self) -> Facts:
        """The manifest's facts on this asset; empty facts where it has none."""
        declared = self.declared
        return declared.facts if declared else Facts()

    def other(self, asset_id: str) -> "Target":
        """Another asset of the system by its id; raises CannotLook where it is not declared or has no file."""
        declared = self.system.declared(asset_id) if self.system else None
        if declared is None:
            message = f"the manifest declares no asset named {asset_id!r}"
            raise CannotLook(message)
        found = self.source.find(declared.uri) if declared.uri else None
        if found is None:
            message = f"{asset_id}: no file at {declared.uri!r}"
            raise CannotLook(message)
        asset = Asset(id=declared.id, kind=declared.kind, uri=found.uri, digest=found.digest, labels=found.labels)
        return Target(asset=asset, source=self.source, system=self.system, seed=self.seed)

    def place(self, line: int | None = None, column: int | None = None) -> FilePlace:
        """A place in this asset's file."""
        return FilePlace(path=self.asset.uri, line=line, column=column)

    def stated(self, fact: str = "") -> FilePlace:
        """The place in the manifest where this asset, or one of its facts, is declared."""
        system = self.system
        if system is None:
            return self.place()
        index = next((i for i, asset in enumerate(system.assets) if asset.id == self.asset.id), None)
        path = f"assets[{index}]" if index is not None else ""
        path = f"{path}.{fact}" if path and fact else path or fact
        return FilePlace(path=system.uri, line=system.line(path))
