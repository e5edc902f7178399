# SPDX-License-Identifier: Apache-2.0
"""HBK-MOD-001."""

from collections.abc import Iterator

from hauberk.analysis import loaders
from hauberk.analysis.program_files import Inert, Part, Unread, pieces, within_other
from hauberk.core.card import check
from hauberk.core.errors import CannotLook
from hauberk.core.finding import Hit
from hauberk.core.place import MemberPlace
from hauberk.core.scales import Severity
from hauberk.core.target import Target

OPENED = (
    "pickle", "torch-zip", "torchscript", "joblib-compressed", "npy", "npz", "skops", "mar", "nemo", "zip", "tar", "7z",
)  # fmt: skip
SQUEEZED = ("gzip", "bzip2", "xz", "lzma", "zlib", "lz4", "zstd")
"""Compressed files that nobody calls a model; what they hold may be one."""
UNOPENED = ("executorch", "openvino")
"""Formats that are recognised and cannot be opened yet: Unable, so that none is silently clean."""


@check(
    "HBK-MOD-001",
    stage="develop",
    kinds=("model", "dataset", "other"),
    formats=OPENED + SQUEEZED + UNOPENED,
    severity=Severity.HIGH,
    remedy="do not load the file; have its maker publish safetensors, ONNX or skops, or review each global named here",
    references=("CWE-502", "ATLAS:AML.T0010", "ATLAS:AML.T0011", "OWASP-ML:2023:ML06"),
)
def code_on_load(target: Target) -> Iterator[Hit]:
    """Loading the model file runs code outside the allow-list.

    A pickle is a program: whoever loads the file runs what it calls, with their own rights, before any prediction is
    made. Every call is interpreted here, never executed, and must be on a list of constructors known to be harmless.
    """
    if target.asset.format in UNOPENED:
        raise CannotLook(f"{target.asset.format} is recognised, no opener yet")
    unread = ""
    who = loaders.sentence(loaders.family(target.asset.format, target.asset.uri.rpartition(".")[2].lower()))
    for piece in (within_other if target.asset.format in SQUEEZED else pieces)(target.content):
        if isinstance(piece, Unread):
            unread = unread or (f"{piece.member}: {piece.reason}" if piece.member else piece.reason)
        elif isinstance(piece, Part):
            unread = unread or piece.program.stopped
            for fault in piece.program.faults:
                place = MemberPlace(archive=target.asset.uri, member=piece.member, offset=fault.offset)
                yield Hit(
                    message=f"{fault.what}; {who}" if who else fault.what,
                    place=place,
                    severity=fault.severity,
                    context=f"{piece.member} {fault.subject}",
                )
        elif not isinstance(piece, Inert):
            place = MemberPlace(archive=target.asset.uri, member=piece.member, offset=piece.offset)
            yield Hit(message=f"holds {piece.what}", place=place, context=f"{piece.member} {piece.what}")
    if unread:
        raise CannotLook(unread)
