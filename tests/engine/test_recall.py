# SPDX-License-Identifier: Apache-2.0
"""From evidence into the ledger and back: what is closed, what was left open, whose waivers count."""

import os
from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from hauberk.core.canonical import canonical
from hauberk.core.errors import KeyUnavailable, LedgerBroken, Misuse, SignatureInvalid
from hauberk.core.scales import Severity
from hauberk.core.system import Policy, Rule, System
from hauberk.core.verdict import Waiver
from hauberk.engine.catalogue import catalogue
from hauberk.engine.recall import read, recall
from hauberk.engine.scan import prepare
from hauberk.engine.seal import CLOSED, WAIVER, Sealing, open_ledger
from hauberk.ledger.log import Ledger
from hauberk.ledger.succession import revoke
from hauberk.policy.decide import DEFAULT
from hauberk.signing.identity import ephemeral
from hauberk.signing.statement import seal
from tests.engine.hostile import nobodys_folder
from tests.inprocess import run_rules

TODAY = date(2026, 1, 1)
ME, ADA, EVE = ephemeral("me"), ephemeral("ada"), ephemeral("eve")
SYSTEM = System(name="s", policy=Policy(name="p", rules=(Rule(id="low", severity=Severity.LOW),)))


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "system"
    folder.mkdir()
    (folder / "hauberk.yaml").write_text("name: s\n")
    (folder / "k.yaml").write_text(
        "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - {name: a, image: 'x:latest'}\n"
    )
    return folder


def begin(folder):
    """An assessment that is opened and has its evidence sealed; closing it is the caller's."""
    examination = prepare(folder, system=SYSTEM, base=folder, measure=True, cached=False)
    evidence = examination.ordered(run_rules(folder, dict(catalogue())))
    sealing = Sealing.begin(open_ledger(folder, ME), examination.plan.digest)
    for one in evidence:
        sealing.take(one)
    sealing.flush()

    def close():
        return sealing.close(
            root="system", system="s", policy=DEFAULT, evidence=evidence, coverage=examination.coverage(evidence)
        ).id

    return sealing.assessment.id, close


def last(folder, **more):
    return recall(folder, SYSTEM, keys=more.pop("keys", (ME.public,)), today=more.pop("today", TODAY), **more)


def doubts(scan):
    return [one.reason for one in scan.verdict.unable if not one.card]


def test_what_was_sealed_is_read_back_and_judged(folder):
    name, close = begin(folder)
    close()
    scan = last(folder)
    assert scan.assessment.id == name
    assert scan.verdict.exit_code == 1
    assert doubts(scan) == []
    assert scan.coverage.files == 2


def test_nothing_closed_is_misuse(folder):
    begin(folder)
    with pytest.raises(Misuse, match="no assessment"):
        last(folder)


def test_an_assessment_opened_since_and_never_closed_is_a_doubt(folder):
    begin(folder)[1]()
    name, _ = begin(folder)
    assert doubts(last(folder)) == [f"assessment {name} was opened and never closed"]


def test_an_assessment_left_open_before_the_last_one_began_is_past(folder):
    begin(folder)
    begin(folder)[1]()
    assert doubts(last(folder)) == []


def test_of_two_at_once_the_one_that_closes_last_counts_and_none_is_open(folder):
    first, close_first = begin(folder)
    second, close_second = begin(folder)
    close_second()
    assert last(folder).assessment.id == second
    assert doubts(last(folder)) == []
    close_first()
    assert last(folder).assessment.id == first
    assert doubts(last(folder)) == []


def test_the_order_is_that_of_entries_and_not_of_names(folder):
    begin(folder)[1]()
    with open_ledger(folder, ME) as ledger:
        early = datetime.now(UTC) - timedelta(seconds=100)
        late = Sealing.begin(ledger, "sha256:x", clock=lambda: early)
    assert doubts(last(folder)) == [f"assessment {late.assessment.id} was opened and never closed"]


@pytest.mark.parametrize("change", ["edit", "add", "remove"])
def test_other_bytes_than_those_assessed_are_not_looked_at(folder, change):
    (folder / "a.py").write_text("x = 1\n")
    begin(folder)[1]()
    if change == "edit":
        (folder / "a.py").write_text("x = 2\n")
    elif change == "add":
        (folder / "b.py").write_text("x = 2\n")
    else:
        (folder / "a.py").unlink()
    scan = last(folder)
    assert [one.asset for one in scan.verdict.unable if "changed since" in one.reason] == [
        "b.py" if change == "add" else "a.py"
    ]


def waive(folder, signer, **fields):
    begin(folder)[1]()
    finding = next(finding for one in last(folder).evidence for finding in one.findings)
    body = Waiver(fingerprint=finding.fingerprint, who="the pope", reason="r", until="2026-02-01")
    statement = seal(msgspec.structs.replace(body, **fields), signer, WAIVER)
    with open_ledger(folder, ME) as ledger:
        ledger.append(WAIVER, statement.data)
    return finding


def test_a_waiver_is_by_whoever_signed_it_and_ends_on_its_day(folder):
    finding = waive(folder, ADA)
    keys = (ME.public, ADA.public)
    for today, counts in ((TODAY, True), (date(2026, 2, 1), True), (date(2026, 2, 2), False)):
        scan = last(folder, keys=keys, today=today)
        assert [(one.finding.fingerprint, one.waiver.who) for one in scan.verdict.waived] == (
            [(finding.fingerprint, "ada")] if counts else []
        )


def test_a_waiver_by_a_key_that_nobody_knows_excuses_nothing_and_is_said(folder):
    finding = waive(folder, EVE)
    scan = last(folder)
    assert scan.verdict.waived == ()
    assert any(finding.fingerprint == one.fingerprint for gate in scan.verdict.gates for one in gate.findings)
    told = [one for one in scan.verdict.unable if one.card == finding.card]
    assert len(told) == 1
    assert EVE.public.id in told[0].reason


def test_a_waiver_counts_for_nothing_from_where_its_key_is_revoked_on_and_that_is_said(folder):
    finding = waive(folder, ADA)
    keys = (ME.public, ADA.public)
    with open_ledger(folder, ME) as ledger:
        revoke(ledger, ADA.public.id, ledger.size, reason="left")
    assert len(last(folder, keys=keys).verdict.waived) == 1, "what she signed before that stands"
    with open_ledger(folder, ME) as ledger:
        revoke(ledger, ADA.public.id, ledger.size - 2, reason="stolen")
    scan = last(folder, keys=keys)
    assert scan.verdict.waived == ()
    reasons = [one.reason for one in scan.verdict.unable if one.card == finding.card]
    assert reasons == [f"waived by {ADA.public.id}, whose key the ledger has revoked"]


def test_a_strange_waiver_of_a_finding_that_is_gone_bothers_nobody(folder):
    waive(folder, EVE, fingerprint="v1:" + "0" * 32)
    assert not any("waived" in one.reason for one in last(folder).verdict.unable)


def test_a_waiver_that_was_tampered_with_is_exit_4(folder):
    begin(folder)[1]()
    statement = seal(Waiver(fingerprint="v1:aa", who="ada", reason="r", until="2026-02-01"), ME, WAIVER)
    forged = msgspec.structs.replace(statement, body={**statement.body, "until": "2099-01-01"})
    with open_ledger(folder, ME) as ledger:
        ledger.append(WAIVER, forged.data)
    with pytest.raises(SignatureInvalid) as raised:
        last(folder)
    assert raised.value.exit_code == 4


@pytest.mark.parametrize("kind", [CLOSED, "assessment.opened", "evidence"])
def test_a_signed_body_that_is_not_what_its_entry_says_is_exit_4_and_no_traceback(folder, kind):
    begin(folder)[1]()
    with open_ledger(folder, ME) as ledger:
        ledger.append(kind, canonical({"strange": 1}))
    with pytest.raises(LedgerBroken, match="as this version knows it"):
        last(folder)


def test_a_signed_waiver_of_another_form_is_exit_4(folder):
    begin(folder)[1]()
    with open_ledger(folder, ME) as ledger:
        ledger.append(WAIVER, seal({"strange": 1}, ME, WAIVER).data)
    with pytest.raises(LedgerBroken, match="no waiver"):
        last(folder)


def test_a_closing_entry_that_names_absent_evidence_is_exit_4(folder):
    begin(folder)[1]()
    with open_ledger(folder, ME) as ledger:
        record = read(ledger, (ME.public,))
        closing = msgspec.structs.replace(record.closing, evidence=("sha256:" + "0" * 64,))
        ledger.append(CLOSED, canonical(closing))
    with pytest.raises(LedgerBroken, match="not in the ledger"):
        last(folder)


def test_a_ledger_of_a_key_that_nobody_knows_is_not_believed(folder):
    begin(folder)[1]()
    with pytest.raises(SignatureInvalid):
        last(folder, keys=(EVE.public,))
    with pytest.raises(KeyUnavailable, match="no key is known"):
        recall(folder, SYSTEM, today=TODAY)


def test_only_the_evidence_of_the_last_assessment_is_held(folder):
    for _ in range(3):
        begin(folder)[1]()
    with Ledger.open(folder / ".hauberk" / "ledger") as ledger:
        record = read(ledger, (ME.public,))
        assert len(record.evidence) == len(record.closing.evidence)


@pytest.mark.parametrize("part", [".hauberk", ".hauberk/ledger", ".hauberk/ledger/log"])
def test_a_link_does_not_lead_the_writing_elsewhere(folder, tmp_path, part):
    outside = tmp_path / "outside"
    outside.mkdir()
    (folder / part).parent.mkdir(parents=True, exist_ok=True)
    (folder / part).symlink_to(outside)
    with pytest.raises(Misuse, match="is a link"):
        open_ledger(folder, ME)
    assert list(outside.iterdir()) == []


def test_a_planted_gitignore_link_is_not_written_through(folder, tmp_path):
    victim = tmp_path / "bashrc"
    victim.write_text("precious\n")
    (folder / ".hauberk").mkdir()
    (folder / ".hauberk" / ".gitignore").symlink_to(victim)
    open_ledger(folder, ME).close()
    assert victim.read_text() == "precious\n"


def test_a_file_in_the_place_of_the_state_is_misuse(folder):
    (folder / ".hauberk").write_text("x")
    with pytest.raises(Misuse, match="not a folder"):
        open_ledger(folder, ME)


def test_a_folder_that_cannot_be_written_is_misuse_with_what_to_do():
    with nobodys_folder() as root:
        root.chmod(0o500)
        with pytest.raises(Misuse, match="cannot write the ledger") as raised:
            open_ledger(root, ME)
        assert raised.value.remedy


def test_a_full_disk_while_sealing_is_misuse_and_what_was_sealed_stands(folder):
    begin(folder)[1]()

    def full(_):
        raise OSError(28, "No space left on device")

    with (
        Ledger.open(folder / ".hauberk" / "ledger", ME, sync=full) as ledger,
        pytest.raises(Misuse, match="No space left"),
    ):
        Sealing.begin(ledger, "sha256:x")
    assert last(folder).verdict.exit_code == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="as root, a folder of nobody's can be read")
def test_a_planted_ledger_of_a_stranger_is_refused(folder):
    with open_ledger(folder, EVE):
        pass
    with pytest.raises(KeyUnavailable, match="signed by eve"):
        open_ledger(folder, ME)
