# SPDX-License-Identifier: Apache-2.0
"""Plain text of a document in any of its forms, and the digest that shows that not a character of it has changed.

The digest guards against slips and careless edits; whoever edits with care can write a new one. What nobody can write
is the ledger, which ``verify`` compares every citation with.
"""

import html
import io
import re
import zipfile
import zlib
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

from hauberk.core.canonical import digest
from hauberk.core.errors import Malformed, TooLarge

LARGEST = 8 << 20
"""Bytes of a document, and of the text part of a DOCX once unpacked."""
SEAL = "Text digest:"
_SEALED = re.compile(rf"{SEAL} (?P<digest>sha256:[0-9a-f]{{64}})")
_WORDS = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def plain_text(data: bytes, suffix: str) -> str:
    """The words of a ``.md``, ``.html`` or ``.docx`` document; raises Malformed or TooLarge."""
    if len(data) > LARGEST:
        raise TooLarge(f"{len(data)} bytes exceed {LARGEST}")
    if suffix == ".docx":
        return _docx(data)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed(f"not UTF-8 at byte {error.start}") from error
    return _html(text) if suffix in {".html", ".htm"} else html.unescape(text)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = False

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        self._hidden = tag in {"style", "script"}
        self.parts.append(" " if tag in _BLOCKS else "")

    def handle_endtag(self, _tag: str) -> None:
        self._hidden = False

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)


_BLOCKS = frozenset({"p", "li", "dt", "dd", "h1", "h2", "h3", "section", "footer", "title", "div", "br", "span", "td"})


def _html(text: str) -> str:
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return "".join(reader.parts)


def _docx(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive, archive.open("word/document.xml") as file:
            body = file.read(LARGEST + 1)
    except (
        zipfile.BadZipFile,
        KeyError,
        EOFError,
        NotImplementedError,
        RuntimeError,
        ValueError,
        OSError,
        zlib.error,
    ) as error:
        raise Malformed("not a DOCX") from error
    if len(body) > LARGEST:
        raise TooLarge(f"the text of the DOCX exceeds {LARGEST} bytes")
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise Malformed("a DOCX that declares entities")
    try:
        root = ET.fromstring(body)  # noqa: S314  entities are refused above, size is bounded
    except ET.ParseError as error:
        raise Malformed("the DOCX holds no valid XML") from error
    paragraphs = ("".join(node.text or "" for node in one.iter(f"{_WORDS}t")) for one in root.iter(f"{_WORDS}p"))
    return "\n".join(paragraphs)


def seal(text: str) -> str:
    """The closing line of a document with this text."""
    return f"{SEAL} {digest(_normal(text).encode())}"


def sealed(text: str) -> bool:
    """Whether a document's text ends with the digest of all before it."""
    match = _SEALED.search(text)
    return match is not None and not text[match.end() :].strip() and seal(text[: match.start()]) == match[0]


def _normal(text: str) -> str:
    return " ".join(text.split())
