# SPDX-License-Identifier: Apache-2.0
"""What each model's decisions rest on, as the ledger holds it, and what changed since another assessment, for whom."""

from collections.abc import Iterator
from typing import Literal

from hauberk.core.document import Scan
from hauberk.core.errors import Misuse
from hauberk.core.evidence import Evidence
from hauberk.core.measurement import Measurement
from hauberk.core.value import Value
from hauberk.stats.explaining import Known, changes

INFLUENCES = "HBK-EXP-001"
SCAFFOLDS = "HBK-EXP-002"


class Explanation(Value, frozen=True, kw_only=True):
    """One model's explanation and what it is worth."""

    model: str
    evidence: str
    """Id of the evidence that it is read from."""
    influences: tuple[Measurement, ...]
    """Share of all influence, ``parameters.feature``; of a group where ``parameters.group`` names one."""
    sensitive: Measurement | None
    quality: tuple[Measurement, ...]
    """Stability, faithfulness, and what is left of it once the model's weights are shuffled."""
    two_rules: Measurement | None = None
    """How far explainers see another rule than people; None where HBK-EXP-002 did not look."""


class Explanations(Value, frozen=True, kw_only=True):
    """What ``hauberk govern explain --json`` prints."""

    schema: Literal["hauberk/explanations/1"] = "hauberk/explanations/1"
    system: str
    assessment: str
    integrity: str
    models: tuple[Explanation, ...]
    unable: tuple[str, ...] = ()


class Shift(Value, frozen=True, kw_only=True):
    """How the influence of one column changed, for everybody or for one group."""

    feature: str
    group: str
    """Such as ``sex = female``; empty for everybody."""
    before: float
    after: float
    low: float
    """Of after less before; all intervals of a comparison hold together."""
    high: float
    shown: bool
    """Whether the interval excludes no change."""


class Comparison(Value, frozen=True, kw_only=True):
    """What ``hauberk govern explain --against --json`` prints."""

    schema: Literal["hauberk/explanation-changes/1"] = "hauberk/explanation-changes/1"
    before: str
    """Id of the evidence."""
    after: str
    model: str
    comparable: str
    """Empty, or why the numbers of both are not of one kind."""
    shifts: tuple[Shift, ...]
    came: tuple[str, ...]
    """Columns of which only the later explanation says something."""
    went: tuple[str, ...]


def explanations(scan: Scan) -> Explanations:
    """Every explanation of the last assessment; raises Misuse where there is none."""
    mine = [one for one in scan.evidence if one.card in {INFLUENCES, SCAFFOLDS}]
    found = [one for one in mine if one.card == INFLUENCES and one.measurements]
    unable = tuple(f"{one.asset.id}: {one.card}: {one.reason}" for one in mine if one.reason)
    if not found:
        raise Misuse(
            "the last assessment explains no model" + (f" ({unable[0]})" if unable else ""),
            remedy="declare facts.tested_on of a table model in ONNX, and run hauberk assess",
        )
    return Explanations(
        system=scan.system,
        assessment=scan.assessment.id if scan.assessment else "",
        integrity=scan.integrity,
        models=tuple(_explanation(one, mine) for one in found),
        unable=unable,
    )


def _explanation(evidence: Evidence, among: list[Evidence]) -> Explanation:
    held = evidence.measurements
    rules = [
        measure
        for one in among
        if one.card == SCAFFOLDS and one.asset.id == evidence.asset.id
        for measure in one.measurements
    ]
    return Explanation(
        model=evidence.asset.id,
        evidence=evidence.id,
        influences=tuple(one for one in held if one.name == "influence"),
        sensitive=next((one for one in held if one.name == "sensitive_influence"), None),
        quality=tuple(one for one in held if one.name.startswith("explanation_")),
        two_rules=rules[0] if rules else None,
    )


def against(before: Explanations, after: Explanations, model: str = "") -> Comparison:
    """What changed from one explanation to the other; raises Misuse where it is not clear which models are meant."""
    old, new = _one(before, model), _one(after, model)
    first, second = _known(old), _known(new)
    shifts = tuple(
        Shift(
            feature=one.column,
            group=one.group,
            before=one.before,
            after=one.after,
            low=one.low,
            high=one.high,
            shown=one.shown,
        )
        for one in changes(first, second)
    )
    return Comparison(
        before=old.evidence,
        after=new.evidence,
        model=new.model,
        comparable="; ".join(_unlike(old, new)),
        shifts=shifts,
        came=tuple(sorted({column for column, _ in second.keys() - first.keys()} - {column for column, _ in first})),
        went=tuple(sorted({column for column, _ in first.keys() - second.keys()} - {column for column, _ in second})),
    )


def _one(among: Explanations, model: str) -> Explanation:
    found = [one for one in among.models if not model or one.model == model]
    if len(found) != 1:
        names = ", ".join(one.model for one in among.models)
        raise Misuse(f"{len(found)} explained models are meant in {among.system}", remedy=f"name one: --model; {names}")
    return found[0]


def _known(one: Explanation) -> Known:
    found: Known = {}
    for each in one.influences:
        given = each.parameters
        group = f"{given['column']} = {given['group']}" if given.get("group") else ""
        if each.value is not None:
            found[str(given["feature"]), group] = (each.value, float(str(given.get("error", 0.0))))
    return found


def _unlike(old: Explanation, new: Explanation) -> Iterator[str]:
    """What makes the numbers differ beside the model and its data."""
    for what in ("label", "scale"):
        first, second = ({str(each.parameters.get(what)) for each in one.influences} for one in (old, new))
        if first != second:
            yield f"the {what} is {', '.join(sorted(second))}, and was {', '.join(sorted(first))}"
