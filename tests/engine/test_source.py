# SPDX-License-Identifier: Apache-2.0
"""What a check gets when it asks for its asset's bytes, or for another file."""

import os

import pytest

from hauberk.core.asset import Asset
from hauberk.core.errors import CannotLook
from hauberk.core.scales import Kind
from hauberk.engine.discover import discover
from hauberk.engine.source import FolderSource
from tests.engine.hostile import nobodys_folder


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "root"
    (root / "d").mkdir(parents=True)
    (root / "a.py").write_text("x = 1\n")
    (root / "d" / "b.py").write_text("y = 1\n")
    (root / "zero").symlink_to("/dev/zero")
    (root / "out.py").symlink_to("../outside.py")
    (tmp_path / "outside.py").write_text("z = 1\n")
    os.mkfifo(root / "pipe")
    return root


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "uri",
    [
        "/etc/passwd", "//etc/passwd", "../outside.py", "d/../../outside.py", "a.py\0", "\0", "", ".", "/", "d", "d/", "pipe", "zero",
        "out.py", "a" * 5000, "a.py/b", "https://example.com/a.py", "file:///etc/passwd", "\udcff", "nowhere.py", "~/x", "C:\\x",
    ],
)  # fmt: skip
def test_a_hostile_uri_finds_nothing_and_is_remembered(root, uri):
    source = FolderSource(root)
    assert source.find(uri) is None
    assert set(source.consulted.values()) == {""}
    for name in source.consulted:
        name.encode()


@pytest.mark.parametrize("uri", ["a.py", "./a.py", "d/../a.py", "d//b.py"])
def test_a_relative_path_is_found_with_its_digest(root, uri):
    found = FolderSource(root).find(uri)
    assert found is not None
    assert found.digest
    assert found.uri in {"a.py", "d/b.py"}


@pytest.mark.parametrize("uri", ["/etc/passwd", "../outside.py", "a.py\0", "out.py", "zero", "pipe", "d", "a" * 5000])
def test_a_forged_asset_reads_nothing_outside(root, uri):
    asset = Asset(id=uri, kind=Kind.CODE, uri=uri)
    for look in (FolderSource(root).data, FolderSource(root).path):
        try:
            got = look(asset)
        except CannotLook:
            continue
        assert str(got).startswith(str(root))


def test_a_file_that_is_there_and_cannot_be_read_is_found_and_says_why(root):
    with (root / "huge.csv").open("wb") as file:
        file.truncate(10 << 30)
    source = FolderSource(root)
    found = source.find("huge.csv")
    assert found is not None
    with pytest.raises(CannotLook, match="larger than"):
        source.data(found)


def test_a_name_that_is_not_utf8_is_found_again_once_names_were_asked_for(root):
    (root / os.fsdecode(b"caf\xe9.md")).write_text("hello\n")
    source = FolderSource(root)
    assert "caf\\xe9.md" in source.uris()
    found = source.find("caf\\xe9.md")
    assert found is not None
    assert source.data(found) == b"hello\n"


def test_a_name_that_is_not_utf8_is_found_even_if_it_was_asked_for_too_early(root):
    (root / os.fsdecode(b"caf\xe9.md")).write_text("hello\n")
    source = FolderSource(root)
    assert source.find("caf\\xe9.md") is None
    source.uris()
    assert source.find("caf\\xe9.md") is not None


def test_all_files_of_a_suffix_are_one_thing_consulted(root):
    first, second = FolderSource(root), FolderSource(root)
    assert [asset.uri for asset in first.all(".py")] == ["a.py", "d/b.py"]
    assert set(first.consulted) == {"*.py"}
    assert first.all(".py") is first.all(".py")
    (root / "d" / "b.py").write_text("y = 2\n")
    second.all(".py")
    assert second.consulted != first.consulted


def test_a_file_that_changes_or_vanishes_between_meeting_and_looking_is_not_looked_at(root):
    asset = next(asset for asset in discover(root).assets if asset.uri == "a.py")
    (root / "a.py").write_text("x = 2\n")
    with pytest.raises(CannotLook, match="changed while it was examined"):
        FolderSource(root).data(asset)
    (root / "a.py").unlink()
    with pytest.raises(CannotLook, match="No such file"):
        FolderSource(root).data(asset)


def test_bytes_read_once_are_not_given_for_another_digest(root):
    source = FolderSource(root)
    asset = source.find("a.py")
    assert source.data(asset) == b"x = 1\n"
    with pytest.raises(CannotLook):
        source.data(Asset(id="a.py", kind=Kind.CODE, uri="a.py", digest="sha256:" + "0" * 64))


def test_what_could_not_be_read_when_met_stays_unread_later():
    with nobodys_folder() as root:
        (root / "noext").write_text("x = 1\n")
        (root / "noext").chmod(0)
        asset = discover(root).assets[0]
        (root / "noext").chmod(0o600)
        with pytest.raises(CannotLook, match="Permission denied"):
            FolderSource(root).data(asset)
