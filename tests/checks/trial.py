# SPDX-License-Identifier: Apache-2.0
"""Runs one card as a scan would, on a folder or on files given as a dictionary."""

from pathlib import Path

import yaml

from hauberk.core.card import Card
from hauberk.core.codec import convert
from hauberk.core.errors import Misuse
from hauberk.core.evidence import Evidence
from hauberk.core.system import System
from hauberk.core.target import Target
from hauberk.engine.discover import discover
from hauberk.engine.examine import examine
from hauberk.engine.plan import plan
from hauberk.engine.source import FolderSource


def on_folder(card: Card, folder: Path) -> list[Evidence]:
    """Evidence of one card on all that it claims below a folder, with the folder's manifest where there is one."""
    manifest = folder / "hauberk.yaml"
    system = convert(yaml.safe_load(manifest.read_text()), System) if manifest.exists() else None
    found = discover(folder, system=system)
    source = FolderSource(folder)
    try:
        jobs = plan({card.id: card}, found, system, measure=True).jobs
    except Misuse:
        return []
    targets = [Target(asset=job.asset, source=source, system=system) for job in jobs]
    return [examine(card, target) for target in targets]


def on_files(card: Card, folder: Path, files: dict[str, str | bytes]) -> list[Evidence]:
    """The same on files that are written below a folder first."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return on_folder(card, folder)


def outcomes(evidence: list[Evidence]) -> set[str]:
    """The outcomes that occur."""
    return {one.outcome.value for one in evidence}


def messages(evidence: list[Evidence]) -> list[str]:
    """Every finding's message."""
    return [finding.message for one in evidence for finding in one.findings]
