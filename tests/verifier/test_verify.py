# SPDX-License-Identifier: Apache-2.0
"""verify.py by itself: what it needs, what it reads, and that it agrees with hauberk on whatever it is given."""

import json
import math
import random
import subprocess
import sys
from pathlib import Path

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from hauberk.core.canonical import canonical
from hauberk.core.errors import HauberkError
from hauberk.ledger import Ledger, verify_bundle, write_bundle
from hauberk.ledger.bundle import Bundle, parse, serialise
from hauberk.ledger.known import code
from hauberk.ledger.reading import parse_note
from hauberk.ledger.succession import adopt, rotate
from hauberk.signing import ephemeral
from tests.verifier.tampering import ALICE, VERIFIER, WITNESS, Case, judged, load, stands_alone, world

SOURCE = VERIFIER.read_text()
VERIFY = load(SOURCE)
VECTORS = Path(__file__).parent / "vectors"


@pytest.fixture(scope="module")
def honest(tmp_path_factory):
    return world(tmp_path_factory.mktemp("honest"))


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """A folder of libraries with cryptography and what that needs, and nothing else."""
    folder = tmp_path_factory.mktemp("bare")
    installed = Path(__import__("cryptography").__file__).parents[1]
    for name in ("cryptography", "cffi", "pycparser", *(path.name for path in installed.glob("_cffi_backend*"))):
        if (installed / name).exists():
            (folder / name).symlink_to(installed / name)
    return folder


def run(bare, *words, cwd):
    script = f"import runpy, sys; sys.path.append({str(bare)!r}); sys.argv = {['verify.py', *map(str, words)]!r}; runpy.run_path({str(VERIFIER)!r}, run_name='__main__')"
    return subprocess.run(
        [sys.executable, "-I", "-S", "-c", script], cwd=cwd, capture_output=True, text=True, check=False
    )


def test_one_file_verifies_a_bundle_where_only_cryptography_is_installed(honest, bare, tmp_path):
    (tmp_path / "b").write_bytes(honest.bundle)
    (tmp_path / "r").write_bytes(honest.receipt)
    (tmp_path / "k.pub").write_text(ALICE.public.text)
    (tmp_path / "w.pub").write_text(WITNESS.public.text)
    done = run(bare, "b", "--key", "k.pub", "--witness", "w.pub", "--entry", "b1", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "witnessed by witness/" in done.stdout
    assert "entry 6 is in it: evidence" in done.stdout
    done = run(bare, "b", "--key", "k.pub", cwd=tmp_path)
    assert "integrity only" in done.stdout
    assert run(bare, "r", "--key", "k.pub", "--witness", "w.pub", cwd=tmp_path).returncode == 0
    (tmp_path / "b").write_bytes(honest.bundle[:-2])
    done = run(bare, "b", "--key", "k.pub", cwd=tmp_path)
    assert (done.returncode, done.stderr[:8]) == (4, "HBK-E-01")
    assert run(bare, "none", "--key", "k.pub", cwd=tmp_path).returncode == 2
    assert run(bare, "b", "--key", "b", cwd=tmp_path).returncode == 2


def test_the_folder_of_libraries_is_really_bare(bare, tmp_path):
    script = f"import sys; sys.path.append({str(bare)!r}); import msgspec"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", script], cwd=tmp_path, capture_output=True, check=False)
    assert b"ModuleNotFoundError" in done.stderr


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_written_as_rfc_8785_writes_it(value):
    assert VERIFY.number(value) == rfc8785.dumps(value).decode()


@pytest.mark.parametrize(
    "value", [0.0, -0.0, 1e21, 1e-7, 5e-324, 1.7976931348623157e308, 100.0, 123456789012345680000.0, 0.000001, 1e20]
)
def test_the_numbers_of_rfc_8785_are_written_as_there(value):
    assert VERIFY.number(value) == rfc8785.dumps(value).decode()


def test_a_number_that_is_none_is_refused():
    with pytest.raises(ValueError, match="finite"):
        VERIFY.number(math.nan)


def refuses(data) -> str:
    return stands_alone(VERIFY, Case(name="", code="", check="", by="", data=data))


@pytest.mark.parametrize(
    "body", [b"[1.0]", b'{"b":1,"a":1}', b'{"a":1,"a":1}', b"[ ]", b"1E5", b'"\\u0041"', b"NaN", b"-0", b"1.50", b"9007199254740993", b"", b"[", b"\xff"]
)  # fmt: skip
def test_a_body_with_a_second_spelling_is_refused(body):
    with pytest.raises(VERIFY.Refused):
        VERIFY.read_json(body, "it")


@pytest.mark.parametrize("rounds", [150, pytest.param(2000, marks=pytest.mark.slow)])
def test_mutants_of_a_bundle_are_refused_by_both_and_nothing_but_a_refusal_comes_out(honest, rounds):
    chance = random.Random(rounds)
    whole = parse(honest.bundle)
    for number in range(rounds):
        data = bytearray(honest.bundle)
        if number % 2:
            lines = list(whole.lines)
            at, which = chance.randrange(len(lines)), chance.randrange(2)
            part = bytearray(lines[at][which])
            part[chance.randrange(len(part))] ^= 1 << chance.randrange(7)
            pair = [*lines[at]]
            pair[which] = bytes(part).replace(b"\n", b" ")
            lines[at] = (pair[0], pair[1])
            data = bytearray(serialise(Bundle(note=whole.note, lines=tuple(lines))))
        else:
            at = chance.randrange(len(data))
            data[at : at + chance.randrange(3)] = chance.randbytes(chance.randrange(3))
        if bytes(data) == honest.bundle:
            continue
        assert refuses(bytes(data))
        assert judged(Case(name="", code="", check="", by="", data=bytes(data)))


def test_mutants_of_a_receipt_are_refused_by_both(honest):
    chance = random.Random(3)
    for _ in range(150):
        data = bytearray(honest.receipt)
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        case = Case(name="", code="", check="", by="", data=bytes(data), witness=True)
        assert stands_alone(VERIFY, case)
        assert judged(case)


def test_a_ledger_that_passed_from_key_to_key_verifies_under_the_first_and_the_last(tmp_path):
    first, second, third = (ephemeral(name) for name in ("first", "second", "third"))
    with Ledger.create(tmp_path / "ledger", first) as ledger:
        ledger.append("evidence", b"1")
        rotate(ledger, second)
        ledger.append("evidence", b"2")
        write_bundle(ledger, tmp_path / "rotated")
        adopt(ledger, third)
        ledger.append("evidence", b"3")
        assert ledger.verify().size == 5
        write_bundle(ledger, tmp_path / "adopted")
    rotated, adopted = ((tmp_path / name).read_bytes() for name in ("rotated", "adopted"))
    for data, key, fine in (
        (rotated, first, True), (rotated, second, True), (rotated, third, False),
        (adopted, third, True), (adopted, first, False), (adopted, second, False),
    ):  # fmt: skip
        case = Case(name="", code="", check="", by="", data=data, key=key.public)
        assert stands_alone(VERIFY, case) == judged(case) == ("" if fine else "111")


def test_a_printed_code_is_read_by_both(honest):
    checkpoint = parse_note(honest.note)
    case = Case(name="", code="", check="", by="", data=honest.bundle, known=(code(checkpoint).lower(),))
    assert stands_alone(VERIFY, case) == judged(case) == ""


# vectors: what any other verifier of this format must say


def vectors():
    return sorted(VECTORS.glob("*/expected.json"))


@pytest.mark.parametrize("expected", vectors(), ids=lambda path: path.parent.name)
def test_a_published_vector_is_judged_as_it_says(expected, monkeypatch, capsys):
    monkeypatch.chdir(expected.parent)
    told = json.loads(expected.read_text())
    assert VERIFY.main(told["arguments"]) == told["exit"]
    err = capsys.readouterr().err
    assert err.startswith(told["refused"])


def test_there_are_vectors_of_every_kind():
    codes = {json.loads(path.read_text())["refused"] for path in vectors()}
    assert len(vectors()) >= 25
    assert {f"HBK-E-{code}" for code in range(101, 121)} <= codes


def test_the_bundle_of_a_vector_still_verifies_with_hauberk():
    whole = (VECTORS / "honest" / "bundle").read_bytes()
    from hauberk.signing import load_public

    assert verify_bundle(whole, [load_public(VECTORS / "honest" / "key.pub")]).size > 5


def test_nothing_but_core_errors_escapes_hauberk_on_vectors():
    for path in vectors():
        file = path.parent / "bundle"
        if file.is_file():
            try:
                verify_bundle(file.read_bytes(), [ALICE.public])
            except HauberkError:
                continue


def test_the_verifier_is_printed_by_the_command_line(tmp_path, monkeypatch):
    from hauberk.cli.main import execute

    monkeypatch.chdir(tmp_path)
    assert execute(["ledger", "verifier", "--out", "verify.py"]) == 0
    assert Path("verify.py").read_text() == SOURCE
    assert Path("verify.py").stat().st_size == len(SOURCE.encode())


def test_canonical_text_is_that_of_the_writer():
    value = {"ü": [1, 2.5, None, True, "\u2028\n\x7f"], "a": {"z": -0.0, "b": 1e30}, "\U0001f600": "", "\ufb33": 1}
    assert VERIFY.canonical(json.loads(json.dumps(value))).encode() == canonical(value)
