# SPDX-License-Identifier: Apache-2.0
"""Who may attest what: roles of the manifest, appointments that stand, and four eyes."""

from datetime import UTC, date, datetime

import pytest

from hauberk.core.errors import Misuse
from hauberk.engine.seal import open_ledger
from hauberk.govern.attest import (
    APPOINTMENT,
    ATTESTATION,
    Appointment,
    Attestation,
    Statements,
    appointment,
    approvals,
    attestation,
    counting,
    roles,
    weigh,
)
from hauberk.govern.framework import framework
from hauberk.govern.signed import REVOKED, UNKNOWN, signed
from hauberk.ledger.succession import revoke
from hauberk.manifest.load import parse
from hauberk.signing.identity import ephemeral
from hauberk.signing.statement import seal

TODAY = date(2026, 11, 24)
ADA, MARA, JO, EVE = (ephemeral(name) for name in ("ada", "mara", "jo", "eve"))
KEYS = tuple(one.public for one in (ADA, MARA, JO, EVE))
SYSTEM = parse(
    b"""\
name: x
roles:
  - {name: board, holders: [ada], appoints: [dpo, risk]}
  - {name: dpo, holders: [mara, jo], answers_for: [gdpr, release]}
  - {name: risk, holders: [jo], answers_for: ["ai-act:Art.9(5)"]}
approvals:
  - {name: release, role: dpo, eyes: 2}
""",
    "x",
)
DUTY = "gdpr:Art.35(1)"
TOLD = {"limits": "sha256:" + "1" * 64}


def attest(folder, who, subject=DUTY, role="dpo", until="2027-06-30"):
    one = attestation(SYSTEM, subject, role=role, signer=who.public, reason="read", until=until, today=TODAY, told=TOLD)
    with open_ledger(folder, ADA) as ledger:
        ledger.append(ATTESTATION, seal(one, who, ATTESTATION).data)


def appoint(folder, holder, by=ADA, role="dpo", until="2027-06-30"):
    one = Appointment(holder=holder.public.id, role=role, reason="", until=until)
    with open_ledger(folder, ADA) as ledger:
        ledger.append(APPOINTMENT, seal(one, by, APPOINTMENT).data)


def said(folder, keys=KEYS):
    return Statements(
        attestations=signed(folder, keys, ATTESTATION, Attestation),
        appointments=signed(folder, keys, APPOINTMENT, Appointment),
    )


def held(folder, subject=DUTY, day=None, keys=KEYS):
    return weigh(SYSTEM, said(folder, keys), subject, framework("gdpr").version, day or datetime.now(UTC).date())


def test_an_attestation_counts_once_its_signer_is_appointed(tmp_path):
    attest(tmp_path, MARA)
    assert "nobody who may has appointed" in held(tmp_path)[0].doubt
    appoint(tmp_path, MARA)
    assert counting(held(tmp_path)) == 1


@pytest.mark.parametrize(
    ("by", "until"),
    [(MARA, "2027-06-30"), (EVE, "2027-06-30"), (JO, "2027-06-30"), (ADA, "2026-01-01"), (ADA, "")],
)
def test_an_appointment_by_oneself_by_nobody_or_without_a_term_appoints_nobody(tmp_path, by, until):
    attest(tmp_path, MARA)
    appoint(tmp_path, MARA, by=by, until=until)
    assert counting(held(tmp_path)) == 0


def test_two_who_appoint_each_other_hold_nothing(tmp_path):
    ring = parse(
        b"name: x\nroles:\n  - {name: a, holders: [mara], appoints: [b]}\n  - {name: b, holders: [jo], appoints: [a]}\n",
        "x",
    )
    appoint(tmp_path, MARA, by=JO, role="a")
    appoint(tmp_path, JO, by=MARA, role="b")
    told = roles(ring, said(tmp_path), datetime.now(UTC).date())
    assert all("GAP" in holder for role in told for holder in role.holders)


def test_a_revoked_key_counts_for_nothing_from_there_on(tmp_path):
    appoint(tmp_path, MARA)
    attest(tmp_path, MARA)
    with open_ledger(tmp_path, ADA) as ledger:
        revoke(ledger, MARA.public.id, ledger.size, reason="left")
    attest(tmp_path, MARA)
    assert [one.doubt for one in held(tmp_path)] == ["", REVOKED]


def test_a_key_that_nobody_here_knows_counts_for_nothing(tmp_path):
    appoint(tmp_path, MARA)
    attest(tmp_path, MARA)
    assert held(tmp_path, keys=(ADA.public,))[0].doubt == UNKNOWN


def test_four_eyes_are_two_distinct_keys_with_the_role(tmp_path):
    for who in (MARA, JO):
        appoint(tmp_path, who)
    attest(tmp_path, MARA, "release")
    attest(tmp_path, MARA, "release")
    assert approvals(SYSTEM, said(tmp_path), datetime.now(UTC).date())[0].signed == 1
    attest(tmp_path, JO, "release")
    assert approvals(SYSTEM, said(tmp_path), datetime.now(UTC).date())[0].signed == 2


@pytest.mark.parametrize(
    ("who", "subject", "role", "until", "says"),
    [
        (MARA, DUTY, "dpo", "", "end date"),
        (MARA, DUTY, "dpo", "2026-11-23", "past"),
        (MARA, DUTY, "dpo", "2028-11-24", "366"),
        (EVE, DUTY, "dpo", "2027-01-01", "does not hold the role"),
        (MARA, DUTY, "king", "2027-01-01", "has no role"),
        (JO, DUTY, "risk", "2027-01-01", "does not answer for"),
        (MARA, "gdpr:Art.999", "dpo", "2027-01-01", "nothing is called"),
        (MARA, "novel", "dpo", "2027-01-01", "nothing is called"),
        (ADA, "narrative:novel", "board", "2027-01-01", "nothing is called"),
        (MARA, "narrative:limits", "dpo", "2027-01-01", "does not answer for"),
        (ADA, "release", "board", "2027-01-01", "approved by the role"),
    ],
)
def test_an_attestation_that_could_not_count_is_refused(who, subject, role, until, says):
    with pytest.raises(Misuse, match=says):
        attestation(SYSTEM, subject, role=role, signer=who.public, reason="", until=until, today=TODAY, told=TOLD)


@pytest.mark.parametrize(
    ("holder", "by", "role", "until", "says"),
    [
        (MARA, ADA, "dpo", "", "end date"),
        (EVE, ADA, "dpo", "2027-01-01", "does not name"),
        (MARA, MARA, "dpo", "2027-01-01", "appoints themselves"),
        (MARA, JO, "dpo", "2027-01-01", "does not appoint"),
        (ADA, MARA, "board", "2027-01-01", "does not appoint"),
    ],
)
def test_an_appointment_that_could_not_count_is_refused(holder, by, role, until, says):
    with pytest.raises(Misuse, match=says):
        appointment(SYSTEM, holder.public, role=role, signer=by.public, reason="", until=until, today=TODAY)


def test_words_are_signed_as_they_are_and_no_longer_once_they_change(tmp_path):
    attest(tmp_path, ADA, "narrative:limits", role="board")
    today = datetime.now(UTC).date()
    for proof, count in ((TOLD["limits"], 1), ("sha256:" + "2" * 64, 0)):
        found = weigh(SYSTEM, said(tmp_path), "narrative:limits", proof, today)
        assert counting(found) == count
    assert "another version" in found[0].doubt
