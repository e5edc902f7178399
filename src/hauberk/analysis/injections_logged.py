# SPDX-License-Identifier: Apache-2.0
"""What a logger puts into its message itself: ``log.info("user %s", name)`` writes the name as ``str`` gives it.

A conversion that escapes line breaks (``%r``, ``%a``) or takes a number leaves nothing to forge. Sources: Python's
documentation of printf-style formatting and of logging; loguru's of its messages.
"""

import re
from collections.abc import Iterator

from tree_sitter import Node

from hauberk.analysis.calls import constant
from hauberk.assets.scopes import Call, text_of

_PERCENT = re.compile(r"%(?:\((\w+)\))?[-#0 +]*(?:\*|\d+)?(?:\.(?:\*|\d+))?[hlL]?([a-zA-Z%])")
_BRACES = re.compile(r"(?<!\{)\{(\w*)((?:![rsa])?)(?::[^{}]*)?\}")


def written(call: Call, position: int, *, braces: bool) -> Iterator[Node]:
    """Arguments that a logger writes into a fixed message as they are; ``braces`` for loguru's ``{}``."""
    message = constant(call.positional[position], call.scope) if position < len(call.positional) else None
    if not isinstance(message, str):
        return
    given = call.positional[position + 1 :]
    if braces:
        for at, found in enumerate(_BRACES.finditer(message)):
            name = found[1]
            place = int(name) if name.isdecimal() else at
            node = call.keywords.get(name) or (given[place] if place < len(given) else None)
            if node is not None and found[2] not in ("!r", "!a"):
                yield node
        return
    marks = [found for found in _PERCENT.finditer(message) if found[2] != "%"]
    if any(found[1] for found in marks):
        yield from _entries({found[1] for found in marks if found[2] == "s"}, given)
    else:
        yield from (node for found, node in zip(marks, given, strict=False) if found[2] == "s")


def _entries(names: set[str], given: tuple[Node, ...]) -> Iterator[Node]:
    """Values of a mapping that is written out, by their keys; the whole of any other."""
    for mapping in given[:1] if names else ():
        if mapping.type != "dictionary":
            yield mapping
        for pair in mapping.named_children if mapping.type == "dictionary" else ():
            key, value = pair.child_by_field_name("key"), pair.child_by_field_name("value")
            if key is not None and value is not None and text_of(key).strip("'\"") in names:
                yield value
