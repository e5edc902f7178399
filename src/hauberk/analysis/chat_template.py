# SPDX-License-Identifier: Apache-2.0
"""What a chat template could reach: Jinja is parsed here, never rendered.

A template is rendered on each request by whoever serves the model. From any value, an attribute with two underscores
leads to Python's internals, and from there to anything; sandboxes have been left in that way, and by building the
name out of parts. Honest templates loop over messages and add texts.
"""

from collections.abc import Iterator
from typing import NamedTuple

from jinja2 import Environment, TemplateSyntaxError, nodes

from hauberk.core.errors import Malformed, TooLarge

MOST_CHARACTERS = 1_000_000
_GLOBALS = frozenset(["builtins", "config", "cycler", "g", "get_flashed_messages", "import_module", "joiner", "lipsum",
                      "open", "os", "request", "self", "session", "subprocess", "sys", "url_for"])  # fmt: skip
_BY_NAME = frozenset(["attr", "format_map"])
_MAPPING = frozenset(["map", "selectattr", "rejectattr", "groupby", "sort", "unique", "sum", "min", "max"])
_METHODS = frozenset(["format", "format_map", "mro"])
_EXTENSIONS = ("jinja2.ext.do", "jinja2.ext.loopcontrols")


class Reach(NamedTuple):
    """One expression that reaches further than an honest template does."""

    line: int
    what: str


def reaches(template: str) -> Iterator[Reach]:
    """Everything in a template that leads beyond its messages; raises Malformed for what is no template."""
    if len(template) > MOST_CHARACTERS:
        raise TooLarge(f"template of more than {MOST_CHARACTERS} characters")
    environment = Environment(extensions=_EXTENSIONS)  # noqa: S701  parsed, never rendered
    try:
        tree = environment.parse(_without_generation(template))
    except (TemplateSyntaxError, RecursionError, OverflowError, ValueError) as error:
        raise Malformed("chat template is no Jinja template") from error
    assigned = {name.name for name in tree.find_all(nodes.Name) if name.ctx != "load"}
    for node in tree.find_all(nodes.Node):
        what = _node(node, assigned)
        if what:
            yield Reach(node.lineno, what)


def _without_generation(template: str) -> str:
    """The tag that transformers adds for masks of training, which has no effect of its own."""
    for word in ("generation", "endgeneration"):
        for left in ("{%-", "{%"):
            for right in ("-%}", "%}"):
                template = template.replace(f"{left} {word} {right}", "")
    return template


def _node(node: nodes.Node, assigned: set[str]) -> str:
    found = ""
    if isinstance(node, nodes.Getattr):
        found = _name(node.attr)
    elif isinstance(node, nodes.Getitem):
        found = _item(node.arg)
    elif isinstance(node, nodes.Filter):
        found = _filter(node)
    elif isinstance(node, nodes.Name) and node.ctx == "load" and node.name in _GLOBALS - assigned:
        found = f"uses {node.name}, from which Python's internals are reached"
    elif isinstance(node, nodes.Include | nodes.Import | nodes.FromImport | nodes.Extends):
        found = "takes in another template"
    elif isinstance(node, nodes.Const) and isinstance(node.value, str) and _internal(node.value):
        found = "names one of Python's internals in a text"
    return found


def _name(attribute: str) -> str:
    if attribute.startswith("_") or attribute in _METHODS:
        return f"takes the attribute {attribute}, from which Python's internals are reached"
    return ""


def _item(argument: nodes.Expr) -> str:
    if isinstance(argument, nodes.Const):
        return _name(argument.value) if isinstance(argument.value, str) and argument.value.startswith("_") else ""
    built = (nodes.Concat, nodes.Mod, nodes.Filter, nodes.Call, nodes.Mul)
    if isinstance(argument, built) and any(isinstance(one.value, str) for one in argument.find_all(nodes.Const)):
        return "takes an attribute whose name it builds"
    return ""


def _filter(node: nodes.Filter) -> str:
    if node.name in _BY_NAME:
        return f"takes an attribute through the filter {node.name}"
    first = node.args[0] if node.args else None
    if node.name == "map" and isinstance(first, nodes.Const) and first.value in _BY_NAME:
        return "takes an attribute through the filter map"
    given = [first, *(keyword.value for keyword in node.kwargs)] if node.name in _MAPPING else []
    for one in given:
        if isinstance(one, nodes.Const) and isinstance(one.value, str) and one.value.startswith("_"):
            return f"takes the attribute {one.value} through the filter {node.name}"
        if one is not None and not isinstance(one, nodes.Const | nodes.Name):
            return f"takes an attribute whose name it builds, through the filter {node.name}"
    return ""


def _internal(text: str) -> bool:
    return any(
        word in text
        for word in ("__class__", "__globals__", "__builtins__", "__subclasses__", "__import__", "__init__", "__mro__",
                     "__base__", "__getattribute__", "__dict__")
    )  # fmt: skip
