# SPDX-License-Identifier: Apache-2.0
"""demo --keep, export, verify: and one flipped byte ends with exit code 4."""

import random

import pytest

from tests.cli.cases import hauberk

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    done = hauberk("demo", "--keep", "credit", cwd=folder, home=folder)
    assert done.code == 1, done.err
    ledger = folder / "credit" / ".hauberk" / "ledger"
    assert hauberk("ledger", "export", "--ledger", ledger, "b", cwd=folder, home=folder).code == 0
    (folder / "k.pub").write_text(hauberk("ledger", "key", "--ledger", ledger, cwd=folder, home=folder).out)
    return folder


def test_the_bundle_verifies_with_the_public_key_alone(kept, tmp_path):
    done = hauberk("verify", kept / "b", "--key", kept / "k.pub", cwd=tmp_path, home=tmp_path)
    assert done.code == 0, done.err
    assert "integrity only" in done.out


def test_a_flipped_byte_anywhere_is_exit_4(kept, tmp_path):
    data = (kept / "b").read_bytes()
    chosen = random.Random(7)
    for place in [0, len(data) - 1, *(chosen.randrange(len(data)) for _ in range(20))]:
        bad = bytearray(data)
        bad[place] ^= 1 << chosen.randrange(8)
        (tmp_path / "bad").write_bytes(bytes(bad))
        done = hauberk("verify", tmp_path / "bad", "--key", kept / "k.pub", "--quiet", cwd=tmp_path, home=tmp_path)
        assert done.code == 4, (place, done.out, done.err)


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", 4), (b"not a bundle", 4), (b"\x00" * 64, 4), (None, 2)],
    ids=["empty", "text", "zeros", "none"],
)
def test_what_is_no_bundle_is_exit_4_and_no_file_is_exit_2(kept, tmp_path, content, code):
    if content is not None:
        (tmp_path / "b").write_bytes(content)
    done = hauberk("verify", tmp_path / "b", "--key", kept / "k.pub", cwd=tmp_path, home=tmp_path)
    assert done.code == code


def test_no_key_is_exit_2(kept, tmp_path):
    assert hauberk("verify", kept / "b", "--key", tmp_path / "none.pub", cwd=tmp_path, home=tmp_path).code == 2
