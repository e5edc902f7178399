# SPDX-License-Identifier: Apache-2.0
"""HBK-COD-001."""

import re
from collections.abc import Iterator

from hauberk.analysis.calls import dotted
from hauberk.analysis.calls_checked import checked, reviewed
from hauberk.analysis.calls_options import completed, spelled
from hauberk.analysis.calls_pins import asked
from hauberk.analysis.calls_sinks import (
    COLLECTIVES,
    DESERIALISING,
    DESERIALISING_LAST,
    DUMPERS,
    Sink,
    applied,
    calls_like,
    deserialisers,
    unconditional,
)
from hauberk.analysis.calls_switches import switched, variables
from hauberk.analysis.calls_variants import variants
from hauberk.analysis.flow_names import STRANGERS, Origin
from hauberk.analysis.flow_values import Source
from hauberk.analysis.paths import forks
from hauberk.assets.scopes import Call, Scope, name_of, text_of
from hauberk.checks.code import Reading, cautious, context, matters, opened
from hauberk.checks.code.faults import fault_hit
from hauberk.core.card import check
from hauberk.core.finding import Hit
from hauberk.core.scales import Confidence, Severity
from hauberk.core.target import Target

_TORCH = ("torch.load", "torch.serialization.load")
SAFE_SINCE = (2, 6)
"""First torch whose ``torch.load`` reads weights only unless told otherwise."""
_SEVERITY = {
    Origin.FIXED: Severity.MEDIUM,
    Origin.LOCAL: Severity.MEDIUM,
    Origin.CALLER: Severity.MEDIUM,
    Origin.OPERATOR: Severity.MEDIUM,
    Origin.ANSWERED: Severity.CRITICAL,
    Origin.OUTSIDE: Severity.CRITICAL,
}
_WORDS = {
    Origin.FIXED: "a file whose name is written in the code",
    Origin.LOCAL: "a value that comes from elsewhere",
    Origin.CALLER: "a value that the caller decides",
    Origin.OPERATOR: "a value that the command line or the environment decides",
    Origin.ANSWERED: "a value that comes from a request, an upload or a download",
    Origin.OUTSIDE: "a value that comes from a request, an upload or a download",
}

Verdict = tuple[Severity, Confidence, str, Source]
_NOWHERE = Source(Origin.LOCAL, decoded=False, own=False)
_OPTION = re.compile(r"\bnot\b.*(?:trust|unsafe|insecure|dangerous|allow_pickle)", re.IGNORECASE | re.DOTALL)


@check(
    "HBK-COD-001",
    stage="develop",
    kinds=("code", "notebook"),
    formats=("python", "notebook"),
    severity=Severity.HIGH,
    remedy="store data as safetensors, ONNX, JSON or skops; or verify a signature or a pinned digest before loading; "
    "torch.load(..., weights_only=True), yaml.safe_load, np.load without allow_pickle",
    references=("CWE-502", "ATLAS:AML.T0010", "OWASP-ML:2023:ML06"),
)
def unsafe_load(target: Target) -> Iterator[Hit]:
    """Code loads data in a format that can run code.

    Pickle and its relatives (joblib, dill, torch.load, shelve, full YAML, legacy Keras) call whatever the file names
    while it is being read. Whoever can write or replace that file, or send those bytes, runs commands in this process
    before any check on the loaded object could happen.
    """
    reading = opened(target)
    for call in calls_like(reading.module, DESERIALISING, DESERIALISING_LAST):
        verdict = _verdict(target, reading, spelled(call)) or _prepared(target, reading, call)
        if verdict is not None and matters(target, verdict[0]):
            severity, confidence, message, source = verdict
            yield Hit(
                message=message,
                place=reading.place(call),
                severity=cautious(target, severity),
                confidence=confidence,
                context=context(reading, call),
                trace=reading.steps(source, call.node, message.partition(" ")[0]),
            )
    for node, scope, said in variables(reading.module, "load"):
        if matters(target, Severity.HIGH):
            yield fault_hit(target, reading, node, scope, (said, Severity.HIGH, Confidence.HIGH))
    reading.complain()


def _verdict(target: Target, reading: Reading, call: Call) -> Verdict | None:
    names = dotted(call.function, call.scope)
    for name in names:
        if name in COLLECTIVES:
            said = f"{name} unpickles what the other processes of the training send"
            return Severity.LOW, Confidence.MEDIUM, said, _NOWHERE
        for sink in deserialisers(name):
            verdict = _wrapped(target, reading, call, name, sink)
            if verdict is not None:
                return verdict
    off = switched(call, "load") if not any(deserialisers(name) for name in names) else None
    if off is not None:
        return Severity.HIGH, Confidence.HIGH, off, _NOWHERE
    for name in applied(call):
        if any(unconditional(sink.guard) for sink in deserialisers(name)):
            words = f"{name} is called for each of many values that come from elsewhere"
            return Severity.HIGH, Confidence.MEDIUM, words, _NOWHERE
    return None


def _wrapped(target: Target, reading: Reading, call: Call, name: str, sink: Sink) -> Verdict | None:
    """A call as it is written, or as the callers of the function around make it."""
    verdict = _judge(target, reading, call, name, sink)
    if verdict is not None and verdict[1] is not Confidence.LOW:
        return verdict
    others = [_judge(target, reading, one, name, sink) for one in variants(call, reading.module.calls)]
    if others and not any(others):
        return None  # whoever calls it here, calls it safely
    return next((one for one in others if one is not None and one[1] is not Confidence.LOW), verdict)


def _prepared(target: Target, reading: Reading, call: Call) -> Verdict | None:
    """``functools.partial(torch.load, weights_only=False)``, where it is already sure what will be called."""
    inner = completed(call)
    verdict = _verdict(target, reading, inner) if inner is not None else None
    return verdict if verdict is not None and verdict[1] is not Confidence.LOW else None


def _judge(target: Target, reading: Reading, call: Call, name: str, sink: Sink) -> Verdict | None:
    confidence = sink.guard(call)
    if confidence is Confidence.MEDIUM and name in _TORCH:
        confidence = _by_version(target, confidence)
    if confidence is None:
        return None
    varies = confidence is Confidence.MEDIUM and name in _TORCH
    source = _source(reading, call, sink)
    if (
        _is_opted_for(call)
        or source.own
        or (sink.sent and source.origin not in STRANGERS)
        or _just_written(reading, call, sink)
        or (name.startswith("skops.") and confidence is Confidence.MEDIUM and reviewed(call))
        or checked(call, reading.module.scopes.values())
        or (confidence is Confidence.LOW and _writes_too(reading, call, name))
        or ((sink.literal or name == "evaluate.load") and source.origin is Origin.FIXED and not source.decoded)
    ):
        return None
    severity, said = _SEVERITY[source.origin], f"{name.replace('()', '')} reads {_WORDS[source.origin]}"
    if severity is Severity.MEDIUM and (varies or confidence is Confidence.LOW):
        severity = Severity.LOW
    return severity, confidence, f"{said}, which runs code before torch 2.6" if varies else said, source


def _source(reading: Reading, call: Call, sink: Sink) -> Source:
    """Where the data that a call reads comes from."""
    if sink.position < 0:
        owner = call.function.child_by_field_name("object")
        return reading.flows.trace(owner, call.scope, "load") if owner is not None else _NOWHERE
    node = call.argument(sink.position, sink.keyword)
    if node is None:
        return Source(Origin.LOCAL if call.spread or not sink.keyword else Origin.FIXED, decoded=False, own=False)
    return reading.flows.trace(node, call.scope, "load")


def _is_opted_for(call: Call) -> bool:
    """Whether the function raises before, on every way to here, unless somebody has said that the file is trusted."""
    one = call.node
    while one.parent is not None and one.type != "function_definition":
        before = one.prev_named_sibling if one.parent.type == "block" else None
        while before is not None:
            condition, then = before.child_by_field_name("condition"), before.child_by_field_name("consequence")
            last = then.named_children[-1] if then is not None and then.named_children else None
            raises = before.type == "if_statement" and last is not None and last.type == "raise_statement"
            if raises and condition is not None and _OPTION.search(text_of(condition)):
                return True
            before = before.prev_named_sibling
        one = one.parent
    return False


def _just_written(reading: Reading, call: Call, sink: Sink) -> bool:
    """Whether the same function has written the file, on every way to here, under a name that was not given anew."""
    node = call.argument(sink.position, sink.keyword) if sink.position >= 0 else None
    found = call.scope.look(name_of(node)) if node is not None and node.type == "identifier" else None
    if node is None or found is None or call.scope.parent is None:
        return False
    here = forks(call.node, call.scope)
    for one in reading.module.calls:
        before = one.node.start_byte < call.node.start_byte and one.scope is call.scope
        given = before and any(part.text == node.text for part in (*one.positional, *one.keywords.values()))
        if not given or not any(name in DUMPERS for name in dotted(one.function, one.scope)):
            continue
        around = forks(one.node, one.scope)
        renamed = any(one.node.end_byte <= binding.at < call.node.start_byte for binding in found[1])
        if here[: len(around)] == around and not renamed:
            return True
    return False


def _writes_too(reading: Reading, call: Call, name: str) -> bool:
    """Whether the class around writes the same format: it reads back what it has written, as far as can be told."""
    here = _class_of(call.scope)
    writer = f"{name.rpartition('.')[0]}.save"
    return here is not None and any(
        _class_of(one.scope) is here and writer in dotted(one.function, one.scope) for one in reading.module.calls
    )


def _class_of(scope: Scope | None) -> Scope | None:
    while scope is not None and scope.kind != "class":
        scope = scope.parent
    return scope


def _by_version(target: Target, unknown: Confidence) -> Confidence | None:
    """torch.load without weights_only: judged by the version that the repository asks for."""
    versions = asked(target.source, target.asset.uri, "torch")
    if versions is None:
        return unknown
    low, high = versions
    if low is not None and low >= SAFE_SINCE:
        return None
    return Confidence.HIGH if high is not None and high < SAFE_SINCE else unknown
