# SPDX-License-Identifier: Apache-2.0
"""Every error is one line with a code and one with what to do; no traceback, nothing on standard output."""

import os
import subprocess

import pytest

from hauberk.cli.main import COMMANDS, FAULT, UNREAD, execute
from hauberk.core.errors import ManifestInvalid
from tests.cli.cases import HAUBERK, hauberk
from tests.engine.hostile import nobodys_folder

MANIFEST = "name: s\npurpose: test of errors\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "empty").mkdir()
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "a.py").write_text("x = 1\n")
    (tmp_path / "bad.yaml").write_text("name: [\n")
    (tmp_path / "faulty.yaml").write_text("nam: s\nassets: 3\n")
    (tmp_path / "system").mkdir()
    (tmp_path / "system" / "hauberk.yaml").write_text(MANIFEST)
    (tmp_path / "not-empty").mkdir()
    (tmp_path / "not-empty" / "x").write_text("x")
    (tmp_path / "dir.yaml").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


CASES = [
    (["nonsense"], 2, "no command is called nonsense"),
    (["scna"], 2, "did you mean scan?"),
    (["evil\x1b[2J"], 2, "\\x1b[2J"),
    (["--nope"], 2, "--nope"),
    (["scan", "--nope"], 2, "Unknown option: --nope"),
    (["scan", "a", "b"], 2, "Unused Tokens"),
    (["scan", "--workers", "x"], 2, "--workers"),
    (["scan", "--format", "nope"], 2, "--format"),
    (["scan", "-m"], 2, "requires an argument"),
    (["waive"], 2, "FINGERPRINT"),
    (["key", "new"], 2, "--name"),
    (["ledger", "nope"], 2, "Unknown command"),
    (["scan", "nowhere"], 2, "no such file or folder"),
    (["scan", "a\0b"], 2, "no such file or folder"),
    (["scan", "x" * 5000], 2, "no such file or folder"),
    (["scan", "\udcff"], 2, "no such file or folder"),
    (["scan", "evil\x1b[2J\nerror"], 2, "\\x1b"),
    (["scan", "empty"], 2, "nothing to examine"),
    (["scan", "code", "--only", "HBK-COD-999"], 2, "no rule is called HBK-COD-999"),
    (["scan", "code", "--only", "HBK-NBK-001"], 2, "no chosen rule"),
    (["scan", "code", "-m", "nowhere.yaml"], 2, "nowhere.yaml"),
    (["scan", "code", "-m", "dir.yaml"], 2, "dir.yaml"),
    (["scan", "code", "-m", "bad.yaml"], 2, "in the manifest"),
    (["scan", "code", "-m", "faulty.yaml"], 2, "in the manifest"),
    (["scan", "code", "--workers", "0"], 2, "0 workers"),
    (["scan", "code", "--out", "nowhere/x.html"], 2, "cannot write"),
    (["scan", "code", "--out", "empty"], 2, "cannot write"),
    (["assess"], 2, "no hauberk.yaml here or above"),
    (["assess", "-m", "nowhere.yaml"], 2, "no such file"),
    (["gate"], 2, "no hauberk.yaml here or above"),
    (["gate", "-m", "system/hauberk.yaml"], 2, "no key is known"),
    (["gate", "-m", "system/hauberk.yaml", "--key", "nowhere.pub"], 2, "nowhere.pub"),
    (["waive", "v1:aa", "--until", "2099-01-01", "--reason", "r", "-m", "system/hauberk.yaml"], 2, "no key"),
    (["demo", "--keep", "not-empty"], 2, "not empty"),
    (["demo", "--keep", "code/a.py"], 2, "cannot keep the system"),
    (["demo", "--keep", "code/a.py/x"], 2, "cannot keep the system"),
    (["report"], 2, "no hauberk.yaml"),
    (["explain", "HBK-XXX-001"], 2, "no rule is called"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "code", "says"),
    CASES,
    ids=[" ".join(words)[:40].encode("ascii", "replace").decode() for words, _, _ in CASES],
)
@pytest.mark.parametrize("json", [False, True], ids=["plain", "json"])
def test_an_error_is_a_code_a_sentence_and_what_to_do(folder, capsys, words, code, says, json):
    takes_json = json and words[0] in {"scan", "assess", "gate", "waive", "demo", "explain"}
    assert execute([*words, *(["--json"] if takes_json and "-m" not in words[-1:] else [])]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert "\x1b" not in err
    lines = err.splitlines()
    assert sum(line.startswith("error HBK-E-") for line in lines) == 1
    assert says in err
    assert "Traceback" not in err
    assert not set("╭│╰") & set(err)
    assert any(line.startswith("  what to do: ") for line in lines) or "faulty" in words[-1] or "in the manifest" in err


@pytest.mark.parametrize(
    "words",
    [[name] for name, _, _ in COMMANDS] + [["ledger", "export"], ["ledger", "show"], ["key", "new"]],
    ids=" ".join,
)
def test_every_command_has_a_help_page_with_an_example(folder, capsys, words):
    assert execute([*words, "--help"]) == 0
    out, err = capsys.readouterr()
    assert "Usage: hauberk" in out
    if "COMMAND" not in out.partition("\n")[0]:  # a group of commands, each with its own
        assert "Example: hauberk" in " ".join(out.split())
    assert err == ""


def test_hauberk_alone_shows_what_there_is_and_exits_0(capsys):
    assert execute([]) == 0
    out = capsys.readouterr().out
    assert all(name in out for name, _, _ in COMMANDS)


def test_a_fault_of_ours_is_one_line_without_its_words_and_a_code_of_its_own(folder, capsys, monkeypatch):
    def broken(*_, **__):
        raise ZeroDivisionError("a secret of the input")

    monkeypatch.setattr("hauberk.cli.scan.prepare", broken)
    assert execute(["scan", "code"]) == FAULT == 70
    err = capsys.readouterr().err
    assert "ZeroDivisionError" in err
    assert "HAUBERK_DEBUG=1" in err
    assert "secret" not in err
    assert "Traceback" not in err
    monkeypatch.setenv("HAUBERK_DEBUG", "1")
    assert execute(["scan", "code"]) == FAULT
    assert "Traceback" in capsys.readouterr().err


def test_faults_of_a_manifest_cannot_drive_the_terminal(folder, capsys, monkeypatch):
    def invalid(*_, **__):
        raise ManifestInvalid(["m.yaml:1:1: \x1b[2J\u202e: wrong"])

    monkeypatch.setattr("hauberk.cli.scan.load", invalid)
    assert execute(["scan", "code", "-m", "bad.yaml"]) == 2
    err = capsys.readouterr().err
    assert "\x1b" not in err
    assert "\u202e" not in err
    assert "\\x1b[2J\\u202e" in err


def shell(command, cwd, **extra):
    environment = {**os.environ, "H": HAUBERK, **extra}
    return subprocess.run(
        ["bash", "-c", command], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("command", "codes", "silent"),
    [
        ("$H scan code --json | head -c 1 >/dev/null; echo ${PIPESTATUS[0]} >&2", {0, UNREAD}, False),
        ("$H explain | true; echo ${PIPESTATUS[0]} >&2", {0, UNREAD}, False),
        ("$H scan code >/dev/full", {2}, False),
        ("$H scan code >&-", {0}, True),
        ("$H scan code >&- 2>&-", {0}, True),
        ("$H scan code 2>/dev/full", {0}, True),
    ],
)
def test_streams_that_break_leave_no_traceback(folder, command, codes, silent):
    done = shell(command, folder)
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    told = int(done.stderr) if "PIPESTATUS" in command else done.returncode
    assert told in codes, done.stderr
    if silent:
        assert done.stderr == ""


def test_a_terminal_that_speaks_ascii_only_gets_ascii_and_json_stays_utf8(folder):
    (folder / "code" / "caf\u00e9.py").write_text("x = 1\n")
    plain = shell("$H scan code", folder, PYTHONIOENCODING="ascii")
    assert plain.returncode == 0, plain.stderr
    assert plain.stdout.isascii()
    assert shell("$H scan code --json", folder, PYTHONIOENCODING="ascii").returncode == 0
    assert hauberk("scan", "code", "--json", cwd=folder, PYTHONIOENCODING="ascii").document["coverage"]["files"] == 2


def test_a_read_only_folder_is_told_in_words(capsys, monkeypatch):
    with nobodys_folder() as root:
        (root / "hauberk.yaml").write_text(MANIFEST)
        root.chmod(0o555)
        monkeypatch.setenv("HAUBERK_KEYS", str(root / "nowhere"))
        assert execute(["assess", "-m", str(root / "hauberk.yaml")]) == 2
        assert "HAUBERK_KEYS" in capsys.readouterr().err
