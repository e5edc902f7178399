# SPDX-License-Identifier: Apache-2.0
"""Finds the bytes of a member by the path that ``program_files`` gives it: wrappings and names, joined by slashes."""

from collections.abc import Iterator

from hauberk.assets import archive, compressed, sevenzip, tar
from hauberk.core.content import LARGEST, Budget, Content
from hauberk.core.errors import CannotLook

DEEPEST = 6


def unwrapped(data: bytes | Content, member: str) -> Content:
    """The bytes of a member, or of the file itself for an empty path; raises CannotLook where there is none."""
    content, budget = Content.of(data), Budget()
    for _ in range(DEEPEST):
        if not member:
            return content
        content, member = _step(content, member, budget)
    raise CannotLook(f"wrapped more than {DEEPEST} times")


def _step(data: Content, member: str, budget: Budget) -> tuple[Content, str]:
    name = compressed.compression(data)
    if name and (member == name or member.startswith(f"{name}/")):
        return compressed.content(data, budget), member[len(name) + 1 :]
    for inner, content in _members(data, budget):
        if member == inner or member.startswith(f"{inner}/"):
            return content, member[len(inner) + 1 :]
    raise CannotLook(f"no member {member[:80]!r}")


def _members(data: Content, budget: Budget) -> Iterator[tuple[str, Content]]:
    if data.startswith(sevenzip.MAGIC):
        found = sevenzip.members(data.whole(LARGEST))
        yield from ((one.name, Content.of(one.data)) for one in found if isinstance(one, archive.Member))
    elif tar.is_tar(data):
        yield from ((one.name, one.content) for one in tar.entries(data) if isinstance(one, tar.Entry))
    else:
        found_entries = archive.entries(data, budget)
        yield from ((one.name, one.content) for one in found_entries if isinstance(one, archive.Entry))
