# SPDX-License-Identifier: Apache-2.0
"""Runs a plan in confined children, in parallel; every job ends as exactly one Evidence."""

import itertools
import os
from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from pathlib import Path

from hauberk.confine.pool import ConfinedPool, Task
from hauberk.core.canonical import identified
from hauberk.core.card import Card
from hauberk.core.clock import Clock, stamp, system_clock
from hauberk.core.codec import decode, encode
from hauberk.core.errors import CannotLook
from hauberk.core.evidence import Evidence
from hauberk.core.limit import Limit
from hauberk.core.scales import Basis, Outcome
from hauberk.core.system import System
from hauberk.engine.cache import Cache, Memory, conditions
from hauberk.engine.examine import evident
from hauberk.engine.plan import Job, Plan
from hauberk.engine.worker import Answer, Batch, Done, Part, Work

CALL = "hauberk.engine.worker:examine_batch"
BATCH = 200
"""Light jobs after which a batch ends with its asset; neighbours in one child share what they read of each other."""
LIGHT = 30.0
"""A card with at most this many seconds shares a batch; a heavier one has a child to itself."""
WHOLE = 120.0
"""Seconds of a batch of several assets; one that takes longer is tried again in parts."""

AHEAD = 4
"""Batches submitted for each child, so that memory does not grow with the tree."""


def default_workers() -> int:
    """One child for each core, at most 8."""
    return max(1, min(8, os.cpu_count() or 1))


@dataclass(frozen=True, kw_only=True)
class Runner:
    """How a plan is run."""

    root: Path
    system: System | None
    limits: tuple[Limit, ...] = ()
    """The policy's limits; they replace a card's own on the same measurement."""
    seed: int = 0
    workers: int = field(default_factory=default_workers)
    cache: Cache | None = None
    clock: Clock = system_clock
    unconfined_ok: bool = False

    def run(self, plan: Plan) -> Generator[Evidence, None, None]:
        """Evidence of every job as it becomes known; leaving the iterator early ends the children.

        Where this machine cannot confine a child, every job is Unable.
        """
        memory = self._memory()
        try:
            jobs = []
            for _, group in itertools.groupby(plan.jobs, key=lambda job: job.asset.id):
                known, unknown = self._recall(memory, list(group))
                yield from known
                jobs.extend(unknown)
            if jobs:
                yield from self._examine_all(jobs, memory)
        finally:
            if memory is not None:
                memory.close()

    def _examine_all(self, jobs: list[Job], memory: Memory | None) -> Iterator[Evidence]:
        try:
            pool = self._pool()
        except CannotLook as error:
            yield from (self._unable(job, str(error)) for job in jobs)
            return
        with pool:
            yield from self._examine(pool, deque(_batches(jobs)), memory)

    def _pool(self) -> ConfinedPool:
        """Children that can read the root; raises CannotLook where there can be none."""
        root = self.root.resolve()
        if any("\ud800" <= letter <= "\udfff" for letter in str(root)):  # how Python holds bytes that are not UTF-8
            raise CannotLook("the name of the folder is not UTF-8", remedy="give it another one")
        return ConfinedPool(
            workers=self.workers,
            readable=[root],
            preload=["hauberk.engine.worker"],
            unconfined_ok=self.unconfined_ok,
        )

    def _examine(self, pool: ConfinedPool, waiting: deque[list[Job]], memory: Memory | None) -> Iterator[Evidence]:
        pending: dict[Future[bytes], list[Job]] = {}
        while waiting or pending:
            while waiting and len(pending) < self.workers * AHEAD:
                batch = waiting.popleft()
                pending[self._submit(pool, batch)] = batch
            ready, _ = wait(pending, return_when=FIRST_COMPLETED)
            for future in ready:
                results, again = self._collect(future, pending.pop(future), memory)
                yield from results
                waiting.extend(again)

    def _submit(self, pool: ConfinedPool, jobs: list[Job]) -> "Future[bytes]":
        seconds = WHOLE if jobs[0].asset.id != jobs[-1].asset.id else LIGHT if len(jobs) > 1 else jobs[0].card.seconds
        memory = max(job.card.memory for job in jobs)
        payload = encode(self._batch(jobs))
        alone = any(job.card.basis is Basis.MEASURED for job in jobs)
        return pool.submit(Task(call=CALL, payload=payload, seconds=seconds, memory=memory, alone=alone))

    def _batch(self, jobs: list[Job]) -> Batch:
        return Batch(
            root=str(self.root.resolve()),
            system=self.system,
            seed=self.seed,
            parts=tuple(self._part(list(group)) for _, group in itertools.groupby(jobs, key=lambda job: id(job.asset))),
        )

    def _part(self, jobs: list[Job]) -> Part:
        return Part(asset=jobs[0].asset, cards=tuple((job.card.id, self._limits(job.card)) for job in jobs))

    def _work(self, job: Job) -> Work:
        return Work(card=job.card.id, asset=job.asset, limits=self._limits(job.card))

    def _limits(self, card: Card) -> tuple[Limit, ...]:
        """A card's own limits, less those that the policy replaces."""
        if not card.limits:
            return ()
        replaced = {limit.measurement for limit in self.limits}
        own = tuple(limit for limit in card.limits if limit.measurement not in replaced)
        named = {limit.measurement for limit in card.limits}
        return own + tuple(limit for limit in self.limits if limit.measurement in named)

    def _collect(
        self, future: "Future[bytes]", jobs: list[Job], memory: Memory | None
    ) -> tuple[list[Evidence], list[list[Job]]]:
        """Evidence of a batch; or, where the child failed on several jobs, the smaller batches to try."""
        try:
            done = self._done(decode(future.result(), list[Answer]), jobs)
        except (CannotLook, OSError) as error:
            if len(jobs) > 1:
                return [], _smaller(jobs)
            done = [Done(evidence=self._unable(jobs[0], str(error)), consulted={})]
        for job, one in zip(jobs, done, strict=True):
            if memory is not None:
                memory.settle(self._work(job), None if one.evidence.outcome is Outcome.UNABLE else one)
        return [one.evidence for one in done], []

    def _done(self, answers: list[Answer], jobs: list[Job]) -> list[Done]:
        """The evidence of all jobs; raises CannotLook where there are more answers or fewer."""
        if len(answers) != len(jobs):
            raise CannotLook("the child answered for something else")
        return [
            Done(evidence=evident(job.card, job.asset, one.told, seed=self.seed), consulted=one.consulted)
            for job, one in zip(jobs, answers, strict=True)
        ]

    def _unable(self, job: Job, reason: str) -> Evidence:
        card = job.card
        return identified(
            Evidence(
                id="",
                card=card.id,
                version=card.version,
                stage=card.stage,
                title=card.title,
                basis=card.basis,
                asset=job.asset,
                outcome=Outcome.UNABLE,
                reason=reason,
                started=stamp(self.clock()),
                took=0.0,
                seed=self.seed,
            )
        )

    def _memory(self) -> Memory | None:
        usable = self.cache is not None and self.cache.used
        return Memory(self.cache, conditions(self.system, self.seed)) if self.cache and usable else None

    def _recall(self, memory: Memory | None, jobs: list[Job]) -> tuple[list[Evidence], list[Job]]:
        """What is known of the jobs on one asset, and the jobs of which nothing is."""
        known = memory.recall([self._work(job) for job in jobs]) if memory is not None else {}
        told = [known[job.card.id].evidence for job in jobs if job.card.id in known]
        return told, [job for job in jobs if job.card.id not in known]


def _smaller(jobs: list[Job]) -> list[list[Job]]:
    """A batch in parts: by asset, or where it is of one asset, by job."""
    if jobs[0].asset.id == jobs[-1].asset.id:
        return [[job] for job in jobs]
    return [list(group) for _, group in itertools.groupby(jobs, key=lambda job: job.asset.id)]


def _batches(jobs: list[Job]) -> Iterator[list[Job]]:
    """Heavy jobs first, alone; light ones together, all of one asset side by side so that it is read once."""
    heavy = sorted((job for job in jobs if job.card.seconds > LIGHT), key=lambda job: -job.card.seconds)
    yield from ([job] for job in heavy)
    light = [job for job in jobs if job.card.seconds <= LIGHT]
    batch: list[Job] = []
    for job in light:
        if len(batch) >= BATCH and job.asset.uri != batch[-1].asset.uri:
            yield batch
            batch = []
        batch.append(job)
    if batch:
        yield batch
