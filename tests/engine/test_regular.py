# SPDX-License-Identifier: Apache-2.0
"""Only regular files below the root are opened, whatever leads to them; every reading has an end."""

import os
import time

import pytest

from hauberk.core.errors import CannotLook, TooLarge
from hauberk.engine import regular
from hauberk.engine.regular import LARGEST_HASHED, content, is_below, read
from tests.engine.hostile import nobodys_folder


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    (root / "a.txt").write_text("inside")
    (tmp_path / "secret.txt").write_text("outside")
    return root


def make(root, what):
    path = root / "x"
    match what:
        case "folder":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
        case "link to a device":
            path.symlink_to("/dev/zero")
        case "link out":
            path.symlink_to("../secret.txt")
        case "link through a folder out":
            (root / "up").symlink_to("..")
            path = root / "up" / "secret.txt"
        case "loop":
            path.symlink_to("x")
        case "nothing":
            pass
        case "NUL":
            return f"{root}/a\0b"
        case "very long":
            return f"{root}/{'a' * 5000}"
    return str(path)


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("folder", "not a regular file"),
        ("pipe", "not a regular file"),
        ("link to a device", "not a regular file"),
        ("link out", "leaves the folder"),
        ("link through a folder out", "leaves the folder"),
        ("loop", "cannot be opened"),
        ("nothing", "cannot be opened"),
        ("NUL", "cannot be opened"),
        ("very long", "cannot be opened"),
    ],
)
def test_what_is_no_regular_file_below_the_root_is_not_opened(root, what, reason):
    path = make(root, what)
    for look in (read, lambda *where: content(*where, head=16)):
        with pytest.raises(CannotLook, match=reason):
            look(str(root), path)


def test_a_link_inside_the_root_is_followed(root):
    (root / "link").symlink_to("a.txt")
    assert read(str(root), str(root / "link")) == b"inside"


def test_a_file_exchanged_for_a_link_at_the_last_moment_is_not_read(root, tmp_path, monkeypatch):
    path, real = root / "a.txt", os.open

    def exchanging(name, flags, *more):
        path.unlink()
        path.symlink_to(tmp_path / "secret.txt")
        return real(name, flags, *more)

    monkeypatch.setattr(os, "open", exchanging)
    with pytest.raises(CannotLook, match="leaves the folder"):
        read(str(root), str(path))


def test_a_sibling_whose_name_begins_alike_is_not_below():
    assert is_below("/a/b", "/a/b/c")
    assert is_below("/", "/etc/passwd")
    assert not is_below("/a/b", "/a/bc")


def test_a_sparse_file_of_ten_gigabytes_costs_nothing(root):
    with (root / "huge").open("wb") as file:
        file.truncate(10 << 30)
    begun = time.monotonic()
    with pytest.raises(TooLarge, match="8,192 MiB"):
        content(str(root), str(root / "huge"), head=16)
    with pytest.raises(TooLarge, match="512 MiB"):
        read(str(root), str(root / "huge"))
    assert time.monotonic() - begun < 1
    assert LARGEST_HASHED < 10 << 30


def test_a_file_that_says_it_is_empty_and_never_ends_is_cut_off(root, monkeypatch):
    (root / "a.txt").write_text("")
    monkeypatch.setattr(os, "read", lambda descriptor, count: b"x" * count)
    with pytest.raises(TooLarge):
        read(str(root), str(root / "a.txt"), 8 << 20)


def test_what_the_system_refuses_while_reading_is_said(root, monkeypatch):
    def refusing(descriptor, count):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "read", refusing)
    with pytest.raises(CannotLook, match="cannot be read: Input/output error"):
        read(str(root), str(root / "a.txt"))


def test_a_file_without_read_permission_is_said_to_be_so():
    with nobodys_folder() as root:
        (root / "a").write_text("x")
        (root / "a").chmod(0)
        with pytest.raises(CannotLook, match="Permission denied"):
            read(str(root), str(root / "a"))


def test_without_proc_the_place_is_told_by_the_name(root, monkeypatch):
    def absent(_):
        raise FileNotFoundError

    monkeypatch.setattr(os, "readlink", absent)
    assert read(os.path.realpath(root), str(root / "a.txt")) == b"inside"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("x = 1  # nosec\n", 1),
        ("x = 1  # nosec B301\ny = 2  #nosec\n", 2),
        ("import x  # noqa: S301\n", 1),
        ("import x  # noqa: E501, S105\n", 1),
        ("import x  # noqa\n", 1),
        ("import x  # noqa: E501\n", 0),
        ("# hauberk: ignore\n", 1),
        ("# hadolint ignore=DL3002\nFROM x\n", 1),
        ("# checkov:skip=CKV_K8S_1: reason\n", 1),
        ("# trivy:ignore:AVD-1\n", 1),
        ("key = 'x'  # pragma: allowlist secret\n", 1),
        ("x = 1  // nosemgrep: rule\n", 1),
        ("key = 'x'  # pragma: whitelist secret", 1),
        ("# nosec # noqa # nosec\r\n\n# ignore\n#\nnosec\n", 3),
        ("nosecret = 'ignore'\nskip = 1\n", 0),
    ],
)
def test_comments_that_ask_scanners_to_look_away_are_counted(root, text, count):
    (root / "a.py").write_text(text)
    assert content(str(root), str(root / "a.py"), head=16).requests == count


@pytest.mark.timeout(20)
@pytest.mark.parametrize("piece", [b"#noqa: ", b"# ", b"#\t", b"pragma: ", b"# hadolint "])
def test_counting_is_linear_on_hostile_text(root, piece):
    (root / "a.py").write_bytes(b"nosec " + piece * (regular._PIECE // len(piece)))
    begun = time.monotonic()
    content(str(root), str(root / "a.py"), head=16)
    assert time.monotonic() - begun < 5
