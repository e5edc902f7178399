# SPDX-License-Identifier: Apache-2.0
"""Opens a delimited table (CSV, TSV, also gzipped) as columns, within ceilings, without trusting a byte of it.

What a file does not say is judged from its first lines, always in the same way: encoding (UTF-8, UTF-16 with a mark,
else latin-1), delimiter (the one that cuts the lines most evenly), whether a header is there. RFC 4180 gives the
quoting; a tab-separated file whose quotes do not close is read without any.
"""

import csv
import io
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice, pairwise
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from hauberk.core.errors import CannotLook, Malformed, TooLarge

BYTES = 256 << 20
"""Largest text that is read, in bytes, after decompression."""
COLUMNS = 100_000
CELLS = 40_000_000
CHUNK = 8192
"""Rows that are turned into columns at once."""

_UNQUOTED: Final = 3
"""csv.QUOTE_NONE; 0 is csv.QUOTE_MINIMAL."""
_SAMPLE = 64 << 10
_SAMPLE_ROWS = 200
_CANDIDATES = ("\t", ";", "|", ",", " ")
"""Rarest in ordinary text first: where two cut a file equally evenly, the rarer one is the delimiter."""
_OTHERS = (
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive or a spreadsheet"),
    (b"PAR1", "a Parquet file"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
    (b"\x80\x04\x95", "a pickle"),
)
_MARKUP = re.compile(rb"\s*<(!doctype|html|\?xml|head|body)", re.IGNORECASE)
_MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "?", "-", "nil", "<na>", "#n/a"})
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|0[xX][0-9a-fA-F]+|[+-]?(inf|nan)", re.IGNORECASE)
_SERIES = 3
"""Numbers that count upwards by one and are a header rather than chance, at least."""
_LONGEST_NAME = 128

Strings = np.dtypes.StringDType


@dataclass(frozen=True, kw_only=True, eq=False)
class Table:
    """A table by columns; every value is text as it stands in the file, stripped of outer blanks."""

    names: tuple[str, ...]
    """Unique; ``column_1`` ... where the file has no header, ``x.1`` for the second ``x``."""
    n: int
    """Rows, without the header."""
    ragged: int = 0
    """Rows with fewer or more cells than there are columns; short ones are filled with empty cells, long ones cut."""
    header: bool = True
    delimiter: str = ","
    first_line: int = 1
    """Line of the first row of data."""
    values: dict[str, NDArray[np.str_]] = field(repr=False)

    def column(self, name: str) -> NDArray[np.str_]:
        """The cells of one column, as an array of variable-length strings; raises CannotLook for an unknown name."""
        try:
            return self.values[name]
        except KeyError:
            raise CannotLook(
                f"the table has no column named {name!r}", remedy="correct the name in the manifest"
            ) from None

    def number(self, name: str) -> NDArray[np.float64] | None:
        """The column as floats, missing cells as NaN; None where a cell is another text, or all are missing."""
        cells = self.column(name)
        known = ~missing(cells)
        if not known.any():
            return None
        given = cells[known]
        numbers = _floats(given)
        if numbers is None and self.delimiter == ";":
            numbers = _floats(np.strings.replace(given, ",", "."))
        if numbers is None:
            return None
        result = np.full(self.n, np.nan)
        result[known] = numbers
        return result


def missing(cells: NDArray[np.str_]) -> NDArray[np.bool_]:
    """Which cells stand for no value: empty, ``NA``, ``NaN``, ``null``, ``?`` and their like."""
    values, inverse = np.unique(cells, return_inverse=True)
    absent = np.fromiter((value.lower() in _MISSING for value in values.tolist()), dtype=bool, count=len(values))
    result: NDArray[np.bool_] = absent[inverse]
    return result


def _floats(cells: NDArray[np.str_]) -> NDArray[np.float64] | None:
    try:
        return cells.astype(np.float64)
    except ValueError:
        return None


def read(data: bytes) -> Table:
    """The table in these bytes.

    Raises Malformed for what is not a table of text, TooLarge beyond BYTES, COLUMNS, CELLS or a field of 128 KiB,
    CannotLook for a pointer to data that is kept elsewhere.
    """
    text = _text(_unpacked(data))
    skipped, start = _preamble(text)
    delimiter = _delimiter(text[start:])
    try:
        return _columns(text[start:], delimiter, skipped)
    except Malformed:
        if delimiter != "\t":
            raise
        return _columns(text[start:], delimiter, skipped, quoting=_UNQUOTED)


def _unpacked(data: bytes) -> bytes:
    """The bytes themselves, or what a gzip file (RFC 1952, any number of members) holds."""
    if data[:2] != b"\x1f\x8b":
        if len(data) > BYTES:
            raise TooLarge(f"{len(data)} bytes of table exceed the ceiling of {BYTES}")
        return data
    parts: list[bytes] = []
    room = BYTES
    while data[:2] == b"\x1f\x8b":
        member = zlib.decompressobj(wbits=31)
        try:
            part = member.decompress(data, room + 1)
        except zlib.error as error:
            raise Malformed("a gzip file that does not decompress") from error
        room -= len(part)
        if room < 0:
            raise TooLarge(f"the gzip file holds more than {BYTES} bytes")
        if not member.eof:
            raise Malformed("a gzip file that ends too early")
        parts.append(part)
        data = member.unused_data
    return b"".join(parts)


def _text(data: bytes) -> str:
    for magic, what in _OTHERS:
        if data.startswith(magic):
            raise Malformed(f"named a table, but it is {what}")
    if _MARKUP.match(data[:512]):
        raise Malformed("named a table, but it is a page of HTML or XML")
    if data.startswith(b"version https://git-lfs.github.com/spec/"):
        raise CannotLook("a Git LFS pointer: the table itself is not here", remedy="run git lfs pull")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            return data.decode("utf-16")
        except UnicodeDecodeError as error:
            raise Malformed("marked as UTF-16, which it is not") from error
    if b"\0" in data:
        raise Malformed(f"a table of text holds no NUL, as at byte {data.index(0)}")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    odd = sum(
        (character < " " and character not in "\t\r\n\f") or "\x7f" <= character < "\x9f"
        for character in text[:_SAMPLE]
    )
    if odd * 20 > min(len(text), _SAMPLE):
        raise Malformed("named a table, but its content is not text")
    return text


def _preamble(text: str) -> tuple[int, int]:
    """Lines and characters of comment (``# ...``) and blank lines before the table; a ``#a,b`` header is not one."""
    lines = start = 0
    for line in io.StringIO(text[:_SAMPLE], newline=""):
        bare = line.strip()
        if bare and not (bare.startswith("#") and (bare[1:2] in ("", " ", "#", "!"))):
            break
        lines += 1
        start += len(line)
    return lines, start


def _delimiter(text: str) -> str:
    """The candidate that cuts the first lines most evenly into more than one field; a comma where none does."""
    sample = text[:_SAMPLE]
    if len(text) > _SAMPLE:
        sample = sample[: sample.rfind("\n") + 1] or sample
    best, chosen = 0.0, ","
    for candidate in _CANDIDATES:
        try:
            widths = Counter(len(row) for row in islice(_rows(sample, candidate, strict=False), _SAMPLE_ROWS))
        except CannotLook:
            continue
        if not widths:
            break
        width, rows_of_width = max(widths.items(), key=lambda item: (item[1], item[0]))
        share = round(rows_of_width / widths.total(), 1)
        if width > 1 and share > best:
            best, chosen = share, candidate
    return chosen


def _columns(text: str, delimiter: str, skipped: int, *, quoting: Literal[0, 3] = 0) -> Table:
    rows = _rows(text, delimiter, skipped=skipped, strict=True, quoting=quoting)
    head = list(islice(rows, _SAMPLE_ROWS))
    if not head:
        return Table(names=(), n=0, values={}, header=False, delimiter=delimiter)
    header = _has_header(head)
    width = len(head[0]) if header else Counter(map(len, head)).most_common(1)[0][0]
    if width > COLUMNS:
        raise TooLarge(f"{width} columns exceed the ceiling of {COLUMNS}")
    names = _names(head[0], width) if header else tuple(f"column_{index + 1}" for index in range(width))
    if header:
        del head[0]
    chunks: list[list[NDArray[np.str_]]] = [[] for _ in range(width)]
    count = ragged = 0
    while head:
        count += len(head)
        if count * width > CELLS:
            raise TooLarge(f"more than {CELLS} cells")
        ragged += sum(len(row) != width for row in head)
        padded = (row[:width] if len(row) >= width else row + [""] * (width - len(row)) for row in head)
        for chunk, cells in zip(chunks, zip(*padded, strict=True), strict=True):
            chunk.append(np.strings.strip(np.array(cells, dtype=Strings())))
        head = list(islice(rows, CHUNK))
    values = {
        name: np.concatenate(chunk) if chunk else np.array([], dtype=Strings())
        for name, chunk in zip(names, chunks, strict=True)
    }
    first = skipped + 1 + header
    return Table(
        names=names, n=count, ragged=ragged, header=header, delimiter=delimiter, first_line=first, values=values
    )


def _rows(
    text: str, delimiter: str, *, skipped: int = 0, strict: bool, quoting: Literal[0, 3] = 0
) -> Iterator[list[str]]:
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=delimiter,
        strict=strict,
        quoting=quoting,
        quotechar="'" if text.startswith("'") and '"' not in text[:_SAMPLE] else '"',
        skipinitialspace=delimiter != "\t",
    )
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            where = f"line {skipped + reader.line_num}"
            if "field limit" in str(error):
                raise TooLarge(f"{where}: a field longer than {csv.field_size_limit()} characters") from error
            raise Malformed(f"{where}: quotes that do not follow RFC 4180") from error
        if row is None:
            return
        if row:
            yield row


def _has_header(rows: list[list[str]]) -> bool:
    """Whether the first row names columns: words, of which fewer than half are seen below in their columns."""
    first = [cell.strip() for cell in rows[0]]
    below = rows[1:]
    words = [cell for cell in first if _is_word(cell)]
    if len(set(first)) < len(first) and any(map(_is_number, first)):
        return False
    if len(words) < len(first):
        return _counts_upwards([cell for cell in first if cell not in words], below)
    if any(any(map(_is_number, row)) for row in below):
        return True
    again = sum(cell in {row[index].strip() for row in below if index < len(row)} for index, cell in enumerate(first))
    return again * 2 < len(first)


def _counts_upwards(cells: list[str], below: list[list[str]]) -> bool:
    """Whether what is no word in a first row still fits a header: an empty index name, or 0, 1, 2 ... or years."""
    given = [cell for cell in cells if cell]
    if len(cells) - len(given) > 1 or not below:
        return False
    if not given:
        return True
    try:
        numbers = [int(cell) for cell in given]
    except ValueError:
        return False
    return len(numbers) >= _SERIES and all(b - a == 1 for a, b in pairwise(numbers))


def _is_word(cell: str) -> bool:
    """Whether a cell could be the name of a column: short, with a letter, and neither a number nor a missing value."""
    short = len(cell) <= _LONGEST_NAME and any(map(str.isalpha, cell))
    return short and not _is_number(cell) and cell.lower() not in _MISSING


def _is_number(cell: str) -> bool:
    return _NUMBER.fullmatch(cell.strip()) is not None


def _names(row: list[str], width: int) -> tuple[str, ...]:
    """Unique names of columns from a header."""
    taken: set[str] = set()
    names: list[str] = []
    for index in range(width):
        stem = row[index].strip().removeprefix("#").strip() or f"column_{index + 1}"
        name, again = stem, 0
        while name in taken:
            again += 1
            name = f"{stem}.{again}"
        taken.add(name)
        names.append(name)
    return tuple(names)
