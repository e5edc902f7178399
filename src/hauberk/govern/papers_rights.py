# SPDX-License-Identifier: Apache-2.0
"""Drafts that people sign: data-protection and fundamental-rights impact, notice to those affected, incident report.

The points follow GDPR Art. 35(7), AI Act Art. 27(1), Art. 13, 26 and 50, GDPR Art. 13-15 and AI Act Art. 73, in our own
words. A draft is prefilled, never decided: every judgement stays with a person.
"""

from hauberk.core.scales import Kind, Outcome, Severity
from hauberk.govern.catalogues import words
from hauberk.govern.material import Material
from hauberk.govern.paper import Section, Slot
from hauberk.govern.papers_model import DECISIONS, ERRORS, GAPS, SCORES, SUBGROUPS
from hauberk.manifest.blank import blank

_PRIVACY = {"linking", "identifying", "nonrepudiation", "detecting", "disclosure", "unawareness", "noncompliance"}
_SAFETY = {"hazard", "misuse"}
SERVING = ("HBK-COD-010", "HBK-COD-011", "HBK-COD-012", "HBK-COD-013", "HBK-DEP-010", "HBK-DEP-011", "HBK-DEP-012")
"""Rules on what serving code does with what strangers send."""


def _flows(material: Material) -> list[str]:
    lines = []
    for flow in material.system.flows:
        carried = ", ".join(flow.carries) or "unstated"
        guarded = ", ".join(flow.protection) or "no protection is declared"
        lines.append(f"{flow.name}: {flow.source} to {flow.target}, carries {carried}; {guarded}")
    return lines


def _abroad(material: Material) -> list[str]:
    found = []
    for flow in material.system.flows:
        way = material.graph.abroad(flow)
        if way and {"personal", "sensitive"} & set(flow.carries):
            found.append(f"{flow.name}: {way[0]} to {way[1]}, basis: {flow.basis or 'none stated'}")
    return found or ["No declared flow takes personal data out of its legal area."]


def _oversight(material: Material) -> list[str]:
    one = material.system.oversight
    if one is None:
        return []
    return [
        f"{one.by} may {', '.join(one.can) or 'do nothing that is stated'}",
        f"To contest: {one.contest}" if one.contest else "",
    ]


def _people(material: Material) -> str:
    return material.graph.people()


def _bases(material: Material) -> list[str]:
    return [
        f"{one.id}.{column.name}: {column.basis}"
        for one in material.of_kind(Kind.DATASET)
        for column in one.facts.columns
        if column.personal and not blank(column.basis)
    ]


def _stated(material: Material, label: str) -> list[str]:
    """A label of each data set that states it."""
    told = ((one.id, getattr(one.facts, label)) for one in material.of_kind(Kind.DATASET))
    return [f"{name}: {text}" for name, text in told if not blank(text)]


def _heard(material: Material) -> list[str]:
    return [
        f"{one.who}, {one.when or 'day not stated'}: {one.said}; changed: {one.changed or 'nothing is stated'}"
        for one in material.system.stakeholders
        if not blank(one.said)
    ]


def dpia(material: Material) -> tuple[Section, ...]:
    """Draft of a data-protection impact assessment."""
    return (
        Section(
            title="Processing (Art. 35(7)(a))",
            slots=(
                material.either("Purpose", "purpose", material.system.purpose, "purpose in the manifest"),
                material.declared("Whose data", _people(material), "flows or data sets that carry personal data"),
                material.declared("Flows", _flows(material), "flows in the manifest"),
                material.declared("Across borders", _abroad(material), "flows in the manifest"),
                material.examined("Personal data that was found", ("HBK-DAT-001",), "a table that hauberk opens"),
            ),
        ),
        Section(
            title="Necessity and proportion (Art. 35(7)(b))",
            slots=(
                material.either(
                    "Legal basis",
                    "lawful-basis",
                    [*_bases(material), *_stated(material, "lawful_basis")],
                    "basis of each personal column, facts.lawful_basis, or docs/narrative/lawful-basis.md",
                ),
                material.measured("What each personal column adds to the task", ("drop_column_loss", "reference_gain")),
                material.written("Why nothing milder would do", "necessity"),
            ),
        ),
        Section(
            title="Risks to people (Art. 35(7)(c))",
            slots=(
                material.risks("Threats to privacy", _PRIVACY.__contains__),
                material.measured("What the model tells of its training data", ("membership_tpr", "membership_auc")),
                material.measured("Decisions by group", GAPS),
                material.measured("Subgroups that a search found to fare worst", SUBGROUPS),
            ),
        ),
        Section(
            title="Measures (Art. 35(7)(d))",
            slots=(
                material.examined(
                    "Protection of flows and borders", ("HBK-DES-001", "HBK-DES-002"), "flows in the manifest"
                ),
                material.examined("Access", ("HBK-DEP-003", "HBK-DEP-005", "HBK-DEP-007"), "an endpoint"),
                material.examined("Secrets", ("HBK-SEC-001", "HBK-NBK-001"), "files"),
                material.examined("Serving code against strangers", SERVING, "serving code"),
                material.declared("Human review", _oversight(material), "oversight in the manifest"),
                material.either(
                    "What those affected, or their representatives, said",
                    "consultation",
                    _heard(material),
                    "stakeholders in the manifest, or docs/narrative/consultation.md",
                ),
                material.written("Advice of the data protection officer", "dpo-advice"),
            ),
        ),
    )


def fria(material: Material) -> tuple[Section, ...]:
    """Draft of a fundamental-rights impact assessment."""
    return (
        Section(
            title="Use (Art. 27(1)(a) and (b))",
            slots=(
                material.either(
                    "Process in which it is used", "use-process", material.system.purpose, "purpose in the manifest"
                ),
                material.written("How long and how often", "use-period"),
            ),
        ),
        Section(
            title="People (Art. 27(1)(c))",
            slots=(
                material.declared("Who is affected", _people(material), "flows or data sets that carry personal data"),
                material.measured("Decisions by group", DECISIONS),
            ),
        ),
        Section(
            title="Harm (Art. 27(1)(d))",
            slots=(
                material.risks("Hazards and misuse", _SAFETY.__contains__),
                material.measured("Errors by group", ERRORS),
                material.measured("Subgroups that a search found to fare worst", SUBGROUPS),
                material.measured("Whether a score means the same in each group", SCORES),
                material.measured("How easily it is fooled", ("robust_accuracy",)),
            ),
        ),
        Section(
            title="Oversight and redress (Art. 27(1)(e) and (f))",
            slots=(
                material.declared("Human oversight", _oversight(material), "oversight in the manifest"),
                material.examined(
                    "Whether it is in place", ("HBK-GOV-002", "HBK-GOV-004"), "an effect on people in the manifest"
                ),
                material.written("What happens when harm occurs, who decides, where people complain", "redress"),
            ),
        ),
    )


def notice(material: Material) -> tuple[Section, ...]:
    """Notice to those affected, in plain words."""
    effect = {
        "decides": "A machine-learning system decides about you.",
        "advises": "A machine-learning system advises the person who decides about you.",
        "none": "A machine-learning system is used; it decides nothing about you.",
    }[material.system.effect.value]
    generating = any(material.graph.generates(one) for one in material.system.assets)
    columns = sorted(
        {column.name for one in material.of_kind(Kind.DATASET) for column in one.facts.columns if column.personal}
    )
    third = [
        f"{flow.target} gets {', '.join(flow.carries)} data"
        for flow in material.system.flows
        if material.graph.is_outside(flow.target) and {"personal", "sensitive"} & set(flow.carries)
    ]
    return (
        Section(
            title="What this is",
            slots=(
                material.declared(
                    "That a machine is involved", [effect, "You talk to a machine." if generating else ""], "effect"
                ),
                material.either("What for", "purpose", material.system.purpose, "purpose in the manifest"),
                material.declared(
                    "Who answers for it",
                    [f"{one.name}, {one.contact}" for one in material.system.owners if one.contact],
                    "an owner with a contact",
                ),
            ),
        ),
        Section(
            title="Your data",
            slots=(
                material.declared("What is held of you", columns, "facts.columns of the data sets"),
                material.declared("Who else gets it", third or ["Nobody else, as far as flows are declared."], "flows"),
                material.declared("Where it goes", _abroad(material), "flows in the manifest"),
                material.either(
                    "How long it is kept",
                    "retention",
                    _stated(material, "retention"),
                    "facts.retention of the data sets",
                ),
            ),
        ),
        Section(
            title="How well it works",
            slots=(
                material.measured("How often it is right", ("accuracy", "r2")),
                material.measured("How groups fare", GAPS),
            ),
        ),
        Section(
            title="What you can do",
            slots=(
                material.declared(
                    "To contest a decision",
                    material.system.oversight.contest if material.system.oversight else "",
                    "oversight.contest in the manifest",
                ),
                material.written("Your rights and where to complain", "rights"),
            ),
        ),
    )


def incident(material: Material) -> tuple[Section, ...]:
    """Template of an incident report, prefilled with what does not depend on the incident."""
    severe = [one for one in material.threats.threats if one.severity >= Severity.HIGH]
    watched = [f"{one.id}: {one.title} ({words(one.techniques[0])})" for one in severe[:10]]
    return (
        Section(
            title="System",
            slots=(
                material.declared("System", f"{material.system.name}: {material.system.purpose}", "name and purpose"),
                material.declared(
                    "Who answers for it",
                    [f"{one.name}, {one.role}" for one in material.system.owners],
                    "owners in the manifest",
                ),
                material.declared("Where it runs", material.system.regions, "regions in the manifest"),
                material.recorded("State last assessed", _assessment(material), "an assessment"),
            ),
        ),
        Section(
            title="What to look for first",
            slots=(
                material.declared("Severe threats", watched, "threats of high severity"),
                material.measured("How easily it is fooled", ("robust_accuracy",)),
                material.ended(
                    "Findings at the last assessment", Outcome.FOUND, "Nothing was found by the rules that ran."
                ),
            ),
        ),
        Section(
            title="Incident",
            slots=tuple(
                material.written(label, name)
                for label, name in (
                    ("What happened, when, and how it became known", "incident-what"),
                    ("Who is harmed and how badly", "incident-harm"),
                    ("What was done", "incident-measures"),
                )
            ),
        ),
        Section(title="Clocks", slots=(_clocks(material),)),
    )


def _assessment(material: Material) -> list[str]:
    one = material.scan.assessment
    return [f"assessment {one.id}, closed {one.closed}"] if one else []


def _clocks(material: Material) -> Slot:
    act = (
        "AI Act Art. 73, where the system is of high risk: 15 days; 10 days where somebody died; 2 days where it is "
        "widespread or hits critical infrastructure. Read in the text of 2024; check the text in force."
    )
    lines = ["GDPR Art. 33: to the authority within 72 hours of awareness, unless no risk to people is likely", act]
    return material.declared("Legal clocks, as of 2026-11-24", lines, "clocks")
