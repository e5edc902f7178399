# SPDX-License-Identifier: Apache-2.0
"""HBK-DEP-014."""

import re
from collections.abc import Iterator

from tree_sitter import Node

from hauberk.analysis.calls import dotted
from hauberk.assets import python
from hauberk.assets.purpose import outside_tests
from hauberk.assets.python import Module
from hauberk.assets.scopes import Scope, text_of
from hauberk.core.card import check
from hauberk.core.finding import Hit
from hauberk.core.scales import Confidence, Severity
from hauberk.core.target import Target

_WORDS = re.compile(rb"\b(?:litserve|bentoml|ray)\b")
_NAMES = (b"litserve", b"bentoml", b"ray")
_LITSERVE = re.compile(r"litserve\.(?:\w+\.)*LitAPI")
_BENTOML = re.compile(r"bentoml\.(?:\w+\.)*(?:service|Service)(?:\(\))?")
_RAY = re.compile(r"ray\.serve\.(?:\w+\.)*deployment(?:\(\))?")
_INGRESS = re.compile(r"ray\.serve\.(?:\w+\.)*ingress")
_ASKS = re.compile(
    r"def authorize\b|authoriz|authentic|\bapi_?key|bearer|x-api-key|compare_digest|jwt|\b40[13]\b|LIT_SERVER_API_KEY"
    r"|add_asgi_middleware|mount_asgi_app|middlewares?\s*=",
    re.IGNORECASE,
)
"""Text that looks at who calls, or puts something before the class that may."""


@check(
    "HBK-DEP-014",
    stage="deploy",
    kinds=("code",),
    formats=("python",),
    applies=outside_tests,
    severity=Severity.MEDIUM,
    remedy="ask who calls: an authorize method (LitServe), an authenticating ASGI middleware (BentoML), an ingress "
    "whose routes have a Security dependency (Ray Serve); or let only an authenticating gateway reach the port",
    references=("OWASP-API:2023:API2", "CWE-306", "ATLAS:AML.T0040", "OWASP-ML:2023:ML05"),
)
def served_class(target: Target) -> Iterator[Hit]:
    """A model server's class answers requests without authentication.

    LitServe, BentoML and Ray Serve make an endpoint of a class and ask nobody for a name: who reaches the port may copy
    the model, search for inputs that mislead it, and spend its budget.
    """
    module = python.read(target.data)
    named = any(name in module.source for name in _NAMES) and _WORDS.search(module.source)
    if named and not any(_ASKS.search(line) for line in module.lines):
        for scope, server in _served(module):
            at = scope.node.start_point
            yield Hit(
                message=f"class {scope.name} is served by {server} to whoever asks",
                place=target.place(at[0] + 1, at[1] + 1),
                severity=Severity.MEDIUM,
                confidence=Confidence.MEDIUM,
                context=f"{server} {scope.name}",
            )
    module.complain()


def _served(module: Module) -> Iterator[tuple[Scope, str]]:
    """Classes that become an endpoint, with the server's name."""
    for scope in module.scopes.values():
        if scope.kind != "class":
            continue
        around = scope.parent or scope
        bases = scope.node.child_by_field_name("superclasses")
        if any(_named(base, around, _LITSERVE) for base in (bases.named_children if bases is not None else ())):
            yield scope, "LitServe"
        marks = [_mark(decorator) for decorator in scope.decorators]
        if any(_named(mark, around, _BENTOML) for mark in marks):
            yield scope, "BentoML"
        elif any(_named(mark, around, _RAY) for mark in marks):
            ingress = any(_named(mark, around, _INGRESS) for mark in marks)
            if not ingress and re.search(r"def __call__\(self,\s*\w*req", text_of(scope.node)):
                yield scope, "Ray Serve"


def _mark(decorator: Node) -> Node:
    """What a decorator names, without the arguments it is called with."""
    inner = decorator.named_children[0]
    function = inner.child_by_field_name("function") if inner.type == "call" else None
    return function if function is not None else inner


def _named(node: Node, scope: Scope, pattern: re.Pattern[str]) -> bool:
    return any(pattern.fullmatch(name) for name in dotted(node, scope))
