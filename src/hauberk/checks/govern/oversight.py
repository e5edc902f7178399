# SPDX-License-Identifier: Apache-2.0
"""A system that advises or decides about people, and no person who can step in."""

import re
from collections.abc import Iterator

from hauberk.core.card import check
from hauberk.core.errors import Malformed
from hauberk.core.finding import Hit
from hauberk.core.place import FilePlace
from hauberk.core.scales import Basis, Confidence, Severity
from hauberk.core.system import Effect, Oversight, System
from hauberk.core.target import Target
from hauberk.manifest.blank import blank

_LEAST_WORDS = 40
"""A document that says who steps in, when and how is not shorter."""


def _about_people(target: Target) -> bool:
    return target.system is not None and target.system.effect is not Effect.NONE


@check(
    "HBK-GOV-002",
    stage="govern",
    kinds=("manifest",),
    formats=("hauberk",),
    severity=Severity.HIGH,
    remedy="declare under `oversight` who reviews, what they can do (stop, overturn) and how a person contests",
    references=("AI-Act:Art.14", "GDPR:Art.22(3)", "NIST-AI-RMF:MAP-3.5"),
    needs=("system",),
    applies=_about_people,
    basis=Basis.DECLARED,
)
def human_oversight(target: Target) -> Iterator[Hit]:
    """System acts on people without human oversight.

    A decision about a person needs a person who can stop it, overturn it, and to whom one can object. This rule reads
    what the manifest declares; whether the reviewer really can and does is not verified by it.
    """
    system = target.system
    if system is None:
        return
    decides = system.effect is Effect.DECIDES
    if system.oversight is None or blank(system.oversight.by):
        verb = "decides about" if decides else "advises on"
        yield Hit(
            message=f"the system {verb} people and the manifest names nobody who oversees it",
            severity=Severity.HIGH if decides else Severity.MEDIUM,
            place=FilePlace(
                path=system.uri, line=system.line("oversight") if system.oversight else system.line("effect")
            ),
            context="oversight",
        )
        return
    for fact, message in _lacks(system.oversight, decides=decides):
        yield Hit(
            message=message,
            severity=Severity.MEDIUM,
            place=FilePlace(path=system.uri, line=system.line(f"oversight.{fact}")),
            context=f"oversight {message}",
        )


def _lacks(oversight: Oversight, *, decides: bool) -> Iterator[tuple[str, str]]:
    if decides and "overturn" not in oversight.can:
        yield "can", "the reviewer is not declared able to overturn a decision"
    if decides and "stop" not in oversight.can:
        yield "can", "the reviewer is not declared able to stop the system"
    if not oversight.can and not decides:
        yield "can", "what the reviewer can do is not declared"
    if blank(oversight.contest):
        yield "contest", "how a person contests a decision is not declared"


def _names_file(target: Target) -> bool:
    system = target.system
    evidence = system.oversight.evidence if system and system.oversight else ""
    return _about_people(target) and bool(evidence) and "://" not in evidence


@check(
    "HBK-GOV-004",
    stage="govern",
    kinds=("manifest",),
    formats=("hauberk",),
    severity=Severity.MEDIUM,
    remedy="write what `oversight.evidence` names: who reviews, when, how they stop or overturn, how one objects",
    references=("AI-Act:Art.14", "AI-Act:Art.26(2)", "NIST-AI-RMF:GOVERN-3.2"),
    needs=("system",),
    applies=_names_file,
)
def oversight_evidence(target: Target) -> Iterator[Hit]:
    """Document that shows the human oversight is missing or empty.

    Oversight that is only declared is a sentence in a file. The document that it points to is what a reviewer works
    by; where it does not exist, or does not even name the reviewer, nobody does.
    """
    system = target.system
    if system is None or system.oversight is None:
        return
    wrong = _wrong(target, system, system.oversight)
    if wrong:
        message, confidence = wrong
        yield Hit(
            message=f"{system.oversight.evidence}: {message}",
            confidence=confidence,
            place=FilePlace(path=system.uri, line=system.line("oversight.evidence")),
            context="oversight evidence",
        )


def _wrong(target: Target, system: System, oversight: Oversight) -> tuple[str, Confidence] | None:
    found = target.source.find(oversight.evidence)
    if found is None:
        return "there is no such file", Confidence.HIGH
    try:
        text = Target(asset=found, source=target.source, system=system).text
    except Malformed:  # a scan or an office document: it exists, and its words cannot be read here
        return None
    words = re.findall(r"\w+", text.casefold())
    if len(words) < _LEAST_WORDS:
        return f"says too little ({len(words)} words) to work by", Confidence.HIGH
    role = [word for word in re.findall(r"\w{3,}", oversight.by.casefold()) if word not in {"the", "and"}]
    if role and not any(word in words for word in role):
        return "does not mention the reviewer whom the manifest names", Confidence.MEDIUM
    return None
