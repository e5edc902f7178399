# SPDX-License-Identifier: Apache-2.0
"""``hauberk verify``: what a file proves, with public keys only."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from hauberk.cli.ledger_folder import read_file
from hauberk.cli.options import Json, Manifest, Quiet
from hauberk.core.clock import stamp
from hauberk.core.codec import builtins, encode_pretty
from hauberk.core.entry import Entry
from hauberk.core.errors import BundleMalformed, KeyUnavailable, Misuse
from hauberk.ledger import prove
from hauberk.ledger.bundle import HEADER, LARGEST, entries, noted, parse, verify_parsed
from hauberk.ledger.chain import Proven
from hauberk.ledger.demands import Demands
from hauberk.ledger.known import Known, parse_known
from hauberk.ledger.member import recorded
from hauberk.ledger.naming import matches
from hauberk.ledger.prove import Shown, verify_receipt
from hauberk.ledger.reading import parse_note
from hauberk.ledger.stamping import authorities
from hauberk.ledger.tiles import verify_tiles
from hauberk.signing.key import PublicKey
from hauberk.signing.keystore import load_public
from hauberk.signing.note import LARGEST as LARGEST_NOTE

Files = tuple[Path, ...]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Trust:
    """What the reader brings along, all of it from elsewhere than the file."""

    key: Annotated[Files, Parameter(help="Public key of whoever should have signed; repeatable.", negative="")] = ()
    witness: Annotated[
        Files, Parameter(help="Public key of a witness that must have countersigned; repeatable.", negative="")
    ] = ()
    seen_since: Annotated[str, Parameter(help="A day or time since which each witness must have seen it.")] = ""
    known: Annotated[
        tuple[str, ...],
        Parameter(help="A checkpoint that it must continue: a file, or a printed code; repeatable.", negative=""),
    ] = ()
    revoked: Annotated[Files, Parameter(help="Note of a revoked key; repeatable.", negative="")] = ()
    ca: Annotated[Files, Parameter(help="Certificate of a time-stamp authority; repeatable.", negative="")] = ()
    under: Annotated[Path | None, Parameter(help="Bundle of the parent that has this ledger as a member.")] = None
    under_key: Annotated[Files, Parameter(help="Public key of the parent; repeatable.", negative="")] = ()

    @property
    def keys(self) -> list[PublicKey]:
        """The signers; raises KeyUnavailable where none is given."""
        if not self.key:
            raise KeyUnavailable(
                "no public key is given", remedy="add --key FILE.pub, obtained from whoever should have signed"
            )
        return [load_public(file) for file in self.key]

    def demands(self) -> Demands:
        """All but the signers and the parent."""
        return Demands(
            known=[_known(one) for one in self.known],
            witnesses=[load_public(file) for file in self.witness],
            seen_since=_moment(self.seen_since),
            revocations=[read_file(file, LARGEST_NOTE) for file in self.revoked],
            authorities=authorities(self.ca),
        )

    def of_parent(self, note: bytes) -> list[Known]:
        """What a parent, which is verified first, has recorded of the ledger of a note; raises Misuse where nothing."""
        if self.under is None:
            return []
        parent = parse(read_file(self.under, LARGEST))
        verify_parsed(parent, [load_public(file) for file in self.under_key])
        found = list(recorded(noted(parent), parse_note(note).origin))
        if not found:
            message = f"{self.under} has no member {parse_note(note).origin}"
            raise Misuse(message, remedy="hauberk ledger merge takes one in")
        return found


NOBODY = Trust()


def verify(
    path: Path,
    /,
    *,
    trust: Trust = NOBODY,
    entry: Annotated[
        str, Parameter(help="Also show that this entry is in it: an index, a body's digest or an evidence id.")
    ] = "",
    manifest: Manifest = None,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Verify a bundle, a receipt or a folder of tiles with public keys only, and say what it proves.

    Nothing of this machine is trusted but the keys given: no ledger, no manifest, no network. Without a witness it is
    integrity only. Exit code 4 where anything does not verify, or where the bytes are nothing that hauberk writes; 2
    where there is no such file or key.

    Example: hauberk verify evidence.bundle --key alice.pub
    """
    del manifest  # accepted by every command; nothing in it bears on a signature
    keys, demands = trust.keys, trust.demands()
    if path.is_dir() and (path / "checkpoint").exists():
        proven: Proven | Shown = verify_tiles(path, keys, demands)
        named = None
    else:
        proven, named = _verify_file(path, read_file(path, LARGEST), trust, entry)
    if json:
        facts = {"schema": "hauberk/verification/1", "verified": True, **builtins(proven), "entry": named}
        sys.stdout.write(encode_pretty(facts) + "\n")
    elif quiet:
        sys.stdout.write(f"verified: {proven.size} entries, {proven.integrity.partition(':')[0]}\n")
    else:
        sys.stdout.write("\n".join(_words(path, proven, named)) + "\n")
    return 0


def _verify_file(path: Path, data: bytes, trust: Trust, name: str) -> tuple[Proven | Shown, Entry | None]:
    """What the bytes of a receipt or a bundle prove, and the entry that was asked for."""
    keys, demands = trust.keys, trust.demands()
    if data.startswith(prove.HEADER):
        shown, receipt = verify_receipt(data, keys, demands), prove.parse_receipt(data)
        return shown, _named([(shown.entry, receipt.body)], name or str(receipt.index), path)
    if not data.startswith(HEADER):
        message = f"{path} is nothing that hauberk writes"
        raise BundleMalformed(message, remedy="give a file that `hauberk ledger export` or `prove --out` wrote")
    bundle = parse(data)
    demands = replace(demands, known=[*demands.known, *trust.of_parent(bundle.note)])
    proven = verify_parsed(bundle, keys, demands)
    return proven, _named(entries(bundle), name, path) if name else None


def _known(name: str) -> Known:
    """A checkpoint from a file of that name, else from the words themselves."""
    file = Path(name)
    if file.is_file():
        return parse_known(read_file(file, LARGEST_NOTE), name)
    return parse_known(name.encode(), f"the code {name}")


def _moment(text: str) -> str:
    if not text:
        return ""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        message = f"{text!r} is no day or time"
        raise Misuse(message, remedy="write it as YYYY-MM-DD, or as 2027-01-04T12:00:00Z") from error
    return stamp(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _named(pairs: Sequence[tuple[Entry, bytes]], name: str, path: Path) -> Entry:
    for entry, body in pairs:
        if matches(entry, body, name):
            return entry
    message = f"{path} verifies, and holds no entry {name!r}"
    raise BundleMalformed(message, remedy="name an index below its size, a body's digest or an evidence id")


def _words(path: Path, proven: Proven | Shown, entry: Entry | None) -> list[str]:
    """What is proven, in sentences."""
    lines = [
        f"verified: {path}",
        f"  ledger      {proven.origin}",
        f"  signed by   {proven.by}  (Ed25519 and ML-DSA-65, both hold)",
    ]
    if isinstance(proven, Proven):
        lines += _contents(proven)
    else:
        lines.append(f"  checkpoint  {proven.code}")
    if entry is not None:
        lines.append(f"  entry       {entry.index} is in it: {entry.kind}, body {entry.body}")
    what = (
        "these entries and bodies, all of them and in this order, are"
        if isinstance(proven, Proven)
        else "this entry is"
    )
    lines.append(f"  proven      {what} what that key signed")
    lines += [f"  witnessed   {one.size} entries, by {one.by} at {one.at}" for one in proven.witnessed]
    if proven.witnessed:
        lines.append(f"  in all      {proven.integrity}")
    else:
        lines.append(f"  not proven  {proven.integrity}")
    return lines


def _contents(proven: Proven) -> list[str]:
    kinds = ", ".join(f"{count} {kind}" for kind, count in proven.kinds.items()) or "nothing"
    lines = [f"  entries     {proven.size}: {kinds}"]
    if proven.size:
        lines.append(f"  sealed      {proven.first} to {proven.last}, by the signer's clock")
    lines += [f"  key         {step}" for step in proven.handed]
    lines += [f"  revoked     {key} from entry {size} on" for key, size in proven.revoked.items()]
    lines += [f"  silent      {one.source} from {one.since} to {one.until}" for one in proven.silences]
    lines += [f"  stamped     {one.size} entries, by {one.by} at {one.at}" for one in proven.stamped]
    return lines
