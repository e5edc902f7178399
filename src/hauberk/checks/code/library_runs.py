# SPDX-License-Identifier: Apache-2.0
"""Calls of libraries that run code, or switch a safeguard off, as they are written: a part of HBK-COD-002."""

import re
from collections.abc import Iterable

from tree_sitter import Node

from hauberk.analysis.calls import constant
from hauberk.analysis.calls_pinned import pinned
from hauberk.analysis.calls_sinks import EXECUTING
from hauberk.analysis.calls_switches import switched
from hauberk.analysis.calls_variants import variants
from hauberk.analysis.derivation import value_of
from hauberk.assets.scopes import Call, text_of
from hauberk.checks.code.faults import Fault
from hauberk.core.scales import Confidence, Severity

_SEVERITY = {
    Confidence.HIGH: Severity.HIGH,
    Confidence.MEDIUM: Severity.MEDIUM,
    Confidence.LOW: Severity.LOW,
}
_TEMPLATES = re.compile(r"jinja2\.(?:\w+\.)*(?:Template|(?:Native)?Environment(?:\.\w+)?\(\)\.from_string)")
_OF_A_MODEL = re.compile(r"chat_?template|tokenizer|gguf|metadata|hf_hub|snapshot", re.IGNORECASE)
_ANYWHERE = ("git+", "http://", "--trusted-host", "--extra-index-url")


def by_switch(call: Call, names: tuple[str, ...], calls: Iterable[Call]) -> Fault | None:
    """A keyword that lets a repository's code, or a model's answer, run; None where the commit is pinned."""
    for one in (call, *variants(call, calls)) if "trust_remote_code" in call.keywords or call.spread else (call,):
        said = switched(one, "run")
        remote = said is not None and said.startswith("trust_remote_code")
        if said is not None and not (remote and (pinned(one, known=True) or _is_local(one))) and not _is_setting(names):
            return said, Severity.HIGH, Confidence.HIGH
    return None


def _is_local(call: Call) -> bool:
    """Whether only what is on this machine is read, from a path that is written in the code."""
    node = call.positional[0] if call.positional else call.keywords.get("pretrained_model_name_or_path")
    name = constant(node, call.scope) if node is not None else None
    return isinstance(name, str) and name.startswith(("/", "./"))


def _is_setting(names: tuple[str, ...]) -> bool:
    """Whether a call only declares an option, as of a command line."""
    return any(name.startswith(("argparse.", "click.", "typer.")) for name in names)


def of_library(call: Call, names: tuple[str, ...], calls: Iterable[Call]) -> Fault | None:
    """Functions that run code whatever they are given, or where an option says so."""
    for name in names:
        if name == "torch.hub.load" and not _is_kept(call):
            return "torch.hub.load runs the hubconf.py of a repository", Severity.MEDIUM, Confidence.HIGH
        for row in EXECUTING.of(name):
            if row.kind != "run":
                continue
            sure = row.guard(call)
            if sure is None and row.guard.needed:
                sure = next(filter(None, map(row.guard, variants(call, calls))), None)
            if sure is not None:
                words = "runs code that is named, sent or written elsewhere"
                return f"{name.replace('()', '')} {words}", _SEVERITY[sure], Confidence.MEDIUM
    return None


def _is_kept(call: Call) -> bool:
    """Whether torch.hub reads a folder of this machine, or a commit that was reviewed."""
    source, node = call.keywords.get("source"), call.argument(0, "repo_or_dir")
    name = constant(node, call.scope) if node is not None else None
    local = source is not None and constant(source, call.scope) == "local"
    return local or (isinstance(name, str) and re.search(r":[0-9a-f]{40}$", name) is not None)


def templated(call: Call, names: tuple[str, ...]) -> Node | None:
    """The text of a template that comes with a model and is rendered without a sandbox; None for all other calls."""
    node = call.argument(0, "source")
    if node is None or not any(_TEMPLATES.fullmatch(name) for name in names):
        return None
    made = text_of(value_of(node, call.scope)[0])
    return node if _OF_A_MODEL.search(f"{text_of(node)} {made}") else None


def installed(call: Call, names: tuple[str, ...]) -> Fault | None:
    """``pip install`` of a package that is named elsewhere, or from an address whose content can change."""
    node = call.argument(0, "args")
    starts = any(name.startswith(("subprocess.", "os.")) for name in names)
    if node is None or node.type not in ("list", "tuple") or not starts:
        return None
    words = [constant(one, call.scope) for one in node.named_children if one.type != "comment"]
    if "--trust-remote-code" in words:
        return "--trust-remote-code runs whatever Python the repository holds", Severity.HIGH, Confidence.HIGH
    if "install" not in words or not {"pip", "pip3", "uv", "conda"} & set(filter(_is_text, words)):
        return None
    after = words[words.index("install") + 1 :]
    named = [one for one in after if isinstance(one, str)]
    moves = any(one.startswith(_ANYWHERE) and not re.search(r"@[0-9a-f]{40}", one) for one in named)
    follows_file = any(one in ("-r", "--requirement", "-e", "--require-hashes") for one in named)
    if moves or (len(named) < len(after) and not follows_file):
        said = "pip installs, and so runs, a package that is named elsewhere or can change"
        return said, Severity.MEDIUM, Confidence.MEDIUM
    return None


def _is_text(one: object) -> bool:
    return isinstance(one, str)
