# SPDX-License-Identifier: Apache-2.0
"""What the tables say of names: who decides what a library gives, which functions make a value harmless for what."""

import enum
import re
from functools import cache, lru_cache

from tree_sitter import Node

from hauberk.analysis.calls_sources import ANSWERED, ASKED, FROM_CALLER, OUTSIDE, OWN, PURE, SAFE, SAFE_FOR, SAFE_VERBS
from hauberk.assets.scopes import Scope, text_of


class Origin(enum.IntEnum):
    """Who decides a value, from nobody to a stranger; of several the highest counts."""

    FIXED = 0
    """Written in the code, or made of nothing else."""
    LOCAL = 1
    """Made somewhere that the code does not show."""
    CALLER = 2
    """Handed in by code that the project does not show: whoever imports a function decides what it is given."""
    OPERATOR = 3
    """Decided by the command line or the environment."""
    ANSWERED = 4
    """What another server answered, which the program itself had asked."""
    OUTSIDE = 5
    """A request, an upload, a download, a model's answer."""


STRANGERS = frozenset({Origin.ANSWERED, Origin.OUTSIDE})
"""Origins of what others than the program's own people decide."""


_OUTSIDE_MODULES = tuple(name for name in OUTSIDE if name.endswith(".") and not name.endswith((".request.", ".stdin.")))
"""Only what calls into them return comes from outside; their constants and classes do not."""
_OUTSIDE_NAMES = tuple(name for name in OUTSIDE if name not in _OUTSIDE_MODULES)
_SAFE_MODULES = tuple(name for name in SAFE if name.endswith("."))
_BY_A_PERSON = frozenset({"path", "url", "log"})
"""Kinds for which what is piped into a program is no attack: whoever runs it may open what they like."""
_TERMINAL = frozenset({"argparse", "click", "cmd", "docopt", "fire", "optparse", "prompt_toolkit", "typer"})
"""Modules of which programs for the command line are made."""
_PIPED = ("sys.stdin.",)
_STATED = re.compile(r"\(\)\.(?:(?:status|status_code|ok|elapsed|fileno\(\)|getsockname\(\))|(state|app))(?:\.|$)")
"""What a response, a socket or a request says of itself: numbers, and (the group) what the server itself put there."""
_REMOVED = re.compile(r"replace\(\s*f?['\"](?:\\n|\\r|\\r\\n)")


def under(name: str, prefixes: tuple[str, ...]) -> bool:
    """Whether a dotted name, or something got from it, is on a list whose entries end with ``.`` for whole modules."""
    whole, begins = _split(prefixes)
    return name in whole or name.startswith(begins)


@cache
def _split(prefixes: tuple[str, ...]) -> tuple[frozenset[str], tuple[str, ...]]:
    """The names of a list, and how what is got from them begins."""
    return frozenset(prefixes), tuple(one if one.endswith((".", ")")) else f"{one}." for one in prefixes)


def listed(names: tuple[str, ...], kind: str) -> Origin | None:
    """What the tables say of a dotted name that an expression may stand for; None where they are silent."""
    for name in names:
        origin = _listed(name, kind)
        if origin is not None:
            return origin
    return None


@lru_cache(maxsize=1 << 16)
def _listed(name: str, kind: str) -> Origin | None:
    if name in SAFE or under(name, _SAFE_MODULES) or under(name, OWN) or name in SAFE_FOR.get(kind, ()):
        return Origin.FIXED
    if kind in _BY_A_PERSON and under(name, _PIPED):
        return Origin.OPERATOR
    stated = _STATED.search(name)
    if stated is not None and under(name, OUTSIDE):
        return Origin.LOCAL if stated[1] else Origin.FIXED
    if under(name, _OUTSIDE_NAMES) or ("()" in name and under(name, _OUTSIDE_MODULES)):
        return _stranger(name, kind)
    return Origin.OPERATOR if under(name, FROM_CALLER) else None


def _stranger(name: str, kind: str) -> Origin:
    """Who sends what a name stands for. A server that was asked is none who forges lines of a log."""
    if not answered(name):
        return Origin.OUTSIDE
    return Origin.LOCAL if kind == "log" else Origin.ANSWERED


def answered(name: str) -> bool:
    """Whether a dotted name gives the answer of a server that the program itself asked."""
    return under(name, ANSWERED) and not under(name, ASKED)


def typed(names: tuple[str, ...], kind: str, scope: Scope) -> bool:
    """Whether a program for the terminal asks whoever started it, who may open whatever there is without its help."""
    asks = kind in _BY_A_PERSON and any(name in ("builtins.input()", "builtins.raw_input()") for name in names)
    bound = (one.target for bindings in scope.root.bindings.values() for one in bindings if one.how == "import")
    return asks and any(target.partition(".")[0] in _TERMINAL for target in bound)


def imported(name: str) -> Origin:
    """A module, function or class is fixed, and so is what another module calls in capitals; its variables are not."""
    found = _listed(name, "any") or (
        Origin.OUTSIDE if under(f"{name}.", OUTSIDE) and name.endswith("request") else None
    )
    if found is not None:
        return found
    last = name.rpartition(".")[2]
    fixed = not name or last.isupper() or "." not in name.strip(".") or under(name, PURE)
    return Origin.FIXED if fixed else Origin.LOCAL


def is_safe(verb: str, function: str, kind: str, node: Node) -> bool:
    """Whether a function or method of this name leaves nothing harmful for this kind of sink, whoever wrote it."""
    if verb in SAFE_VERBS.get(kind, ()) or (function in SAFE_VERBS.get(kind, ())):
        return True
    return kind == "log" and _REMOVED.search(text_of(node)) is not None
