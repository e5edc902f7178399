# SPDX-License-Identifier: Apache-2.0
"""HBK-TRN-010, 011 and 013: what the test rows, or the answers, tell the model before it is judged."""

import re
from collections.abc import Iterator

from tree_sitter import Node

from hauberk.analysis.calls import Unknown, constant, dotted
from hauberk.analysis.derivation import made_of, value_of
from hauberk.analysis.written import Written, cautious, written
from hauberk.assets.purpose import outside_tests
from hauberk.assets.scopes import Call, Scope, text_of
from hauberk.core.card import check
from hauberk.core.finding import Hit
from hauberk.core.scales import Confidence, Severity
from hauberk.core.target import Target

_SPLITS = re.compile(
    r"sklearn\.model_selection\.(?:train_test_split|cross_val_score|cross_validate|cross_val_predict)"
    r"|sklearn\.model_selection\.\w*(?:Fold|ShuffleSplit|TimeSeriesSplit)\(\)\.split"
)
_SPLITTING = frozenset({b"train_test_split", b"cross_val_score", b"cross_validate", b"cross_val_predict", b"split"})
"""Last names of these."""
_PAIRING = frozenset({b"train_test_split", b"fit", b"cross_val_score", b"cross_validate"})
_FIT = frozenset({b"fit"})
_FITTED = re.compile(
    r"(?:sklearn\.(?:preprocessing|impute|decomposition|feature_selection|feature_extraction\.text|random_projection"
    r"|manifold|cluster)\.(?!(?:Hashing|Label|Normalizer|Binarizer|FunctionTransformer|OneHot|Ordinal|Polynomial)\w*)\w+"
    r"|imblearn\.\w+\.\w+|category_encoders\.\w+)\(\)\.(?P<verb>fit_transform|fit_resample|transform|fit_predict)"
)
"""Transformers that learn from the rows that they see; those that learn nothing, or only names, are left out."""


def _hit(target: Target, found: Written, call: Call, message: str, severity: Severity, sure: Confidence) -> Hit:
    return Hit(
        message=message,
        place=found.place(call.node),
        severity=cautious(target, severity),
        confidence=sure,
        context=found.context(call.node, call.scope),
    )


@check(
    "HBK-TRN-010",
    stage="train",
    kinds=("code", "notebook"),
    formats=("python", "notebook"),
    severity=Severity.MEDIUM,
    remedy="split first; put the transformer and the model into one Pipeline and fit that on the training rows",
    references=("AI-Act:Art.15", "NIST-AI-RMF:MEASURE-2.5", "CWE-1039"),
    applies=outside_tests,
)
def fitted_before_split(target: Target) -> Iterator[Hit]:
    """Preprocessing is fitted before the rows are split.

    Means, words, chosen features or synthetic neighbours of the test rows are then part of the training rows: the
    reported score is too high by an amount that nobody knows, and the model disappoints where it is used.
    """
    found = written(target)
    for call in found.module.calls_of(_SPLITTING):
        if not any(_SPLITS.fullmatch(name) for name in dotted(call.function, call.scope)):
            continue
        fitted = next((name for node in call.positional for name in _fitted(node, call)), None)
        if fitted:
            message = f"{fitted} saw these rows before they were split"
            yield _hit(target, found, call, message, Severity.MEDIUM, Confidence.HIGH)
    found.complain()


def _fitted(node: Node, split: Call) -> Iterator[str]:
    """Transformers that were fitted on what goes into a split."""
    for call, scope in made_of(node, split.scope):
        function = call.child_by_field_name("function")
        for name in dotted(function, scope) if function is not None else ():
            match = _FITTED.fullmatch(name)
            if match and (
                match["verb"] != "transform" or (function is not None and _was_fitted(function, call, scope))
            ):
                yield name.partition("()")[0].rpartition(".")[2]


def _was_fitted(function: Node, call: Node, scope: Scope) -> bool:
    """Whether ``owner.fit(same rows)`` stands before ``owner.transform(rows)``."""
    owner, arguments = function.child_by_field_name("object"), call.child_by_field_name("arguments")
    if owner is None or arguments is None or not arguments.named_children:
        return False
    asked = f"{text_of(owner)}.fit({text_of(arguments.named_children[0])}"
    before = scope.root.node.text or b""
    return asked.encode() in before[: call.start_byte] and text_of(owner).isidentifier()


@check(
    "HBK-TRN-011",
    stage="train",
    kinds=("code", "notebook"),
    formats=("python", "notebook"),
    severity=Severity.HIGH,
    remedy="drop the target from the features: X = frame.drop(columns=[target])",
    references=("AI-Act:Art.15", "NIST-AI-RMF:MEASURE-2.5", "CWE-1039"),
    applies=outside_tests,
)
def target_among_features(target: Target) -> Iterator[Hit]:
    """The answer is among the features.

    A model that is given the target as an input repeats it: its score is nearly perfect on every split, and it knows
    nothing about rows whose answer is still to come.
    """
    found = written(target)
    for call in found.module.calls_of(_PAIRING):
        pair = _pair(call)
        if pair and _leaks(*pair, call.scope):
            yield _hit(
                target, found, call, "the target's column is among the features", Severity.HIGH, Confidence.MEDIUM
            )
    found.complain()


def _pair(call: Call) -> tuple[Node, Node] | None:
    """Features and target of a call that splits or fits; None for all other calls."""
    verb = call.function.child_by_field_name("attribute") or call.function
    name = text_of(verb)
    first = 1 if name in ("cross_val_score", "cross_validate") else 0
    if name not in ("train_test_split", "fit", "cross_val_score", "cross_validate"):
        return None
    features, answers = call.argument(first, "X"), call.argument(first + 1, "y")
    return (features, answers) if features is not None and answers is not None else None


def _leaks(features: Node, answers: Node, scope: Scope) -> bool:
    frame, column = _column(*value_of(answers, scope))
    if not frame or column is None:
        return False
    node, where = value_of(features, scope)
    if node.type == "identifier":
        return text_of(node) == frame and not _removed(node, where, column)
    if node.type == "subscript":
        keys = node.children_by_field_name("subscript")
        chosen = constant(keys[0], where) if len(keys) == 1 else Unknown()
        return _of(node) == frame and isinstance(chosen, tuple) and column in chosen
    if node.type == "call":
        dropped = _dropped(node, where)
        return dropped is not None and _of(node.child_by_field_name("function")) == frame and column not in dropped
    return False


def _of(node: Node | None) -> str:
    """Text of what a subscript, or a method, is of."""
    owner = (node.child_by_field_name("value") or node.child_by_field_name("object")) if node is not None else None
    return text_of(owner) if owner is not None else ""


def _column(node: Node, scope: Scope) -> tuple[str, object]:
    """Frame and column of ``frame["column"]``; an empty frame where it is something else."""
    keys = node.children_by_field_name("subscript") if node.type == "subscript" else []
    name = constant(keys[0], scope) if len(keys) == 1 else None
    owner = node.child_by_field_name("value") if node.type == "subscript" else None
    plain = owner is not None and owner.type == "identifier" and isinstance(name, str)
    return (text_of(owner), name) if plain and owner is not None else ("", None)


def _dropped(call: Node, scope: Scope) -> tuple[object, ...] | None:
    """Columns that ``frame.drop`` leaves out; None where they cannot be told, or rows are dropped."""
    function, arguments = call.child_by_field_name("function"), call.child_by_field_name("arguments")
    method = function.child_by_field_name("attribute") if function is not None else None
    if method is None or arguments is None or text_of(method) != "drop":
        return None
    given = [one for one in arguments.named_children if one.type != "keyword_argument"]
    named = {
        text_of(name): value
        for one in arguments.named_children
        if (name := one.child_by_field_name("name")) is not None
        and (value := one.child_by_field_name("value")) is not None
    }
    node = named.get("columns") or (given[0] if given and "axis" in named else None)
    names = constant(node, scope) if node is not None else Unknown()
    return None if isinstance(names, Unknown) else names if isinstance(names, tuple) else (names,)


def _removed(node: Node, scope: Scope, column: object) -> bool:
    """Whether the frame lost the column in place before it is used."""
    before = (scope.root.node.text or b"")[: node.start_byte].decode("utf-8", "replace")
    name, key = re.escape(text_of(node)), re.escape(str(column))
    return (
        re.search(rf"del {name}\[.{key}|{name}\.pop\(.{key}|{name}\.drop\([^)]*{key}[^)]*inplace", before) is not None
    )


_USES = frozenset({"fit", "score", "predict", "predict_proba", "decision_function"})
_METRICS = re.compile(r"sklearn\.metrics\.\w+(?:_score|_report|_matrix|_error|_loss)")


@check(
    "HBK-TRN-013",
    stage="train",
    kinds=("code", "notebook"),
    formats=("python", "notebook"),
    severity=Severity.MEDIUM,
    remedy="judge the model on rows that it was not fitted on: a held-out split, or cross-validation",
    references=("AI-Act:Art.15", "NIST-AI-RMF:MEASURE-2.5", "CWE-1039"),
    applies=outside_tests,
)
def judged_on_training_rows(target: Target) -> Iterator[Hit]:
    """A model is judged only on the rows that it was fitted on.

    Memory then counts as skill: a forest scores 100 % on noise. The number says nothing about new rows, and hides both
    poor quality and how easily members of the training set are recognised.
    """
    found = written(target)
    uses: dict[str, list[Call]] = {}
    handed: dict[str, list[Call]] = {}
    for call in found.module.calls_of(_FIT):
        if _verb(call) in _USES and call.positional:
            uses.setdefault(_of(call.function), []).append(call)
        for node in call.positional:
            if node.type == "identifier":
                handed.setdefault(text_of(node), []).append(call)
    measured = _measured(found) if any(_verb(one) == "fit" for calls in uses.values() for one in calls) else frozenset()
    for model, calls in uses.items():
        fit = next((one for one in reversed(calls) if _verb(one) == "fit" and len(one.positional) > 1), None)
        if fit is None or any(one.node.start_byte > fit.node.start_byte for one in handed.get(model, ())):
            continue
        rows = text_of(fit.positional[0])
        judged = [one for one in calls if one.node.start_byte > fit.node.start_byte]
        alone = all(text_of(one.positional[0]) == rows and one.scope is fit.scope for one in judged)
        told = all(_verb(one) == "score" or one.node.id in measured for one in judged)
        if judged and alone and told and _unchanged(fit, rows):
            message = "the only rows that the model is judged on are those that it was fitted on"
            yield _hit(target, found, judged[0], message, Severity.MEDIUM, Confidence.MEDIUM)
    found.complain()


def _verb(call: Call) -> str:
    name = call.function.child_by_field_name("attribute")
    return text_of(name) if name is not None else ""


def _measured(found: Written) -> frozenset[int]:
    """Nodes of the calls that take part in what a metric is given."""
    return frozenset(
        node.id
        for call in found.module.calls
        if any(_METRICS.fullmatch(name) for name in dotted(call.function, call.scope))
        for given in call.positional
        for node, _ in made_of(given, call.scope)
    )


def _unchanged(fit: Call, rows: str) -> bool:
    """Whether the name of the rows holds the same all along."""
    seen = fit.scope.look(rows) if rows.isidentifier() else None
    return seen is None or not any(one.at > fit.node.start_byte for one in seen[1])
