# SPDX-License-Identifier: Apache-2.0
"""The Python modules of a tree as one program: which file a name comes from, who mentions a function.

Files are held as bytes and parsed only when a question reaches them, so that a million lines cost one reading.
A file can only call a function by mentioning its name: that makes a search of the bytes an exact filter.
"""

import re
import sys
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from tree_sitter import Node

from hauberk.assets import python
from hauberk.assets.names import used, words
from hauberk.assets.scopes import Binding, Call, Scope, name_of
from hauberk.core.asset import Asset
from hauberk.core.errors import CannotLook
from hauberk.core.target import Source

_WORD = re.compile(r"[A-Za-z_]\w*", re.ASCII)
HELD = 24 << 20
"""Bytes of source whose syntax trees are kept."""
MOST_BYTES = 512 << 20
"""Bytes of source that are searched."""
_HOPS = 12
"""Longest chain of re-exports that is followed."""
_MOST_PLACES = 200
"""Most places in which one name is looked for."""


@dataclass(frozen=True, slots=True, eq=False)
class Unit:
    """One module under its path."""

    uri: str
    module: python.Module
    called: dict[str, list[Call]] = field(default_factory=dict)
    """Calls by the last part of the name that is called."""
    given: dict[str, list[Call]] = field(default_factory=dict)
    """Calls by the names of what they are given."""

    def index(self) -> "Unit":
        """Fill the two tables; done once, when somebody asks who calls what."""
        if self.called or not self.module.calls:
            return self
        for call in self.module.calls:
            name = call.function.child_by_field_name("attribute") or call.function
            if name.type == "identifier":
                self.called.setdefault(name_of(name), []).append(call)
            else:
                self.called.setdefault("", []).append(call)
            for node in (*call.positional, *call.keywords.values()):
                last = node.child_by_field_name("attribute") or node
                if last.type == "identifier":
                    self.given.setdefault(name_of(last), []).append(call)
        return self


class Project:
    """Python files by their paths."""

    def __init__(self, readers: Mapping[str, Callable[[], bytes]]) -> None:
        """Files by path, each with what reads it."""
        self._readers = readers
        self._text: dict[str, bytes] | None = None
        self._units: OrderedDict[str, tuple[Unit, int]] = OrderedDict()
        self._weight = 0
        self._homes: dict[int, Unit] = {}
        self._mentions: dict[str, tuple[str, ...]] = {}
        self._defining: dict[tuple[str, int], tuple[str, ...]] = {}
        self._index: dict[bytes, list[str]] | None = None
        self._used: dict[str, set[bytes]] = {}
        self._nowhere: set[tuple[str, str]] = set()
        self._places: dict[str, list[str]] = {}
        for uri in readers:
            stem = uri.removesuffix(".py").removesuffix("/__init__")
            self._places.setdefault(stem.rpartition("/")[2], []).append(uri)

    @property
    def alone(self) -> bool:
        """Whether only what is entered is here, so that others may use it unseen."""
        return not self._readers

    def enter(self, uri: str, module: python.Module) -> Unit:
        """The unit of a module that was read elsewhere; it stands for its path from now on."""
        held = self._units.get(uri)
        if held is not None and held[0].module is module:
            return held[0]
        return self._hold(uri, module, len(module.source))

    def unit(self, uri: str) -> Unit | None:
        """The module at a path; None where there is none or it cannot be read, which its own examination says."""
        held = self._units.get(uri)
        if held is not None:
            self._units.move_to_end(uri)
            return held[0]
        data = self._bytes(uri)
        if data is None:
            return None
        try:
            return self._hold(uri, python.held(data, uri), len(data))
        except CannotLook:
            return None

    def home(self, scope: Scope) -> Unit | None:
        """The unit that a scope belongs to."""
        return self._homes.get(id(scope.root))

    def mentions(self, text: str) -> tuple[str, ...]:
        """Paths of files whose bytes hold a name, sorted; ``text`` may have signs around the name, as ``def name(``."""
        known = self._mentions.get(text)
        if known is None:
            data, word = text.encode(), _WORD.search(text.rpartition(" ")[2])
            uris = self._words().get(word[0].encode(), ()) if word and text.isascii() else self._all()
            exact = word is not None and word[0] == text
            every = self._all()
            known = self._mentions[text] = tuple(uris if exact else (uri for uri in uris if data in every[uri]))
        return known

    def defining(self, name: str, most: int) -> tuple[str, ...]:
        """The first paths, at most so many, of files that hold ``def name(``; no more are searched than needed."""
        known = self._defining.get((name, most))
        if known is None:
            data, every = f"def {name}(".encode(), self._all()
            uris = self._words().get(name.encode(), ()) if name.isascii() else every
            known = self._defining[name, most] = tuple(islice((uri for uri in uris if data in every[uri]), most))
        return known

    def uses(self, uri: str, name: str) -> bool:
        """Whether a file may call, or hand on, what has this name; where not, nothing in it needs to be parsed."""
        if uri not in self._used:
            self._used[uri] = used(self._bytes(uri) or b"")
        return name.encode() in self._used[uri]

    def _words(self) -> dict[bytes, list[str]]:
        """Files by the words in them: one reading instead of one for each question."""
        if self._index is None:
            self._index = {}
            for uri, data in self._all().items():
                for word in words(data):
                    self._index.setdefault(word, []).append(uri)
        return self._index

    def find(self, dotted: str, near: str) -> Iterator[tuple[Unit, Binding]]:
        """What a dotted name stands for, as imported by the file at ``near``; re-exports are followed.

        A name is looked for once in each file, however many star imports lead there; one found nowhere is remembered.
        """
        if (dotted, near) in self._nowhere:
            return
        empty = True
        for found in self._search(dotted, near, _HOPS, set()):
            empty = False
            yield found
        if empty:
            self._nowhere.add((dotted, near))

    def _search(self, dotted: str, near: str, hops: int, seen: set[tuple[str, str]]) -> Iterator[tuple[Unit, Binding]]:
        for uri, rest in self._split(dotted, near):
            at = (uri, ".".join(rest))
            unit = self.unit(uri) if rest and at not in seen and len(seen) < _MOST_PLACES else None
            seen.add(at)
            if unit is None:
                continue
            bindings = unit.module.root.bindings.get(rest[0], [])
            stars = unit.module.root.bindings.get("*", []) if not bindings and not self._is_package(uri, rest) else []
            for binding in (*bindings[-8:], *stars[:8]):
                if binding.how in ("import", "star") and hops > 0:
                    tail = ".".join(rest[1:] if binding.how == "import" else rest)
                    target = binding.target.rstrip(".") if binding.how == "star" and tail else binding.target
                    joined = target + tail if target.endswith(".") else f"{target}.{tail}" if tail else target
                    joined = joined if target.strip(".") or not tail else target + tail
                    yield from self._search(joined, uri, hops - 1, seen)
                elif len(rest) == 1:
                    yield unit, binding
                elif binding.how == "class":
                    yield from ((unit, one) for one in binding.scope.bindings.get(rest[1], [])[-8:])

    def _is_package(self, uri: str, rest: list[str]) -> bool:
        """Whether a name in a package is one of its modules, which no star import gives."""
        folder, _, name = uri.rpartition("/")
        return name == "__init__.py" and len(rest) > 1 and any(self._at(f"{folder}/{rest[0]}".lstrip("/")))

    def _split(self, dotted: str, near: str) -> Iterator[tuple[str, list[str]]]:
        """Files that a dotted name may lead to, longest first, each with what is left of the name."""
        level = len(dotted) - len(dotted.lstrip("."))
        parts = [part for part in dotted.strip(".").split(".") if part]
        folder = near.rpartition("/")[0].split("/") if "/" in near else []
        if level:
            base = folder[: len(folder) - (level - 1)] if level > 1 else folder
            for count in range(len(parts), -1, -1):
                yield from ((uri, parts[count:]) for uri in self._at("/".join([*base, *parts[:count]])))
            return
        for count in range(len(parts), 0, -1):
            yield from ((uri, parts[count:]) for uri in self._anywhere(parts[:count], near))

    def _at(self, stem: str) -> Iterator[str]:
        for uri in (f"{stem}.py", f"{stem}/__init__.py" if stem else "__init__.py"):
            if uri in self._readers:
                yield uri

    def _anywhere(self, parts: list[str], near: str) -> list[str]:
        """The file of an absolute import: beside the importing file, or below some root; the nearest first."""
        path = "/".join(parts)
        folder = near.rpartition("/")[0]
        found = []
        for uri in self._places.get(parts[-1], ()):
            stem = uri.removesuffix(".py").removesuffix("/__init__")
            if stem != path and not stem.endswith(f"/{path}"):
                continue
            root = stem[: -len(path)].rstrip("/")
            beside = root == folder
            shadowing = parts[0] in sys.stdlib_module_names and not beside
            if not shadowing and (beside or f"{root}/__init__.py".lstrip("/") not in self._readers):
                found.append((not beside, -_common(root, folder), uri))
        return [uri for _, _, uri in sorted(found)][:1]

    def _hold(self, uri: str, module: python.Module, size: int) -> Unit:
        unit = Unit(uri, module)
        if uri in self._units:
            self._forget(uri)
        self._units[uri] = unit, size
        self._weight += size
        self._homes[module.identity] = unit
        while len(self._units) > 1 and self._weight > HELD:
            self._forget(next(iter(self._units)))
        return unit

    def _forget(self, uri: str) -> None:
        unit, size = self._units.pop(uri)
        self._weight -= size
        self._homes.pop(unit.module.identity, None)

    def _bytes(self, uri: str) -> bytes | None:
        return self._all().get(uri)

    def _all(self) -> dict[str, bytes]:
        if self._text is None:
            self._text = {}
            total = 0
            for uri, read in self._readers.items():
                try:
                    data = read()
                except CannotLook:
                    continue
                total += len(data)
                if total > MOST_BYTES:
                    break
                self._text[uri] = data
        return self._text


def _common(one: str, other: str) -> int:
    count = 0
    for a, b in zip(one.split("/"), other.split("/"), strict=False):
        if a != b:
            break
        count += 1
    return count


_last: list[tuple[tuple[Asset, ...], Project]] = []


def project(source: Source) -> Project:
    """The Python files around a target; the last is kept, so that all targets of one tree share the reading."""
    assets = source.all(".py")
    if not (_last and (_last[0][0] is assets or _keys(_last[0][0]) == _keys(assets))):
        _last[:] = [(assets, Project({asset.uri: _reader(source, asset) for asset in assets}))]
    return _last[0][1]


def _keys(assets: tuple[Asset, ...]) -> list[tuple[str, str | None]]:
    return [(asset.uri, asset.digest) for asset in assets]


def _reader(source: Source, asset: Asset) -> Callable[[], bytes]:
    return lambda: source.data(asset)


def node_name(call: Call) -> Node:
    """The last part of what a call names."""
    return call.function.child_by_field_name("attribute") or call.function
