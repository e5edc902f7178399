# SPDX-License-Identifier: Apache-2.0
"""Reads what ``git fast-export`` writes: every version of every file of a history, as one stream.

The grammar is that of git-fast-import(1). Every line has to be one of it, so that nothing is passed over.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from hauberk.core.errors import Malformed, TooLarge

MOST = 1_000_000
"""Commands of one stream."""
_PLAIN = (
    b"author ", b"committer ", b"tagger ", b"encoding ", b"from ", b"merge ", b"D ", b"C ", b"R ",
    b"deleteall", b"feature ", b"option ", b"progress ", b"checkpoint", b"done", b"reset ", b"gpgsig ", b"#",
)  # fmt: skip
_MODIFY = re.compile(rb"M (\d{6,7}) (:\d+|inline|[0-9a-f]{40,64}) (.+)", re.DOTALL)
_FILES = (b"100644", b"100755", b"644", b"755", b"100664")


@dataclass(frozen=True, slots=True)
class Version:
    """A file as a commit has it; or, without a path, what a commit or a tag says."""

    commit: str
    """Its id where the stream tells it (``--show-original-ids``), else its mark."""
    path: str
    data: bytes


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def line(self) -> bytes | None:
        """The next line without its end; None at the end of the stream."""
        if self.at >= len(self.data):
            return None
        end = self.data.find(b"\n", self.at)
        end = len(self.data) if end < 0 else end
        line = self.data[self.at : end]
        self.at = end + 1
        return line

    def body(self, line: bytes) -> bytes:
        """What follows a ``data`` line."""
        size = line[5:]
        if size.startswith(b"<<") and len(size) > 2:  # noqa: PLR2004  the two signs
            end = self.data.find(b"\n" + size[2:] + b"\n", self.at - 1)
            if end < 0:
                raise Malformed("data of a git export that does not end")
            body = self.data[self.at : end]
            self.at = end + len(size)
            return body
        if not size.isdigit() or len(size) > 12 or self.at + int(size) > len(self.data):  # noqa: PLR2004  digits
            raise Malformed("data of a git export that does not end")
        body = self.data[self.at : self.at + int(size)]
        self.at += int(size)
        return body


def read(data: bytes) -> Iterator[Version]:
    """Every version of every file, in order of commits, and every message.

    Raises Malformed for a line that is none of the grammar or a blob that is not there, TooLarge beyond MOST commands.
    """
    reader, item = _Reader(data), _Item()
    blobs: dict[bytes, bytes] = {}
    for _ in range(MOST):
        line = reader.line()
        if line is None:
            return
        word = line.partition(b" ")[0]
        if word in (b"blob", b"commit", b"tag"):
            item = _Item(kind=word)
        elif word == b"data":
            body = reader.body(line)
            if item.kind == b"blob":
                blobs[item.mark] = body
            else:
                yield Version(item.name, item.inline, body)
                item.inline = ""
        elif word == b"M":
            yield from _modified(line, item, blobs)
        else:
            item.told(word, line)
    raise TooLarge(f"more than {MOST:,} commands in a git export")


@dataclass(slots=True)
class _Item:
    """The blob, commit or tag whose lines are read."""

    kind: bytes = b""
    mark: bytes = b""
    oid: bytes = b""
    inline: str = ""
    """Path of the file whose data come next."""

    @property
    def name(self) -> str:
        return (self.oid or self.mark).decode("ascii", "replace")

    def told(self, word: bytes, line: bytes) -> None:
        if word == b"mark":
            self.mark = line[5:]
        elif word == b"original-oid":
            self.oid = line[13:]
        elif line and not line.startswith(_PLAIN):
            raise Malformed("a line that git does not write into an export")


def _modified(line: bytes, item: _Item, blobs: dict[bytes, bytes]) -> Iterator[Version]:
    match = _MODIFY.fullmatch(line)
    if match is None:
        raise Malformed("a change of a git export in a form that is not known")
    path = match[3].decode("utf-8", "backslashreplace").strip('"')
    if match[2] == b"inline":
        item.inline = path
    elif match[1] in _FILES:
        if match[2] not in blobs:
            raise Malformed("a git export that leaves out the contents of files")
        yield Version(item.name, path, blobs[match[2]])
