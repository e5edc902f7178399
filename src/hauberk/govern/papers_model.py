# SPDX-License-Identifier: Apache-2.0
"""Model card (Mitchell et al., arXiv:1810.03993) and datasheet (Gebru et al., arXiv:1803.09010), computed."""

from hauberk.core.scales import Kind
from hauberk.core.system import Declared
from hauberk.govern.material import Material
from hauberk.govern.paper import Section, Slot
from hauberk.manifest.blank import blank

PRACTICE = ("HBK-TRN-010", "HBK-TRN-011", "HBK-TRN-012", "HBK-TRN-013")
"""Rules on what training code does with rows."""
SUBGROUPS = (
    *(f"worst_subgroup_{what}_shortfall" for what in ("opportunity", "selection", "accuracy")),
    "worst_subgroup_standardised_mean_error",
    "worst_subgroup_standardised_absolute_error",
)
DECISIONS = ("selection_rate", "demographic_parity_difference", "mean_prediction", "mean_prediction_gap")
"""Of labels, and of predicted numbers."""
ERRORS = (
    "true_positive_rate",
    "false_positive_rate",
    "equalized_odds_difference",
    "mean_error",
    "mean_absolute_error",
    "standardised_mean_error_gap",
    "standardised_mean_absolute_error_gap",
)
GAPS = ("demographic_parity_difference", "equalized_odds_difference", *ERRORS[-2:])
"""How far groups lie apart, without each group's own number."""
SCORES = ("calibration_in_the_large_gap", "expected_calibration_error_gap", "brier_score_gap", "ranking_gap")


def model_card(material: Material) -> tuple[Section, ...]:
    """What the model is, for whom, how well it works, for whom less well, and what breaks it."""
    models = material.of_kind(Kind.MODEL)
    return (
        Section(title="Model details", slots=tuple(_details(material, models))),
        Section(
            title="Intended use",
            slots=(
                material.either("Purpose", "purpose", material.system.purpose, "purpose in the manifest"),
                material.declared("What it does to people", _effect(material), "effect in the manifest"),
                material.written("Uses that it is not made for", "out-of-scope"),
            ),
        ),
        Section(
            title="Quality",
            slots=(
                material.measured("Accuracy on held-out rows", ("accuracy", "r2")),
                material.measured("Accuracy under attack", ("robust_accuracy", "median_adversarial_distance")),
                material.measured("Effort of an attack", ("queries_per_row",)),
                material.examined("Test rows that the model has seen", ("HBK-DAT-002",), "no test data is declared"),
                material.measured("Shared rows", ("shared_rows_rate", "shared_rows_excess")),
                material.examined("How rows were prepared, split and judged", PRACTICE, "training code"),
            ),
        ),
        Section(
            title="Groups of people",
            slots=(
                material.measured("Decisions by group", DECISIONS),
                material.measured("Errors by group", ERRORS),
                material.measured("Subgroups that a search found to fare worst", SUBGROUPS),
                material.measured("Whether a score means the same in each group", SCORES),
                material.measured("What a personal column adds", ("drop_column_loss", "reference_gain")),
            ),
        ),
        Section(
            title="Privacy of the people in the training data",
            slots=(
                material.measured("Membership inference", ("membership_tpr", "membership_auc", "membership_blind_auc")),
            ),
        ),
        Section(
            title="Limits",
            slots=(
                material.written("Known limits", "limitations"),
                material.risks("Threats to the model and its users", most=8),
            ),
        ),
    )


def _effect(material: Material) -> str:
    return {"decides": "It decides about people.", "advises": "It advises whoever decides about people.", "none": ""}[
        material.system.effect.value
    ] or "It affects nobody directly."


def _details(material: Material, models: list[Declared]) -> list[Slot]:
    described = [
        f"{one.id}: {one.facts.task or 'task not stated'}, {one.uri or 'no file'}"
        + (f", made by {one.facts.trained_by}" if one.facts.trained_by else "")
        for one in models
    ]
    digests = [
        f"{evidence.asset.id}: {evidence.asset.digest}"
        for evidence in material.scan.evidence
        if evidence.asset.kind is Kind.MODEL and evidence.asset.digest
    ]
    owners = [f"{one.name}, {one.role} {one.contact}".rstrip() for one in material.system.owners]
    return [
        material.declared("Models", described, "models under assets in the manifest"),
        material.recorded("Digests of what was assessed", tuple(dict.fromkeys(digests)), "models that are files"),
        material.declared("Who answers for it", owners, "owners in the manifest"),
        material.declared("Trained on", _trained(models), "facts.trained_on of the models"),
        material.examined(
            "What loading it does",
            ("HBK-MOD-001", "HBK-MOD-002", "HBK-MOD-003"),
            "no model is a file that hauberk opens",
        ),
        material.examined(
            "How reproducible its training is", ("HBK-TRN-001", "HBK-TRN-002"), "a declared training process"
        ),
    ]


def _trained(models: list[Declared]) -> list[str]:
    return [f"{one.id}: {', '.join(one.facts.trained_on)}" for one in models if one.facts.trained_on]


def datasheet(material: Material) -> tuple[Section, ...]:
    """Where the data comes from, what it holds of people, and what is wrong with it."""
    data = material.of_kind(Kind.DATASET)
    sources = [f"{one.id}: {one.facts.source}" for one in data if not blank(one.facts.source)]
    licences = [f"{one.id}: {one.facts.licence}" for one in data if not blank(one.facts.licence)]
    personal = [
        f"{one.id}.{column.name}: "
        + ", ".join(word for word, holds in (("personal", column.personal), ("sensitive", column.sensitive)) if holds)
        + (f"; basis: {column.basis}" if not blank(column.basis) else "; no basis is stated")
        for one in data
        for column in one.facts.columns
        if column.personal or column.sensitive
    ]
    splits = [f"{one.id}: {one.facts.split}, {one.uri}" for one in data if one.facts.split]
    return (
        Section(
            title="Motivation and origin",
            slots=(
                material.written("Why the data was collected", "data-motivation"),
                material.declared("Source", sources, "facts.source of the data sets"),
                material.declared("Licence", licences, "facts.licence of the data sets"),
            ),
        ),
        Section(
            title="Composition",
            slots=(
                material.declared("Parts", splits, "facts.split of the data sets"),
                material.declared("What is known of people", personal, "facts.columns of the data sets"),
                material.examined("Personal data that was found", ("HBK-DAT-001",), "a table that hauberk opens"),
                material.measured("Which personal columns the task needs", ("drop_column_loss", "reference_gain")),
                material.examined("Columns that give the answer away", ("HBK-DAT-003",), "a declared label"),
                material.examined("Rows in both parts", ("HBK-DAT-002",), "declared training and test data"),
                material.measured("How many", ("shared_rows_rate", "shared_rows_excess")),
                material.examined("How it was prepared and split", PRACTICE, "training code"),
                material.examined(
                    "Whether it is the data that was used", ("HBK-TRN-001", "HBK-GOV-005"), "a training process"
                ),
            ),
        ),
        Section(
            title="Collection, upkeep and use",
            slots=(
                material.written("How it was collected and labelled", "data-collection"),
                material.either(
                    "Who keeps it, how long, and who may ask for deletion",
                    "data-upkeep",
                    [f"{one.id}: kept {one.facts.retention}" for one in data if not blank(one.facts.retention)],
                    "facts.retention of the data sets, or docs/narrative/data-upkeep.md",
                ),
                material.declared(
                    "What it is used for",
                    [
                        f"{one.id}: trained on {', '.join(one.facts.trained_on)}"
                        for one in material.of_kind(Kind.MODEL)
                        if one.facts.trained_on
                    ],
                    "facts.trained_on of the models",
                ),
            ),
        ),
    )
