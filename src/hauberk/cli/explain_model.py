# SPDX-License-Identifier: Apache-2.0
"""``hauberk govern explain``: what a model's decisions rest on, of all rows or of one, and what changed."""

import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from hauberk.attacks.local import Ask, Local
from hauberk.cli.options import Json, Manifest, Quiet
from hauberk.cli.show import write
from hauberk.cli.subject import declared_model, named_manifest, read_declared
from hauberk.confine.pool import ConfinedPool, Task
from hauberk.core.codec import decode, encode, encode_pretty
from hauberk.core.errors import Misuse
from hauberk.core.system import System
from hauberk.engine.recall import history, recall
from hauberk.govern.explanations import Explanations, against, explanations
from hauberk.govern.explanations_text import changed, local, svg, text
from hauberk.govern.measure_pages import explanation_page
from hauberk.manifest.load import load
from hauberk.models.trial import REGRESS
from hauberk.signing.keystore import load_public

CALL = "hauberk.attacks.local:serve"
SECONDS = 120
MEMORY = 4 << 30
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")

Format = Literal["text", "html", "svg"]


def explain(  # noqa: PLR0913  the options that users see
    *,
    row: Annotated[int | None, Parameter(help="Explain this row of the test data, counted from 0.")] = None,
    method: Annotated[Literal["", "gradients"], Parameter(help="gradients: integrated gradients, of a row.")] = "",
    reach: Annotated[
        float | None, Parameter(help="Of a predicted number: find the nearest change to the other side of this one.")
    ] = None,
    against_: Annotated[
        str,
        Parameter(
            name="--against",
            help="Another manifest with a ledger; or of this ledger `previous`, a day, or an assessment's id.",
        ),
    ] = "",
    model: Annotated[str, Parameter(help="Id of the model, where there are several.")] = "",
    format: Format = "text",  # noqa: A002  the option's name
    out: Annotated[Path | None, Parameter(name=["--out", "-o"], help="Write to this file.")] = None,
    key: Annotated[
        tuple[Path, ...],
        Parameter(name=["--key", "-k"], negative="", help="Public keys to accept instead of your own."),
    ] = (),
    manifest: Manifest = None,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Say what a model's decisions rest on, how far that can be believed, and what changed.

    By default from the last assessment: the influence of each column, for everybody and for each group, with intervals,
    and the quality of the explanation. With --against what changed since another assessment, for whom: of another
    manifest, or an earlier one of the same ledger (a day means the last one closed on or before it). With --row the
    model is asked, in a confined child, about one row: contributions, and the nearest change that a person could make
    to be decided otherwise, or to be told a number on the other side of --reach; no value of the row is printed. Exits
    0 whatever it finds: hauberk gate judges.

    Example: hauberk govern explain -m examples/credit/hardened/hauberk.yaml --row 3
    """
    path = named_manifest(manifest)
    if row is not None:
        if against_:
            raise Misuse("--row and --against ask two things", remedy="ask one after the other")
        found = _row(path.parent, load(path), model, row, method, reach)
        _give(encode_pretty(found) + "\n" if json else local(found), out, quiet=quiet)
        return 0
    if method or reach is not None:
        raise Misuse("--method and --reach are of one row", remedy="give --row as well")
    report = _recalled(path, key)
    if against_:
        comparison = against(_earlier(against_, path, key), report, model)
        _give(encode_pretty(comparison) + "\n" if json else changed(comparison), out, quiet=quiet)
        return 0
    shown = {"svg": svg, "html": explanation_page, "text": text}[format](report)
    _give(encode_pretty(report) + "\n" if json else shown, out, quiet=quiet)
    return 0


def _recalled(path: Path, key: tuple[Path, ...]) -> Explanations:
    keys = tuple(load_public(one) for one in key)
    return explanations(recall(path.parent, load(path), keys=keys, today=datetime.now(UTC).date()))


def _earlier(which: str, path: Path, key: tuple[Path, ...]) -> Explanations:
    """The explanations of another manifest's last assessment, or of an earlier one of this ledger."""
    if Path(which).exists():
        return _recalled(named_manifest(Path(which)), key)
    keys = tuple(load_public(one) for one in key)
    *before, last = history(path.parent, keys)
    found = [
        one for one in before if which in {"previous", one.id} or (_DAY.fullmatch(which) and one.closed[:10] <= which)
    ]
    if not found:
        known = ", ".join(f"{one.id} ({one.closed[:10]})" for one in before[-5:]) or "none"
        raise Misuse(
            f"{which!r} is no manifest, and names no assessment before the last one, {last.id}",
            remedy=f"name a manifest, `previous`, a day (YYYY-MM-DD) or one of: {known}",
        )
    return explanations(recall(path.parent, None, keys=keys, today=datetime.now(UTC).date(), assessment=found[-1].id))


def _row(
    folder: Path, system: System, model: str, row: int, method: Literal["", "gradients"], reach: float | None
) -> Local:
    """Ask the model about one row of its test data where it can neither write nor talk."""
    chosen = declared_model(system, model)
    number = chosen.facts.task == REGRESS
    if reach is not None and not number:
        raise Misuse(f"{chosen.id} predicts a label", remedy="leave --reach out: the other label is reached")
    data = system.declared(chosen.facts.tested_on[0])
    if data is None or not data.facts.label:
        raise Misuse(f"{chosen.id} has no test data with a label", remedy="declare facts.tested_on and facts.label")
    asked = Ask(
        model=read_declared(folder, chosen),
        table=read_declared(folder, data),
        facts=data.facts,
        row=row,
        method=method,
        number=number,
        reach=reach,
        seed=system.seed,
    )
    with ConfinedPool(workers=1, readable=(), preload=("hauberk.attacks.local",)) as pool:
        task = Task(call=CALL, payload=encode(asked), seconds=SECONDS, memory=MEMORY, alone=True)
        return decode(pool.submit(task).result(), Local)


def _give(said: str, out: Path | None, *, quiet: bool) -> None:
    if out is None:
        sys.stdout.write(said)
        return
    write(out, said)
    if not quiet:
        sys.stdout.write(f"written: {out} ({len(said.encode()):,} bytes)\n")
