# SPDX-License-Identifier: Apache-2.0
"""The small files that an archive holds, whatever it is packed with, and those of archives within it."""

from collections.abc import Iterator

from hauberk.assets import archive, compressed, sevenzip, tar
from hauberk.core.content import Budget, Content
from hauberk.core.errors import CannotLook, TooLarge

LARGEST = 4 << 20
"""Largest file that is given; what people write by hand is smaller."""
MOST_BYTES = 512 << 20
"""Bytes that are expanded in all."""
MOST_FILES = 50_000
DEEPEST = 3
"""Archives within archives that are opened."""
_HEAD = 512
_SEVENZIP = b"7z\xbc\xaf\x27\x1c"


class Packed:
    """Files of one archive; what could not be opened is counted, and said at the end."""

    def __init__(self) -> None:
        """Begin with nothing seen."""
        self.budget = Budget(MOST_BYTES)
        self.files = 0
        self.closed: list[str] = []
        """Why something was not opened."""

    def read(self, data: Content) -> Iterator[tuple[str, bytes]]:
        """Names and bytes of all files that are small enough, those within inner archives as ``outer!inner``.

        Raises Malformed where the archive is broken, TooLarge beyond a budget, and, once all else was given,
        CannotLook where something could not be opened.
        """
        yield from self._opened("", data, 0)
        if self.closed:
            raise CannotLook(f"{len(self.closed)} members could not be opened: {self.closed[0]}")

    def _opened(self, name: str, data: Content, depth: int) -> Iterator[tuple[str, bytes]]:
        head = data.read(0, _HEAD)
        prefix = f"{name}!" if name else ""
        if head.startswith(archive.LOCAL) or (not depth and archive.is_archive(data)):
            yield from self._members(prefix, self._zipped(data), depth)
        elif tar.is_tar(head):
            files = (item for item in tar.entries(data) if isinstance(item, tar.Entry))
            yield from self._members(prefix, ((one.name, one.content) for one in files), depth)
        elif head.startswith(_SEVENZIP):
            held = sevenzip.members(data.whole(LARGEST * 16))
            found = ((one.name, Content.of(one.data)) for one in held if isinstance(one, archive.Member))
            yield from self._members(prefix, found, depth)
        else:
            yield from self._members(prefix, [("", compressed.content(data, self.budget))], depth)

    def _zipped(self, data: Content) -> Iterator[tuple[str, Content]]:
        for entry in archive.entries(data, self.budget):
            if isinstance(entry, archive.Oddity):
                continue
            unread = entry.flaw() if entry.header.size <= LARGEST else ""
            if unread:
                self.closed.append(unread)
            else:
                yield entry.name, entry.content

    def _members(
        self, prefix: str, members: Iterator[tuple[str, Content]] | list[tuple[str, Content]], depth: int
    ) -> Iterator[tuple[str, bytes]]:
        for name, content in members:
            self.files += 1
            if self.files > MOST_FILES:
                raise TooLarge(f"more than {MOST_FILES:,} members")
            whole = f"{prefix}{name}".rstrip("!")
            if _is_packed(name, content.read(0, _HEAD)):
                if depth >= DEEPEST:
                    self.closed.append(f"an archive within {DEEPEST} others")
                    continue
                try:
                    yield from self._opened(whole, content, depth + 1)
                except TooLarge:
                    raise
                except CannotLook as error:
                    self.closed.append(str(error))
                continue
            found = content.read(0, LARGEST + 1)
            self.budget.spend(len(found))
            if len(found) <= LARGEST or not name:
                yield whole, found[:LARGEST]


def _is_packed(name: str, head: bytes) -> bool:
    """Whether a member is an archive itself; a stream of zlib is known by its name alone, two bytes are no proof."""
    if head.startswith((archive.LOCAL, _SEVENZIP)) or tar.is_tar(head):
        return True
    kind = compressed.compression(head)
    return kind in ("gzip", "xz", "zstd") or (kind == "bzip2" and name.endswith((".bz2", ".tbz", ".tbz2")))
