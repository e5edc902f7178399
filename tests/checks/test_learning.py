# SPDX-License-Identifier: Apache-2.0
"""Faults of training and serving code, each with its sound twin."""

import pytest

from hauberk.engine.catalogue import catalogue
from tests.checks.trial import messages, on_files
from tests.corpora.learning import PAIRS

CASES = [pytest.param(rule, bad, good, id=f"{rule} {name}") for rule, name, bad, good in PAIRS]


@pytest.mark.parametrize(("rule", "bad", "good"), CASES)
def test_a_fault_is_found_and_its_sound_twin_is_not(rule, bad, good, tmp_path):
    card = catalogue()[rule]
    assert messages(on_files(card, tmp_path / "bad", {"app.py": bad}))
    assert not messages(on_files(card, tmp_path / "good", {"app.py": good}))
