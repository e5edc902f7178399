# SPDX-License-Identifier: Apache-2.0
# long on purpose: one file is the point, an auditor reads it from top to bottom
"""Verifies what hauberk's ledger exports: a bundle, a receipt of one entry, or a folder of C2SP tiles.

    python verify.py BUNDLE --key K.pub [--witness W.pub] [--known CHECKPOINT] [--seen-since DAY] [--revoked NOTE]

Needs Python 3.11 and the package cryptography (50 or newer), and no other code of hauberk. Exit code 0: everything
holds. 4: something does not, and the line on standard error begins with the code of what. 2: no such file, or no key.

Formats: docs/reference/bundle.md; C2SP signed-note, tlog-checkpoint, tlog-cosignature, tlog-tiles, tlog-proof;
RFC 9162 section 2.1; RFC 8785. Each refusal is one ``if`` that ends in ``# check: NAME``; tests delete them one by one.
"""

import argparse
import base64
import binascii
import hashlib
import json
import math
import re
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PublicKey

BUNDLE, RECEIPT = b"hauberk/bundle/1\n", b"c2sp.org/tlog-proof@v1\n"
ED25519, MLDSA65 = b"\x01", b"\xffhauberk/ml-dsa-65/1"
ED25519_COSIGNED, MLDSA65_COSIGNED = b"\x04", b"\xffhauberk/ml-dsa-65-cosignature/1"
SAFE, WIDTH, HASH, PAIR = 2**53 - 1, 256, 32, 2
LARGEST, LARGEST_ENTRY, LARGEST_BODY = 1 << 30, 2048, 16 << 20
ENTRY = {
    "at": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"),
    "body": re.compile(r"[a-z0-9]+:[0-9a-f]+"),
    "by": re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}/[0-9a-f]{32}"),
    "kind": re.compile(r"[a-z][a-z0-9.-]{0,63}"),
    "schema": re.compile(r"hauberk/entry/1"),
    "source": re.compile(r"[a-z0-9][a-z0-9._/-]{0,62}"),
    "tenant": re.compile(r"[a-z0-9][a-z0-9-]{0,62}"),
    "writer": re.compile(r"[0-9a-f]{16}"),
}
CHANGE = re.compile(
    r"hauberk/key-event/1\n(?P<origin>[!-~]+)\n(?P<index>\d{1,16})\n"
    r"(?P<action>rotated|adopted|revoked|expires) (?P<subject>[!-~]+)(?: (?P<detail>[!-~]+))?\nreason [ -~]{1,200}\n"
)
TRAILER = re.compile(r"^Hauberk-Checkpoint: (\S+) (\d{1,16}) (\S+)$", re.MULTILINE)
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class Refused(Exception):
    """Something does not verify."""


def refuse(code: str, why: str) -> NoReturn:
    """End with one code and one reason."""
    raise Refused(f"HBK-E-{code}: {why}")


class Key(NamedTuple):
    """A public key: both halves and their names."""

    name: str
    ed25519: bytes
    mldsa65: bytes

    @property
    def id(self) -> str:
        """Who an entry is by."""
        return f"{self.name}/{hashlib.sha256(self.ed25519 + self.mldsa65).hexdigest()[:32]}"

    def line_ids(self, first: bytes, second: bytes) -> tuple[bytes, bytes]:
        """Ids of its two signature lines for two types (C2SP signed-note)."""
        typed = (first + self.ed25519, second + self.mldsa65)
        one, two = (hashlib.sha256(self.name.encode() + b"\n" + key).digest()[:4] for key in typed)
        return one, two

    def holds(self, which: int, signature: bytes, message: bytes, context: bytes) -> bool:
        """Whether its Ed25519 (0) or ML-DSA-65 (1) signature holds."""
        try:
            if which:
                MLDSA65PublicKey.from_public_bytes(self.mldsa65).verify(signature, message, context)
            else:
                Ed25519PublicKey.from_public_bytes(self.ed25519).verify(signature, message)
        except InvalidSignature:
            return False
        return True


class Checkpoint(NamedTuple):
    """What a note says of a tree."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


Lines = list[tuple[str, bytes]]


def unbase64(text: str) -> bytes:
    """Canonical base64 only."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        refuse("013", "not base64")
    if base64.b64encode(data).decode() != text:
        refuse("013", "not canonical base64")
    return data


def parse_key(text: str) -> Key:
    """A key from its ``.pub`` form; raises ValueError."""
    header, name, _, first, second, end = text.split("\n")
    one, two = (unbase64(line.split("+", 2)[-1]) for line in (first, second))
    key = Key(name.removeprefix("name "), one[len(ED25519) :], two[len(MLDSA65) :])
    ids = key.line_ids(ED25519, MLDSA65)
    expected = [f"{key.name}+{ids[0].hex()}+", f"{key.name}+{ids[1].hex()}+"]
    if (
        header != "hauberk/public-key/1"
        or end
        or not first.startswith(expected[0])
        or not second.startswith(expected[1])
    ):
        raise ValueError("not a public key")
    return key


def split_note(data: bytes) -> tuple[str, Lines]:
    """Text and signature lines of a signed note, nothing verified."""
    try:
        text, blank, signed = data.decode().partition("\n\n")
    except UnicodeDecodeError:
        refuse("013", "a note is not UTF-8")
    lines: Lines = []
    for line in signed.split("\n")[:-1]:
        dash, name, *encoded = line.split(" ")
        if dash != "—" or len(encoded) != 1:
            refuse("013", "a signature line is malformed")
        lines.append((name, unbase64(encoded[0])))
    if not blank or not lines or not signed.endswith("\n"):
        refuse("013", "not a signed note")
    return f"{text}\n", lines


def check_signatures(message: bytes, lines: Lines, key: Key, types: tuple[bytes, bytes], context: bytes) -> bool:
    """Both signatures of one key hold; False where it has signed nothing."""
    ids, seen = key.line_ids(*types), set()
    for name, line in lines:
        if name != key.name or line[:4] not in ids:
            continue
        which = ids.index(line[:4])
        holds = key.holds(which, line[4:], message, context)
        if not holds and which == 0:
            refuse("013", f"the Ed25519 signature of {key.id} does not hold")  # check: ed25519
        if not holds and which == 1:
            refuse("013", f"the ML-DSA-65 signature of {key.id} does not hold")  # check: ml-dsa-65
        seen.add(which)
    if len(seen) == 1:
        refuse("115", f"one of the two signatures of {key.id} is missing")  # check: stripped
    return bool(seen)


def note_signer(data: bytes, keys: Sequence[Key], *, only: bool = True) -> tuple[str, Key]:
    """The text of a note and which of the keys has signed it twice over."""
    text, lines = split_note(data)
    if only and len(lines) > PAIR:
        refuse("013", "more than two signatures")
    for key in keys:
        if check_signatures(text.encode(), lines, key, (ED25519, MLDSA65), b"hauberk/note/1"):
            return text, key
    refuse("111", f"signed by none of {', '.join(key.id for key in keys) or 'no keys'}")


def parse_checkpoint(text: str) -> Checkpoint:
    """The three lines of a checkpoint."""
    lines = text.split("\n")
    if len(lines) != 4 or not re.fullmatch(r"0|[1-9]\d{0,15}", lines[1]) or not lines[0]:  # noqa: PLR2004
        refuse("013", "not a checkpoint")
    found = Checkpoint(lines[0], int(lines[1]), unbase64(lines[2]))
    if len(found.root) != HASH or found.text != text:
        refuse("013", "not a checkpoint")
    return found


def node(left: bytes, right: bytes) -> bytes:
    """An inner node of RFC 9162."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """A growing tree: the roots of its perfect subtrees, the largest first."""

    def __init__(self) -> None:
        """Empty."""
        self.size = 0
        self.peaks: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        """One more leaf hash."""
        size = self.size
        while size & 1:
            leaf, size = node(self.peaks.pop(), leaf), size >> 1
        self.peaks.append(leaf)
        self.size += 1

    @property
    def root(self) -> bytes:
        """Root as it stands."""
        if not self.peaks:
            return hashlib.sha256(b"").digest()
        root = self.peaks[-1]
        for peak in self.peaks[-2::-1]:
            root = node(peak, root)
        return root


def leaf_of(line: bytes) -> bytes:
    """A leaf of RFC 9162."""
    return hashlib.sha256(b"\x00" + line).digest()


def number(value: float) -> str:
    """A float as ECMAScript prints it (RFC 8785, 3.2.2.3)."""
    if not math.isfinite(value):
        raise ValueError("not finite")
    if value == 0:
        return "0"
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    point = point if whole.strip("0") else len(digits) + int(exponent or 0) - len(fraction)
    digits = digits.rstrip("0")
    sign, count = "-" if value < 0 else "", len(digits)
    if 0 < point <= 21:  # noqa: PLR2004
        return sign + (digits.ljust(point, "0") if count <= point else f"{digits[:point]}.{digits[point:]}")
    if -6 < point <= 0:  # noqa: PLR2004
        return f"{sign}0.{'0' * -point}{digits}"
    dotted = f"{digits[0]}.{digits[1:]}" if count > 1 else digits
    return f"{sign}{dotted}e{'+' if point > 0 else '-'}{abs(point - 1)}"


def canonical(value: Any) -> str:
    """RFC 8785."""
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        return "{" + ",".join(f"{canonical(key)}:{canonical(value[key])}" for key in keys) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    if isinstance(value, float):
        return number(value)
    return json.dumps(value, ensure_ascii=False)


def integer(text: str) -> int | float:
    """An integer; beyond 2^53 a float, since only a float is written so."""
    value = int(text) if len(text) <= len(str(-SAFE)) else SAFE + 1
    return value if abs(value) <= SAFE else float(text)


def read_json(data: bytes, what: str) -> Any:
    """Canonical JSON only."""
    try:
        value = json.loads(data.decode(), parse_int=integer)
        if canonical(value).encode() == data:
            return value
    except (ValueError, RecursionError, UnicodeError):
        pass
    refuse("011", f"{what} is not canonical JSON")


class Walk:
    """Takes entries in order; what must hold of each is here."""

    def __init__(self, origin: str, watch: set[int]) -> None:
        """``watch`` are sizes whose roots will be compared."""
        self.origin, self.watch, self.tree = origin, watch, Tree()
        self.by = self.signer = self.last = self.until = ""
        self.counts: dict[str, int] = {}
        self.revoked: dict[str, int] = {}
        self.heirs: list[tuple[Key, Key, bool]] = []
        self.notes: list[bytes] = []
        self.members: dict[str, tuple[int, bytes]] = {}
        self.roots = {0: self.tree.root}

    def follow(self, line: bytes, body: bytes | None) -> dict[str, Any]:
        """One entry, and its body where that is at hand."""
        place = self.tree.size
        entry = read_entry(line, place)
        if entry["index"] != place:
            refuse("104", f"entry {place} says that it is entry {entry['index']}")  # check: moved
        told = self._body(entry, body, place) if body is not None else None
        source = f"{entry['tenant']}:{entry['source']}"
        due = self.counts.get(source, 0)
        if entry["sequence"] > due:
            refuse("102", f"entry {place} is number {entry['sequence']} of {source}, {due} is due")  # check: gap
        if entry["sequence"] < due:
            refuse("105", f"entry {place} is number {entry['sequence']} of {source} again")  # check: repeated
        if entry["at"] < self.last:
            refuse("113", f"entry {place} is older than the one before it")  # check: clock
        change = self._announced(entry, told, place) if told is not None and entry["kind"] == "key" else None
        self.by = self.by or entry["by"]
        if body is not None and entry["by"] != self.by:
            refuse("112", f"entry {place} is by {entry['by']}, and the ledger is {self.by}'s")  # check: foreign
        if place >= self.revoked.get(entry["by"], place + 1):
            refuse("118", f"entry {place} is by {entry['by']}, which is revoked")  # check: revoked
        if self.until and entry["at"] > self.until:
            refuse("119", f"entry {place} is by {entry['by']}, which has expired")  # check: expired
        self._heed(entry, told, place)
        self.counts[source] = entry["sequence"] + 1
        self.tree.add(leaf_of(line))
        self.last, self.signer = entry["at"], entry["by"]
        if self.tree.size in self.watch:
            self.roots[self.tree.size] = self.tree.root
        if change is not None:
            self._settle(change, place)
        return entry

    def _body(self, entry: dict[str, Any], body: bytes, place: int) -> Any:
        algorithm, _, digest = entry["body"].partition(":")
        if algorithm != "sha256":
            refuse("114", f"entry {place} names its body by {algorithm}")  # check: algorithm
        if hashlib.new(algorithm, body).hexdigest() != digest:
            refuse("101", f"entry {place} does not belong to its body")  # check: body
        return read_json(body, f"the body of entry {place}")

    def _announced(self, entry: dict[str, Any], told: dict[str, str], place: int) -> re.Match[str]:
        """A key event, before its entry is judged: an adoption is already by the new key."""
        note = field(told, "note", place).encode()
        change = CHANGE.fullmatch(split_note(note)[0])
        if change is None or change["origin"] != self.origin or int(change["index"]) != place:
            refuse("111", f"entry {place} holds no key event of its own")
        if change["action"] in ("rotated", "adopted"):
            former, key = (event_key(field(told, which, place)) for which in ("former", "key"))
            self.by = self.by or entry["by"]
            if (former.id, key.id) != (self.by, change["subject"]):
                refuse("111", f"entry {place} passes the ledger from {former.id} to {key.id}")  # check: heir
            text, lines = split_note(note)
            signers = [former, key] if change["action"] == "rotated" else [key]
            types = (ED25519, MLDSA65)
            if not all(check_signatures(text.encode(), lines, one, types, b"hauberk/note/1") for one in signers):
                refuse(
                    "111", f"entry {place} passes the ledger on without {former.id} having said so"
                )  # check: handover
            if change["action"] == "adopted":
                last = parse_checkpoint(note_signer(field(told, "last", place).encode(), [former])[0])
                if last != Checkpoint(self.origin, place, self.tree.root):
                    refuse("111", f"entry {place} adopts another history than {former.id} signed")  # check: adopted
                self.by, self.until = key.id, ""
            self.heirs.append((former, key, change["action"] == "rotated"))
        return change

    def _settle(self, change: re.Match[str], place: int) -> None:
        if change["action"] == "rotated":
            self.by, self.until = change["subject"], ""
        elif change["action"] == "revoked":
            self.revoked[change["subject"]] = min(int(change["detail"][:16]), place)
        elif change["action"] == "expires" and change["subject"] == self.by:
            self.until = min(self.until or change["detail"], change["detail"])

    def _heed(self, entry: dict[str, Any], told: Any, place: int) -> None:
        """Entries that say something of the ledger itself."""
        if told is None:
            return
        if entry["kind"] == "heartbeat" and told.get("counts") != self.counts:
            refuse("102", f"entry {place} counts other entries than are there")  # check: heartbeat
        if entry["kind"] in ("witnessed", "stamped"):
            self.notes.append(field(told, "note", place).encode())
        if entry["kind"] == "member":
            key = event_key(field(told, "key", place))
            found = parse_checkpoint(note_signer(field(told, "note", place).encode(), [key])[0])
            before = self.members.get(found.origin, (0, self.roots[0]))
            path = [unbase64(one) for one in told["path"]]
            if told["old"] != before[0] or not consistent(before, (found.size, found.root), path):
                refuse("122", f"entry {place} does not continue {found.origin}")  # check: member
            self.members[found.origin] = (found.size, found.root)


def field(told: Any, name: str, place: int) -> str:
    """A text within a body."""
    if not isinstance(told, dict) or not isinstance(told.get(name), str):
        refuse("011", f"the body of entry {place} has no {name}")
    return str(told[name])


def event_key(text: str) -> Key:
    """A key that a body names."""
    try:
        return parse_key(text)
    except ValueError:
        refuse("111", "a key event names a key that is none")


def read_entry(line: bytes, place: int) -> dict[str, Any]:
    """An entry from its leaf."""
    entry = read_json(line, f"entry {place}")
    if not isinstance(entry, dict) or entry.keys() != {*ENTRY, "index", "sequence"} or len(line) > LARGEST_ENTRY:
        refuse("011", f"entry {place} has other fields than an entry has")
    for name, form in ENTRY.items():
        if not isinstance(entry[name], str) or not form.fullmatch(entry[name]):
            refuse("011", f"entry {place} has a malformed {name}")
    for name in ("index", "sequence"):
        if type(entry[name]) is not int or not 0 <= entry[name] <= SAFE:
            refuse("011", f"entry {place} has a malformed {name}")
    return entry


def turns(leaf: int, end: int, size: int) -> list[tuple[bool, int]]:
    """The way from a root to the subtree that ends at ``end`` (at 0: to the leaf): left or right, and its begin."""
    way, start, stop = [], 0, size
    while stop != end if end else stop - start > 1:
        middle = start + (1 << ((stop - start - 1).bit_length() - 1))
        start, stop = (start, middle) if leaf < middle else (middle, stop)
        way.append((leaf < middle, start))
    return way


def consistent(old: tuple[int, bytes], new: tuple[int, bytes], path: list[bytes]) -> bool:
    """Whether one tree (size, root) begins with another (RFC 9162, 2.1.4.2)."""
    if not 0 <= old[0] <= new[0]:
        return False
    if old[0] in (0, new[0]):
        return not path and (not old[0] or old[1] == new[1])
    way = turns(old[0] - 1, old[0], new[0])
    hashes = path if way[-1][1] else [old[1], *path]
    if len(hashes) != len(way) + 1:
        return False
    before = after = hashes[0]
    for (left, _), sibling in zip(reversed(way), hashes[1:], strict=True):
        before = before if left else node(sibling, before)
        after = node(after, sibling) if left else node(sibling, after)
    return (before, after) == (old[1], new[1])


class Known(NamedTuple):
    """A checkpoint that the reader knows from elsewhere."""

    words: str
    size: int
    checkpoint: Checkpoint | None
    code: bytes
    note: bytes


def parse_known(text: str, words: str) -> Known:
    """A signed note, a line of a git commit, or a printed code."""
    if trailers := TRAILER.findall(text):
        origin, size, root = trailers[-1]
        return Known(words, int(size), Checkpoint(origin, int(size), unbase64(root)), b"", b"")
    if "\n\n" in text:
        found = parse_checkpoint(split_note(text.encode())[0])
        return Known(words, found.size, found, b"", text.encode())
    size, _, rest = text.strip().partition("-")
    letters = rest.replace("-", "").upper().translate(str.maketrans("ILO", "110"))
    if not re.fullmatch(r"\d{1,16}", size) or not re.fullmatch(f"[{LETTERS}]{{25}}", letters):
        raise ValueError("not a checkpoint")
    if LETTERS[hashlib.sha256(f"{int(size)} {letters[:-1]}".encode()).digest()[0] & 31] != letters[-1]:
        raise ValueError("a mistyped code")
    value = 0
    for letter in letters[:-1]:
        value = value << 5 | LETTERS.index(letter)
    return Known(words, int(size), None, value.to_bytes(15, "big"), b"")


class Reader(NamedTuple):
    """What the reader brings along."""

    keys: list[Key]
    witnesses: list[Key]
    known: list[Known]
    revocations: list[bytes]
    seen_since: str


def conclude(walk: Walk, note: bytes, reader: Reader) -> str:
    """Signature, size, root and the reader's demands, once the entries follow; what is proven, in words."""
    trusted = {key.id: key for key in reader.keys}
    for former, key, named in walk.heirs:
        if named and former.id in trusted:
            trusted[key.id] = key
    if walk.signer and walk.signer not in trusted:
        refuse("111", f"the ledger ends under {walk.signer}, which none of the keys given is or has named")
    text, signer = note_signer(note, [trusted[walk.signer]] if walk.signer else list(trusted.values()))
    last = parse_checkpoint(text)
    if walk.tree.size < last.size:
        refuse("102", f"{last.size} entries were signed, {walk.tree.size} are there")  # check: fewer
    if walk.tree.size > last.size:
        refuse("103", f"{last.size} entries were signed, {walk.tree.size} are there")  # check: inserted
    if walk.roots.get(last.size) != last.root:
        refuse("116", "the entries do not hash to the signed root")  # check: root
    for one in reader.known:
        check_known(one, last, walk, reader)
    check_revoked(reader.revocations, last, signer, list(trusted.values()))
    notes = [*walk.notes, *(one.note for one in reader.known if one.note)]
    seen = [last_seen(key, notes, walk, reader.seen_since) for key in reader.witnesses]
    return f"{last.size} entries of {last.origin}, signed by {signer.id}; {words(seen, last.size)}"


def check_known(one: Known, last: Checkpoint, walk: Walk, reader: Reader) -> None:
    """The ledger continues a checkpoint that the reader knows."""
    if one.size > last.size:
        refuse("106", f"{last.size} entries, and {one.size} are known ({one.words})")  # check: truncated
    if one.size not in walk.roots:
        return  # never reached: there is nothing to compare
    found = Checkpoint(last.origin, one.size, walk.roots[one.size])
    fits = found == one.checkpoint or (one.code and hashlib.sha256(found.text.encode()).digest().startswith(one.code))
    if not fits and any(one.note and cosigned(one.note, key) is not None for key in reader.witnesses):
        refuse("109", f"a witness has countersigned another history: {one.words}")  # check: rewritten-known
    if not fits:
        refuse("108", f"the first {one.size} entries are not those of {one.words}")  # check: forked


def check_revoked(notes: Sequence[bytes], last: Checkpoint, signer: Key, keys: Sequence[Key]) -> None:
    """No revoked key signed too much."""
    for note in notes:
        change = CHANGE.fullmatch(note_signer(note, keys)[0])
        if change is None or change["action"] != "revoked":
            refuse("011", "a revocation is none")
        over = last.size > int(change["detail"][:16])
        if over and (change["origin"], change["subject"]) == (last.origin, signer.id):
            refuse("118", f"{signer.id} is revoked and has signed {last.size} entries")  # check: revoked-note


def cosigned(note: bytes, key: Key) -> int | None:
    """When a witness countersigned a note, in seconds since 1970; None where it did not."""
    text, lines = split_note(note)
    ids = key.line_ids(ED25519_COSIGNED, MLDSA65_COSIGNED)
    times = {line[4:12] for name, line in lines if name == key.name and line[:4] in ids}
    if not times:
        return None
    if len(times) > 1:
        refuse("013", f"the countersignatures of {key.id} bear two times")  # check: two-times
    seconds = int.from_bytes(min(times), "big")
    message = f"cosignature/v1\ntime {seconds}\n{text}".encode()
    bare = [(name, line[:4] + line[12:]) for name, line in lines]
    check_signatures(message, bare, key, (ED25519_COSIGNED, MLDSA65_COSIGNED), b"hauberk/cosignature/1")
    return seconds


def last_seen(key: Key, notes: Sequence[bytes], walk: Walk, since: str) -> tuple[Key, int, str]:
    """The last that a witness has countersigned of this history."""
    size, newest = -1, ""
    for note in notes:
        seconds = cosigned(note, key)
        if seconds is None:
            continue
        found = parse_checkpoint(split_note(note)[0])
        if found.origin != walk.origin or walk.roots.get(found.size) != found.root:
            refuse("109", f"{key.id} has countersigned another history of {found.size} entries")  # check: rewritten
        size, newest = max(size, found.size), max(newest, stamp(seconds))
    if size < 0:
        refuse("117", f"nothing here is countersigned by {key.id}")  # check: not-witnessed
    if newest < since:
        refuse("107", f"{key.id} saw this ledger last at {newest}, before {since}")  # check: rolled-back
    return key, size, newest


def stamp(seconds: int) -> str:
    """A time as entries have it."""
    return datetime.fromtimestamp(min(seconds, 253_402_300_799), UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def words(seen: Sequence[tuple[Key, int, str]], size: int) -> str:
    """What witnesses add."""
    if not seen:
        return "integrity only: no witness was named"
    least = min(one[1] for one in seen)
    names = ", ".join(f"{key.id} at {at}" for key, _, at in seen)
    return f"the first {least} witnessed by {names}" + (
        f"; the {size - least} after them: integrity only" if size > least else ""
    )


def verify_bundle(data: bytes, reader: Reader, name: str) -> str:
    """A whole ledger in one file."""
    if len(data) > LARGEST:
        refuse("012", "larger than a bundle may be")
    head, first, rest = data[len(BUNDLE) :].partition(b"\n\n")
    signed, second, body = rest.partition(b"\n\n")
    if not first or not second:
        refuse("012", "no signed checkpoint follows the first line")
    note = head + first + signed + b"\n"
    lines = body.split(b"\n")
    if lines.pop() or len(lines) % 2 or any(len(line) > LARGEST_BODY for line in lines):
        refuse("012", "not two lines an entry")
    pairs = list(zip(lines[::2], lines[1::2], strict=True))
    stated = parse_checkpoint(split_note(note)[0])
    watch = {stated.size} | {one.size for one in reader.known}
    for line, told in pairs:
        if b'"kind":"witnessed"' in line or b'"kind":"stamped"' in line:
            text = field(read_json(told, "a body"), "note", -1)
            watch.add(parse_checkpoint(split_note(text.encode())[0]).size)
    walk, found = Walk(stated.origin, watch), ""
    for line, told in pairs:
        entry = walk.follow(line, told)
        if name and is_named(entry, told, name):
            found = found or f"; entry {entry['index']} is in it: {entry['kind']}, body {entry['body']}"
    proven = conclude(walk, note, reader)
    if name and not found:
        refuse("012", f"no entry {name!r} in it")
    return proven + found


def is_named(entry: dict[str, Any], body: bytes, name: str) -> bool:
    """Whether an entry is meant by an index, its body's digest, or the id that the body states."""
    if name in (str(entry["index"]), entry["body"]):
        return True
    told = json.loads(body) if name.encode() in body else None
    return isinstance(told, dict) and told.get("id") == name


def verify_receipt(data: bytes, reader: Reader) -> str:
    """One entry and its way to a signed root."""
    head, blank, note = data[len(RECEIPT) :].partition(b"\n\n")
    lines = head.decode("ascii", errors="replace").split("\n")
    if (
        not blank
        or len(lines) < PAIR
        or not lines[0].startswith("extra ")
        or not re.fullmatch(r"index \d{1,16}", lines[1])
    ):
        refuse("012", "not a receipt")
    extra = read_json(unbase64(lines[0][6:]), "the receipt")
    line, body = (field(extra, part, -1).encode() for part in ("entry", "body"))
    index, path = int(lines[1][6:]), [unbase64(one) for one in lines[2:]]
    text, signer = note_signer(note, reader.keys, only=False)
    last = parse_checkpoint(text)
    entry = read_entry(line, index)
    if entry["body"] != f"sha256:{hashlib.sha256(body).hexdigest()}":
        refuse("101", "the entry does not belong to its body")
    way = turns(index, 0, last.size) if index < last.size else []
    root = leaf_of(line)
    for (left, _), sibling in zip(reversed(way), path, strict=False):
        root = node(root, sibling) if left else node(sibling, root)
    if entry["index"] != index or index >= last.size or len(path) != len(way) or root != last.root:
        refuse("120", "the path does not lead to the signed root")  # check: proof
    check_revoked(reader.revocations, last, signer, reader.keys)
    walk = Walk(last.origin, set())
    walk.roots[last.size] = last.root
    seen = [last_seen(key, [note], walk, reader.seen_since) for key in reader.witnesses]
    return f"entry {index}, one of {last.size} of {last.origin}, signed by {signer.id}; {words(seen, last.size)}"


def verify_tiles(folder: Path, reader: Reader) -> str:
    """A folder of C2SP tiles: entries, tree and signature; bodies are not in it."""
    note = (folder / "checkpoint").read_bytes()
    stated = parse_checkpoint(split_note(note)[0])
    walk, leaves = Walk(stated.origin, {stated.size} | {one.size for one in reader.known}), []
    for first in range(0, stated.size, WIDTH):
        data, at = read_tile(folder, "entries", first // WIDTH, min(WIDTH, stated.size - first)), 0
        while at < len(data):
            end = at + 2 + int.from_bytes(data[at : at + 2], "big")
            walk.follow(data[at + 2 : end], None)
            leaves.append(leaf_of(data[at + 2 : end]))
            at = end
    level = 0
    while leaves:
        above = []
        for index, tile in enumerate(leaves[at : at + WIDTH] for at in range(0, len(leaves), WIDTH)):
            if read_tile(folder, str(level), index, len(tile)) != b"".join(tile):
                refuse("110", f"tile {index} of level {level} is not of the entries in its place")  # check: tile
            tree = Tree()
            for leaf in tile:
                tree.add(leaf)
            above += [tree.root] if len(tile) == WIDTH else []
        leaves, level = above, level + 1
    return conclude(walk, note, reader)


def read_tile(folder: Path, level: str, index: int, width: int) -> bytes:
    """One tile's bytes."""
    parts = [f"{index % 1000:03d}"]
    while index := index // 1000:
        parts.insert(0, f"x{index % 1000:03d}")
    path = folder / "tile" / level / "/".join(parts)
    path = path if width == WIDTH else path.with_name(f"{path.name}.p") / str(width)
    if not path.is_file():
        refuse("012", f"{path} is missing")
    return path.read_bytes()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run once; the exit code."""
    parser = argparse.ArgumentParser(description="Verify a hauberk bundle, receipt or folder of tiles.")
    parser.add_argument("path", type=Path)
    parser.add_argument("--key", type=Path, action="append", required=True, help="public key of the signer")
    parser.add_argument("--entry", default="", help="an index, a body's digest or an evidence id that must be in it")
    parser.add_argument("--witness", type=Path, action="append", default=[], help="public key of a witness")
    parser.add_argument("--known", action="append", default=[], help="a checkpoint: a file, or a printed code")
    parser.add_argument("--seen-since", default="", help="day or time since which each witness must have seen it")
    parser.add_argument("--revoked", type=Path, action="append", default=[], help="note of a revoked key")
    given = parser.parse_args(arguments)
    try:
        reader = Reader(
            [parse_key(path.read_text("ascii")) for path in given.key],
            [parse_key(path.read_text("ascii")) for path in given.witness],
            list(read_known(given.known)),
            [path.read_bytes() for path in given.revoked],
            moment(given.seen_since),
        )
        data = b"" if given.path.is_dir() else given.path.read_bytes()
    except (OSError, ValueError, Refused) as error:
        sys.stderr.write(f"HBK-E-001: {error}\n")
        return 2
    try:
        sys.stdout.write(f"verified: {examine(given.path, data, reader, given.entry)}\n")
    except Refused as error:
        sys.stderr.write(f"{error}\n")
        return 4
    return 0


def examine(path: Path, data: bytes, reader: Reader, name: str = "") -> str:
    """What a path holds, by what it is."""
    try:
        if path.is_dir() and (path / "checkpoint").is_file():
            return verify_tiles(path, reader)
        if data.startswith(RECEIPT):
            return verify_receipt(data, reader)
        if data.startswith(BUNDLE):
            return verify_bundle(data, reader, name)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError, OverflowError) as error:
        raise Refused(f"HBK-E-011: malformed: {type(error).__name__}") from error
    refuse("012", f"{path} is nothing that hauberk writes")


def read_known(names: Sequence[str]) -> Iterator[Known]:
    """Checkpoints from files of these names, else from the words themselves."""
    for name in names:
        yield parse_known(Path(name).read_text() if Path(name).is_file() else name, name)


def moment(text: str) -> str:
    """A day or time as entries have it."""
    if not text:
        return ""
    found = datetime.fromisoformat(text)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


if __name__ == "__main__":
    sys.exit(main())
