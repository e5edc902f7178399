# SPDX-License-Identifier: Apache-2.0
"""What is printed is what the published schemas say; the samples are such documents."""

import json
from pathlib import Path

import jsonschema
import pytest

from hauberk.core.codec import encode
from hauberk.core.event import Action
from hauberk.core.scales import Severity
from hauberk.core.system import Sending
from hauberk.respond.follow import Receivers, Sent, reached
from hauberk.respond.schema import schemas
from hauberk.store.cases import Cases, Known, Listed
from hauberk.wire.cef import cef
from hauberk.wire.notice import Notice, Notices
from hauberk.wire.ocsf import ocsf

ROOT = Path(__file__).parents[2]
SAMPLES = {
    "incidents-1.json": "HBK-RSP-001/bad/incidents.json",
    "queue-measures-1.json": "HBK-GRD-003/good/review.json",
}


AT, ID = "2026-11-24T08:00:00.000000Z", "01a20f4a-1184-74cf-ad98-d613413a80dc"
NOTICE = Notice(about="event", action=Action.ALLOW, at=AT, endpoint="e", id=ID, severity=Severity.INFO)
CASE = Listed(
    event=ID, since=AT, client="c", endpoint="e", rows=1, held=True, waiting=False, why=("border",), appeals=0,
    rulings=(Known(at=AT, by="k", verdict="accept", seen=True),),
)  # fmt: skip
MADE = {
    "cases-1.json": Cases(cases=(CASE,)),
    "receivers-1.json": Receivers(receivers=(reached(Sending(name="siem", to="file:x"), Sent(upto=3), 5),)),
    "notices-1.json": Notices(notices=(NOTICE,)),
}


def document(name):
    if name in MADE:
        return json.loads(encode(MADE[name]))
    return json.loads((ROOT / "samples" / SAMPLES[name]).read_text())


def test_notices_are_facts_or_ocsf_or_cef():
    validator = jsonschema.Draft202012Validator(json.loads(schemas()["notices-1.json"]))
    for form in (json.loads(ocsf(NOTICE, "1")), cef(NOTICE, "1")):
        assert validator.is_valid({"schema": "hauberk/notices/1", "notices": [form]})
    for other in ({}, "text", 1, {**json.loads(encode(NOTICE)), "invented": 1}):
        assert not validator.is_valid({"schema": "hauberk/notices/1", "notices": [other]})


@pytest.mark.parametrize("name", sorted(schemas()))
def test_the_committed_schema_is_the_generated_one_and_holds(name):
    text = schemas()[name]
    assert (ROOT / "docs" / "reference" / "schema" / name).read_text() == text
    validator = jsonschema.Draft202012Validator(json.loads(text))
    found = document(name)
    assert list(validator.iter_errors(found)) == []
    assert not validator.is_valid({**found, "invented": 1})
