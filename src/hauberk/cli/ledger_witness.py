# SPDX-License-Identifier: Apache-2.0
"""``hauberk ledger witness``: ask for a countersignature, give one, take one in."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from hauberk.cli.ledger_folder import (
    STDIN,
    Signer,
    Where,
    entries,
    identity_of,
    open_for_reading,
    open_for_writing,
    read_file,
    write_file,
)
from hauberk.cli.ledger_prove import Out
from hauberk.cli.options import Manifest, Quiet
from hauberk.core.clock import stamp
from hauberk.core.codec import decode
from hauberk.core.errors import Misuse
from hauberk.ledger import index
from hauberk.ledger.chain import WITNESSED
from hauberk.ledger.reading import parse_note
from hauberk.ledger.witness import Witness
from hauberk.ledger.witness import ask as ask_for
from hauberk.ledger.witness import take as take_in
from hauberk.ledger.witnessed import WitnessedEntry
from hauberk.signing.keystore import load_public
from hauberk.signing.note import LARGEST

app = App(
    name="witness",
    help=(
        "Somebody else's key and memory, against an insider who rewrites the ledger with the real key. Ask on the "
        "ledger's machine, sign on the witness's, take in on the ledger's; files travel on a stick or through a pipe."
    ),
)


@app.command
def ask(
    *,
    since: Annotated[int | None, Parameter(help="Entries it has seen; by default those of its last answer.")] = None,
    out: Out = None,
    ledger: Where = None,
    manifest: Manifest = None,
) -> int:
    """Write the request: the checkpoint, and the proof that it continues what the witness saw.

    Example: hauberk ledger witness ask --out request
    """
    opened = open_for_reading(ledger, manifest)
    if since is None:
        told = [decode(body, WitnessedEntry).note.encode() for body in index.bodies(opened, WITNESSED)]
        since = parse_note(told[-1]).size if told else 0
    write_file(out, ask_for(opened, since))
    return 0


@app.command
def sign(
    request: Path = STDIN,
    /,
    *,
    key: Annotated[
        tuple[Path, ...], Parameter(help="Public key of a ledger that you witness; repeatable.", negative="")
    ] = (),
    state: Annotated[Path, Parameter(help="Folder of the witness's memory; never where the ledger's owner can write.")],
    signer: Signer = "",
    out: Out = None,
    quiet: Quiet = False,
) -> int:
    """Countersign a request (by default from standard input), if the ledger continues what this witness saw last.

    Exit code 4 where it does not: keep the request then, it is evidence.

    Example: hauberk ledger witness sign request --key ledger.pub --state seen --out answer
    """
    if not key:
        raise Misuse("no ledger's key is given", remedy="add --key FILE.pub, obtained from the ledger's owner")
    identity = identity_of(signer)
    witness = Witness(identity, state, [load_public(file) for file in key])
    note = witness.sign(read_file(request, 2 * LARGEST))
    write_file(out, note)
    if not quiet and out is not None:
        sys.stderr.write(f"{identity.public.id} has seen {entries(parse_note(note).size)}\n")
    return 0


@app.command
def take(
    answer: Path = STDIN,
    /,
    *,
    witness: Annotated[Path, Parameter(help="Public key of the witness.")],
    ledger: Where = None,
    manifest: Manifest = None,
    quiet: Quiet = False,
) -> int:
    """Seal a witness's answer (by default from standard input), so that every export carries it.

    Example: hauberk ledger witness take answer --witness witness.pub
    """
    opened = open_for_writing(ledger, manifest)
    key, note = load_public(witness), read_file(answer, LARGEST)
    entry, moment = take_in(opened, note, key)
    if not quiet:
        seen = entries(parse_note(note).size)
        sys.stdout.write(f"entry {entry.index}: {key.id} saw the first {seen} at {stamp(moment)}\n")
    return 0
