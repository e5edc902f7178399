# SPDX-License-Identifier: Apache-2.0
"""``hauberk respond``: incidents, and what is sent to others."""

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
from hauberk.core.clock import stamp
from hauberk.core.codec import encode_pretty
from hauberk.guard.drainer import drain_of
from hauberk.respond.book import Book
from hauberk.signing.keystore import list_identities
from hauberk.store.incidents import Incident, Incidents, Status

app = App(name="respond", help="Incidents: detections that belong together, and what people did about them.")
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
