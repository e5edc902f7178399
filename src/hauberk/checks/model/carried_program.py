# SPDX-License-Identifier: Apache-2.0
"""HBK-MOD-013."""

from collections.abc import Iterator

from hauberk.analysis.payloads import Payload, payloads, source
from hauberk.assets import archive, safetensors, sevenzip, tar
from hauberk.assets.executables import SCRIPTS
from hauberk.core.card import check
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
    data = target.data
    seen: set[str] = set()
    for payload in payloads(data, pickles=target.asset.format not in _PICKLED):
        seen.add(payload.what)
        yield "", payload
    for member in _members(data):
        for payload in payloads(member.data):
            if payload.what not in seen:  # a stored member was seen in the archive's own bytes
                yield member.name, payload
    if data.startswith((archive.LOCAL, archive.END)):
        yield from _behind(data)
    if target.asset.format == "safetensors":
        for key, text in safetensors.metadata(data).items():
            what = source(text)
            if what:
                yield key[:100], Payload(8, what, Severity.HIGH)


def _members(data: bytes) -> Iterator[archive.Member]:
    if data.startswith((archive.LOCAL, archive.END)):
        found = archive.members(data)
    elif tar.is_tar(data):
        found = tar.members(data)
    elif data.startswith(sevenzip.MAGIC):
        found = sevenzip.members(data)
    else:
        return
    yield from (one for one in found if isinstance(one, archive.Member))


def _behind(data: bytes) -> Iterator[tuple[str, Payload]]:
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
