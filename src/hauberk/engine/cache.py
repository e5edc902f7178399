# SPDX-License-Identifier: Apache-2.0
"""Outcomes kept by digest of everything that they rest on; in the user's own cache folder, never in the tree examined.

A cache inside an examined tree would let a stranger's repository bring its own "clean", and so would a folder that
somebody else can write. Such a folder is not used.
"""

import functools
import os
import stat
import sys
from importlib import metadata
from pathlib import Path

import hauberk
from hauberk.core.canonical import digest, evidence_id
from hauberk.core.codec import decode, encode, encode_sorted
from hauberk.core.errors import CannotLook
from hauberk.core.evidence import Evidence
from hauberk.core.system import System
from hauberk.engine.regular import is_below, read
from hauberk.engine.source import FolderSource
from hauberk.engine.worker import Done, Work

LARGEST = 16 << 20


def cache_folder() -> Path:
    """``$XDG_CACHE_HOME/hauberk``, by default ``~/.cache/hauberk``."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hauberk" / "evidence"


class Cache:
    """Remembers evidence; forgetting is always safe, remembering only under exactly the same conditions."""

    def __init__(self, folder: Path, root: Path) -> None:
        """Keep files below ``folder``; ``root`` is what is examined."""
        self._folder = folder if _is_ours(folder, root) else None
        self._source = FolderSource(root)
        self._known: dict[str, str] = {}

    @property
    def used(self) -> bool:
        """Whether the folder can be trusted."""
        return self._folder is not None

    def key(self, conditions: str, work: Work) -> str | None:
        """Digest of what the outcome rests on; None where the asset has no bytes to be known by."""
        if not work.asset.digest:
            return None
        return digest(conditions.encode() + encode_sorted(work)).partition(":")[2]

    def recall(self, key: str, work: Work) -> Evidence | None:
        """The evidence kept under a key, if it is of this work and all that was consulted for it is unchanged."""
        if self._folder is None:
            return None
        try:
            done = decode(read(os.path.realpath(self._folder), str(self._path(self._folder, key)), LARGEST), Done)
        except CannotLook:
            return None
        evidence = done.evidence
        if (evidence.card, evidence.asset) != (work.card, work.asset) or evidence_id(evidence) != evidence.id:
            return None
        return evidence if all(self._digest(uri) == known for uri, known in done.consulted.items()) else None

    def keep(self, key: str, done: Done) -> None:
        """Keep an evidence; a cache that cannot be written is no error."""
        if self._folder is None:
            return
        path = self._path(self._folder, key)
        partial = path.with_name(f"{path.name}.{os.getpid()}")
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.parent.mkdir(exist_ok=True, mode=0o700)
            partial.write_bytes(encode(done))
            partial.replace(path)
        except OSError:
            return

    def _path(self, folder: Path, key: str) -> Path:
        return folder / key[:2] / key

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


def conditions(system: System | None, seed: int) -> str:
    """Digest of what every outcome of a run rests on: our code, the interpreter, libraries, the manifest, the seed."""
    return digest(encode_sorted([package_digest(), sys.version, _libraries(), system, seed]))


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
