# SPDX-License-Identifier: Apache-2.0
"""What the guard's commands print is what the published schemas say."""

import json
from pathlib import Path

import jsonschema
import pytest

from hauberk.core.codec import encode
from hauberk.core.event import Decision, Event
from hauberk.core.measurement import Measurement
from hauberk.guard.replay import Replay
from hauberk.guard.schema import schemas
from hauberk.guard.tally import Outcomes

ROOT = Path(__file__).parents[2]
DIGEST = "sha256:" + "1" * 64
EVENT = Event(
    at="2026-11-24T08:00:00.000000Z", client="c", decision=Decision(), endpoint="e", model=DIGEST, request="", rows=1,
    id="01a20f4a-1184-74cf-ad98-d613413a80dc", run=DIGEST, status=200, took=1,
)  # fmt: skip
MADE = {
    "outcomes-1.json": Outcomes(
        measurements=(Measurement(name="favourable_share", value=0.5, low=0.4, high=0.6, n=9),)
    ),
    "replay-1.json": Replay(event=EVENT, model=DIGEST, recorded=True, same=True, exact=True, changed=()),
}


@pytest.mark.parametrize("name", sorted(schemas()))
def test_the_committed_schema_is_the_generated_one_and_holds(name):
    text = schemas()[name]
    assert (ROOT / "docs" / "reference" / "schema" / name).read_text() == text
    validator = jsonschema.Draft202012Validator(json.loads(text))
    found = json.loads(encode(MADE[name]))
    assert list(validator.iter_errors(found)) == []
    assert not validator.is_valid({**found, "invented": 1})
