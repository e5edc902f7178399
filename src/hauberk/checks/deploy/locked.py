# SPDX-License-Identifier: Apache-2.0
"""What was locked, against what is there."""

from collections.abc import Iterator

from hauberk.core.card import check
from hauberk.core.errors import CannotLook
from hauberk.core.finding import Hit
from hauberk.core.scales import Kind, Severity
from hauberk.core.target import Target
from hauberk.manifest.lock import parse_lock

_GRAVE = frozenset({Kind.MODEL, Kind.CODE, Kind.IMAGE})


def _of_this_system(target: Target) -> bool:
    return target.system is not None and target.asset.uri.rpartition("/")[0] == target.system.uri.rpartition("/")[0]


@check(
    "HBK-DEP-013",
    stage="deploy",
    kinds=("manifest",),
    formats=("hauberk-lock",),
    severity=Severity.HIGH,
    remedy="find out who changed the file and why; if that was right, agree to it: hauberk lock, and commit the lock",
    references=("CWE-494", "ATLAS:AML.T0010", "OWASP-ML:2023:ML06", "AI-Act:Art.15"),
    needs=("system",),
    applies=_of_this_system,
)
def locked(target: Target) -> Iterator[Hit]:
    """Asset is not the one that was locked.

    hauberk.lock holds the digest of each model, dataset and program as the team last agreed to it. A file that differs
    was exchanged since, by a colleague or by somebody else; what was assessed and approved was another one.
    """
    lock = parse_lock(target.data)
    unread = []
    for name, pinned in sorted(lock.assets.items()):
        try:
            digest = target.other(name).asset.digest
        except CannotLook as error:
            unread.append(error.message)
            continue
        if digest != pinned.digest:
            yield Hit(
                message=f"{name} at {pinned.uri!r} is not the file that was locked",
                place=target.place(),
                context=f"{name} {pinned.digest}",
                severity=Severity.HIGH if pinned.kind in _GRAVE else Severity.MEDIUM,
            )
    if unread:
        raise CannotLook(f"locked and not there: {'; '.join(unread)}")
