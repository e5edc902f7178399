# SPDX-License-Identifier: Apache-2.0
"""How formats without a magic number of their own look: within a zip, in a binary head, in a text."""

import re

from hauberk.core.scales import Kind

_OPENVINO = re.compile(rb"(?:<\?xml[^>]*>\s*)?<net\s[^>]*\bversion=")
_UBJ = re.compile(rb"\{(?:[iU]\x07|I\0\x07|l\0{3}\x07|L\0{7}\x07)learner\{")
"""How UBJSON of XGBoost begins."""
_OBJECTIVE = re.compile(rb"[\x01-\x40]\0{7}(?:reg|binary|multi|rank|count|survival):\w{1,50}")
"""Stands at byte 136 of XGBoost's binary form, or at 140 behind its prefix."""
COREML = re.compile(
    rb"\A\x08[\x01-\x14]\x12(?:[\x04-\x7f]|[\x80-\xff][\x01-\x7f])\x0a(?:[\x03-\x7f]|[\x80-\xff]\x01)\x0a"
)
"""A version of the specification, then a description that begins with an input that begins with its name."""

_ZIPS: tuple[tuple[frozenset[str], bytes, tuple[bytes, ...], Kind, str], ...] = (
    (frozenset(), b"", (b"/code/__torch__",), Kind.MODEL, "torchscript"),
    (frozenset({"pt", "pth", "ckpt", "pt2", "ptl"}), b"data.pkl", (b"/data.pkl",), Kind.MODEL, "torch-zip"),
    (frozenset({"keras"}), b"", (b"model.weights.h5",), Kind.MODEL, "keras"),
    (frozenset({"skops"}), b"schema.json", (), Kind.MODEL, "skops"),
    (frozenset({"mar"}), b"", (b"MAR-INF/MANIFEST.json",), Kind.MODEL, "mar"),
    (frozenset({"npz"}), b".npy", (), Kind.DATASET, "npz"),
)
"""Suffixes, how the first member's name ends, what stands in the head, and what each of them says."""
_EXPORT = re.compile(rb"(?:feature [^\n]*\n)*(?:reset refs/[^\n]+\n)?(?:blob|commit refs/[^\n]+)\nmark :\d+\n")
"""What `git fast-export` begins with."""
_OBJECTS: tuple[tuple[tuple[tuple[bytes, ...], ...], Kind, str], ...] = (
    (((b'"cell_type"',), (b'"cells"', b'"worksheets"')), Kind.NOTEBOOK, "notebook"),
    (((b'"learner"',), (b'"learner_model_param"', b'{"learner":')), Kind.MODEL, "xgboost-json"),
    (((b'"features_info"',), (b'"float_features"', b'"categorical_features"')), Kind.MODEL, "catboost-json"),
    (((b'"hauberk/incidents/1"',),), Kind.DOCUMENT, "hauberk-incidents"),
    (((b'"hauberk/queue-measures/1"',),), Kind.DOCUMENT, "hauberk-review"),
    (((b'"apiVersion"',), (b'"kind"',)), Kind.MANIFEST, "kubernetes"),
)
"""JSON objects: of each group one word at least must stand in the head."""


def of_zip(suffix: str, head: bytes) -> tuple[Kind, str]:
    """A zip by what its first members are called, then by its suffix."""
    first = head[30 : 30 + int.from_bytes(head[26:28], "little")]
    for suffixes, last, words, kind, content_format in _ZIPS:
        if suffix in suffixes or (last and first.endswith(last)) or any(word in head for word in words):
            return kind, content_format
    return Kind.OTHER, "zip"


def of_layout(suffix: str, head: bytes) -> tuple[Kind, str] | None:
    """Binary formats by what stands at a fixed byte."""
    if head[4:8] in (b"TFL3", b"ET12") and b"\0" in head:
        return Kind.MODEL, "tflite" if head[4:8] == b"TFL3" else "executorch"
    if head[257:262] == b"ustar":
        return (Kind.MODEL, "nemo") if suffix == "nemo" else (Kind.OTHER, "tar")
    if _UBJ.match(head):
        return Kind.MODEL, "xgboost-ubj"
    if _OBJECTIVE.match(head, 140 if head.startswith(b"binf") else 136):
        return Kind.MODEL, "xgboost-binary"
    return None


def of_text(head: bytes) -> tuple[Kind, str] | None:
    """JSON, XML and plain-text formats that are known by their first words."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    for groups, kind, content_format in _OBJECTS if start.startswith(b"{") else ():
        if all(any(word in start for word in group) for group in groups):
            return kind, content_format
    if start.startswith(b"tree\nversion=v"):
        return Kind.MODEL, "lightgbm"
    if start.startswith((b"<?xml", b"<PMML", b"<!DOCTYPE")) and b"<PMML" in start[:2048]:
        return Kind.MODEL, "pmml"
    if _EXPORT.match(head):
        return Kind.OTHER, "git-export"
    return (Kind.MODEL, "openvino") if _OPENVINO.match(start) else None
