# SPDX-License-Identifier: Apache-2.0
"""``hauberk ledger keep``, ``reveal``, ``erase`` and ``retain``: payloads about people, and their end."""

import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from hauberk.cli.ledger_folder import STDIN, Where, open_for_writing, read_file
from hauberk.cli.options import Manifest, Quiet
from hauberk.core.errors import Misuse
from hauberk.ledger import index
from hauberk.ledger.subjects import LARGEST, subject_keys

Subject = Annotated[str, Parameter(help="Who it is about; kept in the file of subject keys only.")]


def keep(
    payload: Path = STDIN,
    /,
    *,
    subject: Subject,
    days: Annotated[int, Parameter(help="Days after which retain deletes its key; 0: only erase does.")],
    ledger: Where = None,
    manifest: Manifest = None,
    quiet: Quiet = False,
) -> int:
    """Encrypt a payload for a person and seal the ciphertext; from standard input if no file is named.

    Example: hauberk ledger keep row.json --subject customer-17 --days 30
    """
    keys = subject_keys(open_for_writing(ledger, manifest))
    until = _today() + timedelta(days=days) if days > 0 else None
    entry = keys.keep(subject, read_file(payload, LARGEST), until=until)
    if not quiet:
        sys.stdout.write(
            f"entry {entry.index}: kept until {until or 'it is erased'}, readable with the subject's key only\n"
        )
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
