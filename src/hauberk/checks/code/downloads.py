# SPDX-License-Identifier: Apache-2.0
"""HBK-COD-026 and HBK-COD-027: archives that are unpacked anywhere, downloads that are not pinned."""

import re
from collections.abc import Iterator

from tree_sitter import Node

from hauberk.analysis.calls import Unknown, constant, dotted
from hauberk.analysis.calls_sinks import flag
from hauberk.analysis.flow_names import Origin
from hauberk.assets.scopes import Call
from hauberk.checks.code import opened
from hauberk.checks.code.faults import Fault, fault_hit, hits, none
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


_HUB = re.compile(
    r"(?:huggingface_hub\.(?:hf_hub_download|snapshot_download|cached_download)|datasets\.load_dataset"
    r"|sentence_transformers\.(?:SentenceTransformer|CrossEncoder)|timm\.create_model|evaluate\.load"
    r"|transformers\.pipeline|modelscope\.snapshot_download)"
)
_NAMES = frozenset(
    {
        *(b"hf_hub_download", b"snapshot_download", b"cached_download", b"load_dataset", b"SentenceTransformer"),
        *(b"CrossEncoder", b"create_model", b"load", b"pipeline", b"from_pretrained", b"from_pretrained_hub"),
        *(b"from_hub", b"load_from_hub"),
    }
)
"""Last names of these and of the methods."""
_PRETRAINED = re.compile(r".*\.(?:from_pretrained|from_pretrained_hub|from_hub|load_from_hub)")
_REPOSITORY = re.compile(r"(?:[A-Za-z0-9][\w.-]*/)?[A-Za-z0-9][\w.-]*")
_COMMIT = re.compile(r"[0-9a-f]{40}|sha256:[0-9a-f]{64}")
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
    yield from hits(target, _unpinned, none, _NAMES)


def _unpinned(call: Call, names: tuple[str, ...]) -> Fault | None:
    if not any(_HUB.fullmatch(name) or _PRETRAINED.fullmatch(name) for name in names):
        return None
    node = (
        call.argument(0, "repo_id") or call.keywords.get("model") or call.keywords.get("pretrained_model_name_or_path")
    )
    if any(name == "transformers.pipeline" for name in names):
        node = call.keywords.get("model") or (call.positional[1] if len(call.positional) > 1 else None)
    if any(name.startswith("timm.") for name in names) and flag(call, "pretrained", 1) is False:
        return None
    name = constant(node, call.scope) if node is not None else None
    name = re.sub(r"^hf[-_]hub:", "", name) if isinstance(name, str) else name
    if not isinstance(name, str) or not _REPOSITORY.fullmatch(name) or name in _LOADERS or _is_file(name):
        return None
    if flag(call, "local_files_only") is True:
        return None
    revision = call.keywords.get("revision")
    pinned = constant(revision, call.scope) if revision is not None else None
    if isinstance(pinned, Unknown) or (isinstance(pinned, str) and _COMMIT.fullmatch(pinned)) or call.spread:
        return None
    return "a repository is downloaded without the commit that was reviewed", Severity.MEDIUM, Confidence.HIGH


def _is_file(name: str) -> bool:
    return name.startswith((".", "models/", "data/", "checkpoints/", "artifacts/", "output")) or bool(
        re.search(r"\.(?:json|csv|pt|pth|bin|safetensors|txt|parquet|py|onnx)$", name)
    )
