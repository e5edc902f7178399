# SPDX-License-Identifier: Apache-2.0
"""``hauberk verify``: what a file proves, with public keys only."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from hauberk.cli.options import Json, Manifest, Quiet
from hauberk.core.codec import builtins, encode_pretty
from hauberk.core.entry import Entry
from hauberk.core.errors import BundleMalformed, KeyUnavailable, Misuse
from hauberk.ledger.bundle import HEADER, LARGEST, entries, parse, verify_parsed
from hauberk.ledger.chain import Proven
from hauberk.ledger.naming import matches
from hauberk.signing.keystore import load_public


def verify(
    path: Path,
    /,
    *,
    key: Annotated[
        tuple[Path, ...], Parameter(help="Public key (.pub) of whoever should have signed; repeatable.", negative="")
    ] = (),
    entry: Annotated[
        str, Parameter(help="Also show that this entry is in it: an index, a body's digest or an evidence id.")
    ] = "",
    manifest: Manifest = None,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Verify a bundle with public keys only, and say what it proves.

    Nothing of this machine is trusted but the keys given: no ledger, no manifest, no network. Exit code 4 where
    anything does not verify, or where the bytes are nothing that hauberk writes; 2 where there is no such file or key.

    Example: hauberk verify evidence.bundle --key alice.pub
    """
    del manifest  # accepted by every command; nothing in it bears on a signature
    if not key:
        raise KeyUnavailable(
            "no public key is given", remedy="add --key FILE.pub, obtained from whoever should have signed"
        )
    keys = [load_public(file) for file in key]
    data = _read(path)
    if not data.startswith(HEADER):
        message = f"{path} is nothing that hauberk writes"
        raise BundleMalformed(message, remedy="give a file that `hauberk ledger export` wrote")
    bundle = parse(data)
    proven = verify_parsed(bundle, keys)
    named = _named(entries(bundle), entry, path) if entry else None
    if json:
        facts = {"schema": "hauberk/verification/1", "verified": True, **builtins(proven), "entry": named}
        sys.stdout.write(encode_pretty(facts) + "\n")
    elif quiet:
        sys.stdout.write(f"verified: {proven.size} entries, integrity only\n")
    else:
        sys.stdout.write("\n".join(_words(path, proven, named)) + "\n")
    return 0


def _read(path: Path) -> bytes:
    """The file's bytes, one beyond the ceiling at most; raises Misuse where there is none."""
    try:
        with path.open("rb") as file:
            return file.read(LARGEST + 1)
    except OSError as error:
        message = f"cannot read {path}: {error.strerror}"
        raise Misuse(message, remedy="name a file that `hauberk ledger export` wrote") from error


def _named(pairs: Sequence[tuple[Entry, bytes]], name: str, path: Path) -> Entry:
    for entry, body in pairs:
        if matches(entry, body, name):
            return entry
    message = f"{path} verifies, and holds no entry {name!r}"
    raise BundleMalformed(message, remedy="name an index below its size, a body's digest or an evidence id")


def _words(path: Path, proven: Proven, entry: Entry | None) -> list[str]:
    """What is proven, in sentences."""
    kinds = ", ".join(f"{count} {kind}" for kind, count in proven.kinds.items()) or "nothing"
    lines = [
        f"verified: {path}",
        f"  ledger      {proven.origin}",
        f"  signed by   {proven.by}  (Ed25519 and ML-DSA-65, both hold)",
        f"  entries     {proven.size}: {kinds}",
    ]
    if proven.size:
        lines.append(f"  sealed      {proven.first} to {proven.last}, by the signer's clock")
    if entry is not None:
        lines.append(f"  entry       {entry.index} is in it: {entry.kind}, body {entry.body}")
    lines += [
        "  proven      these entries and bodies, all of them and in this order, are what that key signed",
        f"  not proven  {proven.integrity}",
    ]
    return lines
