# SPDX-License-Identifier: Apache-2.0
"""Examines one path and judges what was seen; seals nothing."""

import os
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import msgspec

import hauberk
from hauberk.core.document import Coverage, Scan
from hauberk.core.evidence import Evidence
from hauberk.core.system import System
from hauberk.core.verdict import Waiver
from hauberk.engine.assemble import coverage, in_order, policy_limits
from hauberk.engine.cache import Cache, cache_folder
from hauberk.engine.catalogue import card, catalogue
from hauberk.engine.changes import Scope, changes, narrowed
from hauberk.engine.discover import Discovery, discover, locate
from hauberk.engine.history import RULE, Looking, looking
from hauberk.engine.judge import check_policy, judge_scan
from hauberk.engine.plan import Plan, plan
from hauberk.engine.requests import weighed
from hauberk.engine.run import Runner, default_workers
from hauberk.engine.source import FolderSource
from hauberk.engine.walk import shown
from hauberk.policy.decide import DEFAULT


@dataclass(frozen=True, kw_only=True)
class Examination:
    """A path, what was met there and what will be run on it."""

    discovery: Discovery
    plan: Plan
    runner: Runner
    system: System | None
    scope: Scope | None = None
    """Where only changes are looked at."""
    history: Looking | None = None
    """Where a repository's own folder is examined, and its history with it."""

    @property
    def expected(self) -> int:
        """How much evidence there will be."""
        return len(self.plan.jobs) + bool(self.history and self.history.repository)

    def run(self) -> Generator[Evidence, None, None]:
        """Evidence as it becomes known; closing the iterator ends what runs."""
        with closing(self.runner.run(self.plan)) as coming:
            yield from coming
        if self.history and self.history.repository:
            yield self.history.evidence()

    def ordered(self, evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
        """Evidence in the order of the plan."""
        return in_order(evidence, self.plan)

    def coverage(self, evidence: Sequence[Evidence]) -> Coverage:
        """Every file met, counted once."""
        told = coverage(self.discovery, self.plan, evidence, catalogue())
        return msgspec.structs.replace(
            told,
            unchanged=self.scope.told if self.scope else msgspec.UNSET,
            history=self.history.told(evidence) if self.history else msgspec.UNSET,
        )

    def document(self, evidence: Sequence[Evidence], waivers: Sequence[Waiver], today: date) -> Scan:
        """The document of a scan, judged by the system's policy or the default one."""
        policy = (self.system.policy if self.system else None) or DEFAULT
        ordered = self.ordered(evidence)
        if self.scope:
            ordered = tuple(self.scope.keep(one) for one in ordered)
        told, granted = weighed(FolderSource(self.discovery.root), ordered, self.system, today)
        excused = (*waivers, *granted)
        verdict = judge_scan(policy, ordered, excused, today, catalogue(), partial=self.scope is not None)
        return Scan(
            tool=f"hauberk {hauberk.__version__}",
            root=self.discovery.named,
            system=self.system.name if self.system else "",
            verdict=msgspec.structs.replace(verdict, requested=told or msgspec.UNSET),
            coverage=self.coverage(ordered),
            evidence=ordered,
        )


def prepare(  # noqa: PLR0913  the knobs of one run
    path: Path,
    *,
    system: System | None = None,
    base: Path | None = None,
    measure: bool = False,
    only: Sequence[str] = (),
    enter_all: bool = False,
    cached: bool = True,
    workers: int | None = None,
    changed: str = "",
    history: bool = False,
) -> Examination:
    """Meet the files below a path and plan what to run on them; ``base`` is the folder of the system's manifest.

    With ``changed``, a revision of git, only what differs from it is planned, and code that is connected with it. With
    ``history`` secrets are looked for in the repository's history too, as far as ``only`` lets them.
    Raises Misuse for a path or a rule that does not exist, and where there is nothing to examine or, when measuring,
    nothing for a rule of the policy to judge.
    """
    chosen = tuple(card(one).id for one in only)
    system = _placed(system, path, base)
    discovery = discover(path, system=system, base=base, enter_all=enter_all)
    scope = None
    if changed:
        discovery, scope = narrowed(discovery, changes(discovery, changed), system.uri if system else "")
    past = None
    if history and (not chosen or RULE in chosen):
        past = looking(discovery, cached=cached, since=scope.told.since if scope else "")
    partial = scope is not None or (past is not None and chosen == (RULE,))
    planned = plan(catalogue(), discovery, system, measure=measure, only=chosen, partial=partial)
    if measure:
        check_policy((system.policy if system else None) or DEFAULT, planned)
    runner = Runner(
        root=discovery.root,
        system=system,
        limits=policy_limits(system.policy if system else None),
        seed=system.seed if system else 0,
        cache=Cache(cache_folder(), discovery.root, met=discovery.assets) if cached else None,
        workers=default_workers() if workers is None else workers,
    )
    return Examination(discovery=discovery, plan=planned, runner=runner, system=system, scope=scope, history=past)


def _placed(system: System | None, path: Path, base: Path | None) -> System | None:
    """The system with the uri of its manifest as seen from the root, where it lies outside of it."""
    if system is None or base is None:
        return system
    beside = os.path.relpath(os.path.realpath(base), locate(path, base)[0])
    return system if beside == "." else msgspec.structs.replace(system, uri=f"{shown(beside)}/{system.uri}")


def examine_all(examination: Examination, step: Callable[[Evidence], None]) -> list[Evidence]:
    """Run the plan; ``step`` hears of each evidence as it comes."""
    evidence = []
    for one in examination.run():
        step(one)
        evidence.append(one)
    return evidence
