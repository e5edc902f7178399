# SPDX-License-Identifier: Apache-2.0
"""What a training run read, and whether it is still the same."""

from collections.abc import Iterator

from hauberk.core.canonical import digest
from hauberk.core.card import check
from hauberk.core.errors import CannotLook
from hauberk.core.finding import Hit
from hauberk.core.scales import Confidence, Severity
from hauberk.core.system import Declared
from hauberk.core.target import Target


def _trains(target: Target) -> bool:
    assets = target.system.assets if target.system else ()
    return bool(target.facts.inputs) or any(one.facts.trained_by == target.asset.id for one in assets)


@check(
    "HBK-TRN-001",
    stage="train",
    kinds=("process",),
    severity=Severity.MEDIUM,
    remedy="record the digest of each input in the manifest (sha256sum FILE), and train again where a file has changed",
    references=("CWE-345", "ATLAS:AML.T0020", "OWASP-ML:2023:ML02", "AI-Act:Art.12"),
    needs=("system",),
    applies=_trains,
)
def inputs(target: Target) -> Iterator[Hit]:
    """Training inputs are not pinned by a digest.

    Rows that somebody slipped in, or a base model that was exchanged, leave no trace unless the digest of what was
    read is on record; where the record no longer fits the file, the model was made from something else.
    """
    system = target.system
    if system is None or not target.facts.inputs:
        yield Hit(
            message="the manifest does not say what this training run reads",
            place=target.stated("facts.inputs"),
            context="no inputs",
        )
        return
    unseen: list[str] = []
    for name in target.facts.inputs:
        declared = system.declared(name)
        if declared is None:
            unseen.append(f"{name} is not declared")
        elif not declared.digest:
            message = f"input {name!r} has no recorded digest"
            yield Hit(message=message, place=target.stated("facts.inputs"), context=f"{name} no digest")
        else:
            yield from _changed(target, declared, unseen)
    if unseen:
        raise CannotLook(f"inputs that could not be compared with their digests: {'; '.join(unseen)}")


def _changed(target: Target, declared: Declared, unseen: list[str]) -> Iterator[Hit]:
    """A hit where the file is another one than was recorded; what cannot be read is noted in ``unseen``."""
    try:
        other = target.other(declared.id)
        found = other.asset.digest or digest(other.data)
    except CannotLook as error:
        unseen.append(error.message)
        return
    if found.lower() != declared.digest.lower():
        yield Hit(
            message=f"input {declared.id!r} is no longer the file whose digest was recorded",
            place=target.stated("facts.inputs"),
            severity=Severity.HIGH,
            confidence=Confidence.HIGH,
            context=f"{declared.id} changed",
        )
