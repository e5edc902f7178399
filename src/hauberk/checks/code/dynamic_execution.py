# SPDX-License-Identifier: Apache-2.0
"""HBK-COD-002."""

import re
from collections.abc import Iterator

from tree_sitter import Node

from hauberk.analysis.calls import constant, dotted
from hauberk.analysis.calls_checked import checked, listed
from hauberk.analysis.calls_options import completed, spelled
from hauberk.analysis.calls_sinks import (
    EXECUTING,
    IMPORTERS,
    RUNNING,
    RUNNING_LAST,
    Sink,
    applied,
    calls_like,
    runner,
    usually,
)
from hauberk.analysis.calls_switches import variables
from hauberk.analysis.derivation import made_of
from hauberk.analysis.flow_names import STRANGERS, Origin
from hauberk.analysis.flow_values import Source
from hauberk.assets.scopes import Call, Scope, text_of
from hauberk.checks.code import Reading, cautious, context, matters, opened
from hauberk.checks.code.faults import fault_hit
from hauberk.checks.code.library_runs import by_switch, installed, of_library, templated
from hauberk.core.card import check
from hauberk.core.finding import Hit
from hauberk.core.scales import Confidence, Severity
from hauberk.core.target import Target

_SEVERITY = {
    Origin.LOCAL: Severity.LOW,
    Origin.CALLER: Severity.MEDIUM,
    Origin.OPERATOR: Severity.MEDIUM,
    Origin.ANSWERED: Severity.CRITICAL,
    Origin.OUTSIDE: Severity.CRITICAL,
}
_SURE = {
    Origin.LOCAL: Confidence.LOW,
    Origin.CALLER: Confidence.MEDIUM,
    Origin.OPERATOR: Confidence.MEDIUM,
    Origin.ANSWERED: Confidence.HIGH,
    Origin.OUTSIDE: Confidence.HIGH,
}
_WORDS = {
    Origin.LOCAL: "text that is put together elsewhere",
    Origin.CALLER: "text that the caller decides",
    Origin.OPERATOR: "text that the command line or the environment decides",
    Origin.ANSWERED: "text that comes from a request, an upload or a download",
    Origin.OUTSIDE: "text that comes from a request, an upload or a download",
}
_SHELLS = frozenset({"sh", "bash", "zsh", "/bin/sh", "/bin/bash", "/usr/bin/bash", "cmd", "cmd.exe", "powershell"})
_READ = re.compile(r"(?:\bopen\(|\.open\(|\.read_text\(|\.read_bytes\()")
"""Whoever starts a program with a script of their own chooses the file, and not the text of somebody else."""
_SETTINGS = re.compile(
    r"(?:json|yaml|toml|tomllib|tomli|omegaconf\.OmegaConf|ruamel\.yaml\.YAML\(\)|configparser\.ConfigParser\(\))\.(?:safe_|full_)?(?:loads?|get|create)"
)
"""Functions that read settings."""
_FAR = 10
"""Steps beyond which the way of a module's name is not told, where only the operator may decide it."""

Verdict = tuple[Severity, Confidence, str, Source]
_NOWHERE = Source(Origin.FIXED, decoded=False, own=False)


@check(
    "HBK-COD-002",
    stage="develop",
    kinds=("code", "notebook"),
    formats=("python", "notebook"),
    severity=Severity.HIGH,
    remedy="replace eval by ast.literal_eval or a table of allowed operations; pass commands as lists without a shell; "
    "quote with shlex.quote; leave trust_remote_code off, or pin revision to a commit that was read",
    references=("CWE-95", "CWE-78", "CWE-94", "ATLAS:AML.T0010", "OWASP-ML:2023:ML06"),
)
def dynamic_execution(target: Target) -> Iterator[Hit]:
    """Code runs text that it was not written with.

    What eval, exec, a shell or trust_remote_code is given becomes part of the program. Where that text is not fixed in
    the source, whoever decides it, a client, a caller, a model's answer or a repository on a hub, runs commands here.
    """
    reading = opened(target)
    for call in calls_like(reading.module, RUNNING, RUNNING_LAST):
        verdict = _judge(reading, spelled(call)) or _prepared(reading, call)
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
    for node, scope, said in variables(reading.module, "run"):
        if matters(target, Severity.HIGH):
            yield fault_hit(target, reading, node, scope, (said, Severity.HIGH, Confidence.HIGH))
    reading.complain()


def _prepared(reading: Reading, call: Call) -> Verdict | None:
    """``functools.partial(AutoModel.from_pretrained, trust_remote_code=True)``."""
    inner = completed(call)
    return _judge(reading, inner) if inner is not None else None


def _judge(reading: Reading, call: Call) -> Verdict | None:
    names = dotted(call.function, call.scope)
    fault = by_switch(call, names, reading.module.calls) or of_library(call, names, reading.module.calls)
    fault = fault or installed(call, names)
    if fault is not None:
        return fault[1], fault[2], fault[0], _NOWHERE
    for name in names:
        sink = runner(name)
        verdict = _run(reading, call, name, sink) if sink else None
        verdict = verdict or _text(reading, call, name)
        verdict = verdict or (_wrapped_shell(reading, call, name) if name.startswith("subprocess.") else None)
        verdict = verdict or _imported(reading, call, name)
        if verdict is not None:
            return verdict
    for name in applied(call):
        if name in ("builtins.eval", "builtins.exec", "os.system"):
            return (
                Severity.HIGH,
                Confidence.MEDIUM,
                f"{name.removeprefix('builtins.')} is called for each of many values",
                _NOWHERE,
            )
    return None


def _text(reading: Reading, call: Call, name: str) -> Verdict | None:
    """Functions of libraries that run what they are given, from the tables of their documentation."""
    for row in EXECUTING.of(name):
        if row.kind == "text":
            milder = int(row.guard.strength is Confidence.LOW)
            sink = Sink(row.position, row.keyword, row.guard, literal=True, milder=milder)
            verdict = None if checked(call, reading.module.scopes.values()) else _run(reading, call, name, sink)
            if verdict is not None:
                return verdict
    template = templated(call, (name,))
    if template is None:
        return None
    source = reading.flows.trace(template, call.scope, "code")
    said = "a template of a model's file is rendered without a sandbox, and may run any Python"
    return None if source.origin is Origin.FIXED else (Severity.MEDIUM, Confidence.MEDIUM, said, source)


def _run(reading: Reading, call: Call, name: str, sink: Sink) -> Verdict | None:
    confidence, node = sink.guard(call), call.argument(sink.position, sink.keyword)
    if confidence is None or node is None or (name == "builtins.compile" and _inside_runner(call)):
        return None
    source = reading.flows.trace(node, call.scope, _kind(name))
    words = name.removeprefix("builtins.").replace("()", "")
    if source.origin is Origin.FIXED:
        if source.decoded and name in ("builtins.eval", "builtins.exec"):
            return Severity.HIGH, Confidence.HIGH, f"{words} runs code that is hidden in an encoded literal", source
        return None
    severity = list(Severity)[max(_SEVERITY[source.origin].rank - sink.milder, 0)]
    if severity < Severity.LOW:
        return None
    if source.origin not in STRANGERS and any(
        _READ.search(text_of(one)) for one in (node, *(s.node for s in source.way))
    ):
        return Severity.LOW, Confidence.LOW, f"{words} runs a file that is named elsewhere", source
    return severity, min(confidence, _SURE[source.origin]), f"{words} runs {_WORDS[source.origin]}", source


def _kind(name: str) -> str:
    return "command" if name.startswith(("os.", "subprocess.", "commands.", "asyncio.")) else "code"


def _inside_runner(call: Call) -> bool:
    """``exec(compile(...))`` is one finding, the exec."""
    outer: Node | None = call.node.parent
    while outer is not None and outer.type in ("argument_list", "parenthesized_expression"):
        outer = outer.parent
    function = outer.child_by_field_name("function") if outer is not None and outer.type == "call" else None
    names = dotted(function, call.scope) if function is not None else ()
    return any(name in ("builtins.exec", "builtins.eval") for name in names)


def _wrapped_shell(reading: Reading, call: Call, name: str) -> Verdict | None:
    """``["bash", "-c", command]`` is a shell without ``shell=True``."""
    node = call.argument(0, "args")
    items = node.named_children if node is not None and node.type in ("list", "tuple") else []
    if len(items) < 3 or constant(items[0], call.scope) not in _SHELLS:  # noqa: PLR2004  shell, -c, command
        return None
    if constant(items[1], call.scope) not in ("-c", "-lc", "/c", "-Command"):
        return None
    source = reading.flows.trace(items[2], call.scope, "command")
    if source.origin is Origin.FIXED:
        return None
    return _SEVERITY[source.origin], _SURE[source.origin], f"{name} gives a shell {_WORDS[source.origin]}", source


def _imported(reading: Reading, call: Call, name: str) -> Verdict | None:
    """A module by a name that is not fixed; a fixed package before it keeps the choice within that package."""
    named = [one for one in EXECUTING.of(name) if one.kind == "named"]
    sink = IMPORTERS.get(name) or (Sink(named[0].position, named[0].keyword, usually) if named else None)
    node = call.argument(sink.position, sink.keyword) if sink is not None else None
    if node is None or _within_package(node):
        return None
    source = reading.flows.trace(node, call.scope, "code")
    words = f"{name.removeprefix('builtins.')} imports"
    if source.origin in STRANGERS:
        return Severity.HIGH, Confidence.HIGH, f"{words} {_WORDS[source.origin]}", source
    if source.origin is Origin.OPERATOR and len(source.way) <= _FAR:
        return Severity.LOW, Confidence.LOW, f"{words} {_WORDS[source.origin]}", source
    if source.origin is not Origin.FIXED and _is_read(node, call.scope) and not listed(call):
        return Severity.LOW, Confidence.MEDIUM, f"{words} what a file of settings names", source
    return None


def _is_read(node: Node, scope: Scope) -> bool:
    """Whether a value was read, in the same function, from a file of settings."""
    for one, where in made_of(node, scope):
        function = one.child_by_field_name("function")
        if function is not None and any(_SETTINGS.fullmatch(name) for name in dotted(function, where)):
            return True
    return False


def _within_package(node: Node) -> bool:
    """Whether a module's name begins with a literal package or a dot."""
    first = node
    while first.type == "binary_operator" and first.named_children:
        first = first.named_children[0]
    content = next((child for child in first.named_children if child.type in ("string_content", "interpolation")), None)
    return first.type == "string" and content is not None and content.type == "string_content"
