# SPDX-License-Identifier: Apache-2.0
"""Finds the bytes of a member by the path that ``program_files`` gives it: wrappings and names, joined by slashes."""

from collections.abc import Iterator

from hauberk.assets import archive, compressed, sevenzip, tar
from hauberk.core.errors import CannotLook

DEEPEST = 6


def unwrapped(data: bytes, member: str) -> bytes:
    """The bytes of a member, or of the file itself for an empty path; raises CannotLook where there is none."""
    for _ in range(DEEPEST):
        if not member:
            return data
        data, member = _step(data, member)
    raise CannotLook(f"wrapped more than {DEEPEST} times")


def _step(data: bytes, member: str) -> tuple[bytes, str]:
    name = compressed.compression(data)
    if name and (member == name or member.startswith(f"{name}/")):
        return compressed.decompress(data), member[len(name) + 1 :]
    for one in _members(data):
        if member == one.name or member.startswith(f"{one.name}/"):
            return one.data, member[len(one.name) + 1 :]
    raise CannotLook(f"no member {member[:80]!r}")


def _members(data: bytes) -> Iterator[archive.Member]:
    if data.startswith(sevenzip.MAGIC):
        found = sevenzip.members(data)
    else:
        found = tar.members(data) if tar.is_tar(data) else archive.members(data)
    yield from (one for one in found if isinstance(one, archive.Member))
