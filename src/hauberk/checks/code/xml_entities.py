# SPDX-License-Identifier: Apache-2.0
"""HBK-COD-018: XML parsers that follow what a document names."""

import re
from collections.abc import Iterator

from hauberk.analysis.calls import constant
from hauberk.assets.scopes import Call, name_of, text_of
from hauberk.checks.code.faults import Fault, hits, none
from hauberk.core.card import check
from hauberk.core.finding import Hit
from hauberk.core.scales import Confidence, Severity
from hauberk.core.target import Target

_NAMES = frozenset({b"XMLParser", b"ETCompatXMLParser", b"iterparse", b"setFeature"})
"""One of them stands in all that the rule looks for."""


@check(
    "HBK-COD-018",
    stage="develop",
    kinds=("code", "notebook"),
    formats=("python", "notebook"),
    severity=Severity.HIGH,
    remedy="parse with defusedxml, or with lxml's XMLParser(resolve_entities=False, no_network=True, load_dtd=False)",
    references=("CWE-611", "CWE-776"),
)
def xml_entities(target: Target) -> Iterator[Hit]:
    """An XML parser follows what the document names.

    A document then includes files of the server or answers of its network in what is read from it, or grows in memory
    without end.
    """
    yield from hits(target, _entities, none, _NAMES)


def _entities(call: Call, names: tuple[str, ...]) -> Fault | None:
    if any(re.fullmatch(r"lxml\.etree\.(?:XML|ETCompatXML)Parser|lxml\.etree\.iterparse", name) for name in names):
        for key, bad in (("resolve_entities", True), ("load_dtd", True), ("no_network", False), ("huge_tree", True)):
            node = call.keywords.get(key)
            if node is not None and constant(node, call.scope) is bad:
                return f"{key}={bad} lets a document name what is read", Severity.HIGH, Confidence.HIGH
    verb = call.function.child_by_field_name("attribute")
    if verb is not None and name_of(verb) == "setFeature" and len(call.positional) > 1:
        named = text_of(call.positional[0])
        if ("external_ges" in named or "external_pes" in named) and constant(call.positional[1], call.scope) in (
            True,
            1,
        ):
            return "external entities are switched on", Severity.HIGH, Confidence.HIGH
    return None
