# SPDX-License-Identifier: Apache-2.0
"""Learning what a model was trained for: contract and detectors from its declared data, asked in a confined child."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from hauberk.assets.table import missing
from hauberk.core.errors import CannotLook
from hauberk.core.query import Interface, Port, Tensor, Tensors
from hauberk.detect.answers import classes_of, logits_of
from hauberk.detect.choose import Choice
from hauberk.detect.contract import Cell, Contract, breaches
from hauberk.detect.contract import learn as learn_contract
from hauberk.detect.fitted import Fitted, Sample, fit
from hauberk.detect.layout import EVERY, TEXT, Block, cells, matrix
from hauberk.detect.learned import Line
from hauberk.detect.strange import strangers
from hauberk.models.trial import Sheet
from hauberk.wire.rows import bare

Cells = list[float] | list[str]
Ask = Callable[[Tensors], Tensors]

RATE: Final = 0.001
"""Of false alarms: rows of honest clients, all detectors together."""
_SHARES: Final = 5
_MOST: Final = 4096
"""Rows that the model is asked about, of each table and kind of trial."""
_BATCH: Final = 256
_MATRIX: Final = 2
_INTEGERS: Final = ("INT", "UINT")


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """What was learned."""

    contract: Contract
    fitted: Fitted
    rows: int
    table: tuple[Line, ...]


def learn(
    interface: Interface, ask: Ask, training: Sheet, held: Sheet, *, key: bytes, rate: float = RATE, seed: int = 0
) -> Lesson:
    """Contract and detectors of a model; raises CannotLook where tables do not fit it, or have too few rows."""
    blocks = _blocks(interface, training)
    contract = _contract(interface, blocks, training)
    first, second = (_inputs(interface, blocks, sheet, seed) for sheet in (training, held))
    answers = [_ask(ask, one) for one in (first, second)]
    classes = classes_of(answers[0])
    samples = [_sample(one, answer, blocks, classes) for one, answer in zip((first, second), answers, strict=True)]
    trials = {name: _sample(one, _ask(ask, one), blocks, classes) for name, one in _strangers(second, seed).items()}
    fitted, choice = fit(
        blocks, samples[1], samples[0], trials, classes=classes, key=key, rate=rate / _SHARES, seed=seed
    )
    broken = _broken(contract, blocks, second)
    return Lesson(
        contract=contract,
        fitted=fitted,
        rows=len(samples[1].rows),
        table=_table(contract, broken, fitted, choice, rate / _SHARES, len(samples[1].rows)),
    )


def _blocks(interface: Interface, sheet: Sheet) -> tuple[Block, ...]:
    """Which columns fill which input."""
    columns = sheet.columns
    if len(interface.inputs) == 1 and len(columns) > 1 and interface.inputs[0].datatype != TEXT:
        port = interface.inputs[0]
        width = math.prod(size for size in port.shape[1:] if size > 0)
        if -1 not in port.shape[1:] and width != len(columns):
            raise CannotLook(f"the model reads {width} numbers a row and {sheet.id} has {len(columns)} columns")
        names = (EVERY,) if len(port.shape) > _MATRIX else columns
        return (Block(input=port.name, width=len(columns), columns=names),)
    return tuple(_block(port, sheet) for port in interface.inputs)


def _block(port: Port, sheet: Sheet) -> Block:
    near = [name for name in sheet.columns if name == port.name or bare(name) == bare(port.name)]
    if len(near) != 1:
        raise CannotLook(
            f"the model's input {port.name!r} is no column of {sheet.id}", remedy="name the inputs as the columns"
        )
    if port.datatype != TEXT:
        return Block(input=port.name, width=1, columns=(near[0],))
    column = learn_contract({near[0]: [str(cell) for cell in sheet.table.column(near[0])]}).columns[0]
    return Block(input=port.name, width=1, columns=(near[0],), categories=column.categories)


def _contract(interface: Interface, blocks: Sequence[Block], sheet: Sheet) -> Contract:
    texts = {port.name for port in interface.inputs if port.datatype == TEXT}
    if blocks[0].columns == (EVERY,):
        values = np.unique(np.stack([_numbers(sheet, name) for name in sheet.columns]))
        learned = learn_contract({EVERY: values[np.isfinite(values)].tolist()})
        return msgspec.structs.replace(learned, rows=sheet.table.n)
    columns: dict[str, Sequence[Cell]] = {}
    for block in blocks:
        for name in block.columns:
            gone = missing(sheet.table.column(name))
            found = sheet.table.column(name).tolist() if block.input in texts else _numbers(sheet, name).tolist()
            columns[name] = [None if lost else cell for cell, lost in zip(found, gone, strict=True)]
    return learn_contract(columns)


def _numbers(sheet: Sheet, name: str) -> NDArray[np.float64]:
    found = sheet.table.number(name)
    if found is None:
        raise CannotLook(f"{sheet.id}: column {name!r} holds text, and the model reads it as numbers")
    return found


def _inputs(interface: Interface, blocks: Sequence[Block], sheet: Sheet, seed: int) -> Tensors:
    """Rows of the table as the model is asked about them; those with a gap are left out."""
    names = sheet.columns if blocks[0].columns == (EVERY,) else [name for block in blocks for name in block.columns]
    whole = ~np.any([missing(sheet.table.column(name)) for name in names], axis=0)
    rows = np.flatnonzero(whole)
    rows = np.sort(np.random.default_rng(seed).permutation(rows)[:_MOST])
    if not len(rows):
        raise CannotLook(f"{sheet.id}: every row has a gap")
    made = []
    for port, block in zip(interface.inputs, blocks, strict=True):
        if port.datatype == TEXT:
            data: Cells = [str(cell) for cell in sheet.table.column(block.columns[0])[rows]]
        else:
            columns = sheet.columns if block.columns == (EVERY,) else block.columns
            table = np.stack([_numbers(sheet, name)[rows] for name in columns], axis=1)
            data = _as_port(port, table)
        made.append(_tensor(port, block, data, len(rows)))
    return tuple(made)


def _as_port(port: Port, table: NDArray[np.float64]) -> list[float]:
    flat = table.ravel()
    return np.rint(flat).astype(np.int64).tolist() if port.datatype.startswith(_INTEGERS) else flat.tolist()


def _tensor(port: Port, block: Block, data: Cells, rows: int) -> Tensor:
    sizes = tuple(block.width if size == -1 else size for size in port.shape[1:])
    return Tensor(name=port.name, datatype=port.datatype, shape=(rows, *sizes), data=data)


def _ask(ask: Ask, inputs: Tensors) -> Tensors:
    """The answers to all rows, asked in batches."""
    rows = inputs[0].shape[0]
    parts = [ask(tuple(_some(one, start, start + _BATCH) for one in inputs)) for start in range(0, rows, _BATCH)]
    return tuple(
        Tensor(
            name=outputs[0].name,
            datatype=outputs[0].datatype,
            shape=(rows, *outputs[0].shape[1:]),
            data=[cell for one in outputs for cell in one.data],
        )
        for outputs in zip(*parts, strict=True)
    )


def _some(one: Tensor, start: int, stop: int) -> Tensor:
    width, rows = math.prod(one.shape[1:]), min(stop, one.shape[0]) - start
    return Tensor(
        name=one.name,
        datatype=one.datatype,
        shape=(rows, *one.shape[1:]),
        data=one.data[start * width : (start + rows) * width],
    )


def _sample(inputs: Tensors, answer: Tensors, blocks: Sequence[Block], classes: Sequence[str]) -> Sample:
    try:
        return Sample(rows=matrix(inputs, blocks), logits=logits_of(answer, classes))
    except ValueError as error:
        raise CannotLook("the model gives neither scores nor labels", remedy="learn for a classifier") from error


def _strangers(inputs: Tensors, seed: int) -> Mapping[str, Tensors]:
    """Strange rows of each kind: numbers and the places of categories are moved alike, then made whole again."""
    texts = [sorted(set(one.data)) if one.datatype == TEXT else [] for one in inputs]
    parts = [
        np.array([known.index(cell) for cell in one.data], dtype=np.float64).reshape(-1, 1)
        if known
        else np.asarray(one.data, dtype=np.float64).reshape(one.shape[0], -1)
        for one, known in zip(inputs, texts, strict=True)
    ]
    cuts = np.cumsum([0, *(part.shape[1] for part in parts)])
    found = {}
    for name, rows in strangers(np.concatenate(parts, axis=1), seed).items():
        made = []
        for at, (one, known) in enumerate(zip(inputs, texts, strict=True)):
            part = rows[:, cuts[at] : cuts[at + 1]]
            if known:
                places = np.clip(np.rint(part.ravel()), 0, len(known) - 1).astype(int)
                data: Cells = [known[place] for place in places]
            else:
                port = Port(name=one.name, datatype=one.datatype, shape=(-1, *one.shape[1:]))
                data = _as_port(port, part)
            made.append(Tensor(name=one.name, datatype=one.datatype, shape=one.shape, data=data))
        found[name] = tuple(made)
    return found


def _broken(contract: Contract, blocks: Sequence[Block], inputs: Tensors) -> float:
    """Share of rows that break the contract."""
    rows = inputs[0].shape[0]
    count = sum(
        any(breaches(contract, cells(tuple(_some(one, at, at + 1) for one in inputs), blocks))) for at in range(rows)
    )
    return count / rows


def _table(
    contract: Contract, broken: float, fitted: Fitted, choice: Choice, rate: float, rows: int
) -> tuple[Line, ...]:
    how = "cross-conformal" if rows + 1 >= 1 / rate else f"{rows} rows do not reach this rate: exponential tail"
    terms = fitted.campaign
    columns = "all cells alike" if contract.columns[0].name == EVERY else f"{len(contract.columns)} columns"
    return (
        Line(
            detector="contract",
            example="an age of 300, a purpose that nobody had",
            chosen=f"{columns}, {len(contract.relations)} relations",
            why=f"{contract.rows} training rows; {broken:.2%} of {rows} held-in rows break it",
            false_alarms=broken,
        ),
        Line(
            detector="distribution",
            example="a picture of a shoe, a row shuffled",
            chosen=f"{choice.name} from {fitted.strange_from:.4g}",
            why=f"{choice.why}; {how}",
            false_alarms=rate,
        ),
        Line(
            detector="adversarial",
            example="a 3 with noise that reads as 8",
            chosen=f"neighbours disagree from {fitted.disagrees_from:.4g}, lie away from {fitted.distant_from:.4g}; "
            f"cells beyond their range from {fitted.strays_from:.2%}",
            why=f"{len(fitted.near.rows)} training rows in {fitted.near.basis.shape[1]} components; {how}",
            false_alarms=rate,
        ),
        Line(
            detector="campaign",
            example="a thousand small changes of one row",
            chosen=f"chains of {terms.least}, links from {terms.ratio:.3g} of the usual distance",
            why=f"longest chain of {terms.capacity} honest rows with retries and edits: {terms.longest}",
        ),
        Line(
            detector="extraction",
            example="queries drawn to copy the model",
            chosen="martingales on strangeness, doubt, distance",
            why=f"over {fitted.gauges['strange'].horizon} queries of a client, {rows} held-in rows",
            false_alarms=rate,
        ),
    )
