# SPDX-License-Identifier: Apache-2.0
"""Zip archives: honest ones are read as zipfile reads them; each trick with headers is an oddity or cannot be looked at."""

import io
import struct
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hauberk.assets.archive import Member, Oddity, is_archive, members
from hauberk.core.errors import CannotLook, Malformed, TooLarge

METHODS = [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]


def build(contents: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in contents.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def oddities(data: bytes) -> list[str]:
    return [item.what for item in members(data) if isinstance(item, Oddity)]


@given(
    contents=st.dictionaries(
        st.from_regex(r"[a-z]{1,8}(/[a-z]{1,8})?", fullmatch=True), st.binary(max_size=200), max_size=5
    ),
    method=st.sampled_from(METHODS),
)
def test_an_honest_archive_is_read_as_it_was_written(contents, method):
    found = list(members(build(contents, method)))
    assert {item.name: item.data for item in found if isinstance(item, Member)} == contents
    assert not any(isinstance(item, Oddity) or item.unread for item in found)


def test_a_member_written_as_a_stream_has_its_sizes_behind_it():
    class Pipe(io.RawIOBase):
        def __init__(self):
            self.data = b""

        def writable(self):
            return True

        def write(self, data):
            self.data += bytes(data)
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", b"x" * 1000)
    assert [(item.name, len(item.data)) for item in members(pipe.data)] == [("a", 1000)]


def patched(data: bytes, signature: bytes, field: int, value: bytes) -> bytes:
    at = data.index(signature) + field
    return data[:at] + value + data[at + len(value) :]


HONEST = build({"data.pkl": b"content of it"})
TRICKS = {
    "another name in the local header": patched(HONEST, b"PK\x03\x04", 30, b"readme.x"),
    "another name in the directory": patched(HONEST, b"PK\x01\x02", 46, b"readme.x"),
    "another compression": patched(HONEST, b"PK\x01\x02", 10, b"\x08\x00"),
    "another checksum": patched(HONEST, b"PK\x01\x02", 16, b"\0\0\0\0"),
    "encrypted by the directory alone": patched(HONEST, b"PK\x01\x02", 8, b"\x01\x00"),
    "encrypted by the header alone": patched(HONEST, b"PK\x03\x04", 6, b"\x01\x00"),
    "name that leaves the folder": build({"../../evil": b""}),
    "name that is absolute": build({"/etc/passwd": b""}),
    "name of Windows": build({"..\\evil": b""}),
    "name with a drive": build({"C:evil": b""}),
}


@pytest.mark.parametrize("trick", TRICKS)
def test_a_trick_with_headers_is_an_oddity(trick):
    assert oddities(TRICKS[trick])


@pytest.mark.parametrize("trick", [trick for trick in TRICKS if "name" not in trick])
def test_a_trick_with_headers_hides_no_content(trick):
    assert b"content of it" in [item.data for item in members(TRICKS[trick]) if isinstance(item, Member)]


def test_a_symbolic_link_is_an_oddity():
    info = zipfile.ZipInfo("link")
    info.external_attr = 0o120777 << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(info, "/etc/passwd")
    assert oddities(buffer.getvalue()) == ["a member that is a symbolic link"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name_are_an_oddity():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("data.pkl", b"one")
        archive.writestr("data.pkl", b"two")
    assert oddities(buffer.getvalue()) == ["two members of one name, of which loaders take different ones"]


def test_a_member_that_the_directory_does_not_list_is_found_and_read():
    hidden = build({"data.pkl": b"hidden"})
    local = hidden[: hidden.index(b"PK\x01\x02")]
    data = local + HONEST
    found = list(members(data))
    assert any(isinstance(item, Oddity) and "does not list" in item.what for item in found)
    assert b"hidden" in [item.data for item in found if isinstance(item, Member)]


def test_content_before_the_archive_moves_the_offsets():
    assert [item.data for item in members(b"#!/bin/sh\n" + HONEST)] == [b"content of it"]
    assert is_archive(b"#!/bin/sh\n" + HONEST)


def test_a_bomb_ends_within_the_budget():
    bomb = build({"a": b"\0" * 2_000_000, "b": b"\0" * 2_000_000}, zipfile.ZIP_DEFLATED)
    with pytest.raises(TooLarge):
        list(members(bomb, most=3_000_000))
    at = bomb.index(b"PK\x01\x02")
    lying = bomb[:at] + bomb[at:].replace(struct.pack("<I", 2_000_000), struct.pack("<I", 2))
    with pytest.raises(TooLarge):
        list(members(lying, most=1_000_000))


@pytest.mark.parametrize("data", [b"PK\x03\x04", b"PK\x05\x06", b"PK\x05\x06" + b"\0" * 10, HONEST[:-1], HONEST[:40]])
def test_what_breaks_off_is_malformed(data):
    with pytest.raises(Malformed):
        list(members(data))


@given(at=st.integers(0, len(HONEST) - 1), byte=st.integers(0, 255))
def test_a_changed_byte_never_escapes_with_another_error(at, byte):
    try:
        list(members(HONEST[:at] + bytes([byte]) + HONEST[at + 1 :]))
    except CannotLook:
        return
