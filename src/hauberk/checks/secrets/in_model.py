# SPDX-License-Identifier: Apache-2.0
"""HBK-SEC-005."""

import json
from collections.abc import Iterator

from hauberk.analysis.secrets import search
from hauberk.assets import gguf, hdf5, onnx, safetensors
from hauberk.core.card import check
from hauberk.core.content import Content
from hauberk.core.errors import CannotLook
from hauberk.core.finding import Hit
from hauberk.core.place import MemberPlace
from hauberk.core.scales import Severity
from hauberk.core.target import Target

LARGEST = 64 << 20
"""Bytes of a model in text that are searched."""


@check(
    "HBK-SEC-005",
    stage="develop",
    kinds=("model",),
    formats=(
        "safetensors", "gguf", "onnx", "hdf5", "chat-template", "xgboost-json", "catboost-json", "lightgbm", "pmml",
        "openvino",
    ),
    severity=Severity.HIGH,
    bytewise=True,
    remedy="revoke the secret at its issuer, write the metadata anew without it, and publish the model again",
    references=("CWE-798", "CWE-540", "OWASP-ML:2023:ML06", "ATLAS:AML.T0055"),
)  # fmt: skip
def secret_in_model(target: Target) -> Iterator[Hit]:
    """A secret is written in the metadata of a model file.

    Training scripts put their arguments, environment and tracker's settings into the file that they save. It is then
    uploaded to a hub, served and copied, and nobody looks into its header.
    """
    for name, text in _texts(target.asset.format, target.content):
        for secret in search(text.encode("utf-8", "replace")):
            yield Hit(
                message=f"{secret.kind}, {secret.length} characters, in the model's metadata",
                place=MemberPlace(archive=target.asset.uri, member=name),
                severity=secret.severity,
                confidence=secret.confidence,
                context=f"{name} {secret.kind}",
            )


def _texts(form: str, data: Content) -> Iterator[tuple[str, str]]:
    """Parts of the metadata, each with its name: the name is part of the text too, since it tells what a value is."""
    match form:
        case "safetensors":
            pairs = list(safetensors.metadata(data).items())
        case "gguf":
            pairs = [(one.key, one.value) for one in gguf.texts(data)]
        case "onnx":
            pairs = onnx.metadata(data)
        case "hdf5":
            pairs = [("configuration", json.dumps(one.value, indent=0)) for one in hdf5.objects(data)]
        case _:
            yield "", data.read(0, LARGEST).decode("utf-8", "replace")
            if data.reaches(LARGEST + 1):
                raise CannotLook(f"only the first {LARGEST} bytes were searched for secrets")
            return
    for name, value in pairs:
        yield name[:80], f"{name} = {value}\n"
