# SPDX-License-Identifier: Apache-2.0
"""Back-up and restore, heartbeats, sources and tenants, members under a parent."""

import shutil
from datetime import UTC, datetime, timedelta

import pytest

from hauberk.core.canonical import canonical
from hauberk.core.errors import EntryMissing, LedgerBroken, MemberMismatch, Misuse, RolledBack, SignatureInvalid
from hauberk.ledger import Ledger, verify_bundle, write_bundle
from hauberk.ledger.backup import back_up, restore
from hauberk.ledger.bundle import noted, parse
from hauberk.ledger.commit import draft
from hauberk.ledger.demands import Demands
from hauberk.ledger.heartbeat import beat
from hauberk.ledger.member import recorded
from hauberk.ledger.merging import merge
from hauberk.ledger.witness import ask
from hauberk.signing import ephemeral

ALICE, BERLIN, PARIS, PARENT = (ephemeral(name) for name in ("alice", "berlin", "paris", "parent"))


@pytest.fixture
def ledger(tmp_path):
    with Ledger.create(tmp_path / "state" / "ledger", ALICE) as made:
        made.append_many([("evidence", canonical(n)) for n in range(5)])
        yield made


def test_a_back_up_is_a_ledger_and_takes_the_place_of_one_that_is_gone_or_damaged(ledger, tmp_path):
    proven = back_up(ledger, tmp_path / "copy")
    assert proven.size == Ledger.open(tmp_path / "copy").verify().size == 5
    segment = next((ledger.path / "log").iterdir())
    segment.write_bytes(segment.read_bytes()[:-20])
    with pytest.raises(LedgerBroken):
        Ledger.open(ledger.path)
    assert restore(tmp_path / "copy", ledger.path) == (proven, 0)
    with Ledger.open(ledger.path, ALICE) as again:
        again.append("evidence", b"9")
        assert again.verify().size == 6
    shutil.rmtree(ledger.path)
    assert restore(tmp_path / "copy", ledger.path)[1] == 0
    assert len(list(ledger.path.parent.glob("ledger.replaced-*"))) == 1


def test_an_older_back_up_is_not_put_over_what_was_acknowledged_since_unasked(ledger, tmp_path):
    back_up(ledger, tmp_path / "copy")
    ledger.append("evidence", b"5")
    ledger.close()
    with pytest.raises(RolledBack, match="acknowledged 1"):
        restore(tmp_path / "copy", ledger.path)
    assert Ledger.open(ledger.path).size == 6
    assert restore(tmp_path / "copy", ledger.path, lose=True)[1] == 1
    assert Ledger.open(ledger.path).size == 5


def test_a_back_up_that_does_not_verify_is_not_restored_and_none_is_written_over(ledger, tmp_path):
    back_up(ledger, tmp_path / "copy")
    with pytest.raises(Misuse, match="exists"):
        back_up(ledger, tmp_path / "copy")
    segment = next((tmp_path / "copy" / "log").iterdir())
    data = segment.read_bytes()
    segment.write_bytes(data.replace(b"\n4\n", b"\n5\n", 1))
    with pytest.raises((LedgerBroken, SignatureInvalid)):
        restore(tmp_path / "copy", ledger.path)
    segment.write_bytes(data)
    with pytest.raises(SignatureInvalid):
        restore(tmp_path / "copy", ledger.path, [PARIS.public])
    with pytest.raises(Misuse, match="cannot write"):
        back_up(ledger, tmp_path / "copy" / "key.pub" / "x")


# sources


def test_every_source_has_its_own_count_over_all_processes_and_segments(tmp_path, monkeypatch):
    monkeypatch.setattr("hauberk.ledger.commit.MOST_ENTRIES", 3)
    path = tmp_path / "ledger"
    Ledger.create(path, ALICE).close()
    for _ in range(4):
        with Ledger.open(path, ALICE, source="guard") as ledger:
            ledger.append("evidence", b"0")
            ledger.append("evidence", b"1", source="web/1", tenant="acme")
            ledger.append("evidence", b"1", source="web/1")
    entries = [entry for entry, _ in Ledger.open(path).entries()]
    for name in (("default", "guard"), ("acme", "web/1"), ("default", "web/1")):
        assert [entry.sequence for entry in entries if (entry.tenant, entry.source) == name] == [0, 1, 2, 3]
    proven = Ledger.open(path).verify()
    assert proven.sources == {"acme:web/1": 4, "default:guard": 4, "default:web/1": 4}
    assert proven.writers == 4


@pytest.mark.parametrize(
    ("source", "tenant"), [("A", "t"), ("s", "T"), ("s\n", "t"), ("-", "t"), ("s" * 64, "t"), ("s", "a/b")]
)
def test_a_malformed_source_or_tenant_is_misuse(ledger, source, tenant):
    with pytest.raises(Misuse):
        ledger.append("evidence", b"0", source=source, tenant=tenant)


def test_a_ledger_has_so_many_sources_and_no_more(ledger):
    ledger.submit([draft("evidence", b"0", tenant="default", source=f"s{n}") for n in range(199)])
    with pytest.raises(Misuse, match="200 sources"):
        ledger.append("evidence", b"0", source="one-more")
    ledger.append("evidence", b"0", source="s7")
    assert Ledger.open(ledger.path).verify().size == 205


# heartbeats


def test_silence_shows_and_the_end_of_a_promise_is_no_silence(tmp_path):
    now = datetime(2026, 11, 24, tzinfo=UTC)
    ledger = Ledger.create(tmp_path / "ledger", ALICE, lambda: now)
    for minutes in (0, 1, 2, 30, 31):
        now = datetime(2026, 11, 24, 0, minutes, tzinfo=UTC)
        beat(ledger, 60)
    beat(ledger, 0)
    now += timedelta(days=3)
    ledger.append("evidence", b"0")
    (silence,) = ledger.verify().silences
    assert (silence.source, silence.since[14:16], silence.until[14:16]) == ("default:local", "02", "30")
    beat(ledger, 60)
    now += timedelta(days=1)
    ledger.append("evidence", b"0", source="other")
    assert [one.since for one in ledger.verify().silences][1:] == ["2026-11-27T00:31:00.000000Z"]


def test_a_heartbeat_counts_what_every_source_has(ledger):
    ledger.append("evidence", b"0", source="guard")
    beat(ledger, 60)
    assert next(ledger.bodies("heartbeat")) == (
        b'{"counts":{"default:guard":1,"default:local":5},"every":60,"schema":"hauberk/heartbeat/1"}'
    )


def test_entries_dropped_at_a_sources_end_show_at_the_next_heartbeat(ledger, tmp_path):
    from tests.verifier.tampering import renumbered, resigned

    ledger.append("evidence", b"0", source="guard")
    beat(ledger, 60)
    write_bundle(ledger, tmp_path / "bundle")
    pairs = list(parse((tmp_path / "bundle").read_bytes()).lines)
    from tests.verifier import tampering

    data = resigned(renumbered([*pairs[:5], *pairs[6:]]), ledger.origin, tampering.ALICE)
    with pytest.raises((EntryMissing, SignatureInvalid, LedgerBroken)) as caught:
        verify_bundle(data, [ALICE.public, tampering.ALICE.public])
    assert caught.type is EntryMissing


# members


@pytest.fixture
def team(tmp_path):
    """A parent and two members, each merged twice."""
    parent = Ledger.create(tmp_path / "parent", PARENT)
    members = {}
    for identity in (BERLIN, PARIS):
        member = Ledger.create(tmp_path / identity.name, identity)
        member.append("evidence", b"0")
        shutil.copytree(member.path, tmp_path / f"{identity.name}-beginning")
        member.append("evidence", b"1")
        merge(parent, ask(member, 0), [BERLIN.public, PARIS.public])
        member.append_many([("evidence", canonical(n)) for n in range(300)])
        merge(parent, ask(member, 2), [BERLIN.public, PARIS.public])
        members[identity.name] = member
    return parent, members, tmp_path


def exported(ledger):
    path = ledger.path.with_suffix(".bundle")
    write_bundle(ledger, path)
    return path.read_bytes()


def test_a_parent_holds_the_checkpoints_of_its_members_and_they_are_held_to_them(team):
    parent, members, _ = team
    proven = verify_bundle(exported(parent), [PARENT.public])
    assert proven.kinds == {"member": 4}
    for name, identity in (("berlin", BERLIN), ("paris", PARIS)):
        known = list(recorded(noted(parse(exported(parent))), members[name].origin))
        assert [one.size for one in known] == [2, 302]
        assert verify_bundle(exported(members[name]), [identity.public], Demands(known=known)).size == 302


def test_a_member_that_was_rewritten_is_refused_by_the_parent_and_under_it(team):
    parent, members, root = team
    fork = Ledger.open(root / "berlin-beginning", BERLIN)
    fork.append_many([("evidence", canonical(["fork", n])) for n in range(400)])
    with pytest.raises(Misuse, match="has seen 302"):
        merge(parent, ask(fork, 1), [BERLIN.public])
    with pytest.raises(MemberMismatch):
        merge(parent, ask(fork, 302), [BERLIN.public])
    known = list(recorded(noted(parse(exported(parent))), members["berlin"].origin))
    with pytest.raises(LedgerBroken):
        verify_bundle(exported(fork), [BERLIN.public], Demands(known=known))
    with pytest.raises(SignatureInvalid):
        merge(parent, ask(members["paris"], 302), [BERLIN.public])
    assert parent.verify().kinds == {"member": 4}
