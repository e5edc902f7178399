# SPDX-License-Identifier: Apache-2.0
"""Opens YAML 1.1 as plain nodes with lines: tags stay text, nothing is ever constructed, every growth has a ceiling.

Nodes are built from the parser's events without recursion. An alias shares the node that it names, yet counts with
that node's full size and height, so a "billion laughs" meets the ceiling as arithmetic, never as memory.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

from hauberk.core.errors import CannotLook, Malformed, TooLarge

BYTES = 32 << 20
NODES = 1_000_000
"""Nodes of all documents together, aliases expanded."""
HEIGHT = 100
"""Deepest nesting, aliases expanded."""
DOCUMENTS = 10_000

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
"""What a parser quotes from the file, which an error must not repeat."""
_TRUE = frozenset({"true", "yes", "on", "y"})
_FALSE = frozenset({"false", "no", "off", "n"})
_TEMPLATE = "a template that is not YAML until it is rendered"
_RENDER = "render it (such as helm template) and examine the result"


@dataclass(frozen=True, kw_only=True, slots=True)
class Node:
    """A scalar (``text``), a sequence (``items``) or a mapping (``entries``); the other two are None."""

    line: int
    """Counts from 1, as do columns."""
    column: int
    tag: str = ""
    """The tag that is written, resolved (``tag:yaml.org,2002:python/name:os.system``); empty where none is."""
    text: str | None = None
    plain: bool = False
    """A scalar without quotes: only such a scalar may be a boolean, a number or null."""
    items: tuple["Node", ...] | None = None
    entries: dict[str, "Node"] | None = None
    """Merge keys (``<<``) are applied; the last of two equal keys counts, as in most loaders."""
    size: int = 1
    height: int = 1

    def at(self, *path: str) -> "Node | None":
        """The node at a path of keys, or None where any step is missing."""
        node: Node | None = self
        for key in path:
            node = node.entries.get(key) if node is not None and node.entries is not None else None
        return node

    def string(self, *path: str) -> str:
        """The scalar's text at a path; empty where there is none."""
        node = self.at(*path)
        return node.text or "" if node is not None else ""

    def truth(self, *path: str) -> bool | None:
        """The boolean at a path, or None where there is none."""
        node = self.at(*path)
        word = node.text.lower() if node is not None and node.plain and node.text else ""
        return True if word in _TRUE else False if word in _FALSE else None

    def list(self, *path: str) -> tuple["Node", ...]:
        """The items at a path; none where there is no sequence."""
        node = self.at(*path)
        return node.items or () if node is not None else ()

    def walk(self) -> Iterator["Node"]:
        """This node and all below it, in the order of the file; mappings before their values."""
        pending = [self]
        while pending:
            node = pending.pop()
            yield node
            below = node.items if node.items is not None else tuple((node.entries or {}).values())
            pending.extend(reversed(below))


@dataclass(frozen=True, kw_only=True, slots=True)
class Tag:
    """A tag that somebody wrote, and where."""

    name: str
    line: int
    column: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Duplicate:
    """A key that a mapping holds twice, and where it stands again."""

    key: str
    line: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Stream:
    """What one file holds."""

    documents: tuple[Node, ...]
    tags: tuple[Tag, ...]
    duplicates: tuple[Duplicate, ...]


@dataclass(slots=True)
class _Open:
    """A collection whose end has not come yet."""

    start: yaml.CollectionStartEvent
    children: list[Node] = field(default_factory=list)


def read(data: bytes) -> Stream:
    """All documents of a YAML file.

    Raises Malformed for what is not YAML or refers to itself, TooLarge beyond a ceiling, CannotLook for a template.
    """
    if len(data) > BYTES:
        raise TooLarge(f"{len(data)} bytes of YAML exceed the ceiling of {BYTES}")
    composer = _Composer()
    try:
        for event in yaml.parse(data, Loader=_LOADER):
            composer.take(event)
    except yaml.MarkedYAMLError as error:
        if b"{{" in data or b"{%" in data:
            raise CannotLook(_TEMPLATE, remedy=_RENDER) from error
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}: " if mark else ""
        problem = _QUOTED.sub("...", error.problem or error.context or "")
        raise Malformed(f"{where}not YAML: {problem}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise Malformed("not YAML: bytes that no YAML file may hold") from error
    return Stream(documents=tuple(composer.documents), tags=tuple(composer.tags), duplicates=tuple(composer.duplicates))


class _Composer:
    """Builds nodes from events, with a stack of its own."""

    def __init__(self) -> None:
        self.documents: list[Node] = []
        self.tags: list[Tag] = []
        self.duplicates: list[Duplicate] = []
        self._anchors: dict[str, Node | None] = {}
        self._stack: list[_Open] = []
        self._held = 0
        self._expanded = 0

    def take(self, event: yaml.Event) -> None:
        """Add one event."""
        match event:
            case yaml.DocumentStartEvent():
                self._anchors.clear()
            case yaml.CollectionStartEvent():
                self._start(event)
            case yaml.ScalarEvent():
                self._keep_tag(event)
                plain = event.style is None or event.style == ""
                line, column = _place(event)
                self._add(Node(line=line, column=column, tag=_tag(event), text=event.value, plain=plain), event.anchor)
            case yaml.AliasEvent():
                self._alias(event)
            case yaml.CollectionEndEvent():
                opened = self._stack.pop()
                self._add(self._closed(opened), opened.start.anchor)
            case _:
                pass

    def _start(self, event: yaml.CollectionStartEvent) -> None:
        self._keep_tag(event)
        if event.anchor:
            self._anchors[event.anchor] = None
        if len(self._stack) >= HEIGHT:
            raise TooLarge(f"line {_place(event)[0]}: nested deeper than {HEIGHT}")
        self._stack.append(_Open(event))

    def _keep_tag(self, event: yaml.CollectionStartEvent | yaml.ScalarEvent) -> None:
        if name := _tag(event):
            line, column = _place(event)
            self.tags.append(Tag(name=name, line=line, column=column))

    def _alias(self, event: yaml.AliasEvent) -> None:
        where = f"line {_place(event)[0]}"
        if event.anchor not in self._anchors:
            raise Malformed(f"{where}: an alias of an anchor that is not there")
        node = self._anchors[event.anchor]
        if node is None:
            raise Malformed(f"{where}: an alias inside the node that it names")
        self._add(node, None)

    def _add(self, node: Node, anchor: str | None) -> None:
        """Put a finished node into the collection that is open, or among the documents."""
        if anchor:
            self._anchors[anchor] = node
        self._count()
        if self._stack:
            self._stack[-1].children.append(node)
            return
        self._expanded += node.size
        self.documents.append(node)
        if self._expanded > NODES or len(self.documents) > DOCUMENTS:
            raise TooLarge(f"more than {NODES} nodes, aliases expanded, or {DOCUMENTS} documents")

    def _count(self, more: int = 1) -> None:
        """Bound what is really in memory, before any collection is closed and measured."""
        self._held += more
        if self._held > NODES:
            raise TooLarge(f"more than {NODES} nodes")

    def _closed(self, opened: _Open) -> Node:
        children = opened.children
        size = 1 + sum(child.size for child in children)
        height = 1 + max((child.height for child in children), default=0)
        if size > NODES:
            raise TooLarge(f"more than {NODES} nodes, aliases expanded")
        line, column = _place(opened.start)
        tag = _tag(opened.start)
        if height > HEIGHT:
            raise TooLarge(f"line {line}: nested deeper than {HEIGHT}, aliases expanded")
        if isinstance(opened.start, yaml.SequenceStartEvent):
            return Node(line=line, column=column, tag=tag, items=tuple(children), size=size, height=height)
        return Node(line=line, column=column, tag=tag, entries=self._entries(opened), size=size, height=height)

    def _entries(self, opened: _Open) -> dict[str, Node]:
        """Keys to values: own keys after merged ones, so that they win; each key that stands twice is noted."""
        keys, values = opened.children[::2], opened.children[1::2]
        merged: dict[str, Node] = {}
        own: dict[str, Node] = {}
        for key, value in zip(keys, values, strict=True):
            if key.plain and key.text == "<<":
                for source in value.items if value.items is not None else (value,):
                    self._count(len(source.entries or {}))
                    merged = {**(source.entries or {}), **merged}
                continue
            name = self._name(key, opened)
            if name in own:
                self.duplicates.append(Duplicate(key=name, line=key.line))
            own[name] = value
        return {**merged, **own} if merged else own

    def _name(self, key: Node, opened: _Open) -> str:
        """A key as text; a key that is itself a collection gets a name by its place."""
        if key.text is not None:
            return key.text
        if key.entries is not None and opened.start.flow_style:
            raise CannotLook(_TEMPLATE, remedy=_RENDER)
        return f"(collection at line {key.line} column {key.column})"


def _tag(event: yaml.CollectionStartEvent | yaml.ScalarEvent) -> str:
    """The tag that was written; empty where none was, or only the non-specific ``!``."""
    return event.tag if event.tag and event.tag != "!" else ""


def _place(event: yaml.Event) -> tuple[int, int]:
    """Line and column of an event, both from 1."""
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
