# SPDX-License-Identifier: Apache-2.0
"""Every document that hauberk drafts: its name, its title, what it is, and who fills it."""

from collections.abc import Callable
from dataclasses import dataclass

from hauberk.govern.material import Material
from hauberk.govern.paper import Paper, Section
from hauberk.govern.papers_act import annex_iv, system_card
from hauberk.govern.papers_ethics import ethics
from hauberk.govern.papers_model import datasheet, model_card
from hauberk.govern.papers_rights import dpia, fria, incident, notice


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of document."""

    title: str
    about: str
    build: Callable[[Material], tuple[Section, ...]]


KINDS: dict[str, Kind] = {
    "model-card": Kind(title="Model card", about="After Mitchell et al., arXiv:1810.03993.", build=model_card),
    "datasheet": Kind(title="Datasheet", about="After Gebru et al., arXiv:1803.09010.", build=datasheet),
    "system-card": Kind(title="System card", about="The whole system, and what was looked at.", build=system_card),
    "dpia": Kind(
        title="Data-protection impact assessment, draft",
        about="Prefilled along GDPR Art. 35(7); every judgement is still a person's.",
        build=dpia,
    ),
    "fria": Kind(
        title="Fundamental-rights impact assessment, draft",
        about="Prefilled along AI Act Art. 27(1); every judgement is still a person's.",
        build=fria,
    ),
    "annex-iv": Kind(
        title="Technical documentation, index",
        about="Points of AI Act Annex IV in our own words; whether the system is of high risk is a person's decision.",
        build=annex_iv,
    ),
    "ethics": Kind(
        title="Ethical risk assessment, draft",
        about="Along the headings of ALTAI (2020) in our own words; every judgement is still a person's.",
        build=ethics,
    ),
    "notice": Kind(
        title="Notice to those affected",
        about="For people whom the system affects; GDPR Art. 13 to 15, AI Act Art. 26(11) and 50.",
        build=notice,
    ),
    "incident-report": Kind(
        title="Incident report, template",
        about="Prefilled with what does not depend on the incident.",
        build=incident,
    ),
}


def paper(name: str, material: Material) -> Paper:
    """One document by its name."""
    kind, assessment = KINDS[name], material.scan.assessment
    rests = (
        f"Rests on assessment {assessment.id}, closed {assessment.closed}." if assessment else "Rests on no assessment."
    )
    how = (
        "Each value from the ledger is followed, in square brackets, by the beginning of its evidence's id and a part. "
        "Intervals are at 95 % unless their name says otherwise. hauberk govern verify-docs compares all of them."
    )
    doubts = [f"{one.asset}: {one.reason}." for one in material.scan.verdict.unable if not one.card]
    return Paper(
        name=name,
        title=kind.title,
        system=material.system.name,
        about=(kind.about, rests, *doubts, material.scan.integrity, how),
        sections=kind.build(material),
    )
