# SPDX-License-Identifier: Apache-2.0
"""System card, and the index of technical documentation of AI Act Annex IV, point by point in our own words."""

from collections import Counter

from hauberk.core.scales import Kind, Outcome
from hauberk.govern.material import Material
from hauberk.govern.paper import Origin, Section, Slot
from hauberk.govern.papers_model import ERRORS, GAPS, PRACTICE, SCORES, SUBGROUPS
from hauberk.govern.papers_rights import SERVING, _flows, _oversight

_NOTHING = "Nothing was found by the rules that ran."
_ALL = "Nothing: every rule that ran finished."


def system_card(material: Material) -> tuple[Section, ...]:
    """The whole system on a page: parts, flows, people, what was looked at, what was found, what was not."""
    return (
        Section(
            title="System",
            slots=(
                material.either("Purpose", "purpose", material.system.purpose, "purpose in the manifest"),
                material.declared(
                    "Sector and regions", [material.system.sector, *material.system.regions], "sector and regions"
                ),
                material.declared(
                    "Who answers for it",
                    [f"{one.name}, {one.role}" for one in material.system.owners],
                    "owners in the manifest",
                ),
                material.declared("Parts", _parts(material), "assets in the manifest"),
                material.declared("Flows", _flows(material), "flows in the manifest"),
                material.declared("Human oversight", _oversight(material), "oversight in the manifest"),
            ),
        ),
        Section(
            title="What was looked at",
            slots=(
                material.recorded("Coverage", _coverage(material), "an assessment"),
                material.ended("What was found", Outcome.FOUND, _NOTHING),
                material.ended("What could not be looked at", Outcome.UNABLE, _ALL),
            ),
        ),
        Section(
            title="Quality, robustness, fairness",
            slots=(
                material.measured("Measured", ("accuracy", "r2", "robust_accuracy")),
                material.measured("Groups of people", GAPS),
                material.measured("Subgroups that a search found to fare worst", SUBGROUPS),
                material.examined("Serving code against strangers", SERVING, "serving code"),
            ),
        ),
        Section(title="Risks", slots=(material.risks("Threats, worst first"),)),
    )


def _parts(material: Material) -> list[str]:
    return [f"{one.id}: {one.kind.value}" + (f", {one.uri}" if one.uri else "") for one in material.system.assets]


def _coverage(material: Material) -> list[str]:
    cover = material.scan.coverage
    ran = Counter(one.stage.value for one in material.scan.evidence)
    return [
        f"{cover.files} files met: {cover.examined} examined, {cover.unable} unable, {len(cover.no_rule)} of no rule",
        "Pieces of evidence by stage: " + ", ".join(f"{stage} {number}" for stage, number in sorted(ran.items())),
        material.scan.integrity,
    ]


def annex_iv(material: Material) -> tuple[Section, ...]:
    """Each point of Annex IV with what answers it."""
    return (
        Section(
            title="1. General description",
            slots=(
                material.either(
                    "(a) Intended purpose, provider, version",
                    "purpose",
                    material.system.purpose,
                    "purpose in the manifest",
                ),
                material.declared("(b) What it interacts with", _flows(material), "flows in the manifest"),
                material.recorded("(c) Software versions", _versions(material), "models that are files"),
                material.declared(
                    "(d) Forms in which it is put on the market",
                    _forms(material, Kind.IMAGE, Kind.ENDPOINT),
                    "images or endpoints",
                ),
                material.declared(
                    "(e) Hardware that it is meant for",
                    _forms(material, Kind.MANIFEST, Kind.CLOUD),
                    "deployment manifests",
                ),
                material.written("(g) User interface and instructions for use", "instructions"),
            ),
        ),
        Section(
            title="2. Elements and development",
            slots=(
                material.examined(
                    "(a) Steps of development, third-party parts",
                    ("HBK-TRN-001", "HBK-TRN-002", "HBK-COD-001"),
                    "a training process",
                ),
                material.written("(b) Design choices and assumptions", "design-choices"),
                material.declared("(c) Architecture", _parts(material), "assets in the manifest"),
                material.examined(
                    "(d) Data: provenance, selection, cleaning",
                    ("HBK-DAT-001", "HBK-DAT-002", "HBK-DAT-003", "HBK-DAT-004"),
                    "data sets",
                ),
                material.examined("(d) Data: preparation and splits", PRACTICE, "training code"),
                material.measured(
                    "(d) Data: which personal columns the task needs", ("drop_column_loss", "reference_gain")
                ),
                material.examined("(e) Human oversight", ("HBK-GOV-002", "HBK-GOV-004"), "an effect on people"),
                material.written("(f) Changes determined in advance", "planned-changes"),
                material.measured(
                    "(g) Validation and testing", ("accuracy", "r2", "robust_accuracy", "shared_rows_rate")
                ),
                material.measured("(g) Testing for bias: scores and subgroups", (*SUBGROUPS, *SCORES)),
                material.examined(
                    "(h) Cybersecurity measures",
                    ("HBK-DES-001", "HBK-SEC-001", "HBK-DEP-001", "HBK-DEP-003", "HBK-DEP-004", "HBK-MOD-001"),
                    "files",
                ),
            ),
        ),
        Section(
            title="3. Monitoring, functioning and control",
            slots=(
                material.measured(
                    "Accuracy, also for groups of people",
                    ("accuracy", "r2", *ERRORS, "selection_rate"),
                ),
                material.risks("Foreseeable unintended outcomes", {"hazard", "misuse"}.__contains__),
            ),
        ),
        Section(
            title="4. Why these metrics fit", slots=(material.written("Appropriateness of the metrics", "metrics"),)
        ),
        Section(
            title="5. Risk management (Art. 9)",
            slots=(
                material.risks("Threats and how they stand"),
                material.declared("Decisions", _decisions(material), "treatments or acceptances of threats"),
            ),
        ),
        Section(title="6. Changes through its life", slots=(_history(material),)),
        Section(
            title="7. Standards applied",
            slots=(material.written("Harmonised standards, or what else was done", "standards"),),
        ),
        Section(
            title="8. EU declaration of conformity", slots=(material.written("Copy of the declaration", "declaration"),)
        ),
        Section(title="9. Post-market monitoring (Art. 72)", slots=(material.written("Plan", "monitoring-plan"),)),
    )


def _versions(material: Material) -> list[str]:
    assets = {
        one.asset.id: one.asset
        for one in material.scan.evidence
        if one.asset.kind in {Kind.MODEL, Kind.CODE, Kind.IMAGE}
    }
    return [f"{one.id}: {one.digest}" for one in assets.values() if one.digest]


def _forms(material: Material, *kinds: Kind) -> list[str]:
    return [f"{one.id}: {one.uri}" for one in material.system.assets if one.kind in kinds and one.uri]


def _decisions(material: Material) -> list[str]:
    treated = [f"{one.id}: {one.treatment}" for one in material.threats.threats if one.treatment]
    return treated + [
        f"{one.id}: accepted until {one.accepted.until} by {one.accepted.who}, {one.accepted.reason}"
        for one in material.threats.threats
        if one.accepted
    ]


def _history(material: Material) -> Slot:
    one = material.scan.assessment
    lines = (
        f"Assessment {one.id}, plan {one.plan_digest}, closed {one.closed}" if one else "",
        material.scan.integrity,
    )
    return Slot(label="Sealed history", origin=Origin.LEDGER, lines=tuple(filter(None, lines)))
