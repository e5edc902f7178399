# SPDX-License-Identifier: Apache-2.0
import random

import pytest

from hauberk.core.canonical import canonical, digest
from hauberk.core.errors import HauberkError, Misuse, ProofInvalid
from hauberk.ledger import Ledger, index
from hauberk.ledger.demands import Demands
from hauberk.ledger.known import parse_known, trailer
from hauberk.ledger.merkle import check_consistency
from hauberk.ledger.prove import continues, parse_receipt, printed, prove, receipt_under, verify_receipt
from hauberk.ledger.reading import parse_note
from hauberk.ledger.witness import parse_request
from hauberk.signing import ephemeral

ALICE = ephemeral("alice")


@pytest.fixture(scope="module")
def ledger(tmp_path_factory):
    with Ledger.create(tmp_path_factory.mktemp("prove") / "ledger", ALICE) as made:
        for first in (0, 5, 290):
            made.append_many([("evidence", canonical({"id": f"x{n}"})) for n in range(first, first + 290)])
            if first == 0:
                (made.path.parent / "early").write_text(made.note)
        yield made


@pytest.mark.parametrize("place", [0, 1, 255, 256, 511, 512, 869])
def test_every_entry_has_a_receipt_that_verifies_and_reads_back(ledger, place):
    receipt = prove(ledger, str(place))
    assert parse_receipt(receipt.data) == receipt
    shown = verify_receipt(receipt.data, [ALICE.public])
    assert (shown.entry.index, shown.size, shown.by) == (place, 870, ALICE.public.id)
    assert shown.integrity.startswith("integrity only")


@pytest.mark.parametrize("name", ["x288", digest(canonical({"id": "x288"}))])
def test_an_entry_is_named_by_the_id_or_the_digest_of_its_body(ledger, name):
    assert prove(ledger, name).index == 288


def test_what_is_not_there_cannot_be_proven(ledger):
    for name in ("870", "none", "sha256:00"):
        with pytest.raises(Misuse, match="no entry"):
            prove(ledger, name)
    with pytest.raises(Misuse, match="none of the 290"):
        receipt_under(ledger, 300, (ledger.path.parent / "early").read_bytes())


def test_a_receipt_may_stand_under_an_earlier_checkpoint(ledger):
    early = (ledger.path.parent / "early").read_bytes()
    receipt = receipt_under(ledger, 17, early)
    assert verify_receipt(receipt.data, [ALICE.public]).size == 290
    known = parse_known(trailer(parse_note(early)).encode(), "a commit")
    verify_receipt(receipt.data, [ALICE.public], Demands(known=[known]))


def test_any_flipped_byte_of_a_receipt_is_refused(ledger):
    data = prove(ledger, "300").data
    chance = random.Random(4)
    for at in {0, len(data) - 1, *(chance.randrange(len(data)) for _ in range(300))}:
        with pytest.raises(HauberkError) as caught:
            verify_receipt(data[:at] + bytes([data[at] ^ (1 << chance.randrange(7))]) + data[at + 1 :], [ALICE.public])
        assert caught.value.exit_code == 4


def test_the_receipt_of_another_ledger_is_refused(ledger, tmp_path):
    with Ledger.create(tmp_path / "ledger", ALICE) as other:
        other.append_many([("evidence", canonical({"id": f"x{n}"})) for n in range(870)])
        mine, theirs = prove(ledger, "7"), prove(other, "7")
    mixed = theirs.data.replace(theirs.note, mine.note)
    with pytest.raises(ProofInvalid):
        verify_receipt(mixed, [ALICE.public])


@pytest.mark.parametrize("old", [0, 1, 256, 290, 580, 869, 870])
def test_the_ledger_proves_that_it_continues_what_it_was(ledger, old):
    size, path, note = parse_request(continues(ledger, old))
    checkpoint = parse_note(note)
    from hauberk.ledger.tiles import subtrees

    before = subtrees(ledger.place, ledger.size)(0, old) if old else __import__("hashlib").sha256(b"").digest()
    check_consistency((size, before), (checkpoint.size, checkpoint.root), path)


def test_a_printed_receipt_says_what_to_type(ledger):
    receipt = prove(ledger, "3")
    text = printed(verify_receipt(receipt.data, [ALICE.public]), receipt)
    for words in ("entry       3, one of 870", "integrity only", "hauberk verify FILE", ALICE.public.id, "870-"):
        assert words in text


def test_the_index_is_rebuilt_where_it_is_gone_damaged_or_of_another_ledger(ledger):
    path = ledger.path / index.NAME
    assert index.find(ledger, "x8") == 8
    path.unlink()
    assert index.find(ledger, "x8") == 8
    path.write_bytes(b"no database" * 100)
    assert index.find(ledger, "x8") == 8
    import sqlite3

    with sqlite3.connect(path) as base:
        base.execute("UPDATE entries SET place = place + 1000 WHERE name = 'x8'")
    base.close()
    assert index.find(ledger, "x8") == 8
    with sqlite3.connect(path) as base:
        base.execute("UPDATE entries SET body = 'x', name = 'y'")
    base.close()
    assert index.find(ledger, "x8") == 8
    assert index.rebuild(ledger) == 870
