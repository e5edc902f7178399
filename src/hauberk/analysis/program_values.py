# SPDX-License-Identifier: Apache-2.0
"""What a value of a pickle program is known to be: a constant, a container, a named global, or made by a call.

Constants are Python's own ``int``, ``float``, ``str``, ``bytes``, ``bool``, ``None``; tuples and lists are Python's own
too, so that a later APPEND is seen through every alias, as in the unpickler.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final

from hauberk.assets.pickles import Stretch

CONSTANTS = (int, float, str, bytes, bool, type(None), Stretch)

ENOUGH = 100_000
"""Values looked at when a whole argument must be of constants."""


Way = tuple[str, Callable[..., Any]]
"""One use of a global: its line in a certificate's trace, and the contract that judges it."""
_NO_WAYS: dict[str, Way] = {}


class Unknown:
    """A value about which nothing may be assumed."""

    __slots__ = ()


class Named:
    """A global: what ``getattr(import_module(module), name)`` gives."""

    __slots__ = ("module", "name", "offset", "path", "ways")

    def __init__(self, module: str, name: str, offset: int) -> None:
        """Keep the name as the unpickler would look it up, after the renaming of protocols below 3."""
        self.module = module
        self.name = name
        self.offset = offset
        self.path = f"{module}.{name}"
        """``module.name``."""
        self.ways: dict[str, Way] = _NO_WAYS
        """How it may be used, once that was looked up."""


class Made:
    """The result of a call: what made it, with which arguments, and the state that BUILD gave it."""

    __slots__ = ("arguments", "origin", "state")

    def __init__(self, origin: Named, arguments: object) -> None:
        """Origin is the class where one is known, else the function."""
        self.origin = origin
        self.arguments = arguments
        self.state: object = None


class Table:
    """A dictionary as the pairs that were put in, in order; keys need not be hashable here.

    Of a very long one, pairs of constants are no longer kept; whoever asks for its items must ask ``whole`` first.
    """

    __slots__ = ("attributes", "pairs", "sealed", "whole")

    def __init__(self) -> None:
        """Start empty."""
        self.pairs: list[tuple[object, object]] = []
        self.attributes = False
        """Whether some object's attributes were set from it, which may go on sharing it."""
        self.whole = True
        """Whether every pair is kept."""
        self.sealed = False
        """Whether a type of numpy's has it for its fields, as they were when they were judged."""

    def put(self, pairs: Iterable[tuple[object, object]]) -> None:
        """Add pairs."""
        if len(self.pairs) < ENOUGH:
            self.pairs += pairs
            return
        self.whole = False
        self.pairs += [pair for pair in pairs if not (_forgettable(pair[0]) and isinstance(pair[1], CONSTANTS))]

    def known(self) -> dict[str, object]:
        """The values that string keys have at the end; none where they are not known any more."""
        return {key: value for key, value in self.pairs if isinstance(key, str)} if self.whole else {}

    def last(self, key: str) -> object:
        """The value that a string key has at the end; UNKNOWN where it was never set, or that is not known any more."""
        if self.whole:
            for pair in reversed(self.pairs):
                if pair[0] == key:
                    return pair[1]
        return UNKNOWN


def _forgettable(key: object) -> bool:
    """A constant that is no special attribute's name."""
    return isinstance(key, CONSTANTS) and not (isinstance(key, str) and key.startswith("__"))


def extend(items: list[object], more: list[object]) -> None:
    """Add items to a list; of a very long one, which counts as no constant anyway, constants are only counted."""
    if len(items) < ENOUGH:
        items += more
    else:
        items += [None if isinstance(item, CONSTANTS) else item for item in more]


class Bag:
    """A set or frozenset."""

    __slots__ = ("items",)

    def __init__(self, items: list[object]) -> None:
        """Hold these items."""
        self.items = items


class Persistent:
    """What the loader's ``persistent_load`` gives for an id; the loader decides, the file does not."""

    __slots__ = ("key",)

    def __init__(self, key: object) -> None:
        """Keep the id."""
        self.key = key


UNKNOWN: Final = Unknown()


def constant(value: object) -> bool:
    """Whether a value is a constant, or a tuple or list of nothing but constants."""
    waiting, seen = [value], 0
    while waiting:
        item = waiting.pop()
        seen += 1
        if seen >= ENOUGH:
            return False
        if isinstance(item, tuple | list):
            waiting.extend(item)
        elif not isinstance(item, CONSTANTS):
            return False
    return True
