# SPDX-License-Identifier: Apache-2.0
"""The published JSON Schemas (2020-12) of manifests, policies and scan documents, made from the types themselves.

Types, defaults and required keys come from the classes, descriptions from the docstrings beneath their fields, patterns
from ``forms``. What a schema cannot say (that a reference leads somewhere, that an id is used once) stays the loader's.
"""

import ast
import inspect
import json
from functools import cache
from types import ModuleType
from typing import Any

from hauberk.core import asset, document, evidence, finding, limit, measurement, place, system, verdict
from hauberk.core.codec import json_schema
from hauberk.core.limit import Limit, Regression
from hauberk.core.system import Policy, Rule, System
from hauberk.manifest.forms import DOCUMENTS, FORMS, HIDDEN, INTEGERS, POLICY_PATH, Form

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_MODULES = (asset, document, evidence, finding, limit, measurement, place, system, verdict)

_MAY = ("may_drop", "may_rise")
_GIVEN = ("severity", "limit", "regression")
"""A rule needs one of these."""


def schema() -> dict[str, Any]:
    """The schema of ``hauberk.yaml``."""
    made = _document(System, "manifest-1", "hauberk.yaml: a machine-learning system, as hauberk reads it")
    properties = made["$defs"]["System"]["properties"]
    for hidden in HIDDEN:
        del properties[hidden]
    properties["policy"]["anyOf"].insert(0, {"type": "string", "allOf": _patterns(POLICY_PATH, optional=False)})
    return made


def policy_schema() -> dict[str, Any]:
    """The schema of a policy file."""
    return _document(Policy, "policy-1", "A policy file: what turns evidence into a verdict")


def scan_schema() -> dict[str, Any]:
    """The schema of the document that ``hauberk scan --json`` prints."""
    return _document(document.Scan, "scan-1", "hauberk/scan/1: what scan, demo, assess and gate print with --json")


def schemas() -> dict[str, str]:
    """File name to text of every published schema."""
    made = {"manifest-1.json": schema(), "policy-1.json": policy_schema(), "scan-1.json": scan_schema()}
    return {name: json.dumps(one, indent=2, ensure_ascii=False) + "\n" for name, one in made.items()}


def described(kind: type, name: str, title: str, modules: tuple[ModuleType, ...]) -> dict[str, Any]:
    """The schema of a type, with the docstrings beneath its fields, which are read from these modules."""
    made = json_schema(kind)
    for label, definition in made["$defs"].items():
        _describe(label, definition, modules)
    return {"$schema": DIALECT, "$id": f"urn:hauberk:schema:{name}", "title": title, **made}


def _document(kind: type, name: str, title: str) -> dict[str, Any]:
    made = described(kind, name, title, _MODULES)
    if kind in DOCUMENTS:
        made["$defs"][kind.__name__]["properties"] |= {"schema": {"const": DOCUMENTS[kind]}}
        _bound(made["$defs"])
    return made


def _describe(label: str, definition: dict[str, Any], modules: tuple[ModuleType, ...]) -> None:
    for field, text in _docstrings(modules).get(label, {}).items():
        if field in definition.get("properties", {}):
            definition["properties"][field]["description"] = text


def _bound(definitions: dict[str, Any]) -> None:
    """Add what the loader asks beyond types: forms, bounds, and the two rules about rules."""
    for (cls, field), forms in FORMS.items():
        if cls.__name__ in definitions:
            definition = definitions[cls.__name__]
            optional = field not in definition["required"]
            _form(definition["properties"][field], forms, optional=optional)
    for (cls, field), (least, most) in INTEGERS.items():
        if cls.__name__ in definitions:
            node = definitions[cls.__name__]["properties"][field]
            target = node["anyOf"][0] if "anyOf" in node else node
            target |= {"minimum": least, "maximum": most}
    number = {"type": "number"}
    bounds = [{"required": [bound], "properties": {bound: number}} for bound in ("at_least", "at_most")]
    definitions[Limit.__name__]["oneOf"] = bounds
    bounds = [{"required": [bound], "properties": {bound: {**number, "minimum": 0}}} for bound in _MAY]
    definitions[Regression.__name__]["oneOf"] = bounds
    given = [{"required": [key], "properties": {key: {"not": {"type": "null"}}}} for key in _GIVEN]
    definitions[Rule.__name__]["anyOf"] = given
    definitions[Policy.__name__]["properties"]["rules"]["minItems"] = 1


def _form(node: dict[str, Any], forms: tuple[Form, ...], *, optional: bool) -> None:
    if node["type"] == "string":
        node["allOf"] = _patterns(forms, optional=optional)
    elif "prefixItems" in node:
        node["prefixItems"] = [
            {"type": "string", "allOf": _patterns(forms, optional=False)} for _ in node["prefixItems"]
        ]
    else:
        node["items"] = {"type": "string", "allOf": _patterns(forms, optional=False)}


def _patterns(forms: tuple[Form, ...], *, optional: bool) -> list[dict[str, Any]]:
    return [_pattern(form, optional=optional) for form in forms]


def _pattern(form: Form, *, optional: bool) -> dict[str, Any]:
    if form.words:
        return {"enum": [*form.words, *([""] if optional else [])]}
    return {"pattern": f"^(?:{'|' if optional else ''}{form.pattern})$"}


@cache
def _docstrings(modules: tuple[ModuleType, ...]) -> dict[str, dict[str, str]]:
    """Class to field to the docstring beneath it; msgspec keeps none, so the source is read."""
    found: dict[str, dict[str, str]] = {}
    for module in modules:
        for node in ast.parse(inspect.getsource(module)).body:
            if isinstance(node, ast.ClassDef):
                found[node.name] = _beneath(node)
    return found


def _beneath(node: ast.ClassDef) -> dict[str, str]:
    texts: dict[str, str] = {}
    for before, after in zip(node.body, node.body[1:], strict=False):
        if isinstance(before, ast.AnnAssign) and isinstance(before.target, ast.Name) and isinstance(after, ast.Expr):
            value = after.value
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                texts[before.target.id] = inspect.cleandoc(value.value)
    return texts
