# SPDX-License-Identifier: Apache-2.0
"""Every sample of the rules on data: the bad one is found, the good one is clean."""

from pathlib import Path

import pytest

from hauberk.checks.data import label_leaks, personal_columns, shared_rows
from tests.checks.trial import on_folder, outcomes

SAMPLES = Path(__file__).parents[3] / "samples"


@pytest.mark.parametrize(
    "card",
    [personal_columns.personal_columns, shared_rows.shared_rows, label_leaks.label_leaks],
    ids=lambda card: card.id,
)
def test_the_bad_sample_is_found_and_the_good_one_is_clean(card):
    assert outcomes(on_folder(card, SAMPLES / card.id / "bad")) == {"found"}
    assert outcomes(on_folder(card, SAMPLES / card.id / "good")) == {"clean"}
