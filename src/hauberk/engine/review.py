# SPDX-License-Identifier: Apache-2.0
"""What a change set does: findings that come and go, what it touches, who signed it, who must approve it.

The state before is written to a folder of its own, object by object: no checkout, so no filter and no hook runs.
Policy, exclusions, roles and approvals are those of the manifest as it was: a change does not appoint its own judges.
"""

import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Literal

import msgspec

from hauberk.assets.git import LINK, MODULE, Blob, Commit, Repository, open_repository
from hauberk.core.asset import Asset
from hauberk.core.errors import CannotLook, Misuse
from hauberk.core.evidence import Evidence
from hauberk.core.finding import Finding
from hauberk.core.scales import Kind, Outcome
from hauberk.core.system import System
from hauberk.core.value import Value
from hauberk.core.verdict import Verdict
from hauberk.engine.catalogue import catalogue
from hauberk.engine.changes import Changes, changes, connected
from hauberk.engine.judge import judge_scan
from hauberk.engine.regular import read
from hauberk.engine.scan import Examination, examine_all, prepare
from hauberk.engine.touched import Touched, touched
from hauberk.engine.walk import shown
from hauberk.manifest.load import NAME, load
from hauberk.policy.decide import DEFAULT

MOST_BYTES = 2 << 30
LARGEST_BLOB = 256 << 20
"""Bytes that are written of the state before: of all files, and of one; what is larger is compared by its digest."""
_AT_ONCE = 256


class Signed(Value, frozen=True, kw_only=True):
    """Which commits of a change set carry a signature; none is verified here: that needs their authors' keys."""

    commits: int
    signed: dict[str, int]
    """``pgp``, ``ssh`` or ``x509`` to how many."""
    unsigned: tuple[str, ...]
    """Ids, newest first."""
    uncommitted: bool
    """Whether files differ from the head commit: nobody can have signed that."""


class Protection(Value, frozen=True, kw_only=True):
    """What git can tell of a branch's protection. It is kept by the host, so git alone never proves it."""

    proven: Literal["no"] = "no"
    signs: tuple[str, ...]


class Asked(Value, frozen=True, kw_only=True):
    """An approval that the manifest asks for, or an owner who is to be asked where it asks for none."""

    approval: str
    """Name in the manifest; ``owner`` where nothing there covers what is touched."""
    role: str
    holders: tuple[str, ...]
    eyes: int
    because: tuple[str, ...]


class Review(Value, frozen=True, kw_only=True):
    """``hauberk/review/1``: what ``hauberk review`` prints with ``--json``."""

    schema: Literal["hauberk/review/1"] = "hauberk/review/1"
    base: str
    since: str
    head: str
    changed: tuple[str, ...]
    new: tuple[Finding, ...]
    """Not there before, or worse or surer than before: a change may open a way to old code."""
    fixed: tuple[Finding, ...]
    verdict: Verdict
    """Of the policy on new findings alone."""
    touched: tuple[Touched, ...]
    signed: Signed
    protection: Protection
    asked: tuple[Asked, ...]
    notes: tuple[str, ...] = ()
    """What could not be compared."""


@dataclass(frozen=True, kw_only=True)
class _Side:
    """One state of the files that are compared."""

    assets: Mapping[str, Asset]
    evidence: tuple[Evidence, ...]

    @property
    def findings(self) -> dict[str, Finding]:
        return {finding.fingerprint: finding for one in self.evidence for finding in one.findings}


def review(path: Path, base: str, *, today: date, step: Callable[[Evidence], None], cached: bool = True) -> Review:
    """Compare the working tree below a folder with where it and ``base`` part.

    Raises Misuse where git cannot tell, and ManifestInvalid for a manifest that was already broken before.
    """
    repository = open_repository(path)
    with tempfile.TemporaryDirectory(prefix="hauberk-review-") as place:
        root = Path(os.path.realpath(path))
        head, notes = repository.resolve("HEAD"), list[str]()
        since = repository.merge_base(repository.resolve(base), head)
        old = Path(place)
        notes.extend(_write(repository, since, root, old))
        system = _judges(root, old, notes)
        now = prepare(root, system=system, base=root if system else None, cached=cached)
        found = changes(now.discovery, base)
        wanted = found.paths | connected(now.discovery, found.paths)
        before = _examined(_before(old, system), wanted, step)
        after = _examined(now, wanted, step)
        new = _worst(one for name, one in after.findings.items() if _is_new(one, before.findings.get(name)))
        fixed = _worst(one for name, one in before.findings.items() if name not in after.findings)
        touches = tuple(_touches(found, root, old, before, after, repository))
    areas = sorted({one.area for one in touches} | ({"finding"} if new else set()))
    return Review(
        base=base,
        since=since,
        head=head,
        changed=tuple(sorted(found.paths)),
        new=new,
        fixed=fixed,
        verdict=_verdict(system, after, new, found.paths, today),
        touched=touches,
        signed=_signed(repository.commits(since, head), found),
        protection=Protection(signs=tuple(_signs(repository, root))),
        asked=tuple(_asked(system, areas)),
        notes=tuple(notes),
    )


def _write(repository: Repository, commit: str, root: Path, place: Path) -> Iterator[str]:
    """Write the files of a commit that lie below the root; says of each that is left out why it is."""
    prefix = os.path.relpath(root, repository.top)
    prefix = "" if prefix == "." else f"{prefix}/"
    chosen: list[tuple[str, Blob]] = []
    for path, blob in repository.tree(commit).items():
        name = path.removeprefix(prefix)
        if not path.startswith(prefix) or blob.mode in (LINK, MODULE):
            continue
        if any(part in {"", ".", "..", ".git"} for part in name.split("/")):
            yield f"{shown(name)}: a path of the base that leads outside, left out"
            continue
        chosen.append((name, blob))
    left = MOST_BYTES
    for at in range(0, len(chosen), _AT_ONCE):
        for name, data in _contents(repository, chosen[at : at + _AT_ONCE], left):
            if data is None:
                yield f"{shown(name)}: too large or missing in the base, so compared by its digest"
                continue
            left -= len(data)
            target = place / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)


def _contents(
    repository: Repository, chosen: Sequence[tuple[str, Blob]], left: int
) -> Iterator[tuple[str, bytes | None]]:
    """Contents of files, all in one call where they are small enough; None for one that cannot be had."""
    most = max(min(LARGEST_BLOB, left), 0)
    try:
        got = list(repository.objects([blob.oid for _, blob in chosen], largest=most))
    except CannotLook:
        if len(chosen) == 1:
            yield chosen[0][0], None
            return
        for one in chosen:
            yield from _contents(repository, [one], left)
        return
    yield from ((name, data) for (name, _), (_, data) in zip(chosen, got, strict=True))


def _judges(root: Path, old: Path, notes: list[str]) -> System | None:
    """The system as the manifest described it before; None where there was no manifest."""
    if (old / NAME).is_file():
        return load(old / NAME)
    if (root / NAME).is_file():
        notes.append("the manifest is new in this change: its policy, roles and approvals do not judge it yet")
    return None


def _before(old: Path, system: System | None) -> Examination | None:
    """What there was to examine; None where nothing was."""
    try:
        return prepare(old, system=system, base=old if system else None, cached=False)
    except Misuse:
        return None


def _examined(examination: Examination | None, wanted: Iterable[str], step: Callable[[Evidence], None]) -> _Side:
    """Run what is planned on the files that are compared."""
    if examination is None:
        return _Side(assets={}, evidence=())
    chosen = frozenset(wanted)
    jobs = tuple(job for job in examination.plan.jobs if job.asset.uri in chosen)
    narrowed = replace(examination, plan=replace(examination.plan, jobs=jobs))
    assets = {asset.uri: asset for asset in examination.discovery.assets if asset.is_file}
    return _Side(assets=assets, evidence=narrowed.ordered(examine_all(narrowed, step)))


def _is_new(now: Finding, before: Finding | None) -> bool:
    """Whether it was not there, or is worse or surer than it was: a change may open a way to old code."""
    return before is None or now.severity > before.severity or now.confidence > before.confidence


def _worst(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(
        sorted(findings, key=lambda one: (-one.severity.rank, -one.confidence.rank, one.card, one.fingerprint))
    )


def _verdict(
    system: System | None, after: _Side, new: Sequence[Finding], changed: frozenset[str], today: date
) -> Verdict:
    """The policy's verdict on what is new; what could not be looked at counts in changed files only."""
    names = {one.fingerprint for one in new}
    kept = []
    for one in after.evidence:
        findings = tuple(finding for finding in one.findings if finding.fingerprint in names)
        unable = one.outcome is Outcome.UNABLE and one.asset.uri in changed
        outcome = Outcome.UNABLE if unable else Outcome.FOUND if findings else Outcome.CLEAN
        reason = one.reason if unable else ""
        kept.append(msgspec.structs.replace(one, findings=findings, outcome=outcome, reason=reason))
    policy = (system.policy if system else None) or DEFAULT
    return judge_scan(policy, kept, (), today, catalogue(), partial=True)


def _touches(
    found: Changes, root: Path, old: Path, before: _Side, after: _Side, repository: Repository
) -> Iterator[Touched]:
    was, now = before.assets, after.assets
    for uri in sorted(found.paths):
        old_asset, new_asset = was.get(uri), now.get(uri)
        asset = new_asset or old_asset
        if asset is not None and asset.kind in (Kind.MODEL, Kind.DATASET):
            how: Literal["added", "changed", "removed"] = (
                "added" if old_asset is None else "removed" if new_asset is None else "changed"
            )
            area: Literal["model", "dataset"] = "model" if asset.kind is Kind.MODEL else "dataset"
            named = "" if asset.id == asset.uri else f"{asset.id} in the manifest"
            yield Touched(area=area, path=uri, name=asset.format, how=how, detail=named)
        yield from touched(uri, _bytes(old, uri), _bytes(root, uri))
    yield from _executable(found, repository, root)


def _executable(found: Changes, repository: Repository, root: Path) -> Iterator[Touched]:
    """Files that become executable."""
    prefix = os.path.relpath(root, repository.top)
    prefix = "" if prefix == "." else f"{prefix}/"
    before, head = repository.tree(found.since), repository.tree(found.head)
    for uri in sorted(found.paths):
        was, now = before.get(prefix + uri), head.get(prefix + uri)
        if now is not None and now.mode == "100755" and (was is None or was.mode != now.mode):
            yield Touched(area="permission", path=uri, name="executable", how="added" if was is None else "changed")


def _bytes(root: Path, uri: str) -> bytes | None:
    """Bytes of a file that may state something; None where there is none or it cannot be read."""
    if not os.path.isfile(f"{root}/{uri}"):  # noqa: PTH113  a hostile name never raises
        return None
    try:
        return read(os.path.realpath(root), f"{root}/{uri}", 64 << 20)
    except CannotLook:
        return None


def _signed(commits: Sequence[Commit], found: Changes) -> Signed:
    return Signed(
        commits=len(commits),
        signed=dict(sorted(Counter(one.signature for one in commits if one.signature).items())),
        unsigned=tuple(one.oid for one in commits if not one.signature),
        uncommitted=bool(found.uncommitted),
    )


def _signs(repository: Repository, root: Path) -> Iterator[str]:
    """What in the repository speaks for a protected branch; each can be set without any protection."""
    for name in ("receive.denyNonFastForwards", "receive.denyDeletes"):
        value = repository.setting(name)
        yield f"{name} is {value if value in {'true', 'false'} else 'not set'} in this repository"
    owners = next((one for one in ("CODEOWNERS", ".github/CODEOWNERS", ".gitlab/CODEOWNERS", "docs/CODEOWNERS")
                   if (root / one).is_file()), "")  # fmt: skip
    yield f"owners of code are named in {owners}" if owners else "no CODEOWNERS names who must review what"
    yield "git does not tell whether a host refuses direct or forced pushes: look at the host's settings"


def _asked(system: System | None, areas: Sequence[str]) -> Iterator[Asked]:
    """Approvals that the manifest asks for by what is touched; its owners for what none of them covers."""
    if system is None:
        return
    roles = {role.name: role for role in system.roles}
    covered: set[str] = set()
    for one in system.approvals:
        because = tuple(area for area in areas if area in one.touches or "any" in one.touches)
        if "any" in one.touches and not because:
            because = ("any",)
        if because:
            covered.update(because)
            yield Asked(
                approval=one.name, role=one.role, holders=roles[one.role].holders, eyes=one.eyes, because=because
            )
    left = tuple(area for area in areas if area not in covered)
    if left:
        for owner in system.owners:
            yield Asked(approval="owner", role=owner.role, holders=(owner.name,), eyes=1, because=left)
