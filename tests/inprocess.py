# SPDX-License-Identifier: Apache-2.0
"""Runs rules in this process: the same plan and the same examination as the engine's, without a child for each."""

from pathlib import Path

from hauberk.core.card import Card
from hauberk.core.evidence import Evidence
from hauberk.core.target import Target
from hauberk.engine.discover import discover
from hauberk.engine.examine import examine
from hauberk.engine.plan import plan
from hauberk.engine.source import FolderSource
from hauberk.manifest.load import load


def run_rules(folder: Path, cards: dict[str, Card], *, only: tuple[str, ...] = ()) -> list[Evidence]:
    """Evidence of the cards on everything in a folder, with its hauberk.yaml where it has one."""
    manifest = folder / "hauberk.yaml"
    system = load(manifest) if manifest.is_file() else None
    discovery = discover(folder, system=system)
    planned = plan(cards, discovery, system, measure=True, only=only)
    source = FolderSource(folder)
    seed = system.seed if system else 0
    return [examine(job.card, Target(asset=job.asset, source=source, system=system, seed=seed)) for job in planned.jobs]
