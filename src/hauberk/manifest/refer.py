# SPDX-License-Identifier: Apache-2.0
"""What the names in a manifest point to: every reference must be to something declared, and every name unique.

Works on the tree, not on the values, so that a fault in one asset does not make every reference to it one more fault.
"""

from collections.abc import Iterable, Iterator

from hauberk.core.scales import Kind
from hauberk.manifest.fault import Faults
from hauberk.manifest.tree import Mapping, Node, Scalar, Sequence

_DATA, _MODEL, _PROCESS = (Kind.DATASET,), (Kind.MODEL,), (Kind.PROCESS,)
_CODE = (Kind.CODE, Kind.NOTEBOOK)

POINTS: dict[str, tuple[Kind, ...]] = {
    "trained_on": _DATA,
    "tested_on": _DATA,
    "trained_by": _PROCESS,
    "inputs": (),
    "outputs": (),
    "code": _CODE,
    "serves": _MODEL,
}
"""Facts that name assets, and the kinds that they may name; empty means any."""

UNIQUE = (("assets", "id"), ("boundaries", "name"), ("flows", "name"), ("roles", "name"), ("approvals", "name"))


def check(root: Node, faults: Faults) -> None:
    """Note every repeated name and every reference to nothing."""
    if not isinstance(root, Mapping):
        return
    for key, name in UNIQUE:
        _unique(root, key, name, faults)
    kinds = {asset.word("id"): asset.word("kind") for _, asset in _mappings(root, "assets") if asset.word("id")}
    boundaries = [boundary.word("name") for _, boundary in _mappings(root, "boundaries")]
    for path, asset in _mappings(root, "assets"):
        facts = asset.at("facts")
        if isinstance(facts, Mapping):
            _facts(facts, f"{path}.facts", kinds, faults)
    for path, flow in _mappings(root, "flows"):
        for where, node, word in _words(flow, "crosses", path):
            if word not in boundaries:
                near = faults.nearest(word, boundaries)
                faults.add(
                    node.mark, where, "names no declared boundary", _hint(near, "declare it under `boundaries:`")
                )
    for path, threat in _mappings(root, "threats"):
        for where, node, word in _words(threat, "asset", path):
            _asset(node, where, word, (), kinds, faults)
    _roles(root, faults)
    policy(root.at("policy"), faults, "policy.")
    _sides(root, faults)


def _roles(root: Mapping, faults: Faults) -> None:
    """Note every mention of a role that is not declared."""
    named = [role.word("name") for _, role in _mappings(root, "roles")]
    for parent, key in (("roles", "appoints"), ("approvals", "role")):
        for path, node in _mappings(root, parent):
            for where, word_node, word in _words(node, key, path):
                if word not in named:
                    near = faults.nearest(word, named)
                    faults.add(
                        word_node.mark, where, "names no declared role", _hint(near, "declare it under `roles:`")
                    )


def policy(node: Node | None, faults: Faults, prefix: str = "") -> None:
    """Note what is wrong with the rules of a policy as a whole."""
    if not isinstance(node, Mapping):
        return
    rules = node.at("rules")
    if isinstance(rules, Sequence) and not rules.items:
        faults.add(
            rules.mark, f"{prefix}rules", "a policy without rules", "write at least one rule, or remove the policy"
        )
    _unique(node, "rules", "id", faults, prefix)
    for path, rule in _mappings(node, "rules"):
        if all(_empty(rule.at(key)) for key in ("severity", "limit", "regression")):
            faults.add(
                rule.mark, prefix + path, "a rule that names neither severity nor limit", "add `severity:` or `limit:`"
            )


def _empty(node: Node | None) -> bool:
    return node is None or (isinstance(node, Scalar) and node.value is None)


def _facts(facts: Mapping, path: str, kinds: dict[str, str], faults: Faults) -> None:
    for fact, allowed in POINTS.items():
        for where, node, word in _words(facts, fact, path):
            _asset(node, where, word, allowed, kinds, faults)
    _unique(facts, "columns", "name", faults, f"{path}.")


def _asset(node: Node, path: str, word: str, allowed: tuple[Kind, ...], kinds: dict[str, str], faults: Faults) -> None:
    names = [kind.value for kind in allowed]
    if word not in kinds:
        near = faults.nearest(word, kinds)
        faults.add(node.mark, path, "names no declared asset", _hint(near, "declare it under `assets:`"))
    elif allowed and kinds[word] not in names and kinds[word] in {kind.value for kind in Kind}:
        faults.add(node.mark, path, f"names an asset of kind {kinds[word]}", f"name one of kind {' or '.join(names)}")


def _hint(near: str, otherwise: str) -> str:
    return f"did you mean '{near}'? otherwise {otherwise}" if near else otherwise


def _sides(root: Mapping, faults: Faults) -> None:
    for path, boundary in _mappings(root, "boundaries"):
        zones = [node.value for node in boundary.children("between") if isinstance(node, Scalar)]
        if len(zones) == 2 and zones[0] == zones[1]:  # noqa: PLR2004  a boundary has two sides
            faults.add(boundary.mark, f"{path}.between", "the same zone on both sides", "name two zones")


def _unique(parent: Mapping, key: str, name: str, faults: Faults, prefix: str = "") -> None:
    first: dict[str, int] = {}
    for path, item in _mappings(parent, key):
        node = item.at(name)
        if not isinstance(node, Scalar) or not isinstance(node.value, str):
            continue
        if node.value in first:
            faults.add(
                node.mark, f"{prefix}{path}.{name}", f"already used in line {first[node.value]}", "give each its own"
            )
        first.setdefault(node.value, node.mark.line)


def _mappings(parent: Mapping, key: str) -> Iterator[tuple[str, Mapping]]:
    for index, node in enumerate(parent.children(key)):
        if isinstance(node, Mapping):
            yield f"{key}[{index}]", node


def _words(parent: Mapping, key: str, path: str) -> Iterable[tuple[str, Node, str]]:
    """Path, node and text of a field that is one text or a list of them; other shapes are the converter's to refuse."""
    node = parent.at(key)
    listed = isinstance(node, Sequence)
    for index, item in enumerate(node.items if isinstance(node, Sequence) else [node]):
        if isinstance(item, Scalar) and isinstance(item.value, str) and item.value and not item.refused:
            yield f"{path}.{key}[{index}]" if listed else f"{path}.{key}", item, item.value
