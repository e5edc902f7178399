# SPDX-License-Identifier: Apache-2.0
"""HBK-SEC-002."""

import base64
import binascii
import re
from collections.abc import Iterator

from hauberk.analysis.secrets import search
from hauberk.assets import yaml
from hauberk.assets.yaml import Node
from hauberk.core.card import check
from hauberk.core.finding import Hit
from hauberk.core.scales import Confidence, Severity
from hauberk.core.target import Target

_EMPTY = re.compile(
    rb"\s*|.*(?:\$\{|\$\(|\{\{|<[^>]*>|change.?me|placeholder|replace|example|your[-_ ]|xxxx|dummy|todo).*",
    re.IGNORECASE | re.DOTALL,
)
"""Values that somebody has still to fill in, or that a template does."""
_PUBLIC = re.compile(
    r"(?:tls|ca)\.crt|.*\.(?:crt|pub|cert)|(?i:user(?:name)?|host|port|region|bucket|endpoint|url|name)"
)
"""Keys of what may be known."""


@check(
    "HBK-SEC-002",
    stage="deploy",
    kinds=("manifest",),
    formats=("kubernetes",),
    severity=Severity.HIGH,
    remedy="revoke the values, and let the cluster fetch them: External Secrets, the CSI driver, SealedSecrets or SOPS",
    references=("CWE-798", "CWE-540", "CWE-522", "ATLAS:AML.T0055"),
)
def kubernetes_secret(target: Target) -> Iterator[Hit]:
    """A Kubernetes Secret stands in a file with its values.

    Base64 is no encryption: whoever reads the repository, its history or a backup holds the keys of the registry, the
    bucket of models and the database, though the file is called Secret.
    """
    for document in yaml.read(target.data).documents:
        for node in document.walk():
            if node.string("kind") != "Secret" or not node.string("apiVersion"):
                continue
            for key, value in _values(node):
                kind = _kind(key, value)
                if kind is not None:
                    message, severity, confidence = kind
                    yield Hit(
                        message=f"{message}, {len(value)} bytes",
                        place=target.place(node.line),
                        severity=severity,
                        confidence=confidence,
                        context=f"Secret {message}",
                    )


def _values(secret: Node) -> Iterator[tuple[str, bytes]]:
    """Keys with their values, decoded; what is no base64 is as good as not filled in."""
    for part in ("data", "stringData"):
        entries = secret.at(part)
        for key, node in (entries.entries or {}).items() if entries is not None else ():
            text = (node.text or "").strip()
            if part == "stringData":
                yield key, text.encode("utf-8", "replace")
                continue
            try:
                yield key, base64.b64decode("".join(text.split()), validate=True)
            except (binascii.Error, ValueError):
                continue


def _kind(key: str, value: bytes) -> tuple[str, Severity, Confidence] | None:
    """What a value is; None where it is empty, still to be filled in, or may be known."""
    found = next(iter(search(value)), None)
    if found is not None:
        return found.kind, found.severity, found.confidence
    if _EMPTY.fullmatch(value) or _PUBLIC.fullmatch(key):
        return None
    return "a value of a Secret", Severity.HIGH, Confidence.MEDIUM
