# SPDX-License-Identifier: Apache-2.0
"""``hauberk ledger``: read, export and check the ledger beside a manifest."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from hauberk.cli import ledger_keys, ledger_prove, ledger_store, ledger_subjects, ledger_witness
from hauberk.cli.ledger_folder import Where, entries, open_for_reading, signed
from hauberk.cli.options import Json, Manifest, Quiet
from hauberk.core.codec import builtins, decode, encode_pretty
from hauberk.core.entry import Entry
from hauberk.ledger import index
from hauberk.ledger.bundle import write_bundle
from hauberk.ledger.reading import read_entries

app = App(
    name="ledger",
    help=(
        "Read, export, prove, witness and keep the ledger. Some of these append an entry; nothing here changes one, "
        "and nothing can. Without a witness, everything that it proves is integrity only."
    ),
)

MORE = (
    ("prove", ledger_prove.prove),
    ("tiles", ledger_prove.tiles),
    ("anchor", ledger_prove.anchor),
    ("verifier", ledger_prove.verifier),
    ("beat", ledger_prove.beat),
    ("witness", ledger_witness.app),
    ("rotate", ledger_keys.rotate),
    ("adopt", ledger_keys.adopt),
    ("revoke", ledger_keys.revoke),
    ("expire", ledger_keys.expire),
    ("retention", ledger_subjects.retention),
    ("keep", ledger_subjects.keep),
    ("reveal", ledger_subjects.reveal),
    ("erase", ledger_subjects.erase),
    ("retain", ledger_subjects.retain),
    ("create", ledger_store.create),
    ("backup", ledger_store.backup),
    ("restore", ledger_store.restore),
    ("rebuild", ledger_store.rebuild),
    ("merge", ledger_store.merge),
)
"""Sub-commands of files of their own."""

for _name, _command in MORE:
    app.command(_command, name=_name)


@app.command
def export(
    bundle: Path, /, *, ledger: Where = None, manifest: Manifest = None, json: Json = False, quiet: Quiet = False
) -> int:
    """Write the whole ledger as one file that anybody can verify with the public key.

    Example: hauberk ledger export evidence.bundle
    """
    opened = open_for_reading(ledger, manifest)
    size = write_bundle(opened, bundle)
    if json:
        facts = {"schema": "hauberk/export/1", "bundle": str(bundle), "entries": size, "by": opened.key.id}
        sys.stdout.write(encode_pretty(facts) + "\n")
    elif not quiet:
        sys.stdout.write(f"{bundle}: {entries(size)}, {signed(opened.key.id)}\n")
    return 0


@app.command
def key(*, ledger: Where = None, manifest: Manifest = None, json: Json = False, quiet: Quiet = False) -> int:
    """Print the public key that the ledger names as its own.

    Whoever verifies should have the key from its holder, not from the ledger that is to be verified.

    Example: hauberk ledger key > ledger.pub
    """
    del quiet  # the key is the output
    public = open_for_reading(ledger, manifest).key
    facts = {
        "schema": "hauberk/key/1",
        "id": public.id,
        "name": public.name,
        "roles": public.roles,
        "public": public.text,
    }
    sys.stdout.write(encode_pretty(facts) + "\n" if json else public.text)
    return 0


@app.command(name="list")
def listentries(
    *,
    kind: Annotated[tuple[str, ...], Parameter(help="Only entries of this kind; repeatable.", negative="")] = (),
    ledger: Where = None,
    manifest: Manifest = None,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """List the entries, one a line: index, time, kind, digest of the body.

    Example: hauberk ledger list --kind evidence
    """
    opened = open_for_reading(ledger, manifest)
    chosen = [entry for entry, _ in opened.entries() if not kind or entry.kind in kind]
    if json:
        sys.stdout.write(encode_pretty({"schema": "hauberk/entries/1", "entries": chosen}) + "\n")
        return 0
    for entry in chosen:
        sys.stdout.write(f"{entry.index:>6}  {entry.at}  {entry.kind:<18}  {entry.body}\n")
    if not quiet:
        sys.stdout.write(f"{entries(len(chosen))} of {opened.size}, {signed(opened.key.id)}\n")
    return 0


@app.command
def show(
    entry: str, /, *, ledger: Where = None, manifest: Manifest = None, json: Json = False, quiet: Quiet = False
) -> int:
    """Print one entry and its body.

    ENTRY is an index, the digest of a body, or the id that the body states (such as an evidence id).

    Example: hauberk ledger show 0
    """
    del json, quiet  # it is one JSON document either way
    opened = open_for_reading(ledger, manifest)
    place = index.find(opened, entry)
    one, body = next(read_entries(opened.place, place, place + 1))
    sys.stdout.write(_document(one, body) + "\n")
    return 0


@app.command
def verify(*, ledger: Where = None, manifest: Manifest = None, json: Json = False, quiet: Quiet = False) -> int:
    """Check every byte of the ledger in place, against the key that it names itself.

    Example: hauberk ledger verify
    """
    opened = open_for_reading(ledger, manifest)
    proven = opened.verify()
    if json:
        facts = {"schema": "hauberk/verification/1", **builtins(proven), "repairs": opened.repairs}
        sys.stdout.write(encode_pretty(facts) + "\n")
        return 0
    for repair in opened.repairs:
        sys.stdout.write(f"cut off {repair.bytes} bytes behind the last commit, acknowledged to nobody\n")
    sys.stdout.write(f"verified: {entries(proven.size)}, signed by {proven.by}\n")
    if not quiet:
        sys.stdout.write(f"{proven.integrity}\n")
    return 0


def _document(entry: Entry, body: bytes) -> str:
    return encode_pretty({"schema": "hauberk/sealed/1", "entry": entry, "body": decode(body, object)})
