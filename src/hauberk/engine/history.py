# SPDX-License-Identifier: Apache-2.0
"""Searches the history of the repository that is examined for secrets, and only what is new at each run.

Which commits and blobs were searched, and where secrets were found in them, is remembered in the user's own cache: no
secret, but a mark of each, keyed by a number drawn for each repository, by which the same secret is known again.
Forgetting is always safe. A rewritten history is another set of commits over mostly the same blobs: what no reference
leads to any more is no longer told.
"""

import hmac
import os
import secrets
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import re2

from hauberk.analysis.secret_history import LARGEST, hit, secrets_in
from hauberk.analysis.secrets import Secret
from hauberk.assets.git import Repository, open_repository
from hauberk.core.asset import Asset
from hauberk.core.canonical import digest
from hauberk.core.codec import decode, encode
from hauberk.core.document import History
from hauberk.core.errors import CannotLook, Misuse
from hauberk.core.evidence import Evidence
from hauberk.core.finding import Hit
from hauberk.core.scales import Kind
from hauberk.core.target import Target
from hauberk.core.value import Value
from hauberk.engine.cache import Cache, cache_folder, package_digest
from hauberk.engine.catalogue import card
from hauberk.engine.discover import Discovery, regex
from hauberk.engine.examine import examine
from hauberk.engine.regular import read
from hauberk.engine.source import FolderSource
from hauberk.engine.walk import shown

RULE = "HBK-SEC-004"
SECONDS = 60.0
"""After which a run leaves the rest of a history to the next one."""
MOST_BYTES = 2 << 30
"""Bytes of blobs after which it does."""
_COMMITS = 256
_GROUP = 32 << 20
_REMEMBERED = 256 << 20


class Kept(Value, frozen=True, kw_only=True):
    """A secret of a blob, without the secret."""

    secret: Secret
    mark: str
    """By which the same secret is known again: keyed, and worth nothing without the key."""


class Memory(Value, frozen=True, kw_only=True):
    """What was searched before, as it is kept in the user's cache."""

    made: str
    """Digest of the hauberk that searched; another one searches anew."""
    key: bytes
    commits: str = ""
    """Ids, one a line."""
    blobs: str = ""
    large: int = 0
    """Blobs that were too large to be searched."""
    held: dict[str, tuple[Kept, ...]] = {}  # noqa: RUF012  msgspec copies it for each value
    """Secrets by the blob, or by the commit whose message holds them."""
    places: tuple[tuple[str, str, str], ...] = ()
    """Commit, path and blob of each version that holds a secret."""


@dataclass(frozen=True, kw_only=True)
class Looking:
    """A history that is to be searched, or why it is not."""

    root: Path
    repository: Repository | None
    note: str
    """What stands in the way, or limits what is seen; empty where nothing does."""
    since: str = ""
    """Only commits that HEAD leads to and this one does not."""
    excluded: tuple[str, ...] = ()
    """Globs of the manifest; one below ``.git/`` is about versions in the history alone."""
    remember: Path | None = None
    """File of the memory; None where nothing is to be remembered."""

    def told(self, evidence: Iterable[Evidence]) -> History:
        """What a report says of it."""
        labels = next((one.asset.labels for one in evidence if one.card == RULE and one.asset.uri == ".git"), {})
        counted = {name: int(labels.get(name, 0)) for name in ("commits", "new", "blobs", "left", "unread")}
        return History(**counted, note=self.note)

    def evidence(self, seconds: float = SECONDS) -> Evidence:
        """What the search saw; Unable where it did not come to the end, with what it had found so far."""
        search = _Search.begin(self, time.monotonic() + seconds)
        hits, reason = [], ""
        try:
            reason = search.run()
            hits = list(search.hits())
        except CannotLook as error:
            reason = str(error)
        search.keep()
        asset = Asset(id=".git", kind=Kind.OTHER, uri=".git", labels={"format": "git-history"} | search.labels())
        target = Target(asset=asset, source=FolderSource(self.root))
        return examine(replace(card(RULE), run=lambda _: _told(hits, reason)), target)


def _told(hits: list[Hit], reason: str) -> Iterator[Hit]:
    yield from hits
    if reason:
        raise CannotLook(reason)


def looking(discovery: Discovery, *, cached: bool, since: str = "") -> Looking | None:
    """How the history of a folder is searched; None where the folder is not the top of a repository."""
    root = discovery.root
    if not os.path.lexists(root / ".git"):
        return None
    excluded = tuple(one.pattern for one in discovery.excluded)
    try:
        repository = open_repository(root)
    except Misuse as error:
        return Looking(root=root, repository=None, note=f"NOT searched: {error.message}")
    elsewhere = repository.elsewhere()
    if elsewhere:
        return Looking(root=root, repository=None, note=f"NOT searched: {elsewhere}")
    folder = cache_folder().parent / "history"
    trusted = cached and Cache(folder, root).used
    return Looking(
        root=root,
        repository=repository,
        note=_limits(repository),
        since=since,
        excluded=excluded,
        remember=folder / digest(os.fsencode(root)).partition(":")[2] if trusted else None,
    )


def _limits(repository: Repository) -> str:
    """What of the history is not here."""
    if repository.is_partial:
        return "a partial clone: not all versions of files are here"
    return "a shallow clone: older commits are not here" if repository.is_shallow else ""


@dataclass(kw_only=True)
class _Search:
    """One run over a history."""

    looking: Looking
    repository: Repository
    until: float
    memory: Memory
    commits: set[str]
    blobs: set[str]
    held: dict[str, tuple[Kept, ...]]
    places: list[tuple[str, str, str]]
    large: int
    wanted: Sequence[str] = ()
    """All commits that references lead to, newest first."""
    new: int = 0
    searched: int = 0
    absent: int = 0
    spent: int = 0

    @classmethod
    def begin(cls, looking: Looking, until: float) -> "_Search":
        if looking.repository is None:
            raise CannotLook(looking.note)
        memory = _recalled(looking.remember)
        return cls(
            looking=looking,
            repository=looking.repository,
            until=until,
            memory=memory,
            commits=set(memory.commits.split()),
            blobs=set(memory.blobs.split()),
            held=dict(memory.held),
            places=list(memory.places),
            large=memory.large,
        )

    def run(self) -> str:
        """Search what is new; why the rest was not, or empty."""
        self.wanted = self.repository.every_commit(self.looking.since)
        fresh = [one for one in self.wanted if one not in self.commits]
        for at in range(0, len(fresh), _COMMITS):
            if not self._commits(fresh[at : at + _COMMITS]):
                break
        left = sum(one not in self.commits for one in self.wanted) - self.absent
        if left > 0:
            return f"{left:,} commits of the history are not searched yet; the next run goes on where this one stopped"
        if self.absent and not self.repository.is_partial:
            return f"{self.absent:,} commits have files that are missing from the repository"
        return ""

    def _commits(self, some: Sequence[str]) -> bool:
        """Search what these commits brought; whether there was time for it."""
        rows = list(self.repository.brought(some))
        unseen = {blob.oid: path for _, path, blob in rows if blob.oid not in self.blobs}
        sizes = self.repository.sizes(list(unseen))
        for group in _groups((oid for oid in unseen if oid in sizes), sizes):
            if time.monotonic() > self.until or self.spent > MOST_BYTES:
                return False
            for oid, data in self.repository.objects(group):
                self._keep(oid, unseen[oid], data)
                self.spent += len(data)
            self.blobs.update(group)
            self.searched += len(group)
        over = {oid for oid, size in sizes.items() if size > LARGEST}
        self.large += len(over)
        self.blobs |= over
        for oid, data in self.repository.objects(some):
            self._keep(oid, "", data.partition(b"\n\n")[2])
        lacking = {commit for commit, _, blob in rows if blob.oid not in self.blobs}
        self.absent += len(lacking)
        done = [one for one in some if one not in lacking]
        self.new += len(done)
        self.commits.update(done)
        known = set(done)
        self.places.extend(
            (commit, shown(path), blob.oid) for commit, path, blob in rows if commit in known and blob.oid in self.held
        )
        self.places.extend((one, "", one) for one in done if one in self.held)
        return True

    def _keep(self, oid: str, path: str, data: bytes) -> None:
        kept = tuple(Kept(secret=one, mark=self._mark(value)) for one, value in secrets_in(shown(path), data))
        if kept:
            self.held[oid] = kept

    def _mark(self, value: bytes) -> str:
        return hmac.digest(self.memory.key, value, "sha256")[:12].hex()

    def hits(self) -> Iterator[Hit]:
        """Each secret once for each path, where it first came in; not what a file of today still holds."""
        age = {commit: at for at, commit in enumerate(self.wanted)}
        patterns = [re2.compile(regex(one)) for one in self.looking.excluded]
        left_out = {
            path
            for path in {row[1] for row in self.places}
            if any(one.fullmatch(path) or one.fullmatch(f".git/{path}") for one in patterns)
        }
        rows = sorted(
            (row for row in self.places if row[0] in age and row[1] not in left_out),
            key=lambda row: (-age[row[0]], row[1]),
        )
        today = set(self._today({path for _, path, _ in rows if path}))
        told: set[tuple[str, str]] = set()
        for commit, path, oid in rows:
            for kept in self.held[oid]:
                if kept.mark not in today and (path, kept.mark) not in told:
                    told.add((path, kept.mark))
                    yield hit(kept.secret, ".git", commit, path)

    def _today(self, paths: set[str]) -> Iterator[str]:
        """Marks of the secrets that files still hold: other rules tell of them."""
        source = FolderSource(self.looking.root)
        for path in paths:
            try:
                asset = source.find(path)
                data = source.data(asset) if asset is not None else b""
            except CannotLook:
                continue  # the rules that claim it say why
            for _, value in secrets_in(path, data) if len(data) <= LARGEST else ():
                yield self._mark(value)

    def labels(self) -> dict[str, str]:
        """What was covered: the digest is over the ids of all covered commits, sorted, one a line."""
        covered = sorted(one for one in self.wanted if one in self.commits)
        return {
            "head": self.wanted[0] if self.wanted else "",
            "covered": digest("".join(f"{one}\n" for one in covered).encode()),
            "commits": str(len(covered)),
            "new": str(self.new),
            "blobs": str(self.searched),
            "left": str(len(self.wanted) - len(covered)),
            "unread": str(self.large),
        }

    def keep(self) -> None:
        """Remember; a cache that cannot be written is no error."""
        path = self.looking.remember
        if path is None:
            return
        memory = Memory(
            made=self.memory.made,
            key=self.memory.key,
            commits="\n".join(sorted(self.commits)),
            blobs="\n".join(sorted(self.blobs)),
            large=self.large,
            held=self.held,
            places=tuple(self.places),
        )
        partial = path.with_name(f"{path.name}.{os.getpid()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            partial.write_bytes(encode(memory))
            partial.replace(path)
        except OSError:
            return


def _recalled(path: Path | None) -> Memory:
    fresh = Memory(made=package_digest(), key=secrets.token_bytes(32))
    if path is None:
        return fresh
    try:
        known = decode(read(os.path.realpath(path.parent), str(path), _REMEMBERED), Memory)
    except CannotLook:
        return fresh
    return known if known.made == fresh.made else fresh


def _groups(ids: Iterable[str], sizes: dict[str, int]) -> Iterator[list[str]]:
    """Blobs that are small enough, in groups that fit in memory."""
    group: list[str] = []
    total = 0
    for oid in ids:
        if sizes[oid] > LARGEST:
            continue
        if group and total + sizes[oid] > _GROUP:
            yield group
            group, total = [], 0
        group.append(oid)
        total += sizes[oid]
    if group:
        yield group
