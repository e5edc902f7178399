# SPDX-License-Identifier: Apache-2.0
"""Every sample of the deployment rules: the bad one is found, the good one is clean."""

from pathlib import Path

import pytest

from hauberk.checks.deploy import (
    declared_endpoint,
    floating_image,
    image_as_root,
    no_limits,
    open_endpoint,
    pod_privileges,
)
from tests.checks.trial import on_folder, outcomes

SAMPLES = Path(__file__).parents[3] / "samples"
CARDS = [
    image_as_root.image_as_root,
    no_limits.no_limits,
    pod_privileges.pod_privileges,
    declared_endpoint.declared_endpoint,
    declared_endpoint.declared_rate,
    floating_image.floating_image,
    open_endpoint.open_endpoint,
]


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.id)
def test_the_bad_sample_is_found_and_the_good_one_is_clean(card):
    assert outcomes(on_folder(card, SAMPLES / card.id / "bad")) == {"found"}
    assert outcomes(on_folder(card, SAMPLES / card.id / "good")) == {"clean"}
