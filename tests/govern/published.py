# SPDX-License-Identifier: Apache-2.0
"""Holds a printed document against the published schema that it names."""

import json
from pathlib import Path

import jsonschema

SCHEMA = Path(__file__).parents[2] / "docs" / "reference" / "schema"


def valid(text: str) -> str:
    """The schema's name; raises where the document is not what it says."""
    document = json.loads(text)
    name = document["schema"].removeprefix("hauberk/").replace("/", "-")
    jsonschema.Draft202012Validator(json.loads((SCHEMA / f"{name}.json").read_text())).validate(document)
    return str(name)
