# SPDX-License-Identifier: Apache-2.0
"""What runs inside a confined child: a batch of jobs in, a list of evidence out."""

import functools
import gc
from pathlib import Path

from hauberk.core.asset import Asset
from hauberk.core.codec import decode, encode
from hauberk.core.evidence import Evidence
from hauberk.core.limit import Limit
from hauberk.core.system import System
from hauberk.core.target import Target
from hauberk.core.value import Value
from hauberk.engine.catalogue import catalogue
from hauberk.engine.examine import examined
from hauberk.engine.source import FolderSource

COLLECT = 1_000_000
"""New objects after which those are looked for that only each other hold: syntax is many, and stays."""


class Work(Value, frozen=True, kw_only=True):
    """One job as it crosses to the child."""

    card: str
    asset: Asset
    limits: tuple[Limit, ...] | None = None


class Batch(Value, frozen=True, kw_only=True):
    """Jobs that one child does in a row."""

    root: str
    system: System | None
    seed: int
    work: tuple[Work, ...]


class Done(Value, frozen=True, kw_only=True):
    """One evidence, and what else was consulted for it; a child leaves its id empty."""

    evidence: Evidence
    consulted: dict[str, str]


@functools.lru_cache(maxsize=1)
def _source(root: str) -> FolderSource:
    """One reading of the tree for all batches of a child, so that what rules share is met and parsed once."""
    gc.freeze()  # what was imported stays, and is looked through no more
    gc.set_threshold(COLLECT, 20, 20)
    return FolderSource(Path(root))


def examine_batch(payload: bytes) -> bytes:
    """Examine each job of a batch; the answer is a JSON list of Done in the same order, ids left to who asked."""
    batch = decode(payload, Batch)
    cards = catalogue()
    source = _source(batch.root)
    done = []
    for work in batch.work:
        source.consulted = {}
        target = Target(asset=work.asset, source=source, system=batch.system, seed=batch.seed)
        evidence = examined(cards[work.card], target, limits=work.limits)
        done.append(Done(evidence=evidence, consulted=source.consulted))
    return encode(done)
