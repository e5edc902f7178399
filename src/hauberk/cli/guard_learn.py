# SPDX-License-Identifier: Apache-2.0
"""``hauberk guard learn``: what a model was trained for."""

import secrets
import sys
from typing import Annotated

import msgspec
from cyclopts import Parameter

from hauberk.cli.guard_state import state_of
from hauberk.cli.options import Json, Manifest, Quiet
from hauberk.cli.subject import declared_model, named_manifest, read_declared
from hauberk.core.canonical import digest
from hauberk.core.codec import encode_pretty
from hauberk.core.errors import Misuse
from hauberk.core.lock import Lock
from hauberk.core.target import Target
from hauberk.detect.learned import Learned, Line
from hauberk.engine.source import FolderSource
from hauberk.guard.ask import Local
from hauberk.guard.learn import RATE
from hauberk.guard.learn import learn as learn_model
from hauberk.guard.terms import put
from hauberk.manifest.load import load
from hauberk.manifest.lock import NAME, read_lock, write_lock
from hauberk.models.trial import tested_on, trained_on

_SECONDS = 120.0


def learn(
    *,
    model: Annotated[str, Parameter(help="Id of the model, where there are several with test data.")] = "",
    rate: Annotated[
        float, Parameter(help="Share of honest requests that may be flagged, all detectors together.")
    ] = RATE,
    manifest: Manifest = None,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Learn a model's feature contract and fit the guard's detectors, from its declared training and test data.

    The model runs in a confined child. The contract goes into hauberk.lock; what detectors need of the data is sealed
    below .hauberk/terms under a key of your key folder, and pinned in the lock by its digest.

    Example: hauberk guard learn -m hauberk.yaml
    """
    if not 0 < rate < 1:
        raise Misuse(f"a rate of false alarms of {rate:g}", remedy="give a share such as 0.001")
    path = named_manifest(manifest)
    system, folder = load(path), path.absolute().parent
    declared = declared_model(system, model)
    data = read_declared(folder, declared)
    asset = FolderSource(folder).find(declared.uri)
    if asset is None:
        raise Misuse(f"{declared.id}: no file at {declared.uri!r}")
    target = Target(asset=msgspec.structs.replace(asset, id=declared.id), source=FolderSource(folder), system=system)
    local = Local(folder / declared.uri, digest(data))
    try:
        lesson = learn_model(
            local.interface(),
            lambda inputs: local.ask(inputs, _SECONDS),
            trained_on(target),
            tested_on(target),
            key=secrets.token_bytes(32),
            rate=rate,
            seed=system.seed,
        )
    finally:
        local.kill()
    terms = put(state_of(path), lesson.fitted)
    learned = Learned(contract=lesson.contract, model=digest(data), rows=lesson.rows, table=lesson.table, terms=terms)
    known = read_lock(folder)
    before = known[0] if known else Lock()
    told = msgspec.to_builtins(learned)
    write_lock(folder, msgspec.structs.replace(before, contracts={**before.contracts, declared.id: told}))
    if json:
        sys.stdout.write(encode_pretty(learned) + "\n")
    elif not quiet:
        sys.stdout.write("".join(_rows(lesson.table)))
        sys.stdout.write(f"{folder / NAME}: contract and terms of {declared.id}\n")
    return 0


def _rows(table: tuple[Line, ...]) -> list[str]:
    heads = Line(detector="detector", example="for example", chosen="chosen", why="why")
    widths = [max(len(getattr(one, name)) for one in (heads, *table)) for name in ("detector", "example", "chosen")]
    return [
        f"{one.detector:<{widths[0]}}  {one.example:<{widths[1]}}  {one.chosen:<{widths[2]}}  {one.why}\n"
        for one in (heads, *table)
    ]
