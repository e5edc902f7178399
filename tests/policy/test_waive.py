# SPDX-License-Identifier: Apache-2.0
"""What a waiver must say before it is one."""

from datetime import date

import pytest

from hauberk.core.errors import Misuse
from hauberk.policy.waive import waiver

TODAY = date(2026, 11, 24)
GOOD = {"fingerprint": "v1:aa", "who": "ada", "reason": "replaced next sprint", "until": "2026-12-24"}


def test_a_waiver_with_who_why_and_until_stands():
    assert waiver(**GOOD, today=TODAY).until == "2026-12-24"


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"until": ""}, "end date"),
        ({"until": "soon"}, "not a date"),
        ({"until": "2026-11-23"}, "past"),
        ({"until": "2036-11-23"}, "days away"),
        ({"reason": "  "}, "reason"),
        ({"fingerprint": "everything"}, "fingerprint"),
    ],
)
def test_a_waiver_without_an_end_a_reason_or_a_finding_is_refused(fault, words):
    with pytest.raises(Misuse, match=words):
        waiver(**{**GOOD, **fault}, today=TODAY)
