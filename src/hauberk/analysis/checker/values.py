# SPDX-License-Identifier: Apache-2.0
"""Values of the checker's machine, and the allow-list as it reads it."""

import functools
import hashlib
import importlib.resources
import json
from typing import Any, NamedTuple

from hauberk.analysis.checker.refusal import Refused, Unsafe
from hauberk.analysis.checker.source import Source


class Global(NamedTuple):
    """A name that the program looks up."""

    module: str
    name: str

    def __str__(self) -> str:
        """``module.name``."""
        return f"{self.module}.{self.name}"


class Object:
    """What a call made."""

    def __init__(self, maker: Global, arguments: tuple[Any, ...]) -> None:
        """Remember the class, or the function, and its arguments."""
        self.maker = maker
        self.arguments = arguments
        self.state: Any = None


class Mapping:
    """A dictionary under construction."""

    def __init__(self, items: list[Any]) -> None:
        """Take keys and values in turn."""
        self.keys: list[Any] = []
        self.values: list[Any] = []
        self.of_attributes = False
        self.sealed = False
        """Whether a type of numpy's has it for its fields."""
        self.put(items)

    def put(self, items: list[Any]) -> None:
        """Add keys and values in turn; refuse attributes that would change what the unpickler calls next."""
        if len(items) % 2:
            raise Refused("odd number of items for a dictionary")
        if self.sealed:
            raise Unsafe("changes the fields of a type that numpy has taken")
        self.keys += items[::2]
        self.values += items[1::2]
        if self.of_attributes:
            self.become_attributes()

    def become_attributes(self) -> None:
        """Note that an object takes this dictionary for its attributes."""
        self.of_attributes = True
        for key in self.keys:
            if isinstance(key, Object) or (isinstance(key, str) and key.startswith("__") and key in dir(type)):
                raise Unsafe("sets a special attribute")
            if key == "__setstate__":
                raise Unsafe("sets a special attribute")


class Group(list[Any]):
    """A set or frozenset under construction."""


class Long:
    """A constant of many bytes: where it stands, and in which codec its letters are bytes."""

    def __init__(self, source: Source, start: int, count: int, codec: str = "latin-1") -> None:
        """``utf-8`` where it is text; else the bytes stand as they are."""
        self.source = source
        self.start = start
        self.count = count
        self.codec = codec

    def head(self, count: int) -> bytes:
        """Its first bytes, as they stand in the file."""
        return self.source.read(self.start, min(count, self.count))


class Opaque:
    """An object that the loader provides: a storage."""


@functools.cache
def listed() -> tuple[str, dict[str, dict[str, dict[str, Any]]]]:
    """Digest of the allow-list, and its entries by module and name."""
    raw = importlib.resources.files("hauberk.analysis").joinpath("allowlist.json").read_bytes()
    return "sha256:" + hashlib.sha256(raw).hexdigest(), json.loads(raw)["globals"]


def permitted(name: Global, use: str = "") -> str:
    """The contract of a global for a use; raises Unsafe where it is not allowed."""
    entry = listed()[1].get(name.module, {}).get(name.name)
    if entry is None:
        raise Unsafe(f"{name} is not on the allow-list")
    if use and use not in entry["uses"]:
        raise Unsafe(f"{name} may not be used so: {use}")
    return str(entry["contract"])
