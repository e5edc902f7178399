# SPDX-License-Identifier: Apache-2.0
"""Models and data sets that no document explains."""

import re
from collections.abc import Iterator

from hauberk.core.card import check
from hauberk.core.errors import Malformed
from hauberk.core.finding import Hit
from hauberk.core.place import FilePlace
from hauberk.core.scales import Kind, Severity
from hauberk.core.system import System
from hauberk.core.target import Target

_DOCUMENT = re.compile(
    r"\.(?:md|markdown|rst|txt|html?|json|ya?ml|adoc|org|tex|docx|odt|pdf)$|(?:^|/)[^./]+$", re.IGNORECASE
)
_NAMES = {
    Kind.MODEL: re.compile(r"(?:^|[/_.-])model[ _-]?(?:card|facts?|sheet|report)s?(?:[/_.-]|$)", re.IGNORECASE),
    Kind.DATASET: re.compile(
        r"(?:^|[/_.-])(?:data[ _-]?sheets?|data(?:set)?[ _-]?cards?|croissant|dataset[ _-]?description)(?:[/_.-]|$)",
        re.IGNORECASE,
    ),
}
_HEADINGS = {
    Kind.MODEL: re.compile(
        r"^#+ .*\b(?:model card|intended use|limitations|out-of-scope|evaluation)\b|^model-index:",
        re.IGNORECASE | re.MULTILINE,
    ),
    Kind.DATASET: re.compile(
        r"^#+ .*\b(?:datasheet|data ?set card|data card|collection process|data collection|provenance)\b",
        re.IGNORECASE | re.MULTILINE,
    ),
}
_WORDS = {Kind.MODEL: "model card", Kind.DATASET: "datasheet"}
_READMES = re.compile(r"(?:^|/)readme[^/]*\.(?:md|markdown|rst|txt)$|(?:^|/)readme$", re.IGNORECASE)
_MOST_READMES = 50
"""Readmes that are opened, those nearest to the root first; a card deeper than that explains something else."""


def _explains_something(target: Target) -> bool:
    return bool(target.system and any(asset.kind in _NAMES for asset in target.system.assets))


@check(
    "HBK-GOV-003",
    stage="govern",
    kinds=("manifest",),
    formats=("hauberk",),
    severity=Severity.LOW,
    remedy="write a model card and a datasheet (purpose, origin, limits, quality by group); keep them with the code",
    references=("AI-Act:Art.11", "AI-Act:Art.13", "arXiv:1810.03993", "arXiv:1803.09010"),
    needs=("system",),
    applies=_explains_something,
)
def documents(target: Target) -> Iterator[Hit]:
    """No document explains the model or its data.

    Who uses a model must know what it was made for, on what, how well it works for whom, and where it fails. Without a
    document each user guesses, and a reviewer has nothing to hold the system to.
    """
    system = target.system
    if system is None:
        return
    for kind, word in _WORDS.items():
        index = next((i for i, asset in enumerate(system.assets) if asset.kind is kind), None)
        if index is not None and not _found(target, system, kind):
            yield Hit(
                message=f"no {word} is declared as a document, and none was found among the files",
                place=FilePlace(path=system.uri, line=system.line(f"assets[{index}]")),
                context=f"no {word}",
            )


def _found(target: Target, system: System, kind: Kind) -> bool:
    """Whether a document of this sort is declared and exists, lies among the files, or is part of a readme."""
    declared = [asset for asset in system.assets if asset.kind is Kind.DOCUMENT]
    for asset in declared:
        named = any(_NAMES[kind].search(name) for name in (asset.id, asset.uri))
        if named and ("://" in asset.uri or target.source.find(asset.uri) is not None):
            return True
    names = target.source.uris()
    if any(_NAMES[kind].search(name) and _DOCUMENT.search(name) for name in names):
        return True
    readmes = sorted((name for name in names if _READMES.search(name)), key=lambda name: name.count("/"))
    return any(_is_part(target, name, kind) for name in readmes[:_MOST_READMES])


def _is_part(target: Target, name: str, kind: Kind) -> bool:
    asset = target.source.find(name)
    if asset is None:
        return False
    try:
        return _HEADINGS[kind].search(Target(asset=asset, source=target.source).text) is not None
    except Malformed:
        return False
