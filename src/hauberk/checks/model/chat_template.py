# SPDX-License-Identifier: Apache-2.0
"""HBK-MOD-006."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from hauberk.analysis.chat_template import reaches
from hauberk.assets import gguf
from hauberk.core.card import check
from hauberk.core.errors import Malformed
from hauberk.core.finding import Hit
from hauberk.core.place import FilePlace, MemberPlace
from hauberk.core.scales import Severity
from hauberk.core.target import Target

_KEY = "chat_template"


class _Template(NamedTuple):
    member: str
    offset: int | None
    text: str


@check(
    "HBK-MOD-006",
    stage="develop",
    kinds=("model",),
    formats=("gguf", "chat-template"),
    severity=Severity.HIGH,
    remedy="take the template from the model's maker, or write one that only loops over the messages",
    references=("CWE-1336", "CWE-94", "ATLAS:AML.T0010", "OWASP-ML:2023:ML06"),
)
def chat_template(target: Target) -> Iterator[Hit]:
    """Chat template reaches Python's internals.

    The template travels with the model and is rendered on every request. One attribute with two underscores leads
    from a message to any function of the process that serves the model.
    """
    for template in _templates(target):
        for reach in reaches(template.text):
            place = (
                FilePlace(path=target.asset.uri, line=reach.line)
                if template.offset is None and not template.member
                else MemberPlace(archive=target.asset.uri, member=template.member, offset=template.offset)
            )
            yield Hit(message=f"the chat template {reach.what}", place=place, context=f"{template.member} {reach.what}")


def _templates(target: Target) -> Iterator[_Template]:
    if target.content.startswith(gguf.MAGIC):
        for found in gguf.texts(target.content.held()):
            if _KEY in found.key:
                yield _Template(found.key, found.offset, found.value)
    elif target.asset.uri.endswith(".jinja"):
        yield _Template("", None, target.text)
    else:
        yield from _in_json(_parse(target.text))


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Malformed("configuration of the tokenizer is no JSON") from error


def _in_json(value: Any) -> Iterator[_Template]:
    """The template, or several by name (``[{"name", "template"}]``)."""
    found = value.get(_KEY) if isinstance(value, dict) else None
    if isinstance(found, str):
        yield _Template(_KEY, None, found)
    elif isinstance(found, list):
        for index, one in enumerate(found):
            text = one.get("template") if isinstance(one, dict) else None
            if not isinstance(text, str):
                raise Malformed("chat templates are no list of names and templates")
            yield _Template(f"{_KEY}[{index}]", None, text)
    elif isinstance(found, dict):
        for name, text in found.items():
            if isinstance(text, str):
                yield _Template(f"{_KEY}.{name}", None, text)
