# SPDX-License-Identifier: Apache-2.0
"""Ethical risk assessment: who is touched, who may be harmed and how, who fares worse, who can object, who judges.

The questions follow the headings of the European Commission's assessment list for trustworthy AI (ALTAI, 2020), in our
own words. What can be measured is; every judgement stays with a person, and says GAP until somebody makes it.
"""

from hauberk.core.scales import Kind
from hauberk.govern.material import Material
from hauberk.govern.paper import Section
from hauberk.govern.papers_model import DECISIONS, ERRORS, SCORES, SUBGROUPS
from hauberk.govern.papers_rights import _heard, _oversight, _people
from hauberk.manifest.blank import blank

_HARM = {"hazard", "misuse"}
_DIGNITY = {"linking", "identifying", "detecting", "disclosure", "unawareness", "noncompliance"}
_REASONS = ("explanation_faithfulness", "explanation_stability", "explanation_randomisation")


def ethics(material: Material) -> tuple[Section, ...]:
    """Ethical risks of the system, each with what is known of it."""
    return (
        Section(
            title="Who is touched, and who has a say",
            slots=(
                material.either("What it is for", "purpose", material.system.purpose, "purpose in the manifest"),
                material.declared("Who is touched", _people(material), "flows or data sets that carry personal data"),
                material.either(
                    "Who was asked, what they said and what changed",
                    "consultation",
                    _heard(material),
                    "stakeholders in the manifest, or docs/narrative/consultation.md",
                ),
            ),
        ),
        Section(
            title="Harm and misuse",
            slots=(
                material.risks("Who may be harmed, by error or on purpose", _HARM.__contains__),
                material.measured("How easily it is fooled", ("robust_accuracy",)),
                material.measured("How often it is right", ("accuracy", "r2")),
            ),
        ),
        Section(
            title="Fairness",
            slots=(
                material.measured("Decisions by group", DECISIONS),
                material.measured("Errors by group", ERRORS),
                material.measured("Subgroups that a search found to fare worst", SUBGROUPS),
                material.measured("Whether a score means the same in each group", SCORES),
                material.written("Which definition of fairness was chosen, against which others, and why", "fairness"),
            ),
        ),
        Section(
            title="Autonomy and oversight",
            slots=(
                material.declared("Who oversees it, and how it is contested", _oversight(material), "oversight"),
                material.examined(
                    "Whether that is in place",
                    ("HBK-GOV-002", "HBK-GOV-004", "HBK-GRD-003"),
                    "an effect on people in the manifest",
                ),
            ),
        ),
        Section(
            title="Being understood",
            slots=(
                material.measured("What decisions rest on of what people cannot change", ("sensitive_influence",)),
                material.measured("What its explanations are worth", (*_REASONS, "two_rules_gap")),
            ),
        ),
        Section(
            title="Privacy and dignity",
            slots=(
                material.risks("Threats to privacy", _DIGNITY.__contains__),
                material.measured("What the model tells of its training data", ("membership_tpr", "membership_auc")),
                material.declared("On what ground data are used", _grounds(material), "lawful_basis of the data sets"),
            ),
        ),
        Section(
            title="Judgement",
            slots=(
                material.written("Values that pull in different directions, and which was given way", "values"),
                material.written("Whether it should be used at all, by name", "ethical-judgement"),
            ),
        ),
    )


def _grounds(material: Material) -> list[str]:
    data = material.of_kind(Kind.DATASET)
    stated = [f"{one.id}: {one.facts.lawful_basis}" for one in data if not blank(one.facts.lawful_basis)]
    return stated + [
        f"{one.id}.{column.name}: {column.basis}"
        for one in data
        for column in one.facts.columns
        if column.sensitive and not blank(column.basis)
    ]
