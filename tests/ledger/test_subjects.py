# SPDX-License-Identifier: Apache-2.0
"""Erasure: unreadable in all state, proofs verify, a guess cannot be confirmed; retention does the same on its day."""

import base64
import hashlib
import itertools
import os
import urllib.parse
from datetime import UTC, date, datetime

import pytest

from hauberk.core.errors import KeyUnavailable, LedgerBroken, Misuse
from hauberk.ledger import Ledger, index, verify_bundle, write_bundle
from hauberk.ledger.backup import back_up
from hauberk.ledger.demands import Demands
from hauberk.ledger.prove import prove, verify_receipt
from hauberk.ledger.subjects import SubjectKeys, retention, set_retention
from hauberk.ledger.witness import Witness, ask, take
from hauberk.signing import ephemeral

ALICE, WITNESS = ephemeral("alice"), ephemeral("witness")
ROW = b'{"name":"Hildegard Zwickelmeier","iban":"DE89370400440532013000","age":41}'
NAME = "hildegard.zwickelmeier@posteo.example"
MOMENT = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture
def ledger(tmp_path):
    with Ledger.create(tmp_path / "state" / "ledger", ALICE) as made:
        made.append("evidence", b'{"id":"x0"}')
        yield made


@pytest.fixture
def keys(ledger, tmp_path):
    return SubjectKeys(tmp_path / "keys" / "subjects", ledger)


def test_a_payload_is_read_with_its_key_and_stands_nowhere_in_clear(ledger, keys, tmp_path):
    entry = keys.keep(NAME, ROW)
    assert keys.reveal(entry.index) == ROW
    assert not any(ROW in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert not any(NAME.encode() in path.read_bytes() for path in (tmp_path / "state").rglob("*") if path.is_file())


@pytest.mark.parametrize("payload", [b"", b"x", b"x" * 252, b"x" * 253, os.urandom(100_000)])
def test_every_payload_comes_back_and_its_length_shows_only_roughly(ledger, keys, payload):
    entry = keys.keep("s", payload)
    assert keys.reveal(entry.index) == payload
    body = next(itertools.islice(ledger.bodies("payload"), 0, 1))
    import json

    assert (len(base64.b64decode(json.loads(body)["ciphertext"])) - 16) % 256 == 0


def traces(data: bytes) -> dict[str, bytes]:
    """What of a plaintext a search must not find: itself, its encodings, and its digests by no key."""
    text = data.decode()
    found = {
        "plain": data,
        "part": data[9:30],
        "hex": data.hex().encode(),
        "HEX": data.hex().upper().encode(),
        "percent": urllib.parse.quote(text).encode(),
        "utf-16-le": text.encode("utf-16-le"),
        "utf-16-be": text.encode("utf-16-be"),
        "escaped": text.encode("unicode_escape").replace(b'"', b'\\"'),
        "reversed": data[::-1],
    }
    for offset in range(3):  # base64 of any alignment
        inner = base64.b64encode(b"\0" * offset + data)[4 if offset else 0 : -4]
        found[f"base64 {offset}"] = inner
        found[f"base64url {offset}"] = inner.replace(b"+", b"-").replace(b"/", b"_")
    for name in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_256", "blake2b", "blake2s"):
        for suffix in (b"", b"\n"):
            digest = hashlib.new(name, data + suffix).digest()
            found[f"{name} {suffix!r}"] = digest
            found[f"{name} {suffix!r} hex"] = digest.hex().encode()
            found[f"{name} {suffix!r} base64"] = base64.b64encode(digest)
    return found


def everything(root) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_after_erasure_nothing_of_it_is_left_in_any_state_and_all_proofs_verify(ledger, keys, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    monkeypatch.setattr("tempfile.tempdir", None)
    (tmp_path / "temporary").mkdir()
    before = keys.keep(NAME, ROW)
    commitment = keys.commit(NAME, ROW)
    ledger.append("evidence", b'{"commitment":"%s","id":"x1"}' % commitment.encode())
    receipt = prove(ledger, str(before.index))
    witness = Witness(WITNESS, tmp_path / "seen", [ALICE.public], lambda: MOMENT)
    take(ledger, witness.sign(ask(ledger, 0)), WITNESS.public)
    write_bundle(ledger, tmp_path / "before.bundle")
    index.find(ledger, "x1")
    other = keys.keep("somebody else", b"stays")
    old = tmp_path / "old-key-file"
    os.link(tmp_path / "keys" / "subjects", old)  # the same bytes on the disk, under a name that outlives the erasure
    assert NAME.encode() in old.read_bytes()

    entry, count = keys.erase(NAME, reason="request")

    assert (entry.kind, count) == ("erased", 1)
    with pytest.raises(Misuse, match="erased"):
        keys.reveal(before.index)
    with pytest.raises(Misuse, match="nobody can tell"):
        keys.confirms(commitment, ROW)
    assert keys.reveal(other.index) == b"stays"
    ledger.close()
    write_bundle(ledger, tmp_path / "after.bundle")
    index.find(ledger, "x1")
    back_up(ledger, tmp_path / "back-up")
    prove(ledger, str(before.index))
    state = everything(tmp_path)
    assert {"before.bundle", "after.bundle", "state/ledger/index.sqlite", "keys/subjects"} <= state.keys()
    assert any("tile/entries" in name for name in state)
    for name, data in state.items():
        for what, trace in traces(ROW).items() | traces(NAME.encode()).items():
            assert trace not in data, f"{what} in {name}"
    for file in ("before.bundle", "after.bundle"):
        demands = Demands(witnesses=[WITNESS.public])
        assert verify_bundle((tmp_path / file).read_bytes(), [ALICE.public], demands).size > 3
    assert verify_receipt(receipt.data, [ALICE.public]).entry == before
    assert ledger.verify().kinds["erased"] == 1


def test_the_search_would_find_what_it_looks_for(tmp_path):
    """The test above can fail."""
    for what, trace in traces(ROW).items():
        (tmp_path / "state").write_bytes(b"before" + trace + b"after")
        assert any(one in (tmp_path / "state").read_bytes() for one in traces(ROW).values()), what
    for offset in range(3):
        assert any(trace in base64.b64encode(b"z" * offset + ROW + b"tail") for trace in traces(ROW).values())


def test_a_guessed_row_cannot_be_confirmed_by_anything_that_is_left(ledger, keys):
    """The ledger with the guessed row and the ledger with another one: nothing but the key tells them apart."""
    first, second = keys.keep("a", b'{"hiv":true}'), keys.keep("b", b'{"hiv":false}')
    keys.erase("a", reason="request")
    keys.erase("b", reason="request")
    bodies = [body for _, body in ledger.entries() if _.index in (first.index, second.index)]
    assert len(bodies[0]) == len(bodies[1])
    for guess in (b'{"hiv":true}', b'{"hiv":false}'):
        for name in ("md5", "sha1", "sha256", "sha512", "blake2b"):
            digest = hashlib.new(name, guess)
            assert not any(digest.hexdigest().encode() in body for body in bodies)


def test_equal_payloads_of_one_subject_do_not_look_equal(ledger, keys):
    keys.keep("s", ROW)
    keys.keep("s", ROW)
    first, second = ledger.bodies("payload")
    import json

    assert json.loads(first)["ciphertext"] != json.loads(second)["ciphertext"]


def test_a_commitment_is_confirmed_by_the_key_only(ledger, keys, tmp_path):
    commitment = keys.commit("s", ROW)
    assert keys.confirms(commitment, ROW)
    assert not keys.confirms(commitment, ROW + b" ")
    assert hashlib.sha256(ROW).hexdigest() not in commitment


def test_retention_deletes_on_its_day_and_leaves_the_rest(ledger, keys):
    due = keys.keep("s", b"short", until=date(2026, 12, 1))
    later = keys.keep("s", b"long", until=date(2027, 12, 1))
    forever = keys.keep("s", b"forever")
    assert keys.retain(date(2026, 12, 1)) is None
    entry, count = keys.retain(date(2026, 12, 2))
    assert (entry.kind, count) == ("erased", 1)
    with pytest.raises(Misuse):
        keys.reveal(due.index)
    assert (keys.reveal(later.index), keys.reveal(forever.index)) == (b"long", b"forever")
    assert keys.erase("s", reason="request")[1] == 2
    assert ledger.verify().size == ledger.size


def test_the_ledgers_policy_says_how_long_and_a_shorter_one_holds_for_what_is_there(ledger, tmp_path):
    now = datetime(2026, 11, 1, tzinfo=UTC)
    keys = SubjectKeys(tmp_path / "keys" / "subjects", ledger, lambda: now)
    before = keys.keep("s", b"before any policy")
    set_retention(ledger, 30)
    under = keys.keep("s", b"thirty days")
    assert keys.retain(date(2026, 12, 1)) is None
    now = datetime(2026, 11, 20, tzinfo=UTC)
    later = keys.keep("s", b"later")
    assert keys.retain(date(2026, 12, 2))[1] == 2
    for gone in (before, under):
        with pytest.raises(Misuse):
            keys.reveal(gone.index)
    assert keys.reveal(later.index) == b"later"
    set_retention(ledger, 1)
    assert keys.retain(date(2026, 12, 2))[1] == 1
    assert retention(ledger) == {"default": 1}
    ledger.tenant = "acme"
    keys.keep("s", b"another tenant's")
    assert keys.retain(date(2026, 12, 2)) is None
    for days in (0, -1, 99999):
        with pytest.raises(Misuse):
            set_retention(ledger, days)


def test_a_back_up_of_the_keys_that_is_put_back_revives_nobody(ledger, keys, tmp_path):
    entry = keys.keep(NAME, ROW)
    copy = (tmp_path / "keys" / "subjects").read_bytes()
    keys.erase(NAME, reason="request")
    (tmp_path / "keys" / "subjects").write_bytes(copy)
    again = SubjectKeys(tmp_path / "keys" / "subjects", ledger)
    with pytest.raises(Misuse):
        again.reveal(entry.index)
    assert NAME.encode() not in (tmp_path / "keys" / "subjects").read_bytes()


def test_an_erasure_that_a_crash_cut_short_is_finished_on_opening(ledger, keys, tmp_path, monkeypatch):
    entry = keys.keep(NAME, ROW)
    monkeypatch.setattr(SubjectKeys, "_delete", lambda self, names: None)
    keys.erase(NAME, reason="request")
    monkeypatch.undo()
    assert NAME.encode() in (tmp_path / "keys" / "subjects").read_bytes()
    again = SubjectKeys(tmp_path / "keys" / "subjects", ledger)
    with pytest.raises(Misuse):
        again.reveal(entry.index)


def test_a_ciphertext_moved_to_another_ledger_or_key_does_not_open(ledger, keys, tmp_path):
    keys.keep("a", b"one")
    keys.keep("b", b"two")
    import json

    first, second = (json.loads(body) for body in ledger.bodies("payload"))
    from hauberk.core.canonical import canonical

    mixed = ledger.append("payload", canonical(first | {"key": second["key"]}))
    with pytest.raises(LedgerBroken):
        keys.reveal(mixed.index)
    with pytest.raises(Misuse, match="holds no payload"):
        keys.reveal(0)


def test_the_file_of_keys_is_its_owners_alone_and_never_beside_the_ledger(ledger, keys, tmp_path):
    keys.keep("s", b"x")
    path = tmp_path / "keys" / "subjects"
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    with pytest.raises(KeyUnavailable, match="others"):
        keys.keep("s", b"x")
    with pytest.raises(KeyUnavailable, match="beside"):
        SubjectKeys(ledger.path.parent / "subjects", ledger)
    path.chmod(0o600)
    other = Ledger.create(tmp_path / "other" / "ledger", ALICE)
    with pytest.raises(KeyUnavailable, match="another ledger"):
        SubjectKeys(path, other).keep("s", b"x")
    with pytest.raises(Misuse, match="no key"):
        keys.erase("nobody", reason="request")
    with pytest.raises(Misuse, match="exceeds"):
        keys.keep("s", bytes((8 << 20) + 1))
