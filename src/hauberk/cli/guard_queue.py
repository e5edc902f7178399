# SPDX-License-Identifier: Apache-2.0
"""``hauberk guard queue``: decisions that people take."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from hauberk.cli.guard_ledger import open_guarded
from hauberk.cli.guard_state import state_of
from hauberk.cli.ledger_folder import Signer, identity_of
from hauberk.cli.options import Json, Manifest, Quiet
from hauberk.cli.subject import read_declared
from hauberk.core.clock import stamp
from hauberk.core.codec import encode_pretty
from hauberk.core.errors import CannotLook, Misuse
from hauberk.core.event import Event
from hauberk.core.identifier import event_id
from hauberk.core.system import Declared, System
from hauberk.guard.begin import model_path
from hauberk.guard.drainer import drain_of
from hauberk.guard.groups import outcomes
from hauberk.guard.queue import Queue, inputs_of, likenesses
from hauberk.guard.reasons import reasons
from hauberk.guard.record import Kept
from hauberk.guard.state import spool_secret
from hauberk.manifest.load import find, load
from hauberk.signing.keystore import list_identities
from hauberk.store.cases import Case, Cases, Measures, listed, measure

app = App(name="queue", help="Decisions that people take: held for them, or sampled; appeals; planted cases.")
Reason = Annotated[str, Parameter(help="Why; it is signed and stands in the ledger in clear, so no personal data.")]
_SHOWN = 12


@app.command(name="list")
def list_cases(
    *,
    all_: Annotated[bool, Parameter(name="--all", negative="", help="Decided cases as well.")] = False,
    manifest: Manifest = None,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """List the cases that wait for a person, oldest first; nothing of what was asked is shown.

    Example: hauberk guard queue list
    """
    with _queue(manifest) as queue:
        cases = [case for case in queue.cases() if case.waiting or all_]
    if json:
        sys.stdout.write(encode_pretty(Cases(cases=tuple(map(listed, cases)))) + "\n")
        return 0
    for case in cases:
        how = "held" if case.held else "sampled"
        state = "waits" if case.waiting else case.rulings[-1].verdict
        event = case.event
        sys.stdout.write(f"{event.id}  {case.since}  {event.client}  {how}  {state}  {', '.join(case.why)}\n")
    if not cases and not quiet:
        sys.stderr.write("no case waits\n")
    return 0


@app.command
def show(event: str, /, *, signer: Signer = "", manifest: Manifest = None) -> int:
    """Show a case on this terminal, decrypted: what was asked and answered, why, and similar cases.

    Contributions of columns are exact for linear and tree models, and asked of the model in a confined child. That you
    read it is signed and sealed first. Into a file or a pipe nothing is written.

    Example: hauberk guard queue show 0199d6e2
    """
    if not sys.stdout.isatty():
        raise Misuse("a payload is shown on a terminal only", remedy="run it in one, without a pipe")
    with _queue(manifest) as queue:
        case = queue.case(event)
        kept = queue.kept(case.event)
        queue.see(case, identity_of(signer), stamp(datetime.now(UTC)))
        sys.stdout.write("\n".join(_page(queue, case, kept, manifest)) + "\n")
    return 0


@app.command
def decide(
    event: str,
    /,
    *,
    outcome: Annotated[
        tuple[str, ...], Parameter(help="Override the model: the label, or one for each row.", negative="")
    ] = (),
    accept: Annotated[bool, Parameter(help="The model's answer stands.", negative="")] = False,
    reason: Reason = "",
    signer: Signer = "",
    manifest: Manifest = None,
    quiet: Quiet = False,
) -> int:
    """Decide a case, signed: accept the model's answer or override it. The client who waits then gets the result.

    Example: hauberk guard queue decide 0199d6e2 --outcome good --reason "income was misread"
    """
    if accept == bool(outcome):
        raise Misuse("a decision accepts or overrides", remedy="give --accept, or --outcome LABEL")
    with _queue(manifest) as queue:
        case = queue.case(event)
        model, label_only = _served(manifest, case.event)
        revealed = queue.decide(
            case,
            identity_of(signer),
            spool_secret(queue.ledger.origin, create=True),
            outcome=outcome,
            reason=reason,
            at=stamp(datetime.now(UTC)),
            model=model,
            label_only=label_only,
        )
    if not quiet:
        sys.stdout.write(f"{'overridden' if outcome else 'accepted'}: {case.event.id}\n")
        if revealed is not None:
            sys.stdout.write(f"it was planted: {'caught' if revealed.caught else 'missed'}\n")
    return 0


@app.command
def appeal(
    event: str, /, *, reason: Reason = "", signer: Signer = "", manifest: Manifest = None, quiet: Quiet = False
) -> int:
    """Put any decision of the ledger into the queue because the person concerned asks for another one.

    Another person than before has to decide it.

    Example: hauberk guard queue appeal 0199d6e2-1c3e-7a31-b4a9-6b784b7926bd --reason "asked by letter of 2027-01-04"
    """
    with _queue(manifest) as queue:
        queue.appeal(queue.event(event), identity_of(signer), reason, stamp(datetime.now(UTC)))
    if not quiet:
        sys.stdout.write(f"in the queue: {event}\n")
    return 0


@app.command
def plant(
    like: str,
    /,
    *,
    shown: Annotated[str, Parameter(help="The wrong outcome that the reviewer is shown.")],
    right: Annotated[str, Parameter(help="The outcome that a careful reviewer gives it.")],
    signer: Signer = "",
    manifest: Manifest = None,
    quiet: Quiet = False,
) -> int:
    """Plant a case, made from a request in the ledger, to see whether a wrong answer is caught.

    In list and show it looks like any other; once it is decided the ledger says that it was planted.

    Example: hauberk guard queue plant 0199d6e2-1c3e-7a31-b4a9-6b784b7926bd --shown bad --right good
    """
    with _queue(manifest) as queue:
        event = queue.event(like)
        now = datetime.now(UTC)
        made = event_id(int(now.timestamp() * 1000), os.urandom(10))
        queue.plant(event, queue.kept(event), identity_of(signer), shown=shown, right=right, at=stamp(now), event=made)
    if not quiet:
        sys.stdout.write("planted\n")
    return 0


@app.command(name="measure")
def measured(*, manifest: Manifest = None, json: Json = False, quiet: Quiet = False) -> int:
    """Say how people do: planted cases caught, decisions overridden, decided unseen, how long it took; with intervals.

    Example: hauberk guard queue measure
    """
    with _queue(manifest) as queue:
        found = measure(queue.cases())
    if json:
        sys.stdout.write(encode_pretty(Measures(measurements=found)) + "\n")
        return 0
    for one in found:
        value = "-" if one.value is None else f"{one.value:.3g}"
        interval = "" if one.low is None or one.high is None else f" [{one.low:.3g}, {one.high:.3g}]"
        sys.stdout.write(
            f"{one.name}  {value}{interval} {one.unit}  n={one.n}  {'' if quiet else one.note}".rstrip() + "\n"
        )
    return 0


@contextmanager
def _queue(manifest: Path | None) -> Iterator[Queue]:
    """The queue, once the spool is drained."""
    state = state_of(manifest)
    with open_guarded(state) as ledger:
        drain_of(state, ledger, create=True).drain()
        yield Queue(state=state, ledger=ledger, keys=(ledger.key, *list_identities()))


def _page(queue: Queue, case: Case, kept: Kept, manifest: Path | None) -> Iterator[str]:
    event = case.event
    yield f"event     {event.id}  {event.at}  {event.client}"
    yield f"because   {', '.join(case.why)}"
    for one in event.decision.detections:
        yield f"detected  {one.detector}  {one.score:.3g} beyond {one.threshold:.3g}  {one.note}"
    yield f"asked     {encode_pretty(inputs_of(kept))}"
    yield f"answered  {', '.join(outcomes(kept.answer))}"
    for tensor in kept.answer:
        yield f"          {tensor.name}: {tensor.data[:_SHOWN]}"
    yield from _because(queue, event, kept, manifest)
    for reason in case.appeals:
        yield f"appeal    {reason}"
    for differ, other in likenesses(queue, case):
        last = other.rulings[-1]
        yield f"similar   {other.event.id}  {differ:.0%} of its values differ  {last.verdict}: {last.reason}"


def _because(queue: Queue, event: Event, kept: Kept, manifest: Path | None) -> Iterator[str]:
    """What each column brings to the score, or why that cannot be said."""
    found = _declared(manifest, event)
    row = inputs_of(kept)
    row = row["rows"][0] if "rows" in row else row
    if found is None or kept.protocol != "rows" or not isinstance(row, dict):
        yield "because   contributions need a manifest with test data, and a request of named rows"
        return
    system, folder, data = found
    try:
        told = reasons(
            model_path(queue.state, event.model), read_declared(folder, data), data.facts, row, seed=system.seed
        )
    except CannotLook as error:
        yield f"because   contributions cannot be said: {error.message}"
        return
    yield f"because   contributions to the score of {told.label} ({told.method}, {told.unit})"
    for one in told.contributions[:_SHOWN]:
        yield f"          {one.value:+.3f}  {one.feature}"


def _declared(manifest: Path | None, event: Event) -> tuple[System, Path, Declared] | None:
    """The system, its folder, and the test data of the model that the event's endpoint serves."""
    path = manifest or find(Path())
    if path is None:
        return None
    system = load(path)
    endpoint = system.declared(event.endpoint)
    model = system.declared(endpoint.facts.serves) if endpoint else None
    data = system.declared(model.facts.tested_on[0]) if model and model.facts.tested_on else None
    return (system, path.absolute().parent, data) if data else None


def _served(manifest: Path | None, event: Event) -> tuple[str, bool]:
    """Name of the model in URLs, and whether labels alone leave."""
    path = manifest or find(Path())
    endpoint = load(path).declared(event.endpoint) if path else None
    if endpoint is None:
        return event.endpoint, False
    guarding = endpoint.facts.guard
    return endpoint.facts.serves or event.endpoint, bool(guarding and guarding.answers == "label")
