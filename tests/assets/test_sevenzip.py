# SPDX-License-Identifier: Apache-2.0
"""7z archives as py7zr writes them, in each packing; and what lies about them."""

import gzip
import io
import struct
import zipfile
import zlib
from pathlib import Path

import pytest

from hauberk.analysis.program_files import Part, Unread, pieces
from hauberk.assets import sevenzip
from hauberk.assets.archive import Member, Oddity
from hauberk.core.errors import CannotLook, Malformed, TooLarge

SAMPLES = Path(__file__).parents[2] / "samples" / "HBK-MOD-001"
PLAIN = (SAMPLES / "good" / "plain-header.7z").read_bytes()
NAME = "folder/model.pkl".encode("utf-16-le")
COPY = b"\x01\x00\x0c"
"""A coder without properties, of one byte: the method of no packing; then the part with the sizes."""


def sealed(data: bytes) -> bytes:
    """With the checksums of its headers put right."""
    fixed = bytearray(data)
    offset, size = struct.unpack_from("<QQ", fixed, 12)
    fixed[28:32] = zlib.crc32(fixed[32 + offset : 32 + offset + size]).to_bytes(4, "little")
    fixed[8:12] = zlib.crc32(fixed[12:32]).to_bytes(4, "little")
    return bytes(fixed)


def renamed(name: str) -> bytes:
    other = name.encode("utf-16-le")
    assert len(other) == len(NAME)
    return sealed(PLAIN.replace(NAME, other))


@pytest.mark.parametrize("packing", ["lzma2", "bzip2", "deflate", "copy", "bcj"])
def test_each_packing_gives_what_was_put_in(packing):
    found = list(sevenzip.members((SAMPLES / "good" / f"{packing}.7z").read_bytes()))
    assert [(one.name, one.unread) for one in found] == [("folder/model.pkl", ""), ("notes.txt", "")]
    assert found[1].data == b"notes\n"
    assert found[0].data[:2] == b"\x80\x04"
    assert found[0].data[-1:] == b"."


@pytest.mark.parametrize("name", ["../../../etc/abc", "/etc/passwd/abcd", "C:/windows/a.pkl", "..\\..\\..\\etc\\abc"])
def test_a_name_that_leaves_the_folder_is_an_oddity(name):
    assert any(isinstance(one, Oddity) and "leaves" in one.what for one in sevenzip.members(renamed(name)))


def test_bytes_behind_the_archive_are_an_oddity():
    assert any(isinstance(one, Oddity) and "behind" in one.what for one in sevenzip.members(PLAIN + b"more"))


def test_content_that_was_changed_is_not_read_as_if_it_were_whole():
    data = bytearray(PLAIN)
    data[40] ^= 1
    found = [one for one in sevenzip.members(bytes(data)) if isinstance(one, Member)]
    assert found[0].unread


@pytest.mark.parametrize("cut", [1, 2, 20, len(PLAIN) - 40])
def test_a_cut_archive_is_malformed(cut):
    with pytest.raises(Malformed):
        list(sevenzip.members(PLAIN[:-cut]))


@pytest.mark.parametrize("at", [9, 13, 29, len(PLAIN) - 5])
def test_a_header_without_its_checksum_is_malformed(at):
    data = bytearray(PLAIN)
    data[at] ^= 1
    with pytest.raises(Malformed):
        list(sevenzip.members(bytes(data)))


def test_a_packing_without_an_opener_is_never_clean():
    assert PLAIN.count(COPY) == 1
    with pytest.raises(CannotLook, match="no opener"):
        list(sevenzip.members(sealed(PLAIN.replace(COPY, b"\x01\x77\x0c"))))


def test_an_archive_beyond_its_budget_is_too_large():
    with pytest.raises(TooLarge):
        list(sevenzip.members(PLAIN, most=100))


def zipped(name: str, data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return buffer.getvalue()


BAD = (SAMPLES / "bad" / "lzma2.7z").read_bytes()


def faults(data: bytes) -> list[str]:
    return [fault.subject for piece in pieces(data) if isinstance(piece, Part) for fault in piece.program.faults]


@pytest.mark.parametrize(
    "nested",
    [BAD, gzip.compress(BAD), zipped("a.7z", BAD), gzip.compress(zipped("a.7z", BAD))],
    ids=["7z", "gzip of 7z", "zip of 7z", "gzip of zip of 7z"],
)
def test_a_pickle_in_an_archive_within_archives_is_found(nested):
    assert "posix.system" in faults(nested)


def test_archives_within_archives_end_unread_within_the_budget():
    data = BAD
    for level in range(40):
        data = zipped(f"{level}.zip" if level else "a.7z", data)
    found = list(pieces(data))
    assert any(isinstance(piece, Unread) and "wrapped" in piece.reason for piece in found)
