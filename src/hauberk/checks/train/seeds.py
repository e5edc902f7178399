# SPDX-License-Identifier: Apache-2.0
"""Training that cannot be repeated."""

from collections.abc import Iterator

from hauberk.assets import notebook, python
from hauberk.checks.train.randomness import Draw, unseeded
from hauberk.core.card import check
from hauberk.core.errors import CannotLook
from hauberk.core.finding import Hit
from hauberk.core.place import FilePlace
from hauberk.core.scales import Severity
from hauberk.core.target import Target


def is_training(target: Target) -> bool:
    """Whether the manifest's process makes a model, reads inputs or runs code."""
    facts = target.facts
    assets = target.system.assets if target.system else ()
    makes = any(one.facts.trained_by == target.asset.id for one in assets)
    return makes or bool(facts.inputs or facts.code)


@check(
    "HBK-TRN-002",
    stage="train",
    kinds=("process",),
    severity=Severity.MEDIUM,
    remedy="fix one seed, pass it wherever chance is used (random_state, seed, generator), and record it as facts.seed",
    references=("AI-Act:Art.12", "NIST-AI-RMF:MEASURE-2.1", "CWE-1039"),
    needs=("system",),
    applies=is_training,
)
def seeds(target: Target) -> Iterator[Hit]:
    """Training uses chance that nobody fixed.

    Without the seed a run cannot be repeated: nobody can show that this model came from these data, a poisoned copy
    cannot be told from another draw, and two measurements differ for no reason.
    """
    if target.facts.seed is None:
        yield Hit(
            message="the manifest records no seed of this training run",
            place=target.stated("facts.seed"),
            context="no seed recorded",
        )
    if target.facts.code:
        yield from _in_code(target.other(target.facts.code))


def _in_code(code: Target) -> Iterator[Hit]:
    if code.asset.format == "notebook":
        cells = notebook.code(code.data)
        for draw in unseeded(cells.module):
            cell, line = cells.locate(draw.call.line)
            yield _hit(draw, FilePlace(path=code.asset.uri, line=line, column=draw.call.column, cell=cell))
        cells.complain()
    elif code.asset.format == "python":
        module = python.read(code.data)
        for draw in unseeded(module):
            yield _hit(draw, code.place(draw.call.line, draw.call.column))
        module.complain()
    else:
        raise CannotLook(f"{code.asset.id}: only Python and notebooks are read for their use of chance")


def _hit(draw: Draw, place: FilePlace) -> Hit:
    return Hit(message=f"{draw.name} {draw.fault}", place=place, context=f"{place.path} {draw.name} {draw.fault}")
