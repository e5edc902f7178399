# SPDX-License-Identifier: Apache-2.0
"""What rules leave out by the names in a source makes no difference to what they find."""

from pathlib import Path

import pytest

from hauberk.analysis import calls_sinks, project
from hauberk.analysis import flows as analysis_flows
from hauberk.analysis.project import Project
from hauberk.assets import python
from hauberk.assets.python import Module
from hauberk.core.finding import Finding
from hauberk.core.target import Target
from hauberk.engine.catalogue import catalogue
from hauberk.engine.examine import examine
from hauberk.engine.source import FolderSource
from tests.corpora.calls import cases
from tests.corpora.flows import flows

SAMPLES = Path(__file__).parents[3] / "samples"
CARDS = [card for card in catalogue().values() if "python" in card.formats and "system" not in card.needs]


def found(folder: Path) -> list[tuple[str, Finding]]:
    """What all rules on Python find in a folder."""
    source = FolderSource(folder)
    targets = [Target(asset=asset, source=source) for asset in source.all(".py")]
    return [(card.id, one) for target in targets for card in CARDS for one in examine(card, target).findings]


def unfiltered(patch: pytest.MonkeyPatch) -> None:
    """Leave nothing out from now on, and forget what was worked out before."""
    for known in (python._held, python._last, project._last, analysis_flows._last):
        known.clear()
    patch.setattr(Module, "holds", lambda *_: True)
    patch.setattr(Project, "uses", lambda *_: True)
    patch.setattr(calls_sinks, "_may_be", lambda *_: True)


def test_filters_change_nothing_in_the_samples_of_rules_on_code(monkeypatch: pytest.MonkeyPatch) -> None:
    folders = [one for card in CARDS for one in sorted((SAMPLES / card.id).iterdir())]
    filtered = [found(folder) for folder in folders]
    unfiltered(monkeypatch)
    assert filtered == [found(folder) for folder in folders]
    assert any(filtered)


def test_filters_change_nothing_in_unsafe_calls_and_flows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for at, case in enumerate(cases()):
        (tmp_path / f"c{at}.py").write_text(case.text)
    for at, flow in enumerate(list(flows())[::9]):
        for name, text in flow.files.items():
            path = tmp_path / f"f{at}" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    filtered = found(tmp_path)
    unfiltered(monkeypatch)
    assert filtered == found(tmp_path)
    assert len(filtered) > 100
