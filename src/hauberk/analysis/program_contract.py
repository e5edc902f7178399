# SPDX-License-Identifier: Apache-2.0
"""What a contract is: a check of the arguments of an allowed callable, and of the state that it may get."""

from collections.abc import Callable
from typing import NamedTuple

from hauberk.analysis import allowlist
from hauberk.analysis.program_values import Made, Named

Arguments = tuple[object, ...]
MOST_ITEMS = 1 << 20
"""Elements that a constructor may be asked to allocate before the file's own bytes pay for them."""
MAPPINGS = frozenset(["builtins.dict", "collections.ChainMap", "collections.Counter", "collections.OrderedDict",
                      "collections.UserDict", "collections.defaultdict"])  # fmt: skip
"""Calls that make a dictionary whose items are not known here."""


class Breach(Exception):
    """The arguments break the contract; the message ends a sentence that begins with ``calls X``."""


class Contract(NamedTuple):
    """What a call may be given, and which state what it made may get."""

    call: Callable[[Named, Arguments], object]
    build: Callable[[Made, object], None]


def allowed_class(value: object) -> Named:
    """The value as a class that may be made by ``__new__``."""
    if not isinstance(value, Named):
        raise Breach("on a class that is not known")
    known = allowlist.entry(value.module, value.name)
    if known is None or not ("new" in known.uses or "class" in known.uses):
        raise Breach(f"on {value.path}, which is not an allowed class")
    return value


def any_state(_made: Made, _state: object) -> None:
    """Whatever BUILD gives."""


def allocable(value: object) -> None:
    """A shape that allocates little before the file's own bytes pay for it."""
    if count(tuple(value) if isinstance(value, list) else value) > MOST_ITEMS:
        raise Breach("with a shape that allocates more than the file holds")


def count(shape: object) -> int:
    """Items of an array of this shape."""
    found = 1
    for size in shape if isinstance(shape, tuple) else (shape,):
        if not isinstance(size, int) or size < 0:
            raise Breach("with a shape that is not of whole numbers")
        found *= size
    return found
