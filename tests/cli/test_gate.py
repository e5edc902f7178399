# SPDX-License-Identifier: Apache-2.0
"""The gate's five answers, on one small system."""

import pytest

from hauberk.cli.main import execute
from hauberk.core.codec import decode
from hauberk.core.document import Scan

MANIFEST = """\
name: parcel-delay
purpose: tells a depot which parcels will be late
owners: [{name: Ines Alvarado, role: owner}]
policy:
  name: strict
  rules:
    - {id: nothing-medium, severity: medium, stages: [develop]}
"""


@pytest.fixture
def system(tmp_path, monkeypatch, capsys):
    (tmp_path / "hauberk.yaml").write_text(MANIFEST)
    (tmp_path / "a.py").write_text("x = 1\n")
    monkeypatch.chdir(tmp_path)
    assert execute(["key", "new", "--name", "ada"]) == 0
    assert execute(["assess", "--quiet"]) == 0
    capsys.readouterr()
    return tmp_path


def gate(capsys, *words):
    code = execute(["gate", "--json", *map(str, words)])
    out, err = capsys.readouterr()
    return code, decode(out.encode(), Scan) if out else None, err


def test_a_clean_system_passes_and_says_who_signed(system, capsys):
    code, scan, err = gate(capsys)
    assert (code, err) == (0, "")
    assert scan.assessment.closed
    assert "signed by ada/" in scan.integrity
    assert scan.root == system.name


def test_what_assess_printed_is_what_gate_prints(system, capsys):
    assert execute(["assess", "--json"]) == 0
    assessed = decode(capsys.readouterr().out.encode(), Scan)
    _, judged, _ = gate(capsys)
    assert (judged.evidence, judged.coverage, judged.verdict) == (
        assessed.evidence,
        assessed.coverage,
        assessed.verdict,
    )


def test_a_finding_is_1_and_assess_is_0_all_the_same(system, capsys):
    (system / "a.py").write_text("import pickle\n\n\ndef load(request):\n    return pickle.loads(request.body)\n")
    assert execute(["assess", "--quiet"]) == 0
    capsys.readouterr()
    assert gate(capsys)[0] == 1


@pytest.mark.parametrize("change", ["edit", "new", "gone"])
def test_files_that_changed_since_are_3(system, capsys, change):
    if change == "edit":
        (system / "a.py").write_text("x = 2\n")
    elif change == "new":
        (system / "b.py").write_text("x = 2\n")
    else:
        (system / "a.py").unlink()
    code, scan, _ = gate(capsys)
    assert code == 3
    assert [one.asset for one in scan.verdict.unable] == ["b.py" if change == "new" else "a.py"]


def test_an_edited_ledger_is_4_and_prints_no_document(system, capsys):
    segment = next(path for path in (system / ".hauberk" / "ledger" / "log").iterdir() if path.is_file())
    data = bytearray(segment.read_bytes())
    data[len(data) // 2] ^= 1
    segment.write_bytes(bytes(data))
    code, scan, err = gate(capsys)
    assert (code, scan) == (4, None)
    assert err.startswith("error HBK-E-")
    assert "what to do" in err


def test_a_key_that_did_not_sign_is_4_and_the_one_that_did_is_0(system, capsys, tmp_path_factory):
    keys = tmp_path_factory.mktemp("keys")
    assert execute(["key", "show", "ada"]) == 0
    (keys / "ada.pub").write_text(capsys.readouterr().out)
    assert execute(["key", "new", "--name", "eve"]) == 0
    capsys.readouterr()
    assert execute(["key", "show", "eve"]) == 0
    (keys / "eve.pub").write_text(capsys.readouterr().out)
    assert gate(capsys, "--key", keys / "ada.pub")[0] == 0
    assert gate(capsys, "--key", keys / "eve.pub")[0] == 4


def test_a_policy_that_asks_for_what_was_never_run_is_2_before_anything_is_sealed(system, capsys):
    (system / "hauberk.yaml").write_text(MANIFEST.replace("stages: [develop]", "cards: [HBK-NBK-001]"))
    assert execute(["assess", "--quiet"]) == 2
    assert "nothing-medium" in capsys.readouterr().err
    (system / "hauberk.yaml").write_text(MANIFEST)
    assert gate(capsys)[0] == 0


def test_quiet_is_one_line(system, capsys):
    assert execute(["gate", "--quiet"]) == 0
    assert capsys.readouterr().out.count("\n") == 1
