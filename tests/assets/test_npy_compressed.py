# SPDX-License-Identifier: Apache-2.0
"""npy headers as numpy writes them, and compressed streams within their budget."""

import bz2
import gzip
import io
import lzma
import zlib

import numpy as np
import pytest

from hauberk.assets.compressed import compression, decompress
from hauberk.assets.npy import header
from hauberk.core.errors import CannotLook, Malformed, TooLarge

TYPES = [
    "?",
    "i1",
    "u8",
    "f2",
    "f8",
    "c16",
    "S3",
    "U3",
    "M8[ns]",
    "m8[D]",
    "V5",
    ">i4",
    [("a", "i4"), ("b", "f8", (2, 3))],
    [("a", [("x", "i2")]), ("b", "U2")],
    "O",
    [("a", "O"), ("b", "i4")],
]


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
@pytest.mark.parametrize("kind", TYPES, ids=str)
def test_a_header_says_where_the_data_begin_and_end(kind, version):
    array = np.zeros((2, 3), dtype=kind)
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, version=version, allow_pickle=True)
    found = header(buffer.getvalue())
    assert found.objects == array.dtype.hasobject
    if not found.objects:
        assert found.offset + found.size == len(buffer.getvalue())


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", "{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}", "{'descr': 'os.system', 'fortran_order': False, 'shape': ()}",
     "{'descr': [('a',)], 'fortran_order': False, 'shape': ()}", "__import__('os')", "(" * 5000, "{'descr': '<f8', 'fortran_order': False, 'shape': 3}"],
)  # fmt: skip
def test_a_broken_header_is_malformed(text):
    raw = text.encode()
    with pytest.raises(CannotLook):
        header(b"\x93NUMPY\x01\x00" + len(raw).to_bytes(2, "little") + raw)


SQUEEZE = {
    "gzip": gzip.compress,
    "zlib": zlib.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "lzma": lambda data: lzma.compress(data, lzma.FORMAT_ALONE),
}
CONTENT = bytes(range(256)) * 40


@pytest.mark.parametrize("name", SQUEEZE)
def test_a_stream_is_decompressed_and_a_broken_one_is_malformed(name):
    data = SQUEEZE[name](CONTENT)
    assert compression(data) == name
    assert decompress(data) == CONTENT
    with pytest.raises(TooLarge):
        decompress(data, most=len(CONTENT) - 1)
    for broken in (data[:-5], data[: len(data) // 2], data[:8]):
        with pytest.raises(Malformed):
            decompress(broken)
    with pytest.raises(Malformed):
        decompress(data + b"something else")


def test_two_streams_in_a_row_are_one_content():
    assert decompress(gzip.compress(b"a") + gzip.compress(b"b")) == b"ab"


@pytest.mark.parametrize("data", [b"\x04\x22\x4d\x18" + b"\0" * 9, b"\x28\xb5\x2f\xfd" + b"\0" * 9, b"ZF0x5", b"plain"])
def test_what_has_no_opener_cannot_be_looked_at(data):
    with pytest.raises(CannotLook):
        decompress(data)
