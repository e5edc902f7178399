# SPDX-License-Identifier: Apache-2.0
"""The ways to tamper with a ledger: each as a file that only one check stands against, and the reader who meets it."""

import ast
import base64
import shutil
import types
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import hauberk
from hauberk.core.canonical import canonical, digest
from hauberk.core.codec import decode
from hauberk.core.errors import HauberkError
from hauberk.ledger import Ledger
from hauberk.ledger.bundle import Bundle, parse, serialise, verify_bundle, write_bundle
from hauberk.ledger.checkpoint import Checkpoint, sign_checkpoint
from hauberk.ledger.demands import Demands
from hauberk.ledger.heartbeat import beat
from hauberk.ledger.keys import Change, KeyEntry
from hauberk.ledger.known import parse_known, trailer
from hauberk.ledger.member import MemberEntry
from hauberk.ledger.merkle import leaf_hash, tree_root
from hauberk.ledger.prove import HEADER as RECEIPT
from hauberk.ledger.prove import parse_receipt, prove, verify_receipt
from hauberk.ledger.reading import parse_note
from hauberk.ledger.succession import expire, revoke
from hauberk.ledger.tiles import verify_tiles
from hauberk.ledger.witness import Witness, ask, take
from hauberk.signing import PublicKey, ephemeral, sign_note
from hauberk.signing.key import encode64

VERIFIER = Path(hauberk.__file__).parent / "verifier" / "verify.py"
ALICE, MALLORY, WITNESS = ephemeral("alice"), ephemeral("alice"), ephemeral("witness")
BEGIN = datetime(2026, 11, 24, 8, tzinfo=UTC)

Pairs = list[tuple[bytes, bytes]]


@dataclass(frozen=True, kw_only=True)
class Case:
    """A tampered file, what its reader brings along, and what refuses it."""

    name: str
    code: str
    check: str
    """The one check of verify.py that stands against it."""
    by: str
    """Who can do it."""
    needs: str = "-"
    """What the reader needs besides the key."""
    data: bytes = b""
    folder: Path | None = None
    known: tuple[str, ...] = ()
    witness: bool = False
    seen_since: str = ""
    revoked: tuple[bytes, ...] = ()
    key: PublicKey = ALICE.public


GUARDED_TWICE = {"fewer", "heir", "rewritten-known", "two-times"}
"""Checks behind which another one stands: they give a better reason, and no mutant of one of them lets anything pass."""


@dataclass(kw_only=True)
class World:
    """An honest ledger with everything that the cases start from."""

    pairs: Pairs
    origin: str
    note: bytes
    bundle: bytes
    early: bytes
    """The bundle as it was when the witness first saw it."""
    receipt: bytes
    checkpoints: dict[int, Checkpoint] = field(default_factory=dict)
    folder: Path = Path()


def world(root: Path) -> World:
    """Twelve entries of two sources, a heartbeat, and two visits of a witness."""
    now = BEGIN

    def clock() -> datetime:
        nonlocal now
        now += timedelta(seconds=1)
        return now

    checkpoints = {}
    witness = Witness(WITNESS, root / "seen", [ALICE.public], clock)
    with Ledger.create(root / "ledger", ALICE, clock) as ledger:
        beat(ledger, 60)
        ledger.append_many([("evidence", canonical({"id": f"a{n}", "text": "plain"})) for n in range(3)])
        take(ledger, witness.sign(ask(ledger, 0)), WITNESS.public)
        write_bundle(ledger, root / "early")
        now += timedelta(days=3)
        ledger.append_many([("evidence", canonical({"id": f"b{n}"})) for n in range(2)])
        ledger.append("evidence", canonical({"id": "g0"}), source="guard")
        take(ledger, witness.sign(ask(ledger, 4)), WITNESS.public)
        checkpoints[ledger.size] = parse_note(ledger.note.encode())
        ledger.append_many([("evidence", canonical({"id": f"c{n}"})) for n in range(3)])
        receipt = prove(ledger, "b1").data
        note = ledger.note.encode()
        write_bundle(ledger, root / "bundle")
    data = (root / "bundle").read_bytes()
    return World(
        pairs=list(parse(data).lines),
        origin=parse_note(note).origin,
        note=note,
        bundle=data,
        early=(root / "early").read_bytes(),
        receipt=receipt,
        checkpoints=checkpoints,
        folder=root,
    )


def resigned(pairs: Pairs, origin: str, identity=ALICE) -> bytes:
    """A bundle of these entries, signed with the real key."""
    root = tree_root(leaf_hash(line) for line, _ in pairs)
    note = sign_checkpoint(Checkpoint(origin=origin, size=len(pairs), root=root), identity)
    return serialise(Bundle(note=note.encode(), lines=tuple(pairs)))


def changed(pair: tuple[bytes, bytes], **fields) -> tuple[bytes, bytes]:
    return canonical(decode(pair[0], dict) | fields), pair[1]


def with_body(pair: tuple[bytes, bytes], body: bytes, **fields) -> tuple[bytes, bytes]:
    return changed((pair[0], body), body=digest(body), **fields)


def renumbered(pairs: Pairs) -> Pairs:
    return [changed(pair, index=index) for index, pair in enumerate(pairs)]


def told(pair: tuple[bytes, bytes]) -> dict:
    return decode(pair[0], dict)


def lines_of(note: bytes) -> list[bytes]:
    return note.splitlines(keepends=True)


def fifteen(w: World) -> list[Case]:
    """The named kinds of tampering."""
    pairs = w.pairs
    middle = len(pairs) - 2
    flipped = [*pairs[:1], (pairs[1][0], pairs[1][1].replace(b"plain", b"plaio")), *pairs[2:]]
    dropped = renumbered([*pairs[:middle], *pairs[middle + 1 :]])
    last = told(pairs[-1])
    more = with_body(pairs[-1], b"1", index=len(pairs), sequence=last["sequence"] + 1)
    swapped = reordered(pairs)
    doubled = [*pairs, changed(pairs[-1], index=len(pairs))]
    short = resigned(pairs[:5], w.origin)
    fork = resigned(renewed(pairs, 6), w.origin)
    rewritten = resigned(renewed(pairs, 2), w.origin)
    spliced = with_body(
        pairs[-1], b"1", index=len(pairs), source="other", sequence=0, by=MALLORY.public.id, writer="f" * 16
    )
    foreign = [*pairs, spliced, changed(more, index=len(pairs) + 1)]
    back = [
        *pairs,
        with_body(pairs[-1], b"1", index=len(pairs), sequence=last["sequence"] + 1, at="2026-11-24T08:00:00.000000Z"),
    ]
    note = lines_of(w.note)
    known = (trailer(w.checkpoints[max(w.checkpoints)]),)
    insider, anybody = "key holder", "anybody"
    return [
        Case(name="bit flip", code="101", check="body", by=anybody, data=joined(w.note, flipped)),
        Case(name="drop", code="102", check="gap", by=insider, data=resigned(dropped, w.origin)),
        Case(name="insert", code="103", check="inserted", by=anybody, data=joined(w.note, [*pairs, more])),
        Case(name="reorder", code="104", check="moved", by=insider, data=resigned(swapped, w.origin)),
        Case(name="duplicate tail", code="105", check="repeated", by=insider, data=resigned(doubled, w.origin)),
        Case(
            name="truncation below a known checkpoint", code="106", check="truncated", by=insider, needs="a checkpoint",
            data=short, known=known,
        ),
        Case(
            name="roll-back to an old copy", code="107", check="rolled-back", by=anybody, needs="a witness",
            data=w.early, witness=True, seen_since="2026-11-26T00:00:00.000000Z",
        ),
        Case(
            name="fork shown to two readers", code="108", check="forked", by=insider, needs="a checkpoint",
            data=fork, known=known,
        ),
        Case(
            name="insider re-signing with the real key", code="109", check="rewritten", by=insider, needs="a witness",
            data=rewritten, witness=True,
        ),
        Case(name="swapped tile", code="110", check="tile", by=anybody, folder=swapped_tiles(w)),
        Case(name="key swap", code="111", check="handover", by=anybody, data=usurped(w)),
        Case(name="foreign entry spliced in", code="112", check="foreign", by=insider, data=resigned(foreign, w.origin)),
        Case(name="clock back", code="113", check="clock", by=insider, data=resigned(back, w.origin)),
        Case(name="weakened algorithm", code="114", check="algorithm", by=insider, data=weakened(w)),
        Case(
            name="stripped second signature", code="115", check="stripped", by=anybody,
            data=joined(b"".join(note[:5]), pairs),
        ),
    ]  # fmt: skip


def others(w: World) -> list[Case]:
    """Further checks, one case each."""
    pairs, origin = w.pairs, w.origin
    note = lines_of(w.note)
    miscounted = with_body(
        pairs[-1], canonical({"counts": {}, "every": 0, "schema": "hauberk/heartbeat/1"}),
        kind="heartbeat", index=len(pairs), sequence=told(pairs[-1])["sequence"] + 1,
    )  # fmt: skip
    unseen = resigned([pair for pair in pairs if told(pair)["kind"] != "witnessed"][:1], origin)
    receipt = parse_receipt(w.receipt)
    wrong = replace(receipt, path=(bytes(32), *receipt.path[1:])).data
    revoked_note, after, late = keys_of(w)
    heir = ephemeral("heir")
    rows = [
        ("entry rewritten", "116", "root", joined(w.note, [*pairs[:-1], with_body(pairs[-1], b"2")]), {}),
        ("forged Ed25519", "013", "ed25519", joined(forged(note, 4), pairs), {}),
        ("forged ML-DSA-65", "013", "ml-dsa-65", joined(forged(note, 5), pairs), {}),
        ("miscounting heartbeat", "102", "heartbeat", resigned([*pairs, miscounted], origin), {}),
        ("countersignature left out", "117", "not-witnessed", unseen, {"witness": True, "needs": "a witness"}),
        ("broken receipt", "120", "proof", wrong, {}),
        ("signing with a revoked key", "118", "revoked", after, {}),
        ("thief's ledger, revocation at hand", "118", "revoked-note", w.bundle, {"revoked": (revoked_note,), "needs": "the note"}),
        ("signing after expiry", "119", "expired", late, {}),
        ("adopting another history", "111", "adopted", adopted(w, heir), {"key": heir.public}),
        ("a member cut and rewritten", "122", "member", member_rewritten(w), {}),
    ]  # fmt: skip
    return [Case(name=name, code=code, check=check, by="", data=data, **more) for name, code, check, data, more in rows]


def joined(note: bytes, pairs: Pairs) -> bytes:
    return serialise(Bundle(note=note, lines=tuple(pairs)))


def renewed(pairs: Pairs, at: int) -> Pairs:
    """Another history from an entry on: its body is another one."""
    return [*pairs[:at], with_body(pairs[at], canonical({"id": "other"})), *pairs[at + 1 :]]


def reordered(pairs: Pairs) -> Pairs:
    """Two neighbours of different sources exchanged, at one time, with the places that they had."""
    at = next(n for n in range(len(pairs) - 1) if told(pairs[n])["source"] != told(pairs[n + 1])["source"])
    when = told(pairs[at + 1])["at"]
    return [*pairs[:at], changed(pairs[at + 1], at=when), changed(pairs[at], at=when), *pairs[at + 2 :]]


def swapped_tiles(w: World) -> Path:
    """Tiles of 520 entries with two exchanged; the entries in them are as they were signed."""
    path = w.folder / "tiles"
    with Ledger.create(path, ALICE) as ledger:
        ledger.append_many([("evidence", canonical(n)) for n in range(520)])
    shutil.rmtree(path / "log")
    first, second = path / "tile/0/000", path / "tile/0/001"
    data = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(data)
    return path


def usurped(w: World) -> bytes:
    """The ledger passed on to Mallory's key without a word of the real one."""
    heir, index = ephemeral("mallory"), len(w.pairs)
    change = Change(origin=w.origin, index=index, action="rotated", subject=heir.public.id, reason="planned")
    body = canonical(KeyEntry(former=ALICE.public.text, key=heir.public.text, note=sign_note(change.text, heir, heir)))
    sequence = told(w.pairs[-1])["sequence"]
    handover = with_body(w.pairs[-1], body, index=index, kind="key", sequence=sequence + 1)
    after = with_body(w.pairs[-1], b"1", index=index + 1, sequence=sequence + 2, by=heir.public.id)
    return resigned([*w.pairs, handover, after], w.origin, heir)


def adopted(w: World, heir) -> bytes:
    """A new key goes on from a past that the old one never signed."""
    pairs, index = renewed(w.pairs, 6), len(w.pairs)
    change = Change(origin=w.origin, index=index, action="adopted", subject=heir.public.id, reason="lost")
    told_of = KeyEntry(
        former=ALICE.public.text, key=heir.public.text, last=w.note.decode(), note=sign_note(change.text, heir)
    )
    sequence = told(pairs[-1])["sequence"] + 1
    entry = with_body(pairs[-1], canonical(told_of), index=index, kind="key", sequence=sequence, by=heir.public.id)
    return resigned([*pairs, entry], w.origin, heir)


def member_rewritten(w: World) -> bytes:
    """A parent that holds two checkpoints of a member, the second of another history."""
    pairs = list(w.pairs)
    for size in (1, 2):
        root = tree_root([bytes([size]) * 32] * size)
        note = sign_note(Checkpoint(origin="hauberk/bob/0", size=size, root=root).text, MALLORY)
        path = (encode64(bytes(32)),) if size > 1 else ()
        body = canonical(MemberEntry(key=MALLORY.public.text, note=note, old=size - 1, path=path))
        pairs.append(
            with_body(pairs[-1], body, index=len(pairs), kind="member", sequence=told(pairs[-1])["sequence"] + 1)
        )
    return resigned(pairs, w.origin)


def weakened(w: World) -> bytes:
    """An entry whose body is named by MD5."""
    import hashlib

    named = f"md5:{hashlib.md5(b'1').hexdigest()}"
    pair = changed((w.pairs[-1][0], b"1"), body=named, index=len(w.pairs), sequence=told(w.pairs[-1])["sequence"] + 1)
    return resigned([*w.pairs, pair], w.origin)


def forged(note: list[bytes], at: int) -> bytes:
    """The note with one signature line of another text under the same key's id."""
    other = lines_of(sign_note("another\n1\ntext\n", ALICE).encode())
    dash, name, mine = note[at].rstrip(b"\n").split(b" ")
    theirs = base64.b64decode(other[at].rstrip(b"\n").split(b" ")[2])
    line = b" ".join((dash, name, base64.b64encode(base64.b64decode(mine)[:4] + theirs[4:]))) + b"\n"
    return b"".join((*note[:at], line, *note[at + 1 :]))


def keys_of(w: World) -> tuple[bytes, bytes, bytes]:
    """A revocation note; entries by a key behind its own revocation; an entry behind an expiry."""
    path = w.folder / "keys"
    with Ledger.create(path, ALICE, lambda: BEGIN) as ledger:
        ledger.append("evidence", b"0")
        revoke(ledger, ALICE.public.id, 1, reason="stolen")
        write_bundle(ledger, w.folder / "revoked")
        origin = ledger.origin
    pairs = list(parse((w.folder / "revoked").read_bytes()).lines)
    after = resigned([*pairs, with_body(pairs[0], b"1", index=2, sequence=2)], origin)
    change = Change(origin=w.origin, index=5, action="revoked", subject=ALICE.public.id, detail="5", reason="stolen")
    with Ledger.create(w.folder / "expiring", ALICE, lambda: BEGIN) as ledger:
        expire(ledger, "2026-11-25T00:00:00.000000Z")
        write_bundle(ledger, w.folder / "expired")
        origin = ledger.origin
    pairs = list(parse((w.folder / "expired").read_bytes()).lines)
    late = with_body(pairs[0], b"1", index=1, sequence=1, kind="evidence", at="2026-11-25T00:00:00.000001Z")
    return sign_note(change.text, ALICE).encode(), after, resigned([*pairs, late], origin)


def judged(case: Case) -> str:
    """The code with which hauberk refuses a case; empty where it accepts it."""
    demands = Demands(
        known=[parse_known(one.encode(), "another reader's") for one in case.known],
        witnesses=[WITNESS.public] if case.witness else [],
        seen_since=case.seen_since,
        revocations=case.revoked,
    )
    try:
        if case.folder is not None:
            verify_tiles(case.folder, [case.key], demands)
        elif case.data.startswith(RECEIPT):
            verify_receipt(case.data, [case.key], demands)
        else:
            verify_bundle(case.data, [case.key], demands)
    except HauberkError as error:
        return error.code.removeprefix("HBK-E-")
    return ""


def load(source: str) -> types.ModuleType:
    """A verifier from its source."""
    module = types.ModuleType("verify")
    exec(compile(source, "verify.py", "exec"), module.__dict__)  # our own file, whole or with one check less
    return module


def checks(source: str) -> dict[str, ast.If]:
    """Every marked check of the verifier by its name."""
    lines = source.splitlines()
    found = {}
    for statement in ast.walk(ast.parse(source)):
        if isinstance(statement, ast.If) and statement.end_lineno and "# check: " in lines[statement.end_lineno - 1]:
            found[lines[statement.end_lineno - 1].rpartition("# check: ")[2]] = statement
    return found


def mutant(source: str, check: str) -> str:
    """The verifier with one check deleted."""
    lines, statement = source.splitlines(), checks(source)[check]
    indent = " " * statement.col_offset
    lines[statement.lineno - 1 : statement.end_lineno] = [f"{indent}pass"]
    return "\n".join(lines) + "\n"


def stands_alone(module: types.ModuleType, case: Case) -> str:
    """The code with which a verifier refuses a case; empty where it accepts it."""
    reader = module.Reader(
        [module.parse_key(case.key.text)],
        [module.parse_key(WITNESS.public.text)] if case.witness else [],
        list(module.read_known(case.known)),
        list(case.revoked),
        case.seen_since,
    )
    try:
        module.examine(case.folder or Path("file"), case.data, reader)
    except module.Refused as error:
        return str(error).removeprefix("HBK-E-")[:3]
    return ""


Build = Callable[[World], list[Case]]
