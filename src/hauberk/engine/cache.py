# SPDX-License-Identifier: Apache-2.0
"""Outcomes kept by digest of everything that they rest on; in the user's own cache folder, never in the tree examined.

A cache inside an examined tree would let a stranger's repository bring its own "clean".
"""

import functools
import os
import sys
from importlib import metadata
from pathlib import Path

import hauberk
from hauberk.core.canonical import canonical, digest, evidence_id
from hauberk.core.codec import builtins, decode, encode
from hauberk.core.errors import CannotLook
from hauberk.core.evidence import Evidence
from hauberk.engine.source import FolderSource, names_digest
from hauberk.engine.walk import walk
from hauberk.engine.worker import Batch, Done, Work

LARGEST = 16 << 20


def cache_folder() -> Path:
    """``$XDG_CACHE_HOME/hauberk``, by default ``~/.cache/hauberk``."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hauberk" / "evidence"


class Cache:
    """Remembers evidence; forgetting is always safe, remembering only under exactly the same conditions."""

    def __init__(self, folder: Path, root: Path) -> None:
        """Keep files below ``folder``; ``root`` is what is examined."""
        self._folder = folder
        self._source = FolderSource(root)
        self._root = root

    def key(self, batch: Batch, work: Work, *, uses_system: bool) -> str | None:
        """Digest of what the outcome rests on; None where the asset has no bytes to be known by."""
        if not work.asset.digest:
            return None
        conditions = {
            "code": package_digest(),
            "python": sys.version,
            "tools": _libraries(),
            "work": builtins(work),
            "seed": batch.seed,
            "system": builtins(batch.system) if uses_system else None,
        }
        return digest(canonical(conditions)).partition(":")[2]

    def recall(self, key: str) -> Evidence | None:
        """The evidence kept under a key, if all that was consulted for it is unchanged."""
        try:
            data = self._path(key).read_bytes()
            done = decode(data, Done, limit=LARGEST)
        except (OSError, CannotLook):
            return None
        fresh = all(self._digest(uri) == known for uri, known in done.consulted.items())
        return done.evidence if fresh and evidence_id(done.evidence) == done.evidence.id else None

    def keep(self, key: str, done: Done) -> None:
        """Keep an evidence; a cache that cannot be written is no error."""
        path = self._path(key)
        partial = path.with_name(f"{path.name}.{os.getpid()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            partial.write_bytes(encode(done))
            partial.replace(path)
        except OSError:
            return

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / key

    def _digest(self, uri: str) -> str:
        if uri == "*":
            return names_digest(tuple(step.uri for step in walk(self._root).files))
        found = self._source.find(uri)
        return (found.digest or "") if found else ""


@functools.cache
def package_digest() -> str:
    """Digest over hauberk's own source: another version remembers nothing."""
    package = Path(hauberk.__file__).parent
    sources = sorted(path for path in package.rglob("*") if path.suffix in {".py", ".json", ".yaml", ".csv"})
    return digest(b"".join(digest(path.read_bytes()).encode() for path in sources))


@functools.cache
def _libraries() -> dict[str, str]:
    known = {}
    for name in ("numpy", "scikit-learn", "onnxruntime", "tree-sitter", "tree-sitter-python", "google-re2", "pyyaml"):
        try:
            known[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            known[name] = ""
    return known
