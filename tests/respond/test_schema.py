# SPDX-License-Identifier: Apache-2.0
"""What is printed is what the published schemas say; the samples are such documents."""

import json
from pathlib import Path

import jsonschema
import pytest

from hauberk.respond.schema import schemas

ROOT = Path(__file__).parents[2]
SAMPLES = {
    "incidents-1.json": "HBK-RSP-001/bad/incidents.json",
    "queue-measures-1.json": "HBK-GRD-003/good/review.json",
}


@pytest.mark.parametrize("name", sorted(schemas()))
def test_the_committed_schema_is_the_generated_one_and_holds(name):
    text = schemas()[name]
    assert (ROOT / "docs" / "reference" / "schema" / name).read_text() == text
    validator = jsonschema.Draft202012Validator(json.loads(text))
    document = json.loads((ROOT / "samples" / SAMPLES[name]).read_text())
    assert list(validator.iter_errors(document)) == []
    assert not validator.is_valid({**document, "invented": 1})
