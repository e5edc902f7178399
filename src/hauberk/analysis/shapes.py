# SPDX-License-Identifier: Apache-2.0
"""What kind of thing a class is: an enumeration, a view that a web framework calls, a path."""

import re

from tree_sitter import Node

from hauberk.analysis.calls import dotted
from hauberk.analysis.definitions import Definitions
from hauberk.assets.scopes import Scope, text_of

_ENUMS = frozenset({"enum.Enum", "enum.IntEnum", "enum.StrEnum", "enum.Flag"})
_REQUESTED = frozenset(
    {"request", "rfile", "path", "headers", "get_argument", "get_body_argument", "get_query_argument"}
    | {"get_arguments", "get_body_arguments", "get_query_arguments", "get_cookie"}
)
_VIEWS = re.compile(
    r"(?:^|\.)(?:View|APIView|MethodView|Resource|RequestHandler|HTTPEndpoint|BaseHTTPRequestHandler|ViewSet|ModelViewSet"
    r"|GenericAPIView|LitAPI|BaseTool|StreamRequestHandler|TemplateView|FormView|BasePredictor|WebSocketEndpoint)$"
)


def is_view(cls: Scope, definitions: Definitions) -> bool:
    """Whether a class is a view of a web framework or a model server's interface."""
    for one in definitions.lineage(cls):
        bases = one.node.child_by_field_name("superclasses")
        for base in bases.named_children if bases is not None else ():
            if base.type in ("identifier", "attribute") and _VIEWS.search(text_of(base)):
                return True
    return False


def serves(cls: Scope | None, name: str, definitions: Definitions) -> bool:
    """Whether ``self.name`` in a view of a web framework is what a client sent."""
    return cls is not None and name in _REQUESTED and not definitions.fields(cls, name) and is_view(cls, definitions)


def is_path(owner: Node, scope: Scope) -> bool:
    """Whether a value is made by pathlib, whose ``name`` holds no folder."""
    return any("pathlib." in name or "PurePath" in name for name in dotted(owner, scope))


def is_enumeration(cls: Scope) -> bool:
    """Whether a class is an enumeration: of what is given to it only a member comes back."""
    bases = cls.node.child_by_field_name("superclasses") if cls.kind == "class" else None
    return any(
        name in _ENUMS
        for base in (bases.named_children if bases is not None else ())
        for name in dotted(base, cls.parent or cls)
    )
