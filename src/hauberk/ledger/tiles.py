# SPDX-License-Identifier: Apache-2.0
"""The tree as static files after C2SP (c2sp.org/tlog-tiles), so that any tool of that kind reads a ledger's folder.

::

    checkpoint                    the signed note
    tile/<L>/<N>[.p/<W>]          hashes of level L, 256 a tile; a partial tile says its width
    tile/entries/<N>[.p/<W>]      entries, each behind its length in two bytes
    tile/synced                   ours: up to which size all this has been written

Derived from the segments, as an index is: deleted and written again at any time, brought up to date when a writer
closes. Bodies are not in it: an entry commits to its body by a digest.
"""

import itertools
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from hauberk.core.errors import BundleMalformed, EntryMissing, LedgerBroken, TileSwapped
from hauberk.ledger.chain import RESTORE, Chain, Proven
from hauberk.ledger.demands import NOTHING, Demands
from hauberk.ledger.files import DISK
from hauberk.ledger.merkle import Frontier, Subtree, leaf_hash, tree_root
from hauberk.ledger.reading import conclude, parse_note, read_lines
from hauberk.ledger.segment import LARGEST_ENTRY
from hauberk.ledger.tail import Place
from hauberk.signing.key import PublicKey
from hauberk.signing.note import LARGEST as LARGEST_NOTE

WIDTH = 256
_HASH = 32
_LENGTH = 2
_THOUSAND = 1000
_LARGEST_BUNDLE = WIDTH * (LARGEST_ENTRY + _LENGTH)


def tile_path(level: int | None, index: int, width: int = WIDTH) -> str:
    """Where a tile is; ``None`` is the level of the entries themselves."""
    parts = [f"{index % _THOUSAND:03d}"]
    while index >= _THOUSAND:
        index //= _THOUSAND
        parts.insert(0, f"x{index % _THOUSAND:03d}")
    partial = f".p/{width}" if width < WIDTH else ""
    return f"tile/{'entries' if level is None else level}/{'/'.join(parts)}{partial}"


def sync_tiles(place: Place, size: int, folder: Path | None = None) -> None:
    """Bring the tiles in a folder, by default the ledger's own, up to a size; raises OSError where it is read-only."""
    folder = folder or place.root
    done = synced(folder)
    if done > size:
        shutil.rmtree(folder / "tile")
        done = 0
    if done == size and (size or (folder / "tile").exists()):
        return
    first = done // WIDTH
    lines = (line for line, _ in read_lines(place, first * WIDTH, size)) if size else iter(())
    for index, chunk in enumerate(_chunks(lines), first):
        bundle = b"".join(len(line).to_bytes(_LENGTH, "big") + line for line in chunk)
        _put(folder, None, index, bundle, len(chunk))
        _put(folder, 0, index, b"".join(map(leaf_hash, chunk)), len(chunk))
    _sync_above(folder, done, size)
    (folder / "tile").mkdir(exist_ok=True)
    DISK.replace(folder / "tile" / "synced", b"%d\n" % size, durable=False)


def resync_tiles(place: Place, size: int) -> None:
    """Write the tiles of a ledger's folder anew; raises OSError where it is read-only."""
    if (place.root / "tile").exists():
        shutil.rmtree(place.root / "tile")
    sync_tiles(place, size)


def _sync_above(folder: Path, done: int, size: int) -> None:
    """Levels over that of the leaves: each hash is the root of one full tile below."""
    level = 1
    while count := size // WIDTH**level:
        before = done // WIDTH**level
        for index in range(before // WIDTH, -(-count // WIDTH)):
            last = min(count, (index + 1) * WIDTH)
            hashes = b"".join(_root(folder, level - 1, child) for child in range(index * WIDTH, last))
            _put(folder, level, index, hashes, last - index * WIDTH)
        level += 1


def _root(folder: Path, level: int, index: int) -> bytes:
    return tree_root(_split((folder / tile_path(level, index)).read_bytes()))


def _put(folder: Path, level: int | None, index: int, data: bytes, width: int) -> None:
    path = folder / tile_path(level, index, width)
    path.parent.mkdir(parents=True, exist_ok=True)
    DISK.replace(path, data, durable=False)
    if width == WIDTH:
        shutil.rmtree(path.with_name(f"{path.name}.p"), ignore_errors=True)


def synced(folder: Path) -> int:
    """Up to which size the tiles of a folder have been written; 0 where there are none."""
    try:
        return int((folder / "tile" / "synced").read_bytes()[:17])
    except (OSError, ValueError):
        return 0


def subtrees(place: Place, size: int) -> Subtree:
    """Roots within the first ``size`` entries: from tiles, or where those cannot be written from the entries."""
    try:
        sync_tiles(place, size)
    except OSError:
        leaves = [leaf_hash(line) for line, _ in read_lines(place, 0, size)]
        return lambda start, end: tree_root(leaves[start:end])
    return lambda start, end: _subtree(place.root, size, start, end)


def _subtree(folder: Path, size: int, start: int, end: int) -> bytes:
    count = end - start
    if count & (count - 1) or start % count:
        middle = start + (1 << ((count - 1).bit_length() - 1))
        left, right = _subtree(folder, size, start, middle), _subtree(folder, size, middle, end)
        return Frontier([left, right], _ALIGNED).root
    level = (count.bit_length() - 1) // 8
    span = WIDTH**level
    index, place = divmod(start // span, WIDTH)
    tile = _split(_tile(folder, size, level, index))
    return tree_root(tile[place : place + count // span])


_ALIGNED = 3
"""A tree of two peaks, whose root is the hash of both."""


def _tile(folder: Path, size: int, level: int, index: int) -> bytes:
    width = min(WIDTH, size // WIDTH**level - index * WIDTH)
    path = folder / tile_path(level, index, width)
    try:
        data = path.read_bytes()
    except OSError as error:
        message = f"{path}: {error.strerror}"
        raise LedgerBroken(message, remedy="hauberk ledger rebuild") from error
    if len(data) != width * _HASH:
        message = f"{path} is no tile of {width} hashes"
        raise TileSwapped(message, remedy="hauberk ledger rebuild")
    return data


def verify_tiles(folder: Path, keys: Sequence[PublicKey], demands: Demands = NOTHING) -> Proven:
    """What a folder of tiles proves: entries and tree, not the bodies. Raises LedgerBroken or SignatureInvalid."""
    note = _read(folder / "checkpoint", LARGEST_NOTE)
    stated = parse_note(note)
    chain = Chain(stated.origin, {stated.size} | {known.size for known in demands.known})
    for line in _lines(folder, stated.size):
        chain.follow(line, None)
    proven = conclude(chain, note, keys, demands)
    check_tiles(folder, stated.size, _lines(folder, stated.size))
    return proven


def check_tiles(folder: Path, size: int, lines: Iterable[bytes]) -> None:
    """Every tile up to a size holds what these entries give; raises TileSwapped."""
    hashes: Iterator[bytes] = map(leaf_hash, lines)
    level = 0
    while count := size // WIDTH**level:
        above = []
        for index, chunk in enumerate(_chunks(itertools.islice(hashes, count))):
            if _tile(folder, size, level, index) != b"".join(chunk):
                message = f"{tile_path(level, index, len(chunk))} does not hold the hashes of the entries in its place"
                raise TileSwapped(message, remedy="hauberk ledger rebuild, if the entries themselves verify")
            if len(chunk) == WIDTH:
                above.append(tree_root(chunk))
        hashes = iter(above)
        level += 1


def _lines(folder: Path, size: int) -> Iterator[bytes]:
    """The first so many entries, as the folder's bundles hold them."""
    for first in range(0, size, WIDTH):
        yield from _entries(folder, first, min(WIDTH, size - first))


def _entries(folder: Path, first: int, width: int) -> list[bytes]:
    path = folder / tile_path(None, first // WIDTH, width)
    data, lines, at = _read(path, _LARGEST_BUNDLE), [], 0
    while at < len(data):
        end = at + _LENGTH + int.from_bytes(data[at : at + _LENGTH], "big")
        lines.append(data[at + _LENGTH : end])
        at = end
    if at != len(data) or len(lines) != width:
        message = f"{path} holds {len(lines)} entries where {width} are due"
        raise EntryMissing(message, remedy=RESTORE)
    return lines


def _read(path: Path, largest: int) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(largest + 1)
    except OSError as error:
        message = f"{path}: {error.strerror}"
        raise BundleMalformed(message, remedy="give a folder that `hauberk ledger tiles` wrote") from error
    if len(data) > largest:
        message = f"{path} is larger than {largest} bytes"
        raise BundleMalformed(message)
    return data


def _split(data: bytes) -> list[bytes]:
    return [data[at : at + _HASH] for at in range(0, len(data), _HASH)]


def _chunks(items: Iterable[bytes]) -> Iterator[list[bytes]]:
    taken = iter(items)
    while chunk := list(itertools.islice(taken, WIDTH)):
        yield chunk
