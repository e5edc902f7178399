# SPDX-License-Identifier: Apache-2.0
"""Checkpoints kept elsewhere: on paper, in a git commit, under an authority's time stamp."""

import hashlib
import random
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from hauberk.core.errors import Forked, KeyUnavailable, Misuse, StampInvalid, Truncated
from hauberk.ledger import Ledger, verify_bundle, write_bundle
from hauberk.ledger.checkpoint import Checkpoint
from hauberk.ledger.demands import Demands
from hauberk.ledger.known import code, parse_known, trailer
from hauberk.ledger.reading import parse_note
from hauberk.ledger.stamping import authorities, request, take
from hauberk.signing import ephemeral
from hauberk.signing.rfc3161 import open_response, time_request

ALICE = ephemeral("alice")
VECTOR = Path(__file__).parent / "rfc3161"
checkpoints = st.builds(
    Checkpoint,
    origin=st.from_regex(r"hauberk/[a-z]{1,9}/[0-9a-f]{16}", fullmatch=True),
    size=st.integers(0, 2**50),
    root=st.binary(min_size=32, max_size=32),
)


@given(checkpoints)
def test_every_form_of_a_checkpoint_fits_it_and_no_other(one):
    for text in (trailer(one), code(one), code(one).lower().replace("-", "", 0), f"Fix it\n\n{trailer(one)}\n"):
        known = parse_known(text.encode(), "it")
        assert known.fits(one.origin, one.root)
        assert not known.fits(one.origin, bytes(32) if one.root != bytes(32) else b"\1" * 32)
        assert not known.fits(one.origin + "0", one.root)


@given(checkpoints, st.data())
def test_a_slip_of_the_pen_is_called_that(one, data):
    letters = list(code(one))
    at = data.draw(st.integers(letters.index("-") + 1, len(letters) - 2).filter(lambda at: letters[at] != "-"))
    letters[at] = data.draw(st.sampled_from("0123456789ABCDEFGHJKMNPQRSTVWXYZ").filter(lambda one: one != letters[at]))
    try:
        fits = parse_known("".join(letters).encode(), "it").fits(one.origin, one.root)  # one slip in 32 goes unnoticed
    except Misuse:
        fits = False
    assert not fits


@pytest.mark.parametrize(
    "junk", [b"", b"17", b"17-AAAAA", b"\xff", b"x" * 300_000, b"Hauberk-Checkpoint: a 1 b", b"-" * 40]
)
def test_what_is_no_checkpoint_is_misuse(junk):
    with pytest.raises(Misuse):
        parse_known(junk, "it")


def test_a_ledger_is_held_to_what_a_commit_says_of_it(tmp_path):
    with Ledger.create(tmp_path / "ledger", ALICE) as ledger:
        ledger.append("evidence", b"0")
        shutil.copytree(ledger.path, tmp_path / "beginning")
        ledger.append("evidence", b"1")
        line = trailer(parse_note(ledger.note.encode()))
    subprocess.run(["git", "init", "-q", tmp_path / "repository"], check=True)
    commit = ["git", "-C", tmp_path / "repository", "-c", "user.name=a", "-c", "user.email=a@b.example", "commit", "-q"]
    subprocess.run([*commit, "--allow-empty", "-m", "Release", "--trailer", line], check=True)
    shown = subprocess.run(
        ["git", "-C", tmp_path / "repository", "log", "-1", "--format=%B"], capture_output=True, check=True
    )
    known = Demands(known=[parse_known(shown.stdout, "the commit")])
    with Ledger.open(tmp_path / "ledger", ALICE) as ledger:
        ledger.append("evidence", b"2")
        ledger.verify(demands=known)
    with Ledger.open(tmp_path / "beginning", ALICE) as cut:
        with pytest.raises(Truncated):
            cut.verify(demands=known)
        cut.append_many([("evidence", b"8"), ("evidence", b"9")])
        with pytest.raises(Forked):
            cut.verify(demands=known)


# RFC 3161


def authority(folder, *, usage="critical,timeStamping", kind="ec"):
    """A time-stamp authority of openssl's: its certificate, and a function that answers."""
    folder.mkdir()
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"] if kind == "ec" else ["-newkey", "rsa:2048"]
    ssl = [
        "openssl",
        "req",
        "-x509",
        *key,
        "-nodes",
        "-keyout",
        "k.pem",
        "-out",
        "c.pem",
        "-days",
        "3650",
        "-subj",
        "/CN=Time",
    ]
    ssl += ["-addext", f"extendedKeyUsage={usage}", "-addext", "keyUsage=digitalSignature"]
    subprocess.run(ssl, cwd=folder, check=True, capture_output=True)
    (folder / "serial").write_text("01\n")
    (folder / "tsa.cnf").write_text(
        "[tsa]\ndefault_tsa=t\n[t]\nserial=serial\ncrypto_device=builtin\nsigner_cert=c.pem\ncerts=c.pem\nsigner_key=k.pem\n"
        "signer_digest=sha256\ndefault_policy=1.2.3.4.1\ndigests=sha256\naccuracy=secs:1\nordering=no\ntsa_name=no\n"
        "ess_cert_id_chain=no\n"
    )

    def answer(query: bytes) -> bytes:
        (folder / "q").write_bytes(query)
        words = ["openssl", "ts", "-reply", "-config", "tsa.cnf", "-section", "t", "-queryfile", "q", "-out", "r"]
        done = subprocess.run(words, cwd=folder, check=False, capture_output=True)
        assert done.returncode == 0, done.stderr
        return (folder / "r").read_bytes()

    return folder / "c.pem", answer


@pytest.fixture(scope="module")
def time(tmp_path_factory):
    return authority(tmp_path_factory.mktemp("time") / "tsa")


@pytest.fixture
def ledger(tmp_path):
    with Ledger.create(tmp_path / "ledger", ALICE) as made:
        made.append("evidence", b"0")
        yield made


def test_an_authoritys_stamp_is_sealed_and_verified_from_the_bundle(ledger, time, tmp_path):
    certificate, answer = time
    query = request(ledger)
    ledger.append("evidence", b"1")  # the ledger goes on while the authority thinks
    _, size = take(ledger, answer(query), authorities([certificate]))
    assert size == 1
    write_bundle(ledger, tmp_path / "bundle")
    data = (tmp_path / "bundle").read_bytes()
    proven = verify_bundle(data, [ALICE.public], Demands(authorities=authorities([certificate])))
    assert [(one.size, one.by) for one in proven.stamped] == [(1, "CN=Time")]
    assert proven.integrity.startswith("integrity only")  # a time is no witness of what else was signed
    other, _ = authority(tmp_path / "other")
    with pytest.raises(StampInvalid):
        verify_bundle(data, [ALICE.public], Demands(authorities=authorities([other])))


@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_a_stamp_of_either_kind_of_key_opens(tmp_path, kind):
    certificate, answer = authority(tmp_path / "tsa", kind=kind)
    digest = hashlib.sha256(b"it").digest()
    opened = open_response(answer(time_request(digest)), authorities([certificate]))
    assert (opened.digest, opened.authority) == (digest, "CN=Time")
    assert abs((opened.at - datetime.now(UTC)).total_seconds()) < 3600


def test_a_committed_stamp_opens_without_openssl():
    opened = open_response((VECTOR / "answer.tsr").read_bytes(), authorities([VECTOR / "authority.pem"]))
    assert opened.digest == hashlib.sha256((VECTOR / "stamped.txt").read_bytes()).digest()


def test_any_flipped_byte_of_a_stamp_is_refused_or_says_the_same():
    data, trusted = (VECTOR / "answer.tsr").read_bytes(), authorities([VECTOR / "authority.pem"])
    whole, chance = open_response(data, trusted), random.Random(1)
    for at in range(len(data)):
        mutant = data[:at] + bytes([data[at] ^ (1 << chance.randrange(8))]) + data[at + 1 :]
        try:
            assert open_response(mutant, trusted) == whole  # the status' text, an unsigned attribute
        except StampInvalid:
            continue
    for length in range(0, len(data), 7):
        with pytest.raises(StampInvalid):
            open_response(data[:length], trusted)


def test_a_certificate_for_something_else_stamps_nothing(tmp_path):
    certificate, _ = authority(tmp_path / "tsa", usage="serverAuth")
    assert isinstance(authorities([certificate])[0], x509.Certificate)
    with pytest.raises(StampInvalid):
        open_response((VECTOR / "answer.tsr").read_bytes(), authorities([certificate]))


def test_an_answer_to_another_request_or_no_certificate_is_misuse(ledger, time, tmp_path):
    certificate, answer = time
    with pytest.raises(Misuse, match="no request"):
        take(ledger, answer(time_request(bytes(32))), authorities([certificate]))
    (tmp_path / "junk").write_text("junk")
    for path in (tmp_path / "junk", tmp_path / "none"):
        with pytest.raises(KeyUnavailable):
            authorities([path])
    write_bundle(ledger, tmp_path / "bundle")
    with pytest.raises(StampInvalid, match="nothing"):
        verify_bundle(
            (tmp_path / "bundle").read_bytes(), [ALICE.public], Demands(authorities=authorities([certificate]))
        )
