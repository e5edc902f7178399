# SPDX-License-Identifier: Apache-2.0
"""HBK-MOD-001."""

import contextlib
from collections.abc import Iterator

from hauberk.analysis import loaders
from hauberk.analysis.certificate import attachable
from hauberk.analysis.program_files import Part, Piece, Unread, pieces, within_other
from hauberk.assets.archive import Oddity
from hauberk.core.attachment import Attachment
from hauberk.core.canonical import digest
from hauberk.core.card import check
from hauberk.core.errors import CannotLook, NotCertified
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
def code_on_load(target: Target) -> Iterator[Hit | Attachment]:
    """Loading the model file runs code outside the allow-list.

    A pickle is a program: whoever loads the file runs what it calls, with their own rights, before any prediction is
    made. Every call is interpreted here, never executed, and must be on a list of constructors known to be harmless.
    """
    if target.asset.format in UNOPENED:
        raise CannotLook(f"{target.asset.format} is recognised, no opener yet")
    squeezed = target.asset.format in SQUEEZED
    seen, unread, clean = [], "", True
    for piece in (within_other if squeezed else pieces)(target.content):
        seen.append(piece)
        for hit in _hits(target, piece):
            clean = False
            yield hit
        unread = unread or _unread(piece)
    if unread:
        raise CannotLook(unread)
    if clean and target.asset.digest:
        yield from _certificate(target, seen)


def _hits(target: Target, piece: Piece) -> Iterator[Hit]:
    if isinstance(piece, Part):
        who = loaders.sentence(loaders.family(target.asset.format, target.asset.uri.rpartition(".")[2].lower()))
        for fault in piece.program.faults:
            place = MemberPlace(archive=target.asset.uri, member=piece.member, offset=fault.offset)
            yield Hit(
                message=f"{fault.what}; {who}" if who else fault.what,
                place=place,
                severity=fault.severity,
                context=f"{piece.member} {fault.subject}",
            )
    elif isinstance(piece, Oddity):
        place = MemberPlace(archive=target.asset.uri, member=piece.member, offset=piece.offset)
        yield Hit(message=f"holds {piece.what}", place=place, context=f"{piece.member} {piece.what}")


def _unread(piece: Piece) -> str:
    """Why a piece could not be looked at, or not to its end."""
    if isinstance(piece, Unread):
        return f"{piece.member}: {piece.reason}" if piece.member else piece.reason
    return piece.program.stopped if isinstance(piece, Part) else ""


def _certificate(target: Target, seen: list[Piece]) -> Iterator[Attachment]:
    """The digest of the certificate that ``hauberk explain FILE --certificate`` writes; none where there is none."""
    with contextlib.suppress(CannotLook, NotCertified):
        made = attachable(seen, target.content, target.asset.digest or "")
        yield Attachment(name="certificate", digest=digest(made))
