# SPDX-License-Identifier: Apache-2.0
"""Hostile text made harmless: every character that is not plainly visible is shown as its escape.

File names, messages and reasons come from what is examined. A terminal obeys control characters, a reader is misled by
bidirectional overrides (CVE-2021-42574) and by characters that draw nothing; so none of them reaches an output.
"""

import re
import unicodedata

from hauberk.core.place import FilePlace, MemberPlace, Place, RequestPlace, ResourcePlace, RowPlace, SubgroupPlace

_UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
"""Letters and marks that count as printable and draw nothing."""


def plain(text: str) -> str:
    r"""One line of visible characters; each other one is shown as ``\x1b``, ``\u202e`` and the like.

    Idempotent: what it returns, it returns again unchanged.
    """
    if not text.isprintable():
        text = "".join(char if char.isprintable() else _escape(char) for char in text)
    return _UNSEEN.sub(lambda match: _escape(match[0]), text)


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


def paragraph(text: str) -> str:
    """A docstring's paragraphs as one line; its double backticks become single ones."""
    return plain(" ".join(text.replace("``", "`").split()))


def opening(text: str, least: int = 60) -> str:
    """The first sentence of a paragraph, and those after it until there are ``least`` characters."""
    whole = paragraph(text)
    for match in re.finditer(r"[.!?](?=\s+[A-Z`])", whole):
        if match.end() >= least:
            return whole[: match.end()]
    return whole


def clip(text: str, most: int) -> str:
    """The text, or its first ``most`` characters and how many were left out."""
    return text if len(text) <= most else f"{text[:most]}... (+{len(text) - most} characters)"


def count(number: int, noun: str, plural: str = "") -> str:
    """A number and its noun: ``1 file``, ``1,204 files``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def cells(text: str) -> int:
    """Columns that a terminal gives to visible text: two for wide characters, none for combining marks."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    return len(text) + wide - sum(unicodedata.combining(char) > 0 for char in text)


def wrap(text: str, width: int) -> list[str]:
    """Lines of at most ``width`` columns, broken at spaces, or inside a word that is longer than a line."""
    lines, line = [], ""
    for word in text.split(" "):
        rest = word
        if line and cells(line) + 1 + cells(rest) > width:
            lines.append(line)
            line = ""
        while cells(rest) > width:
            cut = _fitting(rest, width)
            lines.append(rest[:cut])
            rest = rest[cut:]
        line = f"{line} {rest}" if line else rest
    return [*lines, line] if line or not lines else lines


def _fitting(word: str, width: int) -> int:
    """How many characters of a long word fit; at least one."""
    used = 0
    for index, char in enumerate(word):
        used += cells(char)
        if used > width:
            return max(index, 1)
    return len(word)


def where(place: Place) -> str:  # noqa: PLR0911  one line for each way of pointing
    """A place in words that a person can follow; ``path:line:column`` for files, as editors read it."""
    match place:
        case FilePlace(path=path, line=line, column=column, cell=cell):
            if cell is not None:
                return plain(f"{path} cell {cell}" + (f" line {line}" if line else ""))
            return plain(path + (f":{line}" + (f":{column}" if column else "") if line else ""))
        case MemberPlace(archive=archive, member=member, offset=offset):
            return plain(f"{archive}!{member}" + (f" byte {offset}" if offset is not None else ""))
        case RowPlace(table=table, row=row, column=column):
            parts = (f"row {row}" if row is not None else "", f"column {column}" if column is not None else "")
            return plain(" ".join((table, *filter(None, parts))))
        case SubgroupPlace(table=table, predicate=predicate):
            return plain(f"{table} where {predicate}")
        case ResourcePlace(kind=kind, name=name, path=path, line=line):
            return plain(f"{path}" + (f":{line}" if line else "") + f" {kind}/{name}")
        case RequestPlace(event=event, client=client):
            return plain(f"request {event} by {client}")
