# SPDX-License-Identifier: Apache-2.0
"""Delimited text as columns: what is judged from the file, what is refused, what survives a round trip."""

import csv
import gzip
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hauberk.assets import table
from hauberk.core.errors import CannotLook, Malformed, TooLarge

SHAPES = [
    (b"a,b\n1,2\n3,4\n", ("a", "b"), 2, ","),
    (b"a;b\n1,5;2\n3,5;4\n", ("a", "b"), 2, ";"),
    (b"a\tb\n1\t2\n", ("a", "b"), 1, "\t"),
    (b"a|b\n1|x, y\n", ("a", "b"), 1, "|"),
    (b"Chins Situps Jumps\n5 162 60\n2 110 60\n", ("Chins", "Situps", "Jumps"), 2, " "),
    (b"1.5,2\n3,4\n", ("column_1", "column_2"), 2, ","),
    (b"0,0,0\n0,0,0\n", ("column_1", "column_2", "column_3"), 2, ","),
    (b"150,4,setosa\n5.1,3.5,1\n4.9,3,2\n", ("column_1", "column_2", "column_3"), 3, ","),
    (b",name,n\n0,x,1\n1,y,2\n", ("column_1", "name", "n"), 2, ","),
    (b"label,0,1,2,3\n5,1,2,3,4\n", ("label", "0", "1", "2", "3"), 1, ","),
    (b"country,1990,1991,1992\nx,1,2,3\n", ("country", "1990", "1991", "1992"), 1, ","),
    (b"1stFloor,_id,%fat\n1,2,3\n", ("1stFloor", "_id", "%fat"), 1, ","),
    (b"p,x,s\np,x,y\ne,x,s\n", ("column_1", "column_2", "column_3"), 3, ","),
    (b"A11,6,A34\nA12,48,A32\n", ("column_1", "column_2", "column_3"), 2, ","),
    (b"a,a,b\n1,2,3\n", ("a", "a.1", "b"), 1, ","),
    (b"# made by us\n#\na,b\n1,2\n", ("a", "b"), 1, ","),
    (b"#id,b\n1,2\n", ("id", "b"), 1, ","),
    (b"\xef\xbb\xbfa,b\n1,2\n", ("a", "b"), 1, ","),
    ("a,b\n1,2\n".encode("utf-16"), ("a", "b"), 1, ","),
    ("größe,b\n1,ü\n".encode("latin-1"), ("größe", "b"), 1, ","),
    (b"a,b\r\n1,2\r\n", ("a", "b"), 1, ","),
    (b"a,b\r1,2\r", ("a", "b"), 1, ","),
    (b'a,b\n"x, ""y""\nz",2\n', ("a", "b"), 1, ","),
    (b'a\tb\n"x\t2\n', ("a", "b"), 1, "\t"),
    (b"'a x';'b'\n1;'y;z'\n", ("a x", "b"), 1, ";"),
    (b"only\n1\n2\n", ("only",), 2, ","),
    (b"a,b\n\n1,2\n\n", ("a", "b"), 1, ","),
    (b"a,b\n", ("a", "b"), 0, ","),
    (b"", (), 0, ","),
]


@pytest.mark.parametrize(("data", "names", "n", "delimiter"), SHAPES)
def test_the_shape_of_a_table_is_judged_from_its_first_lines(data, names, n, delimiter):
    read = table.read(data)
    assert (read.names, read.n, read.delimiter) == (names, n, delimiter)
    assert all(len(read.column(name)) == n for name in names)


REFUSED = [
    (b"a,b\n\x00,1\n", Malformed, "NUL"),
    (b"  <!DOCTYPE html><html>", Malformed, "HTML"),
    (b"<?xml version='1.0'?><a/>", Malformed, "XML"),
    (b"PK\x03\x04rest", Malformed, "ZIP"),
    (b"PAR1rest", Malformed, "Parquet"),
    (b"%PDF-1.4", Malformed, "PDF"),
    (bytes(range(1, 32)) * 20 + b"\xff", Malformed, "not text"),
    (b'a,b\n"x"y,1\n', Malformed, "line 2"),
    (b'a,b\n1,"x\n', Malformed, "RFC 4180"),
    (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", CannotLook, "LFS"),
    (b"a,b\n" + b"x" * 200_000 + b",1\n", TooLarge, "field"),
    (b",".join([b"c"] * 100_001) + b"\n", TooLarge, "columns"),
    (gzip.compress(b"a,b\n1,2\n")[:-9], Malformed, "ends too early"),
    (b"\x1f\x8bnothing", Malformed, "decompress"),
    (gzip.compress(b"0" * (table.BYTES + 1), 1), TooLarge, "gzip"),
]


@pytest.mark.parametrize(("data", "error", "words"), REFUSED)
def test_what_is_no_table_is_refused_with_a_reason(data, error, words):
    with pytest.raises(error, match=words):
        table.read(data)


def test_cells_have_a_ceiling(monkeypatch):
    monkeypatch.setattr(table, "CELLS", 10)
    with pytest.raises(TooLarge, match="cells"):
        table.read(b"a,b\n" + b"1,2\n" * 6)


def test_gzip_in_several_members_is_one_table():
    data = gzip.compress(b"a,b\n1,2\n") + gzip.compress(b"3,4\n")
    assert table.read(data).n == 2


def test_rows_of_another_width_are_counted_filled_and_cut():
    read = table.read(b"a,b,c\n1,2,3\n4,5\n6,7,8,9\n")
    assert read.ragged == 2
    assert read.column("c").tolist() == ["3", "", "8"]


NUMBERS = [
    ("1\n2.5\n-3e2\n", [1, 2.5, -300]),
    ("1\nNA\n?\n4\n", [1, np.nan, np.nan, 4]),
    ("1\nx\n", None),
    ("True\nFalse\n", None),
    ("NA\nNA\n", None),
    (" 1 \n2\n", [1, 2]),
]


@pytest.mark.parametrize(("cells", "numbers"), NUMBERS)
def test_numbers_are_given_where_every_cell_is_one(cells, numbers):
    rows = "".join(f"r,{line}\n" for line in cells.splitlines())
    found = table.read(f"k,v\n{rows}".encode()).number("v")
    assert found is None if numbers is None else np.array_equal(found, numbers, equal_nan=True)


def test_a_decimal_comma_is_read_where_it_cannot_be_a_delimiter():
    assert table.read(b"a;b\n1,5;2,25\n3;4,5\n").number("b").tolist() == [2.25, 4.5]


def test_an_unknown_column_is_named():
    with pytest.raises(CannotLook, match="'z'"):
        table.read(b"a,b\n1,2\n").column("z")


CELL = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Zs", "Zl", "Zp")), min_size=1, max_size=12)


@given(st.lists(st.lists(CELL, min_size=2, max_size=2), min_size=1, max_size=20))
def test_what_a_writer_wrote_is_read_back(rows):
    out = io.StringIO()
    csv.writer(out).writerows(
        [["alpha", "beta", "gamma"], *([row[0] + "v", index, row[1] + "w"] for index, row in enumerate(rows))]
    )
    read = table.read(out.getvalue().encode())
    if read.delimiter == ",":
        assert read.column("alpha").tolist() == [row[0] + "v" for row in rows]
        assert read.column("gamma").tolist() == [row[1] + "w" for row in rows]
    assert read.n == len(rows)
