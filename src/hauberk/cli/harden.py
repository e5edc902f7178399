# SPDX-License-Identifier: Apache-2.0
"""``hauberk protect harden``: train a small network against the attack that it will meet, and say what it costs."""

import math
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from hauberk.attacks.campaign import Norm, Order
from hauberk.cli.attack import MEMORY
from hauberk.cli.ledger_folder import write_file
from hauberk.cli.options import Json, Quiet
from hauberk.cli.samples import Line, number, pair, samples_of, shape_of
from hauberk.confine.pool import ConfinedPool, Task
from hauberk.core.codec import decode, encode, encode_pretty
from hauberk.core.errors import Misuse
from hauberk.protect.harden import Hardened, Hardening, Side
from hauberk.report.text import plain

CALL = "hauberk.protect.harden:serve"


def harden(  # noqa: PLR0913  the options that users see
    *,
    allow_factory: Annotated[str, Parameter(help="module:function that makes the untrained network; it is run.")],
    data: Annotated[Path, Parameter(help="Table of training samples (CSV, also gzipped): one sample a row.")],
    test: Annotated[Path, Parameter(help="Table of held-out samples that both networks are judged on.")],
    out: Annotated[Path, Parameter(name=["--out", "-o"], help="Where the hardened weights go, as safetensors.")],
    shape: Annotated[str, Parameter(help="Shape of a sample, such as 1,28,28.")] = "",
    label: Annotated[str, Parameter(help="Name of the label's column; by default the last one.")] = "",
    norm: Annotated[Norm, Parameter(help="What a change costs.")] = "linf",
    eps: Annotated[str, Parameter(help="Change that is judged, as 0.03 or 8/255.")] = "8/255",
    train_eps: Annotated[str, Parameter(help="Change that is trained against; by default one and a half of eps.")] = "",
    epochs: Annotated[int, Parameter(help="Passes over the training samples.")] = 20,
    steps: Annotated[int, Parameter(help="Steps of the attack in training.")] = 7,
    rows: Annotated[int, Parameter(help="Held-out samples that are attacked.")] = 200,
    budget_queries: Annotated[int, Parameter(help="Forwards for each of them.")] = 1000,
    divide: Annotated[float, Parameter(help="Divide every number of the data by this (255 for pixels).")] = 1.0,
    box: Annotated[str, Parameter(help="Lowest and highest value of an input after that.")] = "0,1",
    seed: Annotated[int, Parameter(help="Seed of both trainings and of the attack.")] = 0,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Train a network twice from one start, as usual and against the attack (PGD), and put both side by side.

    Prints clean accuracy, robust accuracy with the verdict on its evaluation, and what training took. The code that
    makes the network runs in a confined child. Exits 0, or 3 where an evaluation is not valid.

    Example: hauberk protect harden --allow-factory network:network --data a.csv --test b.csv --out hard.safetensors
    """
    low, high = pair(box)
    x, labels = samples_of(data, label, sys.maxsize, divide, seed)
    held, truth = samples_of(test, label, rows, divide, seed)
    given = shape_of(shape) or (x.shape[1],)
    for one in (x, held):
        if int(one.shape[1]) != math.prod(given) or one.min() < low or one.max() > high:
            raise Misuse("samples do not fit the shape or the box", remedy="give --shape, --divide, --box")
    judged = Order(
        format="safetensors",
        factory=allow_factory,
        samples=held.astype("<f4").tobytes(),
        shape=given,
        labels=tuple(int(one) for one in truth),
        norm=norm,
        eps=number(eps),
        low=low,
        high=high,
        budget=budget_queries,
        seed=seed,
    )
    order = Hardening(
        factory=allow_factory,
        samples=x.astype("<f4").tobytes(),
        shape=given,
        labels=tuple(int(one) for one in labels),
        judged=judged,
        eps=number(train_eps) if train_eps else 1.5 * judged.eps,
        epochs=epochs,
        steps=steps,
    )
    found = _in_child(order, Line(on=sys.stderr.isatty() and not (quiet or json)))
    write_file(out, found.weights)
    if json:
        sys.stdout.write(encode_pretty(found.table(str(out))) + "\n")
    else:
        sys.stdout.writelines(f"{plain(line)}\n" for line in _lines(found, out, quiet=quiet))
    return 0 if all(side.valid for side in found.sides) else 3


def _in_child(order: Hardening, progress: Line) -> Hardened:
    def heard(piece: bytes) -> None:
        progress(*decode(piece, tuple[str, int, int]))

    with ConfinedPool(workers=1, readable=(), path=(Path.cwd(),), preload=("hauberk.protect.harden",)) as pool:
        task = Task(call=CALL, payload=encode(order), seconds=7200, memory=MEMORY, progress=heard, alone=True)
        found = decode(pool.submit(task).result(), Hardened)
    progress.clear()
    return found


def _lines(found: Hardened, out: Path, *, quiet: bool) -> list[str]:
    at = f"robust at {found.norm} {found.eps:.4g}"
    lines = [f"{'trained':20} {'accuracy':>24} {at:>24} {'passes':>12} {'CPU s':>8}"]
    lines += [_row(side) for side in found.sides]
    if not quiet:
        lines += [f"{side.name}: evaluation {side.verdict}" for side in found.sides]
        lines.append(f"written: {out}")
    return lines


def _row(side: Side) -> str:
    cells = [
        f"{one.value:.3f} [{one.low:.3f}, {one.high:.3f}]"
        for one in (side.accuracy, side.robust_accuracy)
        if one.value is not None
    ]
    return f"{side.name:20} {cells[0]:>24} {cells[1]:>24} {side.passes:>12,} {side.seconds:>8.1f}"
