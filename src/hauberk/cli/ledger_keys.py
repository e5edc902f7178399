# SPDX-License-Identifier: Apache-2.0
"""``hauberk ledger rotate``, ``adopt``, ``revoke`` and ``expire``: keys come and go, and the ledger says so."""

import sys
from typing import Annotated

from cyclopts import Parameter

from hauberk.cli.ledger_folder import Where, folder_of, open_for_writing, write_file
from hauberk.cli.ledger_prove import Out
from hauberk.cli.options import Manifest, Quiet
from hauberk.core.entry import Entry
from hauberk.ledger import succession
from hauberk.ledger.log import Ledger
from hauberk.signing.keystore import load

Reason = Annotated[str, Parameter(help="Why, in one short line; everybody who verifies can read it.")]


def rotate(
    heir: str, /, *, reason: Reason = "planned", ledger: Where = None, manifest: Manifest = None, quiet: Quiet = False
) -> int:
    """Pass the ledger to another of your keys: the old one names it, both sign, and the new one signs from then on.

    Whoever trusts the old key accepts the new one by it. Point HAUBERK_IDENTITY to the new key afterwards.

    Example: hauberk ledger rotate alice-2
    """
    opened = open_for_writing(ledger, manifest)
    former = opened.key.id
    return _say(
        succession.rotate(opened, load(heir), reason=reason), f"{former} passes the ledger to {opened.key.id}", quiet
    )


def adopt(
    heir: str,
    /,
    *,
    reason: Reason = "the old key is lost",
    ledger: Where = None,
    manifest: Manifest = None,
    quiet: Quiet = False,
) -> int:
    """Go on under a new key where the old private key is lost. The past stays as the old key signed it.

    Whoever trusts only the old key is refused from then on, until they accept the new one: nobody but you can say
    that it is yours.

    Example: hauberk ledger adopt alice-2 --reason "disk failure"
    """
    opened = Ledger.open(folder_of(ledger, manifest))
    former = opened.key.id
    return _say(
        succession.adopt(opened, load(heir), reason=reason), f"{opened.key.id} goes on where {former} ended", quiet
    )


def revoke(
    key: str,
    /,
    *,
    size: Annotated[int, Parameter(name="--from", help="Nothing that it signs over more entries than this counts.")],
    reason: Reason = "stolen",
    out: Out = None,
    ledger: Where = None,
    manifest: Manifest = None,
    quiet: Quiet = False,
) -> int:
    """State that a key counts for nothing from some entry on. Publish the note that --out writes.

    KEY is its id (NAME/32 hex digits). Readers give the note to hauberk verify --revoked.

    Example: hauberk ledger revoke alice/1ea8e5550ac0c8b51ea8e5550ac0c8b5 --from 17 --reason stolen --out alice.revoked
    """
    opened = open_for_writing(ledger, manifest)
    entry, note = succession.revoke(opened, key, size, reason=reason)
    if out is not None:
        write_file(out, note.encode())
    return _say(entry, f"{key} is revoked from entry {size} on", quiet)


def expire(
    until: Annotated[str, Parameter(help="A day, YYYY-MM-DD (its end in UTC), or a time as entries have it.")],
    /,
    *,
    reason: Reason = "planned",
    ledger: Where = None,
    manifest: Manifest = None,
    quiet: Quiet = False,
) -> int:
    """State until when the key that signs now may sign. Rotate before that day.

    Example: hauberk ledger expire 2027-12-31
    """
    opened = open_for_writing(ledger, manifest)
    moment = until if "T" in until else f"{until}T23:59:59.999999Z"
    entry, _ = succession.expire(opened, moment, reason=reason)
    return _say(entry, f"{opened.key.id} signs until {moment}", quiet)


def _say(entry: Entry, words: str, quiet: bool) -> int:
    if not quiet:
        sys.stdout.write(f"entry {entry.index}: {words}\n")
    return 0
