# SPDX-License-Identifier: Apache-2.0
"""YAML bytes to a tree of plain nodes with positions, within limits on bytes, depth and count.

Events of the parser are read, not its node composer: composing recurses, and it expands aliases. What a manifest never
needs (anchors, aliases, tags) stays in the tree as a refused node, so that it is reported where it stands together with
everything else. Plain scalars are read by the core schema of YAML 1.2 (``no`` is a word, not false).
"""

import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from hauberk.core.errors import ManifestInvalid, Misuse
from hauberk.manifest.fault import Faults, Mark

BYTES = 1 << 20
"""Largest manifest that is read."""
DEPTH = 32
"""Deepest nesting of mappings and sequences."""
NODES = 50_000
"""Most keys, values and collections."""

Plain = str | int | float | bool | None

_INTEGER = re.compile(r"[-+]?[0-9]{1,19}|0x[0-9a-fA-F]{1,16}|0o[0-7]{1,21}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*|[0-9]+(?=[eE]))([eE][-+]?[0-9]+)?")
_INFINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
}
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")


@dataclass(slots=True)
class Scalar:
    """One value."""

    mark: Mark
    value: Plain
    refused: str = ""


@dataclass(slots=True)
class Sequence:
    """A list of nodes."""

    mark: Mark
    items: list["Node"] = field(default_factory=list)
    refused: str = ""


@dataclass(slots=True)
class Mapping:
    """Keys and nodes in the order of the file; keys are any nodes and may repeat: the converter refuses those."""

    mark: Mark
    entries: list[tuple["Node", "Node"]] = field(default_factory=list)
    refused: str = ""

    def at(self, key: str) -> "Node | None":
        """The first node under a key, or None."""
        return next((node for name, node in self.entries if isinstance(name, Scalar) and name.value == key), None)

    def word(self, key: str) -> str:
        """The text under a key; empty where there is none."""
        node = self.at(key)
        return node.value if isinstance(node, Scalar) and isinstance(node.value, str) else ""

    def children(self, key: str) -> list["Node"]:
        """The items of the list under a key; none where it is no list."""
        node = self.at(key)
        return node.items if isinstance(node, Sequence) else []


Node = Scalar | Sequence | Mapping


def read(path: Path) -> bytes:
    """Bytes of a manifest or policy file; raises Misuse where it is not a readable regular file.

    One byte more than the limit is read at most; ``grow`` refuses it.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a path"
        raise Misuse(f"{path}: cannot be opened: {reason}", remedy="name a readable file") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise Misuse(f"{path}: not a regular file", remedy="name a file")
    with os.fdopen(descriptor, "rb") as file:
        return file.read(BYTES + 1)


def grow(data: bytes, name: str) -> Node:
    """The tree of one YAML document; raises ManifestInvalid where it is not YAML or exceeds a limit."""
    faults = Faults(name)
    if len(data) > BYTES:
        faults.add(Mark(1, 1), "", f"more than {BYTES} bytes", "split the system or shorten the file")
        raise ManifestInvalid(faults.lines())
    try:
        return _Grower(faults).grow(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        faults.add(Mark(line, 1), "", f"not UTF-8 at byte {error.start}", "save the file as UTF-8")
    except yaml.MarkedYAMLError as error:
        where = error.problem_mark or error.context_mark
        mark = Mark(where.line + 1, where.column + 1) if where else Mark(1, 1)
        faults.add(mark, "", f"not YAML ({_said(error)})", "correct the indentation, quotes or brackets here")
    except (yaml.YAMLError, ValueError, OverflowError):
        faults.add(Mark(1, 1), "", "holds characters that YAML does not allow", "remove control characters")
    raise ManifestInvalid(faults.lines())


def _said(error: yaml.MarkedYAMLError) -> str:
    """The parser's words without whatever they quote of the file."""
    return re.sub(r"'[^']*'|\"[^\"]*\"", "something", error.problem or "cannot be parsed")[:120]


class _Grower:
    """Builds the tree from events without recursion."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._roots: list[Node] = []
        self._open: list[Sequence | Mapping] = []
        self._keys: list[Node | None] = []
        self._count = 0

    def grow(self, text: str) -> Node:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        for event in yaml.parse(text, Loader=loader):
            self._take(event)
        if not self._roots:
            self._stop(Mark(1, 1), "empty", "write at least `name:`, or let `hauberk init` write a first one")
        return self._roots[0]

    def _take(self, event: yaml.Event) -> None:
        start = event.start_mark
        mark = Mark(start.line + 1, start.column + 1) if start else Mark(1, 1)
        match event:
            case yaml.ScalarEvent():
                self._place(_scalar(event, mark))
            case yaml.AliasEvent():
                self._place(Scalar(mark, None, "an alias; write the value out"))
            case yaml.SequenceStartEvent():
                self._enter(Sequence(mark, refused=_refused(event)))
            case yaml.MappingStartEvent():
                self._enter(Mapping(mark, refused=_refused(event)))
            case yaml.CollectionEndEvent():
                self._open.pop()
                self._keys.pop()
            case yaml.DocumentStartEvent() if self._roots:
                self._stop(mark, "a second document in one file", "keep one document")
            case _:
                pass

    def _enter(self, node: Sequence | Mapping) -> None:
        self._place(node)
        self._open.append(node)
        self._keys.append(None)
        if len(self._open) > DEPTH:
            self._stop(node.mark, f"nested more than {DEPTH} deep", "flatten it")

    def _place(self, node: Node) -> None:
        self._count += 1
        if self._count > NODES:
            self._stop(node.mark, f"more than {NODES} values", "split the system or shorten the file")
        if not self._open:
            self._roots.append(node)
            return
        parent, key = self._open[-1], self._keys[-1]
        if isinstance(parent, Sequence):
            parent.items.append(node)
        elif key is None:
            self._keys[-1] = node
        else:
            parent.entries.append((key, node))
            self._keys[-1] = None

    def _stop(self, mark: Mark, what: str, remedy: str) -> None:
        self._faults.add(mark, "", what, remedy)
        raise ManifestInvalid(self._faults.lines())


def _refused(event: yaml.NodeEvent) -> str:
    if event.anchor is not None:
        return "an anchor; remove it, and write values out where they are needed"
    if getattr(event, "tag", None) is not None:
        return "a YAML tag; remove it"
    return ""


def _scalar(event: yaml.ScalarEvent, mark: Mark) -> Scalar:
    refused = _refused(event)
    if not refused and _UNPRINTABLE.search(event.value):
        refused = "a text with control characters; remove them"
    plain = event.style is None or event.style == ""
    return Scalar(mark, resolve(event.value) if plain else event.value, refused)


def resolve(text: str) -> Plain:
    """A plain scalar by the YAML 1.2 core schema; an integer of more than 64 bits stays text."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text, 8 if text.startswith("0o") else 16 if text.startswith("0x") else 10)
    if _INFINITE.fullmatch(text):
        return float(text.replace(".", ""))
    return float(text) if _FLOAT.fullmatch(text) else text


def plain(node: Node) -> object:
    """The tree as dictionaries, lists and scalars; a repeated key keeps its last value."""
    match node:
        case Scalar():
            return node.value
        case Sequence():
            return [plain(item) for item in node.items]
        case Mapping():
            return {str(plain(key)): plain(value) for key, value in node.entries}
