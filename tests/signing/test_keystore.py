# SPDX-License-Identifier: Apache-2.0
import stat

import pytest

from hauberk.core.errors import KeyUnavailable, Misuse
from hauberk.signing import create, default_identity, key_folder, list_identities, load, load_public, verify


def test_an_identity_is_read_back_as_it_was_made(tmp_path):
    made = create("alice", ("writer", "approver"), folder=tmp_path / "keys")
    read = load("alice", folder=tmp_path / "keys")
    assert read.public == made.public
    assert read.roles == ("approver", "writer")
    verify(b"m", "c", read.sign(b"m", "c"), made.public)
    assert load_public(tmp_path / "keys" / "alice.pub") == made.public


def test_private_keys_are_for_their_owner_alone(tmp_path):
    create("alice", folder=tmp_path / "keys")
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "keys" / "alice.key").stat().st_mode) == 0o600


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o666, 0o610])
def test_a_key_that_others_can_reach_is_refused(tmp_path, mode):
    create("alice", folder=tmp_path)
    (tmp_path / "alice.key").chmod(mode)
    with pytest.raises(KeyUnavailable, match="chmod 600"):
        load("alice", folder=tmp_path)


def test_a_name_is_given_once(tmp_path):
    create("alice", folder=tmp_path)
    before = (tmp_path / "alice.key").read_bytes()
    with pytest.raises(Misuse, match="already"):
        create("alice", folder=tmp_path)
    assert (tmp_path / "alice.key").read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"hauberk/secret-key/1\n", b"x" * 50_000])
def test_a_damaged_key_file_is_refused_and_not_quoted(tmp_path, content):
    create("alice", folder=tmp_path)
    (tmp_path / "alice.key").write_bytes(content)
    with pytest.raises(KeyUnavailable, match="not a secret key"):
        load("alice", folder=tmp_path)


def test_every_truncation_of_a_key_file_is_refused(tmp_path):
    create("alice", folder=tmp_path)
    path = tmp_path / "alice.key"
    data = path.read_bytes()
    for length in range(len(data)):
        path.write_bytes(data[:length])
        with pytest.raises(KeyUnavailable):
            load("alice", folder=tmp_path)


def test_a_missing_key_says_how_to_make_one(tmp_path):
    with pytest.raises(KeyUnavailable, match="hauberk key new --name alice"):
        load("alice", folder=tmp_path)


def test_the_default_identity_is_made_once_and_says_so(tmp_path):
    environ = {"HAUBERK_KEYS": str(tmp_path)}
    first = default_identity(environ=environ)
    second = default_identity(environ=environ)
    assert (first.fresh, second.fresh) == (True, False)
    assert first.public == second.public
    assert [key.id for key in list_identities(folder=tmp_path)] == [first.public.id]


def test_the_first_key_is_the_default_and_the_environment_may_name_another(tmp_path):
    create("alice", folder=tmp_path)
    create("bob", folder=tmp_path)
    assert default_identity(folder=tmp_path, environ={}).name == "alice"
    assert default_identity(folder=tmp_path, environ={"HAUBERK_IDENTITY": "bob"}).name == "bob"


def test_without_leave_no_key_is_made(tmp_path):
    with pytest.raises(KeyUnavailable):
        default_identity(create=False, folder=tmp_path / "none", environ={})
    assert not (tmp_path / "none").exists()


def test_a_folder_that_cannot_be_written_is_a_clear_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(KeyUnavailable, match="HAUBERK_KEYS"):
        create("alice", folder=tmp_path / "file" / "keys")


@pytest.mark.parametrize(
    ("environ", "folder"),
    [
        ({"HAUBERK_KEYS": "/a/b"}, "/a/b"),
        ({"XDG_CONFIG_HOME": "/c"}, "/c/hauberk/keys"),
        ({"HOME": "/h"}, "/h/.config/hauberk/keys"),
        ({"HAUBERK_KEYS": "", "XDG_CONFIG_HOME": "", "HOME": "/h"}, "/h/.config/hauberk/keys"),
    ],
)
def test_the_folder_is_found_in_this_order(environ, folder):
    assert str(key_folder(environ)) == folder
