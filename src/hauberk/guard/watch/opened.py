# SPDX-License-Identifier: Apache-2.0
"""The detectors of one endpoint, as its settings and the terms that were learned say."""

from collections.abc import Iterator
from pathlib import Path

from hauberk.core.event import Action
from hauberk.core.query import Detector
from hauberk.core.system import Detecting
from hauberk.detect.contract import Contract
from hauberk.guard import terms
from hauberk.guard.chain import Chain
from hauberk.guard.settings import Settings
from hauberk.guard.standing import Quarantine, Standing
from hauberk.guard.state import State
from hauberk.guard.watch.adversarial import Adversarial
from hauberk.guard.watch.campaign import Campaign
from hauberk.guard.watch.contract import Kept
from hauberk.guard.watch.distribution import Distribution
from hauberk.guard.watch.extraction import Extraction
from hauberk.guard.watch.sight import Sight

_OFF = "off"


def opened(settings: Settings, state: State, standing: Standing) -> Chain:
    """The chain; raises Misuse or CannotLook where what was learned is not at hand.

    What is off or not learned is not in it; quarantine always is.
    """
    detect, learned = settings.guarding.detect, settings.learned
    found: tuple[Detector, ...] = (Quarantine(standing),)
    if learned is not None:
        sight = Sight(terms.get(state, learned.terms))
        mark = learned.terms.partition(":")[2][:16]
        found += tuple(detectors(detect, learned.contract, sight, state.run, mark))
    return Chain(detectors=found, on_failure=Action(detect.failure))


def detectors(detect: Detecting, contract: Contract, sight: Sight, run: Path, mark: str) -> Iterator[Detector]:
    """Those that are not off, cheapest first; ``mark`` names their files, so that other terms start anew."""
    if detect.contract != _OFF:
        yield Kept(contract, sight.fitted.blocks, Action(detect.contract))
    if detect.campaign != _OFF:
        yield Campaign(sight, Action(detect.campaign), run / f"campaign-{mark}")
    if detect.distribution != _OFF:
        yield Distribution(sight, Action(detect.distribution))
    if detect.adversarial != _OFF:
        yield Adversarial(sight, Action(detect.adversarial))
    if detect.extraction != _OFF:
        yield Extraction(sight, Action(detect.extraction), run / f"extraction-{mark}")
