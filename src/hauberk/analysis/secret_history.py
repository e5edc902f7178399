# SPDX-License-Identifier: Apache-2.0
"""Secrets in the versions of a file that a history keeps."""

from collections.abc import Iterator

from hauberk.analysis.secrets import Secret, search
from hauberk.assets.recognise import HEAD, recognise
from hauberk.core.finding import Hit
from hauberk.core.place import MemberPlace
from hauberk.core.scales import Kind

LARGEST = 4 << 20
"""Largest version of a file that is searched; secrets stand in small files."""
_BEGINNING = 2048
SHORT = 12
"""Digits of a commit's id that are shown."""


def secrets_in(path: str, data: bytes) -> Iterator[tuple[Secret, bytes]]:
    """Secrets in one version of a file, each with its own bytes, which are not to be kept; none where it is no text."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        data = data.decode("utf-16", "replace").encode()
    if b"\0" in data[:_BEGINNING]:
        return
    kind = recognise(path, data[:HEAD])[0]
    if kind is Kind.NOTEBOOK:
        data = data.replace(b'\\"', b'"')
    starts = [0]
    for secret in search(data, bare=kind not in (Kind.CODE, Kind.NOTEBOOK)):
        while len(starts) < secret.line:
            starts.append(data.index(b"\n", starts[-1]) + 1)
        start = starts[secret.line - 1] + secret.column - 1
        yield secret, data[start : start + secret.length]


def hit(secret: Secret, repository: str, commit: str, path: str) -> Hit:
    """What is told of a secret that a commit brought."""
    where = f"line {secret.line} of {path}" if path else "the message"
    return Hit(
        message=f"{secret.kind}, {secret.length} characters, in {where} as commit {commit[:SHORT]} has it",
        place=MemberPlace(archive=repository, member=f"{commit[:SHORT]}:{path}"),
        severity=secret.severity,
        confidence=secret.confidence,
        context=f"{path} {secret.kind}",
    )
