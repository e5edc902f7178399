# SPDX-License-Identifier: Apache-2.0
"""The published schemas: generated, committed as generated, and of one mind with the loader."""

from pathlib import Path

import jsonschema
import pytest

from hauberk.core.errors import ManifestInvalid
from hauberk.manifest.load import load, parse_policy
from hauberk.manifest.reference import page
from hauberk.manifest.schema import policy_schema, scan_schema, schema, schemas
from hauberk.manifest.tree import grow, plain
from tests.manifest.examples import FULL, WRONG

ROOT = Path(__file__).parents[2]
MANIFEST = jsonschema.Draft202012Validator(schema())
VALID = sorted([*ROOT.glob("samples/*/*/hauberk.yaml"), *ROOT.glob("examples/*/*/hauberk.yaml")])


def test_the_committed_schemas_are_the_generated_ones():
    for name, text in schemas().items():
        assert (ROOT / "docs" / "reference" / "schema" / name).read_text() == text, f"{name}: run make docs"


def test_the_committed_reference_page_is_the_generated_one():
    assert (ROOT / "docs" / "reference" / "manifest.md").read_text() == page(), "run make docs"


def test_every_field_says_what_it_is():
    for name, definition in schema()["$defs"].items():
        for key, node in definition.get("properties", {}).items():
            assert key == "schema" or node.get("description"), f"{name}.{key}"


def test_the_page_names_every_key_of_the_schema():
    text = page()
    for definition in schema()["$defs"].values():
        for key in definition.get("properties", {}):
            assert f"| `{key}` |" in text or key == "schema", key


@pytest.mark.parametrize("made", [schema(), policy_schema(), scan_schema()], ids=lambda made: made["$id"])
def test_each_schema_is_a_schema(made):
    jsonschema.Draft202012Validator.check_schema(made)


def test_descriptions_are_the_docstrings_of_the_fields():
    definitions = schema()["$defs"]
    assert "What it carries" in definitions["Flow"]["properties"]["carries"]["description"]
    assert "lines" not in definitions["System"]["properties"]
    assert "glob" in definitions["Exclusion"]["properties"]["path"]["description"].lower()


def test_a_full_manifest_is_valid():
    assert list(MANIFEST.iter_errors(plain(grow(FULL.encode(), "x")))) == []


def test_every_manifest_of_samples_and_examples_is_valid_for_both():
    assert VALID
    for path in VALID:
        load(path)
        assert list(MANIFEST.iter_errors(plain(grow(path.read_bytes(), "x")))) == [], path


@pytest.mark.parametrize(("text", "expected", "agrees"), WRONG, ids=[row[1][:60] for row in WRONG])
def test_schema_and_loader_agree_on_what_a_schema_can_say(text, expected, agrees):
    try:
        tree = plain(grow(text.encode(), "x.yaml"))
    except ManifestInvalid:
        assert not agrees, expected
        return
    assert (list(MANIFEST.iter_errors(tree)) != []) == agrees, expected


def test_the_policy_schema_agrees_with_the_loader_too():
    validator = jsonschema.Draft202012Validator(policy_schema())
    for text, good in [
        ("rules: [{id: a, severity: low}]", True),
        ("rules: [{id: a, severity: null, limit: {measurement: m, at_most: 1}}]", True),
        ("rules: [{id: a, severity: null}]", False),
        ("rules: []", False),
        ("name: x", False),
    ]:
        assert validator.is_valid(plain(grow(text.encode(), "x"))) == good
        if good:
            parse_policy(text.encode(), "x")
        else:
            with pytest.raises(ManifestInvalid):
                parse_policy(text.encode(), "x")
