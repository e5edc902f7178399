# SPDX-License-Identifier: Apache-2.0
"""HBK-MOD-007."""

import json
from collections.abc import Iterator
from typing import Any

from hauberk.analysis import loaders
from hauberk.analysis.skops_schema import named
from hauberk.assets import archive
from hauberk.core.card import check
from hauberk.core.content import Budget
from hauberk.core.errors import CannotLook, Malformed
from hauberk.core.finding import Hit
from hauberk.core.place import MemberPlace
from hauberk.core.scales import Severity
from hauberk.core.target import Target

_SCHEMA = "schema.json"
_MARK = b"__loader__"


@check(
    "HBK-MOD-007",
    stage="develop",
    kinds=("model", "dataset", "other"),
    formats=("skops", "zip", "npz"),
    severity=Severity.HIGH,
    remedy="do not add the names to trusted=; have the maker save the model without these classes and functions",
    references=("CWE-502", "ATLAS:AML.T0010", "ATLAS:AML.T0011", "OWASP-ML:2023:ML06"),
)
def skops_types(target: Target) -> Iterator[Hit]:
    """The skops file needs classes or functions outside the allow-list.

    A skops file is rebuilt by the names in its schema. Its loader refuses names that it does not trust and prints
    them, and whoever copies that list into trusted= has run the code behind it.
    """
    who = loaders.sentence("skops")
    for member in _schemas(target):
        for one in named(_parse(member.content.whole())):
            yield Hit(
                message=f"{one.loader} needs {one.path}, which is not on the allow-list; {who}",
                severity=one.severity,
                place=MemberPlace(archive=target.asset.uri, member=member.name, offset=member.offset),
                context=f"{one.loader} {one.path}",
            )


def _schemas(target: Target) -> Iterator[archive.Entry]:
    """The schema; of a zip that nobody calls a skops file, only one that is written like such a schema."""
    seen = False
    for item in archive.entries(target.content, Budget()):
        if isinstance(item, archive.Entry) and item.name == _SCHEMA:
            flaw = item.flaw()
            if flaw:
                raise CannotLook(f"{_SCHEMA}: {flaw}")
            if target.asset.format == "skops" or _MARK in item.content.whole():
                yield item
            seen = True
    if target.asset.format == "skops" and not seen:
        raise Malformed("skops file without its schema")


def _parse(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise Malformed("skops schema is no JSON") from error
