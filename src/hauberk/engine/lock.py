# SPDX-License-Identifier: Apache-2.0
"""What there is to lock: declared files as they are now, rules and plugins as they are asked for."""

from pathlib import Path

from hauberk.core.errors import Misuse
from hauberk.core.lock import Lock, Locked
from hauberk.core.system import System
from hauberk.engine.catalogue import catalogue
from hauberk.engine.discover import discover


def current(folder: Path, system: System, before: Lock) -> Lock:
    """The lock of a system as it stands; contracts are those of before, of models that are still declared.

    Raises Misuse where a declared file is missing or cannot be read: half a lock would pass for a whole one.
    """
    met = discover(folder, system=system, base=folder)
    ids = {one.id for one in system.assets}
    missing = sorted(one.uri for one in met.assets if one.id in ids and one.format == "missing")
    if missing:
        raise Misuse(f"declared and not there: {', '.join(missing[:5])}", remedy="correct the manifest first")
    files = [one for one in met.assets if one.id in ids and one.is_file]
    unread = sorted(one.uri for one in files if not one.digest)
    if unread:
        raise Misuse(f"cannot be read: {', '.join(unread[:5])}", remedy="give permission to read it")
    return Lock(
        assets={one.id: Locked(kind=one.kind, uri=one.uri, digest=one.digest or "") for one in files},
        cards={card.id: card.version for card in catalogue().values()},
        plugins={one.name: f"{one.version}@{one.digest}" for one in system.plugins},
        contracts={name: told for name, told in before.contracts.items() if name in ids},
        release=before.release,
    )
