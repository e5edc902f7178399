# SPDX-License-Identifier: Apache-2.0
"""``hauberk respond``: incidents, and what is sent to others."""

import os
import signal
import sys
import threading
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
from hauberk.core.clock import stamp
from hauberk.core.codec import encode_pretty
from hauberk.core.system import Sending
from hauberk.guard.drainer import drain_of
from hauberk.guard.held import forget
from hauberk.guard.state import State
from hauberk.manifest.load import find, load
from hauberk.respond.book import Book
from hauberk.respond.follow import Line, Receivers, reached, round_of, sent_of
from hauberk.respond.receivers import receiver
from hauberk.signing.keystore import list_identities
from hauberk.store.incidents import Incident, Incidents, Status

app = App(name="respond", help="Incidents: detections that belong together, and what people did about them.")
Send = Annotated[
    tuple[str, ...],
    Parameter(
        name="--send", negative="", help="Name of a receiver on another machine that may be sent to; repeatable."
    ),
]
ROUND = 0.5
"""Seconds between two looks at the ledger."""
Reason = Annotated[str, Parameter(help="Why; it is signed and stands in the ledger in clear, so no personal data.")]


@app.command(name="list")
def list_incidents(
    *,
    all_: Annotated[bool, Parameter(name="--all", negative="", help="Closed ones as well.")] = False,
    manifest: Manifest = None,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """List incidents, oldest first.

    Example: hauberk respond list
    """
    with _book(manifest) as book:
        found = tuple(one for one in book.incidents() if one.stands or all_)
    if json:
        sys.stdout.write(encode_pretty(Incidents(incidents=found)) + "\n")
        return 0
    for one in found:
        sys.stdout.write(f"{_line(one)}\n")
    if not found and not quiet:
        sys.stderr.write("no incident is open\n")
    return 0


@app.command
def show(incident: str, /, *, manifest: Manifest = None, json: Json = False, quiet: Quiet = False) -> int:
    """Show an incident: what it is made of, who has it, what happened when. Nothing of what was asked is in it.

    Example: hauberk respond show inc-0199d6e2
    """
    with _book(manifest) as book:
        one = book.incident(incident)
    if json:
        sys.stdout.write(encode_pretty(one) + "\n")
        return 0
    sys.stdout.write(f"{_line(one)}\n")
    if not quiet:
        sys.stdout.write("\n".join(_page(one)) + "\n")
    return 0


@app.command
def take(
    incident: str, /, *, reason: Reason = "", signer: Signer = "", manifest: Manifest = None, quiet: Quiet = False
) -> int:
    """Take an incident: you own it from now on.

    Example: hauberk respond take inc-0199d6e2 --reason "on call"
    """
    return _step(incident, Status.TAKEN, reason, signer, manifest, quiet=quiet)


@app.command
def mark(
    incident: str,
    status: Status,
    /,
    *,
    reason: Reason = "",
    signer: Signer = "",
    manifest: Manifest = None,
    quiet: Quiet = False,
) -> int:
    """Say that an incident is contained (it does no further harm) or recovered (all is as it should be).

    Example: hauberk respond mark inc-0199d6e2 contained --reason "the keys are revoked"
    """
    return _step(incident, status, reason, signer, manifest, quiet=quiet)


@app.command
def close(
    incident: str, /, *, reason: Reason = "", signer: Signer = "", manifest: Manifest = None, quiet: Quiet = False
) -> int:
    """Close an incident, signed; detections that follow open another one.

    Example: hauberk respond close inc-0199d6e2 --reason "penetration test, agreed on 2027-01-04"
    """
    return _step(incident, Status.CLOSED, reason, signer, manifest, quiet=quiet)


@app.command
def follow(
    *,
    once: Annotated[
        bool, Parameter(help="One round, then end: 1 where a receiver did not get it all.", negative="")
    ] = False,
    send: Send = (),
    with_parent: Annotated[bool, Parameter(show=False, negative="", help="End with standard input.")] = False,
    manifest: Manifest = None,
    quiet: Quiet = False,
) -> int:
    """Follow the ledger until Ctrl-C: declare incidents, and send on what facts.guard.send of the manifest asks for.

    hauberk guard run does this by itself. A receiver that is away gets everything once it is back.

    Example: hauberk respond follow --once
    """
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    if with_parent:
        threading.Thread(target=_await_end, args=(ended,), daemon=True).start()
    state = state_of(manifest)
    lines = lines_of(manifest, state, send)
    last = once
    with open_guarded(state, create=True) as ledger:
        book = Book(root=state.root, ledger=ledger, keys=(ledger.key, *list_identities()))
        while True:
            if once:
                drain_of(state, ledger, create=True).drain()
            ledger.refresh()
            round_of(book, lines)
            forget(state.held)
            if last:
                break
            last = ended.wait(ROUND)
        missing = [line.sending.name for line in lines if line.sent.upto < ledger.size]
    if missing and not quiet:
        sys.stderr.write(f"not delivered yet: {', '.join(missing)}\n")
    return 1 if missing and once else 0


@app.command
def sent(*, manifest: Manifest = None, json: Json = False, quiet: Quiet = False) -> int:
    """Say how far each receiver got: what it has, what waits, what was sent again.

    Example: hauberk respond sent
    """
    state = state_of(manifest)
    lines = [(one, sent_of(state.root / "sent" / f"{one.name}.json")) for one in _sendings(manifest)]
    with open_guarded(state) as ledger:
        size = ledger.size
    if json:
        found = Receivers(receivers=tuple(reached(one, how, size) for one, how in lines))
        sys.stdout.write(encode_pretty(found) + "\n")
        return 0
    for one, how in lines:
        error = f"  {how.error}" if how.error and not quiet else ""
        sys.stdout.write(
            f"{one.name}  {how.notices} sent, {size - how.upto} entries wait, {how.again} sent again{error}\n"
        )
    return 0


def lines_of(manifest: Path | None, state: State, allowed: tuple[str, ...]) -> tuple[Line, ...]:
    """The receivers of a manifest; raises Misuse for one beyond this machine that was not granted."""
    folder = state.root / "sent"
    folder.mkdir(mode=0o700, exist_ok=True)
    root = state.root.parent
    return tuple(
        Line(sending=one, receiver=receiver(one, root, allowed), path=folder / f"{one.name}.json")
        for one in _sendings(manifest)
    )


def _sendings(manifest: Path | None) -> tuple[Sending, ...]:
    path = manifest or find(Path())
    if path is None:
        return ()
    return tuple(one for asset in load(path).assets if asset.facts.guard for one in asset.facts.guard.send)


def _await_end(ended: threading.Event) -> None:
    os.read(0, 1)
    ended.set()


def _step(incident: str, status: Status, reason: str, signer: str, manifest: Path | None, *, quiet: bool) -> int:
    with _book(manifest) as book:
        one = book.step(incident, status, identity_of(signer), reason, stamp(datetime.now(UTC)))
    if not quiet:
        sys.stdout.write(f"{status.value}: {one.id}\n")
    return 0


@contextmanager
def _book(manifest: Path | None) -> Iterator[Book]:
    """The book, once the spool is drained and what amounts to an incident is declared."""
    state = state_of(manifest)
    with open_guarded(state) as ledger:
        drain_of(state, ledger, create=True).drain()
        book = Book(root=state.root, ledger=ledger, keys=(ledger.key, *list_identities()))
        book.declare()
        yield book


def _line(one: Incident) -> str:
    clients = f"{one.count} {'client' if one.count == 1 else 'clients'}"
    owner = f"  {one.owner}" if one.owner else ""
    kinds = ", ".join(sorted(one.detectors))
    return (
        f"{one.id}  {one.opened}  {one.severity.value}  {one.status.value}{owner}  {one.endpoint}  {clients}  "
        f"{one.detections} detections: {kinds}"
    )


def _page(one: Incident) -> Iterator[str]:
    more = f" and {one.count - len(one.clients)} more" if one.count > len(one.clients) else ""
    yield f"clients     {', '.join(one.clients)}{more}"
    yield f"detections  {', '.join(f'{name} {count}' for name, count in sorted(one.detectors.items()))}"
    yield f"last        {one.last}; the guard's strongest answer was {one.strongest.value}"
    for moment in one.timeline:
        yield f"  {moment.at}  {moment.by or '-'}  {moment.what}"
