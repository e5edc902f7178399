# SPDX-License-Identifier: Apache-2.0
"""Examines one path and judges what was seen; seals nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import hauberk
from hauberk.core.document import Scan
from hauberk.core.evidence import Evidence
from hauberk.core.system import System
from hauberk.core.verdict import Waiver
from hauberk.engine.assemble import coverage, in_order, policy_limits
from hauberk.engine.cache import Cache, cache_folder
from hauberk.engine.catalogue import catalogue
from hauberk.engine.discover import Discovery, discover
from hauberk.engine.plan import Plan, plan
from hauberk.engine.run import Runner
from hauberk.policy.decide import DEFAULT, decide


@dataclass(frozen=True, kw_only=True)
class Examination:
    """A path, what was met there and what will be run on it."""

    discovery: Discovery
    plan: Plan
    runner: Runner
    system: System | None

    def document(self, evidence: Sequence[Evidence], waivers: Sequence[Waiver], today: date) -> Scan:
        """The document of this examination, judged by the system's policy or the default one."""
        policy = (self.system.policy if self.system else None) or DEFAULT
        ordered = in_order(evidence, self.plan)
        return Scan(
            tool=f"hauberk {hauberk.__version__}",
            root=str(self.discovery.root),
            system=self.system.name if self.system else "",
            verdict=decide(policy, ordered, waivers, today),
            coverage=coverage(self.discovery, self.plan, ordered, catalogue()),
            evidence=ordered,
        )


def prepare(  # noqa: PLR0913  the knobs of one run
    path: Path,
    *,
    system: System | None = None,
    measure: bool = False,
    only: Sequence[str] = (),
    enter_all: bool = False,
    cached: bool = True,
    workers: int | None = None,
) -> Examination:
    """Meet the files below a path and plan what to run on them."""
    discovery = discover(path, system=system, enter_all=enter_all)
    planned = plan(catalogue(), discovery, system, measure=measure, only=only)
    settings = {} if workers is None else {"workers": workers}
    runner = Runner(
        root=discovery.root,
        system=system,
        limits=policy_limits(system.policy if system else None),
        seed=system.seed if system else 0,
        cache=Cache(cache_folder(), discovery.root) if cached else None,
        **settings,
    )
    return Examination(discovery=discovery, plan=planned, runner=runner, system=system)


def examine_all(examination: Examination, step: Callable[[Evidence], None]) -> list[Evidence]:
    """Run the plan; ``step`` hears of each evidence as it comes."""
    evidence = []
    for one in examination.runner.run(examination.plan):
        step(one)
        evidence.append(one)
    return evidence
