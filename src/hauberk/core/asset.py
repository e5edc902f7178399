# SPDX-License-Identifier: Apache-2.0
"""An asset: one thing of the system that a card can look at."""

import msgspec

from hauberk.core.scales import Kind
from hauberk.core.value import Value


class Asset(Value, frozen=True, kw_only=True):
    """A thing with a name, a place and a digest."""

    id: str
    """Name in the manifest, or the uri where nobody named it."""
    kind: Kind
    uri: str
    """Relative POSIX path for a file; a URL for an endpoint; ``hauberk.yaml#name`` for what is only declared."""
    digest: str | None = None
    """``sha256:`` and 64 hex digits over the content; None where there are no bytes."""
    labels: dict[str, str] = msgspec.field(default_factory=dict)
    """Free facts; ``format`` is what the content was recognised as (python, pickle, onnx, csv, kubernetes ...)."""

    @property
    def format(self) -> str:
        """What the content was recognised as; empty where unknown."""
        return self.labels.get("format", "")

    @property
    def is_file(self) -> bool:
        """Whether the asset is a file that was met, not only something declared."""
        return self.format not in {"declared", "missing"}
