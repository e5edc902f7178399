# SPDX-License-Identifier: Apache-2.0
"""``hauberk ledger``: read, export and check the ledger beside a manifest."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from hauberk.cli.options import Json, Manifest, Quiet
from hauberk.core.codec import builtins, decode, encode_pretty
from hauberk.core.entry import Entry
from hauberk.core.errors import Misuse
from hauberk.ledger.bundle import write_bundle
from hauberk.ledger.log import Ledger
from hauberk.ledger.naming import matches
from hauberk.manifest.load import find

Where = Annotated[
    Path | None,
    Parameter(name="--ledger", help="The ledger's folder; by default .hauberk/ledger beside the manifest."),
]

app = App(name="ledger", help="Read, export and check the ledger. Nothing here changes an entry; nothing can.")


@app.command
def export(
    bundle: Path, /, *, ledger: Where = None, manifest: Manifest = None, json: Json = False, quiet: Quiet = False
) -> int:
    """Write the whole ledger as one file that anybody can verify with the public key.

    Example: hauberk ledger export evidence.bundle
    """
    opened = _open(ledger, manifest)
    size = write_bundle(opened, bundle)
    if json:
        facts = {"schema": "hauberk/export/1", "bundle": str(bundle), "entries": size, "by": opened.key.id}
        sys.stdout.write(encode_pretty(facts) + "\n")
    elif not quiet:
        sys.stdout.write(f"{bundle}: {_entries(size)}, signed by {opened.key.id}\n")
    return 0


@app.command
def key(*, ledger: Where = None, manifest: Manifest = None, json: Json = False, quiet: Quiet = False) -> int:
    """Print the public key that the ledger names as its own.

    Whoever verifies should have the key from its holder, not from the ledger that is to be verified.

    Example: hauberk ledger key > ledger.pub
    """
    del quiet  # the key is the output
    public = _open(ledger, manifest).key
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
def list_entries(
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
    opened = _open(ledger, manifest)
    chosen = [entry for entry, _ in opened.entries() if not kind or entry.kind in kind]
    if json:
        sys.stdout.write(encode_pretty({"schema": "hauberk/entries/1", "entries": chosen}) + "\n")
        return 0
    for entry in chosen:
        sys.stdout.write(f"{entry.index:>6}  {entry.at}  {entry.kind:<18}  {entry.body}\n")
    if not quiet:
        sys.stdout.write(f"{_entries(len(chosen))} of {opened.size}, signed by {opened.key.id}\n")
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
    for one, body in _open(ledger, manifest).entries():
        if matches(one, body, entry):
            sys.stdout.write(_document(one, body) + "\n")
            return 0
    message = f"no entry {entry!r} in the ledger"
    raise Misuse(message, remedy="hauberk ledger list names them")


@app.command
def verify(*, ledger: Where = None, manifest: Manifest = None, json: Json = False, quiet: Quiet = False) -> int:
    """Check every byte of the ledger in place, against the key that it names itself.

    Example: hauberk ledger verify
    """
    opened = _open(ledger, manifest)
    proven = opened.verify()
    if json:
        facts = {"schema": "hauberk/verification/1", **builtins(proven), "repairs": opened.repairs}
        sys.stdout.write(encode_pretty(facts) + "\n")
        return 0
    for repair in opened.repairs:
        sys.stdout.write(f"cut off {repair.bytes} bytes behind the last commit, acknowledged to nobody\n")
    sys.stdout.write(f"verified: {_entries(proven.size)}, signed by {proven.by}\n")
    if not quiet:
        sys.stdout.write(f"{proven.integrity}\n")
    return 0


def _open(ledger: Path | None, manifest: Path | None) -> Ledger:
    """The ledger named, else the one beside the manifest; raises Misuse where there is none."""
    if ledger is None:
        manifest = manifest or find(Path())
        if manifest is None:
            raise Misuse("no hauberk.yaml here or above", remedy="name the ledger's folder with --ledger")
        ledger = manifest.absolute().parent / ".hauberk" / "ledger"
    return Ledger.open(ledger)


def _document(entry: Entry, body: bytes) -> str:
    return encode_pretty({"schema": "hauberk/sealed/1", "entry": entry, "body": decode(body, object)})


def _entries(count: int) -> str:
    return f"{count} {'entry' if count == 1 else 'entries'}"
