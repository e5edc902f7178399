# SPDX-License-Identifier: Apache-2.0
"""``hauberk govern posture``, ``hauberk govern appoint`` and ``hauberk attest``: end to end, tampering included."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from hauberk.cli.main import execute
from hauberk.core.canonical import canonical
from hauberk.engine.seal import CLOSED, EVIDENCE, Sealing, open_ledger
from hauberk.govern.attest import APPOINTMENT, ATTESTATION, Appointment, Attestation
from hauberk.ledger.succession import revoke
from hauberk.signing.keystore import default_identity
from hauberk.signing.keystore import load as load_identity
from hauberk.signing.statement import seal

SOON = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
TEXT = """\
name: small
regions: [DE]
effect: advises
roles:
  - {name: board, holders: [ada], appoints: [dpo]}
  - {name: dpo, holders: [mara]}
assets:
  - {id: code, kind: code, uri: app.py}
  - {id: rows, kind: dataset, facts: {columns: [{name: n, personal: true}]}}
"""


@pytest.fixture
def manifest(tmp_path, monkeypatch):
    monkeypatch.setenv("HAUBERK_KEYS", str(tmp_path.parent / f"{tmp_path.name}-keys"))
    (tmp_path / "hauberk.yaml").write_text(TEXT)
    (tmp_path / "app.py").write_text("import hashlib\n\n\ndef f(x):\n    return hashlib.sha256(x).hexdigest()\n")
    for name in ("owner", "ada", "mara"):
        assert execute(["key", "new", "--name", name]) == 0
    monkeypatch.setenv("HAUBERK_IDENTITY", "owner")
    return tmp_path / "hauberk.yaml"


def _posture(manifest, capsys, *words, framework="gdpr", code=0):
    capsys.readouterr()
    assert execute(["govern", "posture", "-m", str(manifest), "--framework", framework, *words, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def _duty(document, name):
    return next(one for one in document["duties"] if one["id"] == name)


def test_without_a_ledger_every_duty_is_a_gap_and_says_what_would_fill_it(manifest, capsys):
    document = _posture(manifest, capsys)
    assert document["schema"] == "hauberk/posture/1"
    assert document["applies"] is True
    assert {one["state"] for one in document["duties"]} == {"GAP"}
    assert all(one["why"] for one in document["duties"])


@pytest.mark.parametrize(
    ("shape", "begins"),
    [("text", "gdpr as of"), ("json", "{"), ("md", "# Posture"), ("html", "<!doctype"), ("oscal", "{")],
)
def test_every_format_says_the_same_counts(manifest, shape, begins, capsys):
    assert execute(["govern", "posture", "-m", str(manifest), "--framework", "gdpr", "--format", shape]) == 0
    assert capsys.readouterr().out.startswith(begins)


def test_all_frameworks_at_once_say_which_apply(manifest, capsys):
    assert execute(["govern", "posture", "-m", str(manifest)]) == 0
    told = capsys.readouterr().out
    assert "swiss as of" in told
    assert "ai-act as of" in told
    assert "it runs or keeps data in the EEA" in told


def test_an_appointed_persons_attestation_closes_a_duty_until_it_ends(manifest, capsys):
    attest = ["attest", "gdpr:Art.33(1)", "--role", "dpo", "--until", SOON, "--as", "mara", "-m", str(manifest)]
    assert execute(attest) == 0
    assert _duty(_posture(manifest, capsys), "gdpr:Art.33(1)")["state"] == "GAP"
    assert (
        execute(["govern", "appoint", "mara", "--role", "dpo", "--until", SOON, "--as", "ada", "-m", str(manifest)])
        == 0
    )
    assert _duty(_posture(manifest, capsys), "gdpr:Art.33(1)")["state"] == "HUMAN"
    later = (datetime.now(UTC) + timedelta(days=31)).date().isoformat()
    assert _duty(_posture(manifest, capsys, "--as-of", later), "gdpr:Art.33(1)")["state"] == "GAP"


@pytest.mark.parametrize(
    "words",
    [
        ["attest", "gdpr:Art.33(1)", "--role", "dpo", "--as", "mara"],
        ["attest", "gdpr:Art.33(1)", "--until", SOON, "--as", "mara"],
        ["attest", "gdpr:Art.33(1)", "--role", "dpo", "--until", SOON, "--as", "ada"],
        ["attest", "gdpr:Art.33(1)", "--role", "king", "--until", SOON, "--as", "mara"],
        ["attest", "gdpr:Art.0", "--role", "dpo", "--until", SOON, "--as", "mara"],
        ["govern", "appoint", "mara", "--role", "dpo", "--as", "ada"],
        ["govern", "appoint", "mara", "--role", "dpo", "--until", SOON, "--as", "mara"],
        ["govern", "appoint", "nobody", "--role", "dpo", "--until", SOON, "--as", "ada"],
        ["govern", "posture", "--framework", "novel"],
        ["govern", "posture", "--framework", "gdpr", "--as-of", "soon"],
        ["govern", "posture", "--format", "html"],
    ],
)
def test_misuse_is_exit_2_writes_nothing_and_says_what_to_do(manifest, words, capsys):
    assert execute([*words, "-m", str(manifest)]) == 2
    assert "what to do" in capsys.readouterr().err
    assert not (manifest.parent / ".hauberk").exists()


def test_executed_checks_decide_and_a_tampered_record_turns_all_red(manifest, capsys):
    assert execute(["assess", "-m", str(manifest), "-q"]) == 0
    before = _posture(manifest, capsys)
    assert before["integrity"]
    legs = [leg for one in before["duties"] for leg in one["legs"] if leg["proofs"]]
    assert legs
    page = manifest.parent / "report.html"
    assert execute(["report", "-m", str(manifest), "--out", str(page), "-q"]) == 0
    assert 'id="posture"' in page.read_text()
    assert before["title"] in page.read_text()
    page.unlink()
    segment = next(
        path for path in sorted((manifest.parent / ".hauberk" / "ledger" / "log").rglob("*")) if path.is_file()
    )
    data = bytearray(segment.read_bytes())
    data[data.index(b'"clean"') + 1] ^= 1
    segment.write_bytes(bytes(data))
    after = _posture(manifest, capsys, code=4)
    assert {one["state"] for one in after["duties"]} == {"BROKEN"}
    assert after["broken"].startswith("HBK-E-")
    assert execute(["govern", "posture", "-m", str(manifest), "--framework", "gdpr"]) == 4


def test_a_closing_entry_that_names_evidence_which_is_gone_turns_all_red(manifest, capsys):
    """Taking a record away, even by whoever holds the key, improves nothing: the closing entry names it."""
    assert execute(["assess", "-m", str(manifest), "-q"]) == 0
    with open_ledger(manifest.parent, default_identity()) as ledger:
        entries = [(entry.kind, json.loads(body)) for entry, body in ledger.entries()]
        closing = next(body for kind, body in entries if kind == CLOSED)
        kept = [body for kind, body in entries if kind == EVIDENCE][1:]
        sealing = Sealing.begin(ledger, closing["assessment"]["plan_digest"])
        closing["assessment"] |= {"id": sealing.assessment.id}
        closing["evidence"] = ["sha256:" + "0" * 64, *(body["id"] for body in kept)]
        ledger.append(CLOSED, canonical(closing))
    after = _posture(manifest, capsys, code=4)
    assert {one["state"] for one in after["duties"]} == {"BROKEN"}


def test_a_framework_of_ones_own_is_read_from_a_file(manifest, tmp_path, capsys):
    from tests.govern.test_framework import SMALL

    own = tmp_path / "own.toml"
    own.write_bytes(SMALL)
    assert _posture(manifest, capsys, framework=str(own))["framework"] == "own"
    own.write_bytes(b"novel")
    assert execute(["govern", "posture", "-m", str(manifest), "--framework", str(own)]) == 3


def test_an_entry_that_the_guard_sealed_backs_what_only_it_can_show(manifest, capsys):
    name = "ai-act:Art.14(4)(e)"
    manifest.write_text(TEXT.replace("effect: advises", "effect: decides\nuses: [recruitment]"))
    assert execute(["assess", "-m", str(manifest), "-q"]) == 0
    asked = {"framework": "ai-act"}
    before = _duty(_posture(manifest, capsys, **asked), name)
    assert "guard.stopped" in " ".join(before["why"])
    with open_ledger(manifest.parent, default_identity()) as ledger:
        ledger.append("guard.stopped", b"{}")
    after = _duty(_posture(manifest, capsys, **asked), name)
    assert after["state"] == "partly"
    assert after["legs"][0]["proofs"][0]["card"] == "ledger:guard.stopped"


def test_a_duty_of_a_framework_of_ones_own_can_be_attested(manifest, tmp_path, capsys):
    from tests.govern.test_framework import SMALL

    own = tmp_path / "own.toml"
    own.write_bytes(SMALL.replace(b'checks = ["HBK-ATK-001|HBK-ATK-003"]', b'human = "that it is done"'))
    manifest.write_text(TEXT.replace("holders: [ada], appoints: [dpo]", "holders: [ada]"))
    words = ["--role", "dpo", "--until", SOON, "--as", "mara", "-m", str(manifest)]
    assert execute(["attest", f"{own}:2", *words]) == 2
    assert execute(["attest", f"{own}:1", *words]) == 0
    (duty,) = _posture(manifest, capsys, framework=str(own))["duties"]
    assert duty["state"] == "HUMAN"
    own.write_bytes(own.read_bytes().replace(b'version = "1"', b'version = "2"'))
    (duty,) = _posture(manifest, capsys, framework=str(own))["duties"]
    assert "another version" in " ".join(duty["why"])


def test_what_a_revoked_key_signs_is_refused_and_what_it_signed_since_does_not_count(manifest, capsys):
    appoint = ["govern", "appoint", "mara", "--role", "dpo", "--until", SOON, "--as", "ada", "-m", str(manifest)]
    attest = ["attest", "gdpr:Art.33(1)", "--role", "dpo", "--until", SOON, "--as", "mara", "-m", str(manifest)]
    assert execute(appoint) == 0
    ada, mara = load_identity("ada"), load_identity("mara")
    with open_ledger(manifest.parent, default_identity()) as ledger:
        revoke(ledger, ada.public.id, ledger.size, reason="left")
        again = Appointment(holder=mara.public.id, role="dpo", reason="", until=SOON)
        ledger.append(APPOINTMENT, seal(again, ada, APPOINTMENT).data)
    assert execute(appoint) == 2
    assert "revoked" in capsys.readouterr().err
    assert execute(attest) == 0
    assert _duty(_posture(manifest, capsys), "gdpr:Art.33(1)")["state"] == "HUMAN"  # appointed before she left
    with open_ledger(manifest.parent, default_identity()) as ledger:
        revoke(ledger, mara.public.id, ledger.size, reason="left too")
    assert execute(attest) == 2
    with open_ledger(manifest.parent, default_identity()) as ledger:
        one = Attestation(subject="gdpr:Art.33(2)", version="", role="dpo", reason="", until=SOON)
        ledger.append(ATTESTATION, seal(one, mara, ATTESTATION).data)
    found = _duty(_posture(manifest, capsys), "gdpr:Art.33(1)")
    assert [each["doubt"] for each in found["held"]] == [""]
