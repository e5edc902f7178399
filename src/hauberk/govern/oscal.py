# SPDX-License-Identifier: Apache-2.0
"""A posture as OSCAL assessment results (NIST, OSCAL 1.1 and later): what was reviewed, observed and found.

Ids are version 5 UUIDs of what they name, so that the same posture gives the same file. A finding is satisfied only
where a record backs the duty whole; whatever else is ``not-satisfied``, with the state as the reason's remark.
"""

import json
import re
import uuid
from collections.abc import Iterator
from typing import Any

from hauberk.core.scales import Basis
from hauberk.govern.posture import Duty, Posture, State
from hauberk.govern.threat import Proof

VERSION = "1.1.3"
"""Of OSCAL's model; later 1.x read it."""
_SPACE = uuid.UUID("7d3a4b1e-6c0f-5f6a-9a51-2f4a6f0f6d10")
_METHODS = {Basis.EXAMINED.value: "EXAMINE", Basis.MEASURED.value: "TEST", Basis.DECLARED.value: "INTERVIEW"}


def results(one: Posture) -> str:
    """The JSON text of an ``assessment-results`` document."""
    stamp = one.assessed or f"{one.as_of}T00:00:00Z"
    body = {
        "uuid": _id(one, "document"),
        "metadata": {
            "title": f"Posture of {one.system}: {one.title}",
            "last-modified": stamp,
            "version": one.assessment or "no assessment",
            "oscal-version": VERSION,
            "remarks": "A state says what backs a duty; whether it is met in law is a person's decision.",
        },
        "import-ap": {"href": f"#{one.assessment or 'none'}", "remarks": "the plan is that of the assessment"},
        "results": [_result(one, stamp)],
    }
    return json.dumps({"assessment-results": body}, indent=2, ensure_ascii=False) + "\n"


def _result(one: Posture, stamp: str) -> dict[str, Any]:
    proofs = {proof.evidence: proof for duty in one.duties for leg in duty.legs for proof in leg.proofs}
    controls: list[dict[str, Any]] = [{"control-id": token(duty.id)} for duty in one.duties]
    lists = {
        "observations": [_observation(one, proof, stamp) for proof in proofs.values()],
        "findings": [_finding(one, duty) for duty in one.duties],
    }
    return {
        "uuid": _id(one, "result"),
        "title": f"{one.title}, as of {one.as_of}",
        "description": one.integrity or one.broken or "no ledger",
        "start": stamp,
        "reviewed-controls": {
            "control-selections": [{"include-controls": controls} if controls else {"include-all": {}}]
        },
        **{name: members for name, members in lists.items() if members},  # OSCAL has no empty lists
    }


def token(name: str) -> str:
    """A name as an OSCAL token: ``ai-act:Art.9(2)(a)`` is ``ai-act_Art.9_2_a``; the first character is a letter."""
    plain = re.sub(r"[^A-Za-z0-9.-]+", "_", name).strip("_")
    return plain if plain[:1].isalpha() else f"_{plain}"


def _id(one: Posture, name: str) -> str:
    return str(uuid.uuid5(_SPACE, f"{one.system}\0{one.framework}\0{one.as_of}\0{one.assessment}\0{name}"))


def _observation(one: Posture, proof: Proof, stamp: str) -> dict[str, Any]:
    return {
        "uuid": _id(one, proof.evidence),
        "title": f"{proof.card} on {proof.asset}",
        "description": f"{proof.outcome}" + (f": {proof.note}" if proof.note else ""),
        "methods": [_METHODS[proof.basis]],
        "relevant-evidence": [{"href": f"#{proof.evidence}", "description": "evidence in the ledger, by its id"}],
        "collected": stamp,
    }


def _finding(one: Posture, duty: Duty) -> dict[str, Any]:
    observed = [{"observation-uuid": _id(one, proof.evidence)} for leg in duty.legs for proof in leg.proofs]
    status: dict[str, Any] = {"state": "satisfied" if duty.state.passes else "not-satisfied"}
    status |= {"reason": "pass"} if duty.state.passes else {"reason": "fail" if duty.state is State.FOUND else "other"}
    status["remarks"] = "; ".join(_remarks(duty))
    finding = {
        "uuid": _id(one, duty.id),
        "title": duty.id,
        "description": duty.words,
        "target": {"type": "statement-id", "target-id": token(duty.id), "status": status},
    }
    return {**finding, "related-observations": observed} if observed else finding


def _remarks(duty: Duty) -> Iterator[str]:
    yield duty.state.value
    yield from duty.why
    yield from (f"signed by {one.who} as {one.role} until {one.until}" for one in duty.held if not one.doubt)
    yield f"source: {duty.source.title}, {duty.source.version}, retrieved {duty.source.retrieved}"
    if not duty.applies:
        yield f"applies from {duty.applies_from}"
