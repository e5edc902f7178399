# SPDX-License-Identifier: Apache-2.0
"""HBK-COD-002."""

import re
from collections.abc import Iterator

from tree_sitter import Node

from hauberk.analysis.calls import constant, dotted
from hauberk.analysis.calls_ml_run import ml_runner
from hauberk.analysis.calls_options import spelled
from hauberk.analysis.calls_sinks import IMPORTERS, RUNNING, Sink, applied, flag, runner
from hauberk.analysis.flow_names import STRANGERS, Origin
from hauberk.analysis.flow_values import Source
from hauberk.assets.scopes import Call, text_of
from hauberk.checks.code import Reading, cautious, context, matters, opened
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
_FAR = 10
"""Steps beyond which the way of a module's name is not told, where only the operator may decide it."""
_COMMIT = 40
"""Hex digits of a full commit id."""

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
    for call in reading.module.calls_of(RUNNING):
        verdict = _judge(reading, spelled(call))
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
    reading.complain()


def _judge(reading: Reading, call: Call) -> Verdict | None:
    if "trust_remote_code" in call.keywords:
        return _remote(call)
    if flag(call, "allow_dangerous_code") is True:
        return Severity.HIGH, Confidence.HIGH, "allow_dangerous_code lets a language model's answer run here", _NOWHERE
    for name in dotted(call.function, call.scope):
        sink = runner(name)
        verdict = _of_library(call, name) or (_run(reading, call, name, sink) if sink else None)
        verdict = verdict or (_wrapped_shell(reading, call, name) if name.startswith("subprocess.") else None)
        verdict = verdict or (_imported(reading, call, name) if name in IMPORTERS else None)
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


def _of_library(call: Call, name: str) -> Verdict | None:
    """Functions of ML libraries that run code whatever they are given."""
    if name == "torch.hub.load" and _source_of(call) != "local":
        return Severity.MEDIUM, Confidence.HIGH, "torch.hub.load runs the hubconf.py of a repository", _NOWHERE
    told = ml_runner(name, call)
    return (told[0], Confidence.MEDIUM, f"{name} {told[1]}", _NOWHERE) if told is not None else None


def _source_of(call: Call) -> object:
    node = call.keywords.get("source")
    return constant(node, call.scope) if node is not None else "github"


def _remote(call: Call) -> Verdict | None:
    """``trust_remote_code=True``: the repository's own Python runs at load."""
    if flag(call, "trust_remote_code") is not True:
        return None
    revision = call.keywords.get("revision")
    pinned = constant(revision, call.scope) if revision is not None else None
    if isinstance(pinned, str) and len(pinned) == _COMMIT:
        return Severity.LOW, Confidence.HIGH, "trust_remote_code runs the Python of a pinned repository", _NOWHERE
    return (
        Severity.HIGH,
        Confidence.HIGH,
        "trust_remote_code runs whatever Python the repository holds at load time",
        _NOWHERE,
    )


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
    node = call.argument(0, "name")
    if node is None or _within_package(node):
        return None
    source = reading.flows.trace(node, call.scope, "code")
    if source.origin in STRANGERS:
        return (
            Severity.HIGH,
            Confidence.HIGH,
            f"{name.removeprefix('builtins.')} imports {_WORDS[source.origin]}",
            source,
        )
    if source.origin is Origin.OPERATOR and len(source.way) <= _FAR:
        return Severity.LOW, Confidence.LOW, f"{name.removeprefix('builtins.')} imports {_WORDS[source.origin]}", source
    return None


def _within_package(node: Node) -> bool:
    """Whether a module's name begins with a literal package or a dot."""
    first = node
    while first.type == "binary_operator" and first.named_children:
        first = first.named_children[0]
    content = next((child for child in first.named_children if child.type in ("string_content", "interpolation")), None)
    return first.type == "string" and content is not None and content.type == "string_content"
