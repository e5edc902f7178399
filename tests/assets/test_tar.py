# SPDX-License-Identifier: Apache-2.0
"""Tar archives as tarfile writes them in each of its forms; slips, links, devices, and archives that break off."""

import io
import tarfile

import pytest

from hauberk.assets import tar
from hauberk.assets.archive import Member, Oddity
from hauberk.core.errors import Malformed

FORMS = {"ustar": tarfile.USTAR_FORMAT, "gnu": tarfile.GNU_FORMAT, "pax": tarfile.PAX_FORMAT}


def build(*infos: tuple[str, bytes, dict[str, object]], form: int = tarfile.PAX_FORMAT) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as archive:
        for name, content, more in infos:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            for key, value in more.items():
                setattr(info, key, value)
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ["model.pkl", "a/" * 40 + "deep.pkl", "ü.pkl"])
def test_an_honest_archive_is_read_as_it_was_written(form, name):
    found = list(tar.members(build((name, b"content", {}), ("b", b"", {}), form=FORMS[form])))
    assert [(one.name, one.data) for one in found] == [(name, b"content"), ("b", b"")]


TRICKS = {
    "a parent folder": ("../../evil", b"", {}),
    "an absolute name": ("/etc/passwd", b"", {}),
    "a parent further down": ("a/../../evil", b"", {}),
    "a symbolic link outside": ("a", b"", {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"}),
    "a symbolic link to a parent": ("a", b"", {"type": tarfile.SYMTYPE, "linkname": "../../x"}),
    "a hard link outside": ("a", b"", {"type": tarfile.LNKTYPE, "linkname": "../../x"}),
    "a long name that leaves": ("../" + "n" * 200, b"", {}),
    "a long link that leaves": ("a", b"", {"type": tarfile.SYMTYPE, "linkname": "../" + "n" * 200}),
    "a device": ("a", b"", {"type": tarfile.CHRTYPE}),
    "a pipe": ("a", b"", {"type": tarfile.FIFOTYPE}),
}


@pytest.mark.parametrize("form", ["gnu", "pax"])
@pytest.mark.parametrize("label", TRICKS)
def test_what_leaves_the_folder_or_is_no_file_is_an_oddity(label, form):
    found = list(tar.members(build(TRICKS[label], form=FORMS[form])))
    assert any(isinstance(one, Oddity) for one in found)


def test_a_link_that_stays_inside_is_none():
    data = build(("b", b"x", {}), ("a", b"", {"type": tarfile.SYMTYPE, "linkname": "b"}))
    assert [type(one) for one in tar.members(data)] == [Member]


@pytest.mark.parametrize("cut", [1, 9_000, 10_000, 10_200])
def test_an_archive_that_breaks_off_is_malformed(cut):
    data = build(("a", b"x" * 600, {}))
    with pytest.raises(Malformed):
        list(tar.members(data[:-cut]))


@pytest.mark.parametrize("at", [0, 124, 148, 156])
def test_a_header_that_was_changed_does_not_have_its_sum(at):
    data = bytearray(build(("a", b"x", {}), form=tarfile.USTAR_FORMAT))
    data[at] ^= 2
    with pytest.raises(Malformed):
        list(tar.members(bytes(data)))


def test_content_behind_the_end_is_malformed():
    data = build(("a", b"x", {}))
    with pytest.raises(Malformed):
        list(tar.members(data + b"more" * 128))
