# SPDX-License-Identifier: Apache-2.0
"""HBK-SEC-001."""

import re
from collections.abc import Iterator, Sequence

from hauberk.analysis.secrets import search
from hauberk.assets.purpose import is_test
from hauberk.core.card import check
from hauberk.core.errors import CannotLook
from hauberk.core.finding import Hit
from hauberk.core.scales import Kind, Severity
from hauberk.core.target import Target

LARGEST = 64 << 20
"""Bytes of one file that are searched."""
_HARMLESS = re.compile(
    rb"(?:#|//|--).*\b(?:sandbox|dummy|fake|mock|revoked|expired|not (?:a |an )?(?:real|valid|critical|live|secret))",
    re.IGNORECASE,
)
"""A remark in a test, on the line of a secret or before it, that it opens nothing."""
_TABLES = ("csv", "tsv", "jsonl")


@check(
    "HBK-SEC-001",
    stage="develop",
    kinds=("code", "manifest", "image", "document", "dataset"),
    severity=Severity.HIGH,
    bytewise=True,
    remedy="revoke the secret at its issuer first, then remove it from the file and its history; read it at run time "
    "from a secret store or the environment",
    references=("CWE-798", "CWE-540", "OWASP-ML:2023:ML06", "ATLAS:AML.T0055"),
)
def secret_in_text(target: Target) -> Iterator[Hit]:
    """A secret is written in a file.

    Everybody who can read the repository, an image built from it or a backup holds the key, and history keeps it after
    it is deleted. Keys of model hubs, clouds and trackers are what an attacker needs to replace a model or read data.
    """
    if target.asset.kind is Kind.DATASET and target.asset.format not in _TABLES:
        return
    data = target.data
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        data = data.decode("utf-16", "replace").encode()
    lines = data[:LARGEST].split(b"\n") if is_test(target.asset.uri) else ()
    for secret in search(data[:LARGEST], bare=target.asset.kind is not Kind.CODE):
        yield Hit(
            message=f"{secret.kind}, {secret.length} characters",
            place=target.place(secret.line, secret.column),
            severity=_weighed(secret.severity, lines[max(0, secret.line - 2) : secret.line])
            if lines
            else secret.severity,
            confidence=secret.confidence,
            context=secret.kind,
        )
    if len(data) > LARGEST:
        raise CannotLook(f"only the first {LARGEST} bytes were searched for secrets")


def _weighed(severity: Severity, near: Sequence[bytes]) -> Severity:
    """How bad a secret in a test is: most open a service that was made for the test, and a remark may say so."""
    if any(_HARMLESS.search(line) for line in near):
        return Severity.LOW
    return list(Severity)[max(severity.rank - 1, Severity.LOW.rank)]
