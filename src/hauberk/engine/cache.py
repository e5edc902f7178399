# SPDX-License-Identifier: Apache-2.0
"""Outcomes kept by digest of everything that they rest on; in the user's own cache folder, never in the tree examined.

One file holds what all rules said of one asset, so that a tree of thousands of files is recalled in seconds.

A cache inside an examined tree would let a stranger's repository bring its own "clean", and so would a folder that
somebody else can write. Such a folder is not used. Within it, a file that is cut off or spoilt is known by its digest,
and ignored.
"""

import functools
import os
import secrets
import stat
import sys
import time
import zlib
from collections.abc import Iterable, Iterator, Sequence
from importlib import metadata
from pathlib import Path

import hauberk
from hauberk.core.asset import Asset
from hauberk.core.canonical import digest
from hauberk.core.codec import decode, encode, encode_sorted
from hauberk.core.errors import CannotLook
from hauberk.core.limit import Limit
from hauberk.core.system import System
from hauberk.core.value import Value
from hauberk.engine.regular import is_below, read
from hauberk.engine.source import FolderSource
from hauberk.engine.worker import Done, Work

LARGEST = 64 << 20
"""Most bytes that the outcomes of one asset may be, unpacked."""
MOST = 1 << 30
"""Bytes that the cache may take; what was used longest ago goes first."""
OLDEST = 60 * 86_400.0
"""Seconds after which what nobody used is forgotten."""
_FRESH = 86_400.0
"""Seconds within which another use is not noted."""
_MARK = len(digest(b""))
_FASTEST = 1


class Kept(Value, frozen=True, kw_only=True):
    """One outcome, and the limits by which it was judged."""

    limits: tuple[Limit, ...] | None
    done: Done


def cache_folder() -> Path:
    """``$XDG_CACHE_HOME/hauberk``, by default ``~/.cache/hauberk``."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hauberk" / "evidence"


class Cache:
    """Remembers evidence; forgetting is always safe, remembering only under exactly the same conditions.

    Scans at the same time do each other no harm: a file is put in its place whole, and the last one stays.
    """

    def __init__(self, folder: Path, root: Path, *, most: int = MOST, met: Iterable[Asset] = ()) -> None:
        """Keep files below ``folder``, of ``most`` bytes together; ``root`` is what is examined, ``met`` its files."""
        self._folder = folder if _is_ours(folder, root) else None
        self._most = most
        self._source = FolderSource(root, met=met)
        self._known: dict[str, str] = {}

    @property
    def used(self) -> bool:
        """Whether the folder can be trusted."""
        return self._folder is not None

    def key(self, conditions: str, asset: Asset) -> str | None:
        """Digest of what outcomes on the asset rest on; None where it has no bytes to be known by."""
        if not asset.digest:
            return None
        return digest(conditions.encode() + encode_sorted(asset)).partition(":")[2]

    def recall(self, key: str, asset: Asset) -> tuple[Kept, ...]:
        """What is kept under a key, less what is of another asset or rests on a file that has changed since."""
        if self._folder is None:
            return ()
        path = self._path(self._folder, key)
        try:
            kept = decode(_unpacked(read(os.path.realpath(self._folder), str(path), LARGEST)), tuple[Kept, ...])
        except CannotLook:
            return ()
        _note_use(path)
        return tuple(one for one in kept if one.done.evidence.asset == asset and self._holds(one.done))

    def keep(self, key: str, kept: Iterable[Kept]) -> None:
        """Keep outcomes instead of what was under the key; a cache that cannot be written is no error."""
        if self._folder is None:
            return
        path = self._path(self._folder, key)
        partial = path.with_name(f"{key}.{secrets.token_hex(8)}")
        packed = zlib.compress(encode(tuple(kept)), _FASTEST)
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.parent.mkdir(exist_ok=True, mode=0o700)
            partial.write_bytes(digest(packed).encode() + packed)
            partial.replace(path)
        except OSError:
            return

    def prune(self) -> None:
        """Forget what is too old, and what was used longest ago where all together is too large."""
        if self._folder is None:
            return
        now, total = time.time(), 0
        for used, size, path in sorted(_files(self._folder), reverse=True):
            total += size
            if total > self._most or used < now - OLDEST:
                _remove(path)

    def _path(self, folder: Path, key: str) -> Path:
        return folder / key[:2] / key

    def _holds(self, done: Done) -> bool:
        """Whether all that was consulted is unchanged."""
        return all(self._digest(uri) == known for uri, known in done.consulted.items())

    def _digest(self, uri: str) -> str:
        """Digest of another file as it was when this run first asked; a run looks at each once."""
        if uri not in self._known:
            if uri == "*":
                self._source.uris()
            elif uri.startswith("*."):
                self._source.all(uri[1:])
            else:
                self._source.find(uri)
            self._known[uri] = self._source.consulted.get(uri, "")
        return self._known[uri]


class Memory:
    """What one run recalls of a cache and adds to it; an asset's file is read once, and written once where needed."""

    def __init__(self, cache: Cache, conditions: str) -> None:
        """Recall under these conditions."""
        self._cache, self._conditions = cache, conditions
        self._open: dict[str, tuple[str, dict[str, Kept], set[str]]] = {}
        self._written = False

    def recall(self, work: Sequence[Work]) -> dict[str, Done]:
        """What is known of the work on one asset, by card; of the rest, ``settle`` is to be told."""
        key = self._cache.key(self._conditions, work[0].asset)
        if key is None:
            return {}
        kept = {one.done.evidence.card: one for one in self._cache.recall(key, work[0].asset)}
        known = {one.card: kept[one.card].done for one in work if _answers(kept.get(one.card), one)}
        wanted = {one.card for one in work} - known.keys()
        if wanted:
            self._open[work[0].asset.id] = key, kept, wanted
        return known

    def settle(self, work: Work, done: Done | None) -> None:
        """Take what became of a work that was not known; None where it is not to be remembered."""
        if work.asset.id not in self._open:
            return
        _, kept, wanted = self._open[work.asset.id]
        kept.pop(work.card, None)
        if done is not None:
            kept[work.card] = Kept(limits=work.limits, done=done)
        wanted.discard(work.card)
        if not wanted:
            self._write(work.asset.id)

    def close(self) -> None:
        """Keep what is known of assets whose work was not finished, and bound the cache."""
        for name in tuple(self._open):
            self._write(name)
        if self._written:
            self._cache.prune()

    def _write(self, name: str) -> None:
        key, kept, _ = self._open.pop(name)
        self._cache.keep(key, kept.values())
        self._written = True


def _answers(kept: Kept | None, work: Work) -> bool:
    return kept is not None and kept.limits == work.limits


def conditions(system: System | None, seed: int) -> str:
    """Digest of what every outcome of a run rests on: our code, the interpreter, libraries, the manifest, the seed."""
    return digest(encode_sorted([package_digest(), sys.version, _libraries(), system, seed]))


def _unpacked(data: bytes) -> bytes:
    """What a file of the cache holds; raises CannotLook where it is spoilt or too large."""
    mark, packed = data[:_MARK], data[_MARK:]
    if digest(packed).encode() != mark:
        raise CannotLook("spoilt")
    inflater = zlib.decompressobj()
    try:
        found = inflater.decompress(packed, LARGEST)
    except zlib.error as error:
        raise CannotLook("spoilt") from error
    if not inflater.eof:
        raise CannotLook("too large")
    return found


def _note_use(path: Path) -> None:
    """Make the time of a file that of its last use, to a day."""
    try:
        if time.time() - path.stat().st_mtime > _FRESH:
            os.utime(path)
    except OSError:
        return


def _files(folder: Path) -> Iterator[tuple[float, int, str]]:
    """Time of last use, size and path of each file of a cache."""
    for shard in _entries(folder):
        for entry in _entries(shard.path) if shard.is_dir(follow_symlinks=False) else ():
            try:
                status = entry.stat(follow_symlinks=False)
            except OSError:
                continue  # another run was faster
            if stat.S_ISREG(status.st_mode):
                yield status.st_mtime, status.st_size, entry.path


def _entries(folder: Path | str) -> "list[os.DirEntry[str]]":
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []


def _remove(path: str) -> None:
    try:
        Path(path).unlink()
    except OSError:
        return


def _is_ours(folder: Path, root: Path) -> bool:
    """Whether nobody else can write to the folder, and it is not part of what is examined."""
    real = os.path.realpath(folder)
    if is_below(os.path.realpath(root), real):
        return False
    return all(_belongs_to_us(at, strictly=at == Path(real)) for at in (Path(real), *Path(real).parents))


def _belongs_to_us(folder: Path, *, strictly: bool) -> bool:
    """Whether nobody else can write here; above the cache itself, a group or the sticky bit are let pass."""
    try:
        status = folder.lstat()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    if status.st_uid not in (os.geteuid(), 0):
        return False
    if strictly:
        return not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return not status.st_mode & stat.S_IWOTH or bool(status.st_mode & stat.S_ISVTX)


@functools.cache
def package_digest() -> str:
    """Digest over hauberk's own files: another version remembers nothing."""
    package = Path(hauberk.__file__).parent
    sources = sorted(path for path in package.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return digest(b"".join(digest(path.read_bytes()).encode() for path in sources))


@functools.cache
def _libraries() -> dict[str, str]:
    known = {}
    for name in ("numpy", "onnxruntime", "tree-sitter", "tree-sitter-python", "google-re2", "pyyaml", "msgspec"):
        try:
            known[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            known[name] = ""
    return known
