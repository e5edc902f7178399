# SPDX-License-Identifier: Apache-2.0
"""A witness is another process with its own key and memory; an insider's fork is refused by it and by nothing else."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hauberk.core.canonical import canonical
from hauberk.core.errors import (
    BundleMalformed,
    Forked,
    HauberkError,
    KeySwapped,
    LedgerBroken,
    Misuse,
    NotWitnessed,
    Rewritten,
    RolledBack,
    SignatureInvalid,
    Truncated,
)
from hauberk.ledger import Ledger, verify_bundle, write_bundle
from hauberk.ledger.demands import Demands
from hauberk.ledger.known import code, parse_known, trailer
from hauberk.ledger.reading import parse_note
from hauberk.ledger.witness import Witness, ask, parse_request, take
from hauberk.signing import ephemeral

ALICE, WITNESS, OTHER = ephemeral("alice"), ephemeral("witness"), ephemeral("witness")
MOMENT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


@pytest.fixture
def ledger(tmp_path):
    with Ledger.create(tmp_path / "ledger", ALICE) as made:
        made.append_many([("evidence", canonical(n)) for n in range(3)])
        yield made


@pytest.fixture
def witness(tmp_path):
    return Witness(WITNESS, tmp_path / "seen", [ALICE.public], lambda: MOMENT)


def exported(ledger) -> bytes:
    write_bundle(ledger, ledger.path.parent / "bundle")
    return (ledger.path.parent / "bundle").read_bytes()


def rewritten(ledger, count):
    """The insider's other history under the same name and the real key."""
    import shutil

    path = ledger.path.parent / "fork"
    shutil.copytree(ledger.path.parent / "beginning", path)
    fork = Ledger.open(path, ALICE)
    fork.append_many([("evidence", canonical(["other", n])) for n in range(count)])
    return fork


def test_a_countersigned_ledger_says_who_saw_how_much_and_when(ledger, witness):
    entry, moment = take(ledger, witness.sign(ask(ledger, 0)), WITNESS.public)
    assert (entry.kind, moment) == ("witnessed", MOMENT)
    ledger.append("evidence", b"9")
    proven = verify_bundle(exported(ledger), [ALICE.public], Demands(witnesses=[WITNESS.public]))
    assert [(one.by, one.size) for one in proven.witnessed] == [(WITNESS.public.id, 3)]
    assert proven.integrity == (
        f"witnessed: the first 3 entries, by {WITNESS.public.id} at 2026-11-24T09:30:00.000000Z; "
        "the 2 after them: integrity only"
    )
    assert verify_bundle(exported(ledger), [ALICE.public]).integrity.startswith("integrity only")


def test_a_witness_follows_a_ledger_from_checkpoint_to_checkpoint(ledger, witness):
    seen = 0
    for n in range(4):
        note = witness.sign(ask(ledger, seen))
        seen = parse_note(note).size
        take(ledger, note, WITNESS.public)
        ledger.append_many([("evidence", canonical([n, m])) for m in range(n)])
    assert ledger.verify(demands=Demands(witnesses=[WITNESS.public])).witnessed[0].size == seen
    assert parse_note(witness.last(ledger.origin)).size == seen


def test_a_request_from_another_size_is_told_which_one_it_must_be(ledger, witness):
    witness.sign(ask(ledger, 0))
    ledger.append("evidence", b"9")
    with pytest.raises(Misuse, match="has seen 3") as caught:
        witness.sign(ask(ledger, 0))
    assert "--since 3" in caught.value.remedy
    witness.sign(ask(ledger, 3))


def test_an_insiders_fork_is_refused_by_the_witness_and_by_nothing_else(tmp_path, witness):
    import shutil

    with Ledger.create(tmp_path / "ledger", ALICE) as ledger:
        ledger.append("evidence", b"0")
        shutil.copytree(ledger.path, tmp_path / "beginning")
        ledger.append_many([("evidence", canonical(["honest", n])) for n in range(3)])
        honest = witness.sign(ask(ledger, 0))
    fork = rewritten(ledger, 5)
    data = exported(fork)
    assert verify_bundle(data, [ALICE.public]).size == fork.verify().size == 6  # nothing else refuses it
    with pytest.raises(Forked):
        witness.sign(ask(fork, 4))
    with pytest.raises(NotWitnessed):
        verify_bundle(data, [ALICE.public], Demands(witnesses=[WITNESS.public]))
    with pytest.raises(Rewritten):
        take(fork, honest, WITNESS.public)
    for known in (honest, trailer(parse_note(honest)).encode(), code(parse_note(honest)).encode()):
        with pytest.raises(Forked):
            verify_bundle(data, [ALICE.public], Demands(known=[parse_known(known, "known")]))
    told = Demands(known=[parse_known(honest, "known")], witnesses=[WITNESS.public])
    with pytest.raises(Rewritten):
        verify_bundle(data, [ALICE.public], told)
    assert parse_note(witness.last(ledger.origin)).size == 4  # its memory is as it was


def test_a_ledger_that_was_cut_is_refused_by_the_witness(tmp_path, witness):
    import shutil

    with Ledger.create(tmp_path / "ledger", ALICE) as ledger:
        ledger.append("evidence", b"0")
        shutil.copytree(ledger.path, tmp_path / "beginning")
        ledger.append("evidence", b"1")
        witness.sign(ask(ledger, 0))
    with pytest.raises(Truncated):
        witness.sign(ask(Ledger.open(tmp_path / "beginning"), 1))


def test_an_old_copy_is_refused_by_who_asks_since_when_it_was_seen(ledger, witness):
    take(ledger, witness.sign(ask(ledger, 0)), WITNESS.public)
    data = exported(ledger)
    for since, fine in (("2026-11-24T09:30:00.000000Z", True), ("2026-11-24T09:30:00.000001Z", False)):
        demands = Demands(witnesses=[WITNESS.public], seen_since=since)
        if fine:
            verify_bundle(data, [ALICE.public], demands)
        else:
            with pytest.raises(RolledBack):
                verify_bundle(data, [ALICE.public], demands)


def test_another_witness_of_the_same_name_counts_for_nothing(ledger, witness, tmp_path):
    note = witness.sign(ask(ledger, 0))
    with pytest.raises(NotWitnessed):
        take(ledger, note, OTHER.public)
    take(ledger, note, WITNESS.public)
    with pytest.raises(NotWitnessed):
        verify_bundle(exported(ledger), [ALICE.public], Demands(witnesses=[OTHER.public]))
    with pytest.raises(KeySwapped):
        Witness(OTHER, tmp_path / "other", [WITNESS.public]).sign(ask(ledger, 0))


@pytest.mark.parametrize("line", [6, 7])
def test_half_a_countersignature_is_none(ledger, witness, line):
    lines = witness.sign(ask(ledger, 0)).splitlines(keepends=True)
    del lines[line]
    with pytest.raises(SignatureInvalid):
        take(ledger, b"".join(lines), WITNESS.public)


def test_the_answer_to_another_ledgers_request_is_refused(ledger, witness, tmp_path):
    with Ledger.create(tmp_path / "second", ALICE) as second:
        second.append("evidence", b"1")
        note = witness.sign(ask(second, 0))
    with pytest.raises(LedgerBroken):
        take(ledger, note, WITNESS.public)


def test_a_mutated_request_is_never_signed_unless_it_says_the_same(ledger, witness):
    import random

    data, chance = ask(ledger, 0), random.Random(1)
    for _ in range(200):
        at = chance.randrange(len(data))
        mutant = data[:at] + bytes([data[at] ^ (1 << chance.randrange(8))]) + data[at + 1 :]
        with pytest.raises(HauberkError):
            witness.sign(mutant)
    for junk in (b"", b"old 0", b"old x\n\nnote", b"old 00\n\n", b"\xff"):
        with pytest.raises(BundleMalformed):
            parse_request(junk)


def hauberk(*words, cwd, keys, data=None):
    environment = {**os.environ, "HAUBERK_KEYS": str(keys)}
    program = Path(sys.executable).parent / "hauberk"
    done = subprocess.run([program, *words], cwd=cwd, env=environment, input=data, capture_output=True, check=False)
    assert b"Traceback" not in done.stderr
    return done


@pytest.mark.slow
def test_a_witness_in_a_process_of_its_own_over_a_pipe_and_over_files(tmp_path):
    office, vault = tmp_path / "office", tmp_path / "vault"
    office.mkdir()
    vault.mkdir()
    for place, name in ((office, "alice"), (vault, "witness")):
        assert hauberk("key", "new", "--name", name, cwd=place, keys=place / "keys").returncode == 0
    from hauberk.signing import load

    with Ledger.create(office / "state" / "ledger", load("alice", folder=office / "keys")) as ledger:
        ledger.append("evidence", b"0")
    mine = ("--ledger", "state/ledger")
    signing = ("ledger", "witness", "sign", "--state", "seen", "--key", "../office/keys/alice.pub")
    taking = ("ledger", "witness", "take", "--witness", "../vault/keys/witness.pub", *mine)
    for _ in range(2):  # through a pipe
        asked = hauberk("ledger", "witness", "ask", *mine, cwd=office, keys=office / "keys").stdout
        answer = hauberk(*signing, cwd=vault, keys=vault / "keys", data=asked).stdout
        taken = hauberk(*taking, cwd=office, keys=office / "keys", data=answer)
        assert b"saw the first" in taken.stdout
    stick = tmp_path / "stick"  # and on a stick
    stick.mkdir()
    assert (
        hauberk("ledger", "witness", "ask", "--out", "../stick/ask", *mine, cwd=office, keys=office / "keys").returncode
        == 0
    )
    words = (*signing[:3], "../stick/ask", *signing[3:], "--out", "../stick/answer")
    assert hauberk(*words, cwd=vault, keys=vault / "keys").returncode == 0
    words = (*taking[:3], "../stick/answer", *taking[3:])
    assert hauberk(*words, cwd=office, keys=office / "keys").returncode == 0
    assert hauberk("ledger", "export", "b", *mine, cwd=office, keys=office / "keys").returncode == 0
    words = (
        "verify",
        "b",
        "--key",
        "keys/alice.pub",
        "--witness",
        "../vault/keys/witness.pub",
        "--seen-since",
        "2020-01-01",
    )
    assert b"witnessed" in hauberk(*words, cwd=office, keys=tmp_path / "none").stdout
    again = hauberk(*signing, cwd=vault, keys=vault / "keys", data=asked)
    assert (again.returncode, b"has seen" in again.stderr) == (4, True)
