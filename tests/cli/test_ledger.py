# SPDX-License-Identifier: Apache-2.0
"""``hauberk key``, ``ledger`` and ``verify`` as a user types them."""

import json
import os

import pytest

from hauberk.cli.ledger import MORE
from hauberk.cli.main import execute
from hauberk.core.canonical import canonical
from hauberk.ledger import Ledger
from hauberk.signing import create, default_identity, parse_public_key

ID = "sha256:" + "7" * 64


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A system's folder with a manifest, a ledger of three entries and a key elsewhere."""
    monkeypatch.setenv("HAUBERK_KEYS", str(tmp_path / "keys"))
    system = tmp_path / "system"
    (system / "deep").mkdir(parents=True)
    (system / "hauberk.yaml").write_text("name: credit\n")
    with Ledger.create(system / ".hauberk" / "ledger", create("alice", ("approver",))) as ledger:
        ledger.append_many(
            [("assessment.opened", b"{}"), ("evidence", canonical({"id": ID})), ("coverage", b'{"files":2}')]
        )
    monkeypatch.chdir(system / "deep")
    return system


@pytest.fixture
def bundle(place, capsys):
    assert execute(["ledger", "export", "b"]) == 0
    assert execute(["ledger", "key"]) == 0
    (place / "deep" / "k.pub").write_text(capsys.readouterr().out.split("\n", 1)[1])
    return place / "deep" / "b"


def test_a_stranger_verifies_a_bundle_with_the_public_key_alone(bundle, capsys, monkeypatch):
    monkeypatch.setenv("HAUBERK_KEYS", "/nonexistent")
    assert execute(["verify", "b", "--key", "k.pub"]) == 0
    out = capsys.readouterr().out
    for words in (
        "verified: b",
        "alice/",
        "3: 1 assessment.opened, 1 coverage, 1 evidence",
        "integrity only",
        "no witness",
    ):
        assert words in out


@pytest.mark.parametrize(
    "words",
    [
        ["ledger", "list"], ["ledger", "verify"], ["ledger", "export", "c"], ["ledger", "tiles", "t"],
        ["ledger", "prove", "1", "--out", "p"], ["ledger", "backup", "../../copy"], ["ledger", "rebuild"],
        ["ledger", "create", "parent"], ["verify", "b", "--key", "k.pub"], ["verify", "b", "--key", "k.pub", "--quiet"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_without_a_witness_every_output_says_integrity_only_in_those_words(bundle, capsys, words):
    assert execute(words) == 0
    assert "integrity only" in capsys.readouterr().out


def test_the_ledger_is_found_above_or_named(place, capsys):
    assert execute(["ledger", "list"]) == 0
    found = capsys.readouterr().out
    assert execute(["ledger", "list", "--ledger", str(place / ".hauberk" / "ledger")]) == 0
    assert capsys.readouterr().out == found
    assert execute(["ledger", "list", "-m", str(place / "hauberk.yaml")]) == 0
    assert capsys.readouterr().out == found
    assert [line.split()[2] for line in found.splitlines()[:3]] == ["assessment.opened", "evidence", "coverage"]


@pytest.mark.parametrize("name", ["1", ID])
def test_an_entry_is_shown_and_proven_by_index_or_id(bundle, capsys, name):
    assert execute(["ledger", "show", name]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["entry"]["index"], shown["body"]) == (1, {"id": ID})
    assert execute(["verify", "b", "--key", "k.pub", "--entry", name]) == 0
    assert "1 is in it: evidence" in capsys.readouterr().out
    assert execute(["verify", "b", "--key", "k.pub", "--entry", shown["entry"]["body"], "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["entry"] == shown["entry"]


def test_json_is_one_document(bundle, capsys):
    for command, schema in (
        (["verify", "b", "--key", "k.pub", "--json"], "hauberk/verification/1"),
        (["ledger", "export", "c", "--json"], "hauberk/export/1"),
        (["ledger", "list", "--json", "--kind", "evidence"], "hauberk/entries/1"),
        (["ledger", "verify", "--json"], "hauberk/verification/1"),
        (["ledger", "key", "--json"], "hauberk/key/1"),
        (["key", "show", "--json"], "hauberk/key/1"),
        (["key", "new", "--name", "bob", "--json"], "hauberk/key/1"),
    ):
        assert execute(command) == 0
        assert json.loads(capsys.readouterr().out)["schema"] == schema


def test_quiet_is_one_line(bundle, capsys):
    assert execute(["verify", "b", "--key", "k.pub", "--quiet"]) == 0
    assert capsys.readouterr().out == "verified: 3 entries, integrity only\n"


def flip(path):
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    path.write_bytes(data)


EXITS = {
    "flipped byte": (flip, ["verify", "b", "--key", "k.pub"], 4),
    "truncated": (lambda bundle: os.truncate(bundle, 5000), ["verify", "b", "--key", "k.pub"], 4),
    "empty": (lambda bundle: os.truncate(bundle, 0), ["verify", "b", "--key", "k.pub"], 4),
    "not ours": (lambda bundle: bundle.write_bytes(b"PK\x03\x04"), ["verify", "b", "--key", "k.pub"], 4),
    "another's key": (lambda _: create("mallory"), ["verify", "b", "--key", "../../keys/mallory.pub"], 4),
    "no such entry": (lambda _: None, ["verify", "b", "--key", "k.pub", "--entry", "3"], 4),
    "no file": (lambda bundle: bundle.unlink(), ["verify", "b", "--key", "k.pub"], 2),
    "a folder": (lambda _: None, ["verify", ".", "--key", "k.pub"], 2),
    "no key given": (lambda _: None, ["verify", "b"], 2),
    "no key file": (lambda _: None, ["verify", "b", "--key", "none.pub"], 2),
    "key is none": (lambda _: None, ["verify", "b", "--key", "b"], 2),
    "no subject": (lambda _: None, ["verify"], 2),
    "no ledger": (lambda _: None, ["ledger", "list", "--ledger", "."], 2),
    "no entry": (lambda _: None, ["ledger", "show", "9"], 2),
    "several keys": (
        lambda _: create("mallory"),
        ["verify", "b", "--key", "../../keys/mallory.pub", "--key", "k.pub"],
        0,
    ),
}


@pytest.mark.parametrize(("change", "command", "code"), EXITS.values(), ids=EXITS)
def test_the_exit_code_says_what_is_wrong(bundle, capsys, change, command, code):
    change(bundle)
    assert execute(command) == code
    err = capsys.readouterr().err
    assert "Traceback" not in err
    assert bool(err) == bool(code)


def test_a_damaged_ledger_is_exit_4(place, capsys):
    segment = next((place / ".hauberk" / "ledger" / "log").iterdir())
    segment.write_bytes(segment.read_bytes().replace(b'"files":2', b'"files":3'))
    assert execute(["ledger", "verify"]) == 4
    assert execute(["ledger", "export", "b"]) == 4
    assert "back-up" in capsys.readouterr().err


def test_a_key_is_made_listed_and_shown(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("HAUBERK_KEYS", str(tmp_path / "keys"))
    assert execute(["key", "list"]) == 0
    assert "key new" in capsys.readouterr().err
    assert execute(["key", "new", "--name", "alice", "--role", "writer", "--role", "approver"]) == 0
    assert "yours alone" in capsys.readouterr().out
    assert execute(["key", "list"]) == 0
    assert "approver writer  (default)" in capsys.readouterr().out
    assert execute(["key", "show"]) == 0
    out = capsys.readouterr().out
    assert parse_public_key(out.encode()) == default_identity(create=False).public
    assert execute(["key", "new", "--name", "alice"]) == 2
    assert execute(["key", "new", "--name", "../alice"]) == 2
    assert execute(["key", "new", "--name", "bob", "--role", "A B"]) == 2
    assert execute(["key", "show", "carol"]) == 2


def test_no_command_prints_a_private_key(place, capsys):
    secrets = [line.split(" ")[1] for line in (place.parent / "keys" / "alice.key").read_text().splitlines()[3:5]]
    for command in (
        ["key", "list"],
        ["key", "show"],
        ["key", "list", "--json"],
        ["ledger", "key"],
        ["ledger", "export", "b"],
    ):
        assert execute(command) == 0
    out = capsys.readouterr()
    written = b"".join(path.read_bytes() for path in place.rglob("*") if path.is_file()).decode(errors="replace")
    assert len(secrets) == 2
    assert not any(secret in text for secret in secrets for text in (out.out, out.err, written))


@pytest.mark.parametrize(
    "command",
    [
        ["verify"],
        ["ledger", "export"],
        ["ledger", "list"],
        ["ledger", "show"],
        ["ledger", "key"],
        ["ledger", "verify"],
        ["key", "new"],
        ["key", "list"],
        ["key", "show"],
    ],
)
def test_every_command_explains_itself(command, capsys):
    assert execute([*command, "--help"]) == 0
    assert "Usage: hauberk" in capsys.readouterr().out


MISUSE = {
    "no entry to prove": (["ledger", "prove", "99"], 2),
    "nothing to prove": (["ledger", "prove"], 2),
    "both to prove": (["ledger", "prove", "0", "--since", "1"], 2),
    "more than there is": (["ledger", "prove", "--since", "99"], 2),
    "no ledger's key": (["ledger", "witness", "sign", "none", "--state", "s"], 2),
    "no request": (["ledger", "witness", "sign", "none", "--state", "s", "--key", "k.pub"], 2),
    "no request to a witness": (["ledger", "witness", "sign", "b", "--state", "s", "--key", "k.pub"], 4),
    "an answer that is none": (["ledger", "witness", "take", "b", "--witness", "k.pub"], 4),
    "an heir that is not there": (["ledger", "rotate", "nobody"], 2),
    "an heir that is the same": (["ledger", "rotate", "alice"], 2),
    "a key that is no id": (["ledger", "revoke", "alice", "--from", "1"], 2),
    "revoked too far": (["ledger", "revoke", "alice/" + "0" * 32, "--from", "99"], 2),
    "no day": (["ledger", "expire", "soon"], 2),
    "no day either": (["ledger", "retain", "--today", "soon"], 2),
    "nobody to erase": (["ledger", "erase", "nobody"], 2),
    "no payload": (["ledger", "reveal", "0"], 2),
    "no payload's file": (["ledger", "keep", "none", "--subject", "s", "--days", "1"], 2),
    "no time to keep it for": (["ledger", "keep", "b", "--subject", "s"], 2),
    "no time at all": (["ledger", "retention", "0"], 2),
    "no back-up": (["ledger", "restore", "none"], 2),
    "a back-up over something": (["ledger", "backup", "."], 2),
    "no member's key": (["ledger", "merge", "b"], 2),
    "no member's request": (["ledger", "merge", "b", "--key", "k.pub"], 4),
    "a ledger over another": (["ledger", "create", "../.hauberk/ledger"], 2),
    "no known checkpoint": (["verify", "b", "--key", "k.pub", "--known", "17-AAAAA"], 2),
    "no witness's key": (["verify", "b", "--key", "k.pub", "--witness", "b"], 2),
    "not witnessed": (["verify", "b", "--key", "k.pub", "--witness", "k.pub"], 4),
    "no revocation": (["verify", "b", "--key", "k.pub", "--revoked", "b"], 4),
    "no certificate": (["verify", "b", "--key", "k.pub", "--ca", "b"], 2),
    "no time": (["verify", "b", "--key", "k.pub", "--seen-since", "soon"], 2),
    "no answer of an authority": (["ledger", "anchor", "--answer", "b"], 4),
    "no such form": (["ledger", "anchor", "stone"], 2),
}


@pytest.mark.parametrize(("command", "code"), MISUSE.values(), ids=MISUSE)
def test_every_sub_command_ends_with_the_code_of_what_is_wrong(bundle, capsys, command, code):
    assert execute(command) == code
    err = capsys.readouterr().err
    assert "Traceback" not in err
    assert "HBK-E-" in err or code == 2


def test_an_expired_or_revoked_key_is_told_to_rotate(bundle, capsys):
    assert execute(["ledger", "expire", "2020-01-01"]) == 0
    assert execute(["ledger", "beat", "--every", "60"]) == 4
    assert "HBK-E-119" in capsys.readouterr().err


def test_a_receipt_that_is_for_another_entry_is_exit_4(bundle, capsys):
    assert execute(["ledger", "prove", "1", "--out", "r", "--quiet"]) == 0
    assert execute(["verify", "r", "--key", "k.pub", "--entry", "1"]) == 0
    assert execute(["verify", "r", "--key", "k.pub", "--entry", ID]) == 0
    assert execute(["verify", "r", "--key", "k.pub", "--entry", "2"]) == 4
    capsys.readouterr()
    assert execute(["verify", "r", "--key", "k.pub", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["entry"]["index"] == 1


def test_json_documents_are_json(bundle, capsys):
    for command in (
        ["verify", "b", "--key", "k.pub", "--json"],
        ["ledger", "prove", "0", "--json"],
        ["ledger", "verify", "--json"],
        ["ledger", "list", "--json"],
    ):
        capsys.readouterr()
        assert execute(command) == 0
        assert json.loads(capsys.readouterr().out)["schema"].startswith("hauberk/")


@pytest.mark.parametrize("name", [name for name, _ in MORE] + ["witness ask", "witness sign", "witness take"])
def test_every_sub_command_explains_itself_with_an_example(name, capsys):
    assert execute(["ledger", *name.split(), "--help"]) == 0
    out = capsys.readouterr().out
    assert "Usage: hauberk" in out
    assert name == "witness" or "Example: hauberk" in out
