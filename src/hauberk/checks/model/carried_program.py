# SPDX-License-Identifier: Apache-2.0
"""HBK-MOD-013."""

from collections.abc import Iterator

from hauberk.analysis.payloads import Payload, payloads, source
from hauberk.assets import archive, safetensors, sevenzip, tar
from hauberk.assets.executables import SCRIPTS
from hauberk.core.card import check
from hauberk.core.content import LARGEST, Budget, Content
from hauberk.core.finding import Hit
from hauberk.core.place import MemberPlace
from hauberk.core.scales import Kind, Severity
from hauberk.core.target import Target

_PICKLED = frozenset({"pickle", "torch-zip", "torchscript", "joblib-compressed", "npy", "npz", "zip", "tar", "7z"})
"""Formats whose pickles another rule interprets."""
_ARCHIVES = ("zip", "tar", "7z")
"""Archives that nobody calls a model: programs in them are not unusual."""


@check(
    "HBK-MOD-013",
    stage="develop",
    kinds=("model", "dataset", "other"),
    formats=(
        *sorted(_PICKLED), "catboost", "catboost-json", "coreml", "executorch", "gguf", "hdf5", "keras", "lightgbm",
        "mar", "nemo", "onnx", "openvino", "pmml", "safetensors", "savedmodel", "skops", "tensorflow-graph", "tflite",
        "xgboost-binary", "xgboost-json", "xgboost-ubj",
    ),
    severity=Severity.HIGH,
    remedy="do not use the file; ask its maker what the program is for, and have the weights saved alone",
    references=("CWE-506", "CWE-829", "ATLAS:AML.T0010", "ATLAS:AML.T0011.000", "OWASP-ML:2023:ML06"),
    bytewise=True,
)  # fmt: skip
def carried_program(target: Target) -> Iterator[Hit]:
    """Model file carries a program along.

    Weights are numbers. Machine code, a script or a pickle hidden in metadata, in a tensor or behind the end of the
    file waits there for a second stage that takes it out and runs it, past whoever only checks the format.
    """
    for member, payload in _carried(target):
        unusual = target.asset.kind is not Kind.OTHER or target.asset.format not in _ARCHIVES
        yield Hit(
            message=f"carries {payload.what}",
            severity=payload.severity if unusual else Severity.MEDIUM,
            place=MemberPlace(archive=target.asset.uri, member=member, offset=payload.offset),
            context=f"{member} {payload.what}",
        )


def _carried(target: Target) -> Iterator[tuple[str, Payload]]:
    data = target.content
    seen: set[str] = set()
    for payload in _within(data, pickles=target.asset.format not in _PICKLED):
        seen.add(payload.what)
        yield "", payload
    for name, content in _members(data):
        for payload in _within(content):
            if payload.what not in seen:  # a stored member was seen in the archive's own bytes
                yield name, payload
    if data.startswith((archive.LOCAL, archive.END)):
        yield from _behind(data)
    if target.asset.format == "safetensors":
        for key, text in safetensors.metadata(data).items():
            what = source(text)
            if what:
                yield key[:100], Payload(8, what, Severity.HIGH)


def _within(content: Content, *, pickles: bool = False) -> Iterator[Payload]:
    """Programs in a content, a window after the other; what begins in one may end in the next."""
    base = 0
    while window := content.read(base, _WINDOW + _OVERLAP):
        last = len(window) < _WINDOW + _OVERLAP
        for payload in payloads(window, pickles=pickles):
            if (last or payload.offset < _WINDOW) and (payload.offset or not base):
                yield payload._replace(offset=payload.offset + base)
        if last:
            return
        base += _WINDOW


_HEAD = 64
_WINDOW, _OVERLAP = 16 << 20, 1 << 20
"""Bytes that are searched at once, and those of the next window that are looked at with them."""


def _members(data: Content) -> Iterator[tuple[str, Content]]:
    """Names and contents of the members that can be opened; of a broken one its bytes as they lie there."""
    if data.startswith((archive.LOCAL, archive.END)):
        yield from _of_zip(data)
    elif tar.is_tar(data):
        for item in tar.entries(data):
            if isinstance(item, tar.Entry):
                yield item.name, item.content
    elif data.startswith(sevenzip.MAGIC):
        for one in sevenzip.members(data.whole(LARGEST), most=LARGEST):
            if isinstance(one, archive.Member):
                yield one.name, Content.of(one.data)


def _of_zip(data: Content) -> Iterator[tuple[str, Content]]:
    for entry in archive.entries(data, Budget()):
        if isinstance(entry, archive.Oddity):
            continue
        if entry.is_stored:  # the archive's own bytes hold it; only a script is known by where it begins
            yield entry.name, entry.raw.part(0, min(_HEAD, len(entry.raw)))
        else:
            yield entry.name, entry.raw if entry.flaw() else entry.content


def _behind(data: Content) -> Iterator[tuple[str, Payload]]:
    """What follows the end of a zip, which readers look for backwards and so never see."""
    end = data.rfind(archive.END)
    stop = end + 22 + int.from_bytes(data[end + 20 : end + 22], "little")
    if end >= 0 and stop < len(data):
        what = (
            "a script behind the end of its archive"
            if data.startswith(SCRIPTS, stop)
            else "bytes behind the end of its archive"
        )
        yield "", Payload(stop, what, Severity.HIGH if "script" in what else Severity.MEDIUM)
