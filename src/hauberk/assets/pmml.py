# SPDX-License-Identifier: Apache-2.0
"""Reads PMML (dmg.org, 3.0 to 4.4) by its events; no entity is expanded, nothing is fetched.

A reader in Java (JPMML) loads a class that ``Apply`` names as its function; XML readers follow external entities and
inclusions; some writers put scripts into extensions.
"""

import re
from typing import NamedTuple
from xml.parsers import expat

from hauberk.core.errors import Malformed, TooLarge

MOST_BYTES = 256 << 20
MOST_ELEMENTS = 5_000_000
MOST_FOUND = 200
DEEPEST = 512
_CLASS = re.compile(r"(?:[A-Za-z_$][\w$]*\.){1,20}[A-Za-z_$][\w$]*")
_OUTSIDE = re.compile(r"(?:file|https?|ftp|jar|jndi|ldap|rmi|gopher)\s*:|^[/\\~]|(?:^|[/\\])\.\.[/\\]", re.IGNORECASE)
_PLACES = frozenset({"href", "src", "uri", "url", "filepath", "file", "path", "location", "base"})
_INCLUSION = "http://www.w3.org/2001/XInclude"


class Found(NamedTuple):
    """Something in the document that leads outside it."""

    line: int
    what: str
    subject: str
    grave: bool


class Document(NamedTuple):
    """What a PMML file holds, as far as it matters to whoever reads it."""

    found: tuple[Found, ...]
    writer: tuple[tuple[str, str], ...]


class _Stop(Exception):
    """An entity is declared, and reading on would expand it."""


class _Reader:
    def __init__(self) -> None:
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.found: list[Found] = []
        self.writer: list[tuple[str, str]] = []
        self.defined: set[str] = set()
        self.called: list[tuple[int, str]] = []
        self.elements = self.depth = 0
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.StartDoctypeDeclHandler = self.doctype
        self.parser.EntityDeclHandler = self.entity
        self.parser.ProcessingInstructionHandler = self.instruction

    def note(self, what: str, subject: str, *, grave: bool) -> None:
        if len(self.found) < MOST_FOUND:
            self.found.append(Found(self.parser.CurrentLineNumber, what, subject, grave))

    def doctype(self, _name: str, system: str | None, _public: str | None, _internal: object) -> None:
        if system:
            self.note("takes its grammar from elsewhere, which a reader fetches", "doctype", grave=True)

    def entity(self, name: str, _parameter: object, value: str | None, *_: object) -> None:
        what = (
            "declares an entity in itself, which readers expand"
            if value is not None
            else ("declares an external entity, through which a reader fetches a file or address")
        )
        self.note(what, f"entity {name[:40]}", grave=True)
        raise _Stop

    def instruction(self, target: str, _data: str) -> None:
        self.note(f"gives its reader the instruction {target[:40]}", f"instruction {target[:40]}", grave=False)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        space, _, local = name.rpartition(" ")
        self.elements += 1
        self.depth += 1
        if self.elements > MOST_ELEMENTS or self.depth > DEEPEST:
            raise TooLarge(f"more than {MOST_ELEMENTS} elements, or {DEEPEST} within each other")
        if self.elements == 1 and local != "PMML":
            raise Malformed("XML whose root is not PMML")
        if (
            local.lower() == "script"
            or "script" in attributes.get("extender", "").lower()
            or (local == "Extension" and "script" in attributes.get("name", "").lower())
        ):
            self.note("carries a script, which a reader that knows it runs", f"element {local}", grave=True)
        if space == _INCLUSION:
            self.note("includes another document", "inclusion", grave=True)
        self.names(local, attributes)
        for key, value in attributes.items():
            if key.rpartition(" ")[2].lower() in _PLACES and _OUTSIDE.search(value):
                self.note(f"names a place outside itself in {local}", f"{local} {key[-40:]}", grave=False)

    def names(self, local: str, attributes: dict[str, str]) -> None:
        if local == "DefineFunction":
            self.defined.add(attributes.get("name", ""))
        elif local == "Apply":
            self.called.append((self.parser.CurrentLineNumber, attributes.get("function", "")))
        elif local == "PMML":
            self.writer.append(("pmml", attributes.get("version", "")[:20]))
        elif local == "Application":
            self.writer.append((attributes.get("name", "")[:80], attributes.get("version", "")[:40]))

    def end(self, _name: str) -> None:
        self.depth -= 1


def read(data: bytes) -> Document:
    """What the document holds; raises Malformed for what is no PMML, TooLarge beyond a budget."""
    if len(data) > MOST_BYTES:
        raise TooLarge(f"PMML of {len(data)} bytes")
    reader = _Reader()
    try:
        reader.parser.Parse(data, True)  # noqa: FBT003  expat's own signature
    except _Stop:
        return Document(tuple(reader.found), tuple(reader.writer))
    except (expat.ExpatError, LookupError, ValueError) as error:  # the latter two for encodings that expat cannot read
        line = error.lineno if isinstance(error, expat.ExpatError) else 1
        raise Malformed(f"PMML breaks off or is no XML at line {line}") from error
    for line, name in reader.called:
        if name not in reader.defined and _CLASS.fullmatch(name) and len(reader.found) < MOST_FOUND:
            reader.found.append(
                Found(line, f"calls the class {name[:100]}, which a reader in Java loads", name, grave=True)
            )
    return Document(tuple(reader.found), tuple(reader.writer))
