# SPDX-License-Identifier: Apache-2.0
"""What the ledger says today of the time since the last assessment: open incidents, and how people review.

The rules are those that look at the documents of ``hauberk respond list --json`` and ``hauberk guard queue measure
--json``; here they are given the same documents, folded from the verified ledger.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hauberk.core.asset import Asset
from hauberk.core.canonical import canonical, digest
from hauberk.core.content import Content
from hauberk.core.errors import CannotLook
from hauberk.core.evidence import Evidence
from hauberk.core.scales import Kind
from hauberk.core.target import Target
from hauberk.engine.catalogue import card
from hauberk.engine.examine import examine
from hauberk.ledger.log import Ledger
from hauberk.signing.key import PublicKey
from hauberk.store import cases, incidents
from hauberk.store.shelf import Shelf


@dataclass(frozen=True, kw_only=True)
class _Folded:
    """One document, as a source."""

    body: bytes

    def data(self, asset: Asset) -> bytes:
        """The document."""
        del asset
        return self.body

    def content(self, asset: Asset) -> Content:
        """The same."""
        return Content.of(self.data(asset))

    def path(self, asset: Asset) -> Path:
        """Raise CannotLook: it is no file."""
        message = f"{asset.uri} is no file"
        raise CannotLook(message)

    def find(self, uri: str) -> Asset | None:
        """Nothing lies beside it."""
        del uri
        return None

    def uris(self) -> tuple[str, ...]:
        """Nothing lies beside it."""
        return ()

    def all(self, suffix: str) -> tuple[Asset, ...]:
        """Nothing lies beside it."""
        del suffix
        return ()


def known_incidents(ledger: Ledger, keys: Sequence[PublicKey]) -> tuple[incidents.Incident, ...]:
    """Incidents that are open or were closed by somebody whose words count."""
    with Shelf(None, incidents.VERSION) as shelf:
        shelf.catch_up(ledger.size, ledger.entries, incidents.fold(keys))
        found = tuple(shelf.items(incidents.INCIDENT, incidents.Incident))
    return tuple(one for one in found if one.stands or one.status is incidents.Status.CLOSED)


def live(ledger: Ledger, keys: Sequence[PublicKey]) -> tuple[Evidence, ...]:
    """Evidence on incidents and on reviews; none where the guard recorded neither. ``keys``: whose words count."""
    found = []
    known = known_incidents(ledger, keys)
    if known:
        found.append(_examined("HBK-RSP-001", "incidents", canonical(incidents.Incidents(incidents=known))))
    with Shelf(None, cases.VERSION) as shelf:
        shelf.catch_up(ledger.size, ledger.entries, cases.fold(keys))
        reviewed = tuple(shelf.items(cases.CASE, cases.Case))
    if any(case.rulings for case in reviewed):
        measures = cases.Measures(measurements=cases.measure(reviewed))
        found.append(_examined("HBK-GRD-003", "review", canonical(measures)))
    return tuple(found)


def _examined(rule: str, name: str, body: bytes) -> Evidence:
    asset = Asset(id=name, kind=Kind.DOCUMENT, uri=f".hauberk/{name}.json", digest=digest(body))
    return examine(card(rule), Target(asset=asset, source=_Folded(body=body)))
