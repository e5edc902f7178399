# SPDX-License-Identifier: Apache-2.0
"""HBK-COD-026 and HBK-COD-027: archives that are unpacked anywhere, downloads that are not pinned."""

import re
from collections.abc import Iterator
from typing import Final

from tree_sitter import Node

from hauberk.analysis.calls import constant, dotted
from hauberk.analysis.calls_checked import digests
from hauberk.analysis.calls_facts_run import FETCHES
from hauberk.analysis.calls_options import spelled
from hauberk.analysis.calls_pinned import pinned, text_value
from hauberk.analysis.calls_sinks import calls_like, flag
from hauberk.analysis.calls_table import Known
from hauberk.analysis.flow_names import Origin
from hauberk.assets.scopes import Call
from hauberk.checks.code import matters, opened
from hauberk.checks.code.faults import Fault, fault_hit
from hauberk.core.card import check
from hauberk.core.finding import Hit
from hauberk.core.scales import Confidence, Severity
from hauberk.core.target import Target

_UNPACKING = frozenset({b"extract", b"extractall", b"unpack_archive"})


@check(
    "HBK-COD-026",
    stage="develop",
    kinds=("code", "notebook"),
    formats=("python", "notebook"),
    severity=Severity.MEDIUM,
    remedy="extractall(path, filter='data'), which refuses what leads outside (Python 3.12, or 3.8 to 3.11 patched)",
    references=("CWE-22", "CWE-59", "ATLAS:AML.T0010"),
)
def unpacked_anywhere(target: Target) -> Iterator[Hit]:
    """An archive is unpacked wherever its members say.

    A member named ../../.ssh/authorized_keys, or a link that leads out of the folder, overwrites files of the account
    that unpacks a data set or a model.
    """
    reading = opened(target)
    for call in reading.module.calls_of(_UNPACKING):
        owner = _unpacks(call)
        if owner is not None:
            source = reading.flows.trace(owner, call.scope, "any")
            fixed = source.origin is Origin.FIXED
            fault = (
                "members are unpacked wherever they say",
                Severity.LOW if fixed else Severity.MEDIUM,
                Confidence.HIGH,
            )
            yield fault_hit(target, reading, call.node, call.scope, fault)
    reading.complain()


def _unpacks(call: Call) -> Node | None:
    """The archive that a call unpacks without a filter; None for all other calls."""
    given = call.keywords.get("filter")
    if (
        (given is not None and constant(given, call.scope) != "fully_trusted")
        or call.spread
        or "members" in call.keywords
    ):
        return None
    for name in dotted(call.function, call.scope):
        if re.fullmatch(r"tarfile\.(?:open|TarFile|TarFile\.open)\(\)\.extract(?:all)?", name):
            return call.function.child_by_field_name("object")
        if name == "shutil.unpack_archive":
            return call.argument(0, "filename")
    return None


FETCHING: Final = Known(FETCHES)
_REPOSITORY = re.compile(r"(?:[A-Za-z0-9][\w.-]*/)?[A-Za-z0-9][\w.-]*")
_VERSIONED = re.compile(
    r"@[0-9a-f]{7,64}$|:[0-9a-f]{8,64}$|:v\d+$|/versions/\d+$|^(?:[\w.-]+/){4}\d+$|^models:/[^/@]+/\d+$|^runs:/"
)
"""Ends of names that say which version: a commit, a number; and runs, which do not change."""
_SCHEMES = ("hf-hub:", "hf_hub:", "hf://", "kaggle://")
_ARTIFACT = re.compile(r"models:/.+|[\w./-]+:(?!v\d+$)[\w.-]+")
_MODEL = re.compile(
    r"\.(?:bin|pth?|pkl|pickle|h5|hdf5|keras|ckpt|onnx|joblib|npz|npy|gguf|safetensors|model|pb|tflite|t7|zip|tar|tgz|gz)\b"
    r"|drive\.google|/resolve/"
)
"""Addresses of models, weights and archives."""
_ADDRESS = re.compile(r"(?:https?|ftp|s3|gs)://\S+")
_LOADERS = frozenset(
    {"csv", "json", "parquet", "text", "arrow", "imagefolder", "audiofolder", "pandas", "webdataset", "sql"}
)


@check(
    "HBK-COD-027",
    stage="develop",
    kinds=("code", "notebook"),
    formats=("python", "notebook"),
    severity=Severity.MEDIUM,
    remedy="pass revision='<40 hex digits of the commit that was reviewed>', and keep a copy of what was downloaded",
    references=("CWE-494", "ATLAS:AML.T0010", "OWASP-ML:2023:ML06", "OWASP-LLM:2025:LLM03"),
)
def unpinned_download(target: Target) -> Iterator[Hit]:
    """A model or data set is downloaded by a name that can change.

    A branch of a hub moves: whoever takes over the account, or the name after it was given up, decides what the next
    start loads, and no run can be repeated.
    """
    reading = opened(target)
    for call in calls_like(reading.module, FETCHING.tokens, FETCHING.lasts):
        one = spelled(call)
        fault = _unpinned(one, dotted(one.function, one.scope))
        if fault is not None and matters(target, fault[1]):
            yield fault_hit(target, reading, call.node, call.scope, fault)
    reading.complain()


def _unpinned(call: Call, names: tuple[str, ...]) -> Fault | None:
    for row in (row for name in names for row in FETCHING.of(name.lstrip("."))):
        node = call.argument(row.position, row.keyword) or next(
            (call.keywords[word] for word in _OTHER_WORDS if word in call.keywords), None
        )
        if any(name.startswith("timm.") for name in names) and flag(call, "pretrained", 1) is False:
            continue
        named = text_value(node, call.scope) if node is not None else None
        sure = row.guard(call)
        if row.kind == "url" and digests(call.scope):
            continue  # a file may be compared after it was fetched
        if named is None or sure is None or not _is_fetched(row.kind, named) or _is_kept(call):
            continue
        said = f"{_WHAT[row.kind]} without {_MISSING[row.kind]}"
        return said, Severity.LOW if sure is Confidence.LOW else Severity.MEDIUM, Confidence.HIGH
    return None


def _is_kept(call: Call) -> bool:
    """Whether nothing is fetched, or only what was reviewed."""
    return flag(call, "local_files_only") is True or pinned(call) or call.spread


def _is_repository(name: str) -> bool:
    name = re.sub(r"^(?:hf[-_]hub:|hf://|kaggle://)", "", name)
    if _VERSIONED.search(name) or name in _LOADERS or _is_file(name):
        return False
    return _REPOSITORY.fullmatch(name) is not None


def _is_fetched(kind: str, name: str) -> bool:
    """Whether a name is of something that is fetched, and says no version."""
    if kind == "url":
        return _ADDRESS.fullmatch(name) is not None and _MODEL.search(name) is not None
    if kind == "code":
        return _ADDRESS.fullmatch(name) is not None and re.search(r"[0-9a-f]{40}", name) is None
    if kind == "alias":
        return _ARTIFACT.fullmatch(name) is not None and not _VERSIONED.search(name)
    if kind == "hub" and not name.startswith(_SCHEMES):
        return False
    return _is_repository(name) or (name.count("/") > 1 and _is_handle(name))


_WHAT = {
    "fetch": "a repository is downloaded",
    "hub": "a repository is downloaded",
    "url": "a file is downloaded",
    "code": "code or data is fetched",
    "alias": "an artifact is loaded by a name that moves, and so",
}
_MISSING = {
    "fetch": "the commit that was reviewed",
    "hub": "the commit that was reviewed",
    "code": "the commit that was reviewed",
    "url": "the digest that was reviewed",
    "alias": "its version",
}
_OTHER_WORDS = ("repo_id", "pretrained_model_name_or_path", "model", "model_id", "model_name", "path")


def _is_handle(name: str) -> bool:
    """``owner/model/framework/variation``, as Kaggle names models."""
    return re.fullmatch(r"(?:[A-Za-z0-9][\w.-]*/){2,3}[A-Za-z0-9][\w.-]*", name) is not None and not (
        _VERSIONED.search(name) or _is_file(name)
    )


def _is_file(name: str) -> bool:
    return name.startswith((".", "models/", "data/", "checkpoints/", "artifacts/", "output")) or bool(
        re.search(r"\.(?:json|csv|pt|pth|bin|safetensors|txt|parquet|py|onnx)$", name)
    )
