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
from hauberk.engine.examine import Told, run
from hauberk.engine.source import FolderSource

COLLECT = 20_000
"""New objects after which those are looked for that only each other hold: few, while they are at hand."""
SELDOM = 250
"""Searches through new objects for one through older ones: syntax is many, and stays."""


class Work(Value, frozen=True, kw_only=True):
    """One job, and the limits by which it is judged."""

    card: str
    asset: Asset
    limits: tuple[Limit, ...] | None = None


class Part(Value, frozen=True, kw_only=True):
    """What is to be run on one asset."""

    asset: Asset
    cards: tuple[tuple[str, tuple[Limit, ...] | None], ...]
    """Cards by their ids, each with the limits that count."""


class Batch(Value, frozen=True, kw_only=True):
    """Jobs that one child does in a row."""

    root: str
    system: System | None
    seed: int
    parts: tuple[Part, ...]


class Answer(Value, frozen=True, kw_only=True):
    """What came of one job, and what else was consulted for it."""

    told: Told
    consulted: dict[str, str]


class Done(Value, frozen=True, kw_only=True):
    """One evidence, and what else was consulted for it."""

    evidence: Evidence
    consulted: dict[str, str]


@functools.lru_cache(maxsize=1)
def _source(root: str) -> FolderSource:
    """One reading of the tree for all batches of a child, so that what rules share is met and parsed once."""
    gc.freeze()  # what was imported stays, and is looked through no more
    gc.set_threshold(COLLECT, SELDOM, SELDOM)
    return FolderSource(Path(root))


def examine_batch(payload: bytes) -> bytes:
    """Examine each job of a batch; the answer is a JSON list of Answer in the same order."""
    batch = decode(payload, Batch)
    cards = catalogue()
    source = _source(batch.root)
    answers = []
    for part in batch.parts:
        for card, limits in part.cards:
            source.consulted = {}
            target = Target(asset=part.asset, source=source, system=batch.system, seed=batch.seed)
            answers.append(Answer(told=run(cards[card], target, limits=limits), consulted=source.consulted))
    return encode(answers)
