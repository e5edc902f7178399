# SPDX-License-Identifier: Apache-2.0
"""HBK-SEC-003."""

import io
import tarfile
from collections.abc import Iterator

from hauberk.analysis.secrets import search
from hauberk.assets import archive, compressed
from hauberk.core.card import check
from hauberk.core.errors import CannotLook, Malformed
from hauberk.core.finding import Hit
from hauberk.core.place import MemberPlace
from hauberk.core.scales import Severity
from hauberk.core.target import Target

LARGEST = 4 << 20
"""Largest member that is searched; secrets stand in small files."""
MOST = 256 << 20
"""Bytes that are searched in all."""
MEMBERS = 20_000
_HEAD = 2048


@check(
    "HBK-SEC-003",
    stage="develop",
    kinds=("other",),
    formats=("zip", "tar", "gzip"),
    severity=Severity.HIGH,
    bytewise=True,
    remedy="revoke the secret at its issuer, and build the archive without it (an allow-list of what goes in)",
    references=("CWE-798", "CWE-540", "OWASP-ML:2023:ML06", "ATLAS:AML.T0055"),
)
def secret_in_archive(target: Target) -> Iterator[Hit]:
    """A secret is packed in an archive.

    What is handed over as an archive, a dataset, a wheel, an image's layer, is opened by more people than the
    repository, and the .env or the notebook that was packed along is looked at by nobody but them.
    """
    total = 0
    for name, data in _members(target.data):
        total += len(data)
        if total > MOST:
            raise CannotLook(f"only the first {MOST} bytes of the members were searched for secrets")
        if b"\0" in data[:_HEAD]:
            continue
        for secret in search(data, bare=not name.endswith(".py")):
            yield Hit(
                message=f"{secret.kind}, {secret.length} characters, in line {secret.line} of a member",
                place=MemberPlace(archive=target.asset.uri, member=name),
                severity=secret.severity,
                confidence=secret.confidence,
                context=f"{name} {secret.kind}",
            )


def _members(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Names and bytes of the members that may hold text; raises CannotLook."""
    if archive.is_archive(data):
        yield from _of_zip(data)
        return
    if compressed.compression(data):
        data = compressed.decompress(data)
    if data[257:262] == b"ustar":
        yield from _of_tar(data)
    else:
        yield "", data[:LARGEST]


def _of_zip(data: bytes) -> Iterator[tuple[str, bytes]]:
    closed: list[str] = []
    for member in archive.members(data):
        if isinstance(member, archive.Member) and member.unread:
            closed.append(member.unread)
        elif isinstance(member, archive.Member) and len(member.data) <= LARGEST:
            yield member.name, member.data
    if closed:
        raise CannotLook(f"{len(closed)} members could not be opened: {closed[0]}")


def _of_tar(data: bytes) -> Iterator[tuple[str, bytes]]:
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as opened:
            for count, entry in enumerate(opened):
                if count >= MEMBERS:
                    raise CannotLook(f"only the first {MEMBERS} members were searched for secrets")
                held = opened.extractfile(entry) if entry.isreg() and entry.size <= LARGEST else None
                if held is not None:
                    yield entry.name, held.read(LARGEST)
    except (tarfile.TarError, ValueError, OverflowError) as error:
        raise Malformed(f"not a tar that can be read: {type(error).__name__}") from error
