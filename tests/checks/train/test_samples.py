# SPDX-License-Identifier: Apache-2.0
"""Every sample of the rules on training: the bad one is found, the good one is clean."""

from pathlib import Path

import pytest

from hauberk.checks.train import inputs, seeds
from tests.checks.trial import on_folder, outcomes

SAMPLES = Path(__file__).parents[3] / "samples"


@pytest.mark.parametrize("card", [inputs.inputs, seeds.seeds], ids=lambda card: card.id)
def test_the_bad_sample_is_found_and_the_good_one_is_clean(card):
    assert outcomes(on_folder(card, SAMPLES / card.id / "bad")) == {"found"}
    assert outcomes(on_folder(card, SAMPLES / card.id / "good")) == {"clean"}
