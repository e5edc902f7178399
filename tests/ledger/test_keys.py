# SPDX-License-Identifier: Apache-2.0
"""Keys come and go as entries: rotation, loss, theft, expiry."""

from datetime import UTC, datetime, timedelta

import pytest

from hauberk.core.errors import KeyExpired, KeyRevoked, KeySwapped, KeyUnavailable, Malformed, Misuse
from hauberk.ledger import Ledger, verify_bundle, write_bundle
from hauberk.ledger.demands import Demands
from hauberk.ledger.keys import Change, parse_change
from hauberk.ledger.succession import adopt, expire, revoke, rotate
from hauberk.signing import ephemeral

FIRST, SECOND, THIRD, THIEF = (ephemeral(name) for name in ("alice", "alice-2", "alice-3", "thief"))


@pytest.fixture
def ledger(tmp_path):
    with Ledger.create(tmp_path / "ledger", FIRST) as made:
        made.append("evidence", b"0")
        yield made


def exported(ledger) -> bytes:
    write_bundle(ledger, ledger.path.parent / "bundle")
    return (ledger.path.parent / "bundle").read_bytes()


def test_a_ledger_passes_on_twice_and_whoever_trusts_any_of_the_keys_follows(ledger):
    rotate(ledger, SECOND)
    ledger.append("evidence", b"1")
    rotate(ledger, THIRD, reason="again")
    ledger.append("evidence", b"2")
    assert [entry.by for entry, _ in ledger.entries()] == [
        *[FIRST.public.id] * 2, *[SECOND.public.id] * 2, THIRD.public.id
    ]  # fmt: skip
    for key in (FIRST, SECOND, THIRD):
        proven = verify_bundle(exported(ledger), [key.public])
        assert proven.by == THIRD.public.id
        assert Ledger.open(ledger.path, keys=[key.public]).verify().size == 5
    assert proven.handed == (
        f"{FIRST.public.id} named {SECOND.public.id}", f"{SECOND.public.id} named {THIRD.public.id}"
    )  # fmt: skip
    with pytest.raises(KeySwapped):
        verify_bundle(exported(ledger), [THIEF.public])
    assert ledger.key == THIRD.public


def test_the_old_key_can_write_no_more_and_the_new_one_goes_on(ledger):
    old = Ledger.open(ledger.path, FIRST)
    rotate(ledger, SECOND)
    with pytest.raises(KeyUnavailable, match="alice-2"):
        old.append("evidence", b"1")
    with Ledger.open(ledger.path, SECOND) as again:
        assert again.append("evidence", b"1").by == SECOND.public.id
        again.verify()


@pytest.mark.parametrize("most", [1, 2, 4096])
def test_keys_pass_on_across_segments_and_closing(tmp_path, monkeypatch, most):
    monkeypatch.setattr("hauberk.ledger.commit.MOST_ENTRIES", most)
    path = tmp_path / "ledger"
    Ledger.create(path, FIRST).close()
    signer = FIRST
    for heir in (SECOND, THIRD):
        with Ledger.open(path, signer) as ledger:
            ledger.append("evidence", b"1")
            rotate(ledger, heir)
        signer = heir
    with Ledger.open(path, signer, keys=[FIRST.public]) as ledger:
        ledger.append("evidence", b"2")
        assert ledger.verify().by == THIRD.public.id


def test_a_lost_key_does_not_orphan_the_past(ledger):
    past = exported(ledger)
    reader = Ledger.open(ledger.path)  # the private key is gone; the public one is in the folder
    entry = adopt(reader, SECOND, reason="disk failure")
    assert (entry.by, reader.append("evidence", b"1").by) == (SECOND.public.id, SECOND.public.id)
    data = exported(reader)
    proven = verify_bundle(data, [SECOND.public])
    assert proven.handed == (f"{FIRST.public.id} did not name {SECOND.public.id}",)
    with pytest.raises(KeySwapped, match="never named"):
        verify_bundle(data, [FIRST.public])
    assert verify_bundle(past, [FIRST.public]).size == 1  # what it signed stays proven under it
    with Ledger.open(ledger.path, SECOND) as again:
        again.append("evidence", b"2")
        again.verify()


def test_a_stolen_key_the_drill(ledger, tmp_path):
    """docs/why/ledger.md: pass on, revoke, publish; what the thief then signs is refused by whoever has the note."""
    import shutil

    shutil.copytree(ledger.path, tmp_path / "thief")
    rotate(ledger, SECOND, reason="stolen")
    _, note = revoke(ledger, FIRST.public.id, 1, reason="stolen")
    honest = exported(ledger)
    revoked = Demands(revocations=[note.encode()])
    assert verify_bundle(honest, [FIRST.public, SECOND.public], revoked).revoked == {FIRST.public.id: 1}
    with Ledger.open(tmp_path / "thief", FIRST) as theirs:
        theirs.append("evidence", b'"forged"')
        write_bundle(theirs, tmp_path / "forged")
    forged = (tmp_path / "forged").read_bytes()
    assert verify_bundle(forged, [FIRST.public]).size == 2  # without the note nobody can tell
    with pytest.raises(KeyRevoked):
        verify_bundle(forged, [FIRST.public, SECOND.public], revoked)
    with pytest.raises(KeySwapped):
        verify_bundle(forged, [SECOND.public])


def test_the_key_that_signs_now_can_be_revoked_too_and_then_writes_no_more(ledger):
    revoke(ledger, FIRST.public.id, ledger.size, reason="stolen")
    with pytest.raises(KeyRevoked):
        ledger.append("evidence", b"1")
    ledger.verify()


def test_a_later_revocation_does_not_lift_an_earlier_one(ledger):
    rotate(ledger, SECOND, reason="stolen")
    for index in range(3):
        ledger.append("evidence", str(index).encode())
    revoke(ledger, FIRST.public.id, 1, reason="stolen")
    revoke(ledger, FIRST.public.id, ledger.size, reason="planned")
    assert ledger.verify().revoked == {FIRST.public.id: 1}


def test_a_key_signs_until_it_expires(tmp_path):
    now = datetime(2026, 11, 24, tzinfo=UTC)
    ledger = Ledger.create(tmp_path / "ledger", FIRST, lambda: now)
    expire(ledger, "2026-12-31T00:00:00.000000Z")
    ledger.append("evidence", b"1")
    now += timedelta(days=60)
    with pytest.raises(KeyExpired, match="expired"):
        ledger.append("evidence", b"2")
    with pytest.raises(KeyExpired):
        rotate(ledger, SECOND)
    adopt(ledger, SECOND, reason="the old key expired")
    assert ledger.append("evidence", b"2").by == SECOND.public.id
    assert verify_bundle(exported(ledger), [SECOND.public]).size == 4


def test_an_heir_that_is_the_same_key_is_misuse(ledger):
    with pytest.raises(Misuse):
        rotate(ledger, FIRST)
    with pytest.raises(Misuse):
        adopt(ledger, FIRST)
    with pytest.raises(Misuse):
        revoke(ledger, FIRST.public.id, 99, reason="no")


@pytest.mark.parametrize("reason", ["two\nlines", "ü", "", "x" * 201])
def test_a_reason_is_one_short_line_of_plain_ascii(ledger, reason):
    with pytest.raises(Misuse):
        revoke(ledger, FIRST.public.id, 1, reason=reason)
    assert ledger.size == 1


@pytest.mark.parametrize("detail", ["tomorrow", "2026-12-31", "2026-12-31T00:00:00Z"])
def test_an_expiry_is_a_whole_stamp(ledger, detail):
    with pytest.raises(Misuse):
        expire(ledger, detail)


def test_a_planted_heir_that_nobody_named_is_not_accepted(ledger, tmp_path):
    """The file ``heirs`` needs no trust."""
    other = Ledger.create(tmp_path / "other", THIEF)
    rotate(other, SECOND)
    forged = (other.path / "heirs").read_bytes().replace(THIEF.public.text.encode(), FIRST.public.text.encode())
    (ledger.path / "heirs").write_bytes(forged + (other.path / "heirs").read_bytes() + b"junk\n")
    again = Ledger.open(ledger.path, keys=[FIRST.public])
    assert [key.name for key in again.place.keys] == ["alice"]


def change(**fields):
    given = {"origin": "hauberk/alice/0", "index": 3, "action": "rotated", "subject": FIRST.public.id, "reason": "r"}
    return Change(**given | fields)


@pytest.mark.parametrize(
    "one",
    [
        change(), change(action="adopted"), change(action="revoked", detail="17"),
        change(action="expires", detail="2026-12-31T00:00:00.000000Z"), change(reason="why not, then?"),
    ],
)  # fmt: skip
def test_a_change_reads_back_from_its_text(one):
    assert parse_change(one.text) == one


@pytest.mark.parametrize(
    "text",
    [
        "", change().text + "\n", change().text[:-1], change(detail="1").text, change(action="revoked").text,
        change(action="revoked", detail="x").text, change(action="revoked", detail="17").text.replace("\n3\n", "\n03\n"),
        change().text.replace("rotated", "stolen"), change(action="expires", detail="17").text,
    ],
    ids=range(9),
)  # fmt: skip
def test_any_other_text_is_no_change(text):
    with pytest.raises(Malformed):
        parse_change(text)
