# SPDX-License-Identifier: Apache-2.0
"""``hauberk ledger retention``, ``keep``, ``reveal``, ``erase``, ``retain``: payloads about people, and their end."""

import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from hauberk.cli.ledger_folder import STDIN, Where, open_for_writing, read_file
from hauberk.cli.options import Manifest, Quiet
from hauberk.core.errors import Misuse
from hauberk.ledger import index
from hauberk.ledger.subjects import LARGEST, set_retention, subject_keys
from hauberk.ledger.subjects import retention as retention_of

Subject = Annotated[str, Parameter(help="Who it is about; kept in the file of subject keys only.")]


def keep(
    payload: Path = STDIN,
    /,
    *,
    subject: Subject,
    days: Annotated[
        int | None, Parameter(help="Days after which retain deletes its key; by default as retention says.")
    ] = None,
    ledger: Where = None,
    manifest: Manifest = None,
    quiet: Quiet = False,
) -> int:
    """Encrypt a payload for a person and seal the ciphertext; from standard input if no file is named.

    Example: hauberk ledger keep row.json --subject customer-17 --days 30
    """
    opened = open_for_writing(ledger, manifest)
    if days is None and opened.tenant not in retention_of(opened):
        raise Misuse("the ledger does not say how long to keep it", remedy="hauberk ledger retention 30, or add --days")
    until = None if days is None else _today() + timedelta(days=days)
    entry = subject_keys(opened).keep(subject, read_file(payload, LARGEST), until=until)
    if not quiet:
        sys.stdout.write(f"entry {entry.index}: kept, readable with the subject's key only\n")
    return 0


def reveal(name: str, /, *, ledger: Where = None, manifest: Manifest = None) -> int:
    """Print the payload of an entry to the terminal, if its key was not erased.

    Example: hauberk ledger reveal 3
    """
    opened = open_for_writing(ledger, manifest)
    sys.stdout.buffer.write(subject_keys(opened).reveal(index.find(opened, name)))
    return 0


def erase(
    subject: str,
    /,
    *,
    reason: Annotated[str, Parameter(help="Why, for everybody to read; never the person's name.")] = "request",
    ledger: Where = None,
    manifest: Manifest = None,
    quiet: Quiet = False,
) -> int:
    """Delete every key of a person: their payloads can be read by nobody, and all proofs still verify.

    Back-ups of the file of subject keys count as copies of it: see docs/why/ledger.md for how long to keep them.

    Example: hauberk ledger erase customer-17 --reason "request of 2027-01-04"
    """
    entry, count = subject_keys(open_for_writing(ledger, manifest)).erase(subject, reason=reason)
    if not quiet:
        sys.stdout.write(f"entry {entry.index}: {count} {'key' if count == 1 else 'keys'} deleted\n")
    return 0


def retention(
    days: int,
    /,
    *,
    tenant: Annotated[str, Parameter(help="For whom it is kept.")] = "default",
    ledger: Where = None,
    manifest: Manifest = None,
    quiet: Quiet = False,
) -> int:
    """State, as an entry, how many days payloads are kept. A shorter time holds for what is there already, too.

    Example: hauberk ledger retention 30
    """
    entry = set_retention(open_for_writing(ledger, manifest), days, tenant)
    if not quiet:
        sys.stdout.write(f"entry {entry.index}: payloads of {tenant} are kept for {days} days\n")
    return 0


def retain(
    *,
    today: Annotated[str, Parameter(help="YYYY-MM-DD; by default the day it is in UTC.")] = "",
    ledger: Where = None,
    manifest: Manifest = None,
    quiet: Quiet = False,
) -> int:
    """Delete the keys of all payloads whose days are over. Meant for a daily timer.

    Example: hauberk ledger retain
    """
    try:
        day = date.fromisoformat(today) if today else _today()
    except ValueError as error:
        message = f"{today!r} is no day"
        raise Misuse(message, remedy="write it as YYYY-MM-DD") from error
    done = subject_keys(open_for_writing(ledger, manifest)).retain(day)
    if not quiet:
        sys.stdout.write(f"entry {done[0].index}: {done[1]} keys deleted\n" if done else "nothing is due\n")
    return 0


def _today() -> date:
    return datetime.now(UTC).date()
