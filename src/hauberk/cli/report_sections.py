# SPDX-License-Identifier: Apache-2.0
"""Sections of the HTML report that other rooms compute: incidents, fairness, explanations, threats, posture."""

from pathlib import Path

from hauberk.cli.govern import judged
from hauberk.cli.posture import section as posture
from hauberk.core.document import Scan
from hauberk.core.errors import Misuse
from hauberk.engine.live import known_incidents
from hauberk.engine.recall import accepted
from hauberk.govern.diagram import draw
from hauberk.govern.explanations import explanations
from hauberk.govern.fairness import fairness
from hauberk.govern.measure_pages import explanation_section, fairness_section, threats_section
from hauberk.ledger.log import Ledger
from hauberk.manifest.load import load
from hauberk.respond.page import section as incidents
from hauberk.signing.keystore import load_public


def sections(path: Path, keys: tuple[Path, ...], scan: Scan) -> str:
    """The HTML of all sections on the system of a manifest and its last assessment, escaped."""
    system = load(path)
    model = judged(path.parent, system, tuple(load_public(one) for one in keys))
    return "".join(
        [
            _incidents(path.parent, keys),
            _fairness(scan),
            _explanations(scan),
            threats_section(model, draw(system, model)),
            posture(path, keys),
        ]
    )


def _incidents(folder: Path, keys: tuple[Path, ...]) -> str:
    place = folder / ".hauberk" / "ledger"
    known = accepted(place, tuple(load_public(one) for one in keys))
    return incidents(known_incidents(Ledger.open(place, keys=known), known))


def _fairness(scan: Scan) -> str:
    report = fairness(scan)
    told = report.comparisons or report.worst or report.scores or report.numbers or report.unable
    return fairness_section(report) if told else ""


def _explanations(scan: Scan) -> str:
    try:
        return explanation_section(explanations(scan))
    except Misuse:
        return ""  # no model was explained; the report's gaps say why
