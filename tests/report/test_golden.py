# SPDX-License-Identifier: Apache-2.0
"""Each form of the worked example, byte for byte; HAUBERK_UPDATE_GOLDEN=1 rewrites the files and the docs."""

import json
import os
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from hauberk.core.codec import decode
from hauberk.core.document import Scan
from hauberk.report import document, html, junit, markdown, sarif, terminal
from tests.report.worked import CARDS, WORKED

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden"
PAGE = ROOT / "docs" / "reference" / "scan-document.md"
SCHEMA = ROOT / "docs" / "reference" / "schema" / "scan-1.json"
UPDATE = os.environ.get("HAUBERK_UPDATE_GOLDEN") == "1"
BEGIN, END = "<!-- worked example: generated -->\n\n```json\n", "```\n\n<!-- end of the worked example -->"

FORMS = {
    "worked.txt": lambda: terminal.render(WORKED, CARDS, width=100),
    "worked-narrow-ascii.txt": lambda: terminal.render(WORKED, CARDS, width=60, unicode=False),
    "worked-colour-verbose.txt": lambda: terminal.render(WORKED, CARDS, width=100, colour=True, verbose=True),
    "worked.html": lambda: html.render(WORKED, CARDS),
    "worked.sarif": lambda: sarif.render(WORKED, CARDS),
    "worked.xml": lambda: junit.render(WORKED, CARDS),
    "worked.md": lambda: markdown.render(WORKED, CARDS),
    "worked.json": lambda: document.render(WORKED),
}


def agree(path, text):
    if UPDATE:
        path.write_bytes(text.encode())
    assert path.read_bytes().decode() == text, (
        f"{path.name} differs; if meant: HAUBERK_UPDATE_GOLDEN=1 pytest {Path(__file__).name}"
    )


@pytest.mark.parametrize("name", FORMS)
def test_each_form_of_the_worked_example_is_what_it_was(name):
    agree(GOLDEN / name, FORMS[name]())


@pytest.mark.parametrize("name", FORMS)
def test_the_same_scan_gives_the_same_bytes(name):
    assert FORMS[name]() == FORMS[name]()


def test_the_docs_print_the_worked_example():
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    shown, _, after = rest.partition(END)
    if UPDATE:
        PAGE.write_text(before + BEGIN + document.render(WORKED) + END + after, "utf-8")
        return
    assert shown == document.render(WORKED)


def test_the_worked_example_fits_the_published_schema():
    Draft202012Validator(json.loads(SCHEMA.read_text("utf-8"))).validate(json.loads(document.render(WORKED)))


def test_the_worked_example_holds_each_kind_of_place_and_each_outcome():
    places = {type(finding.place).__name__ for item in WORKED.evidence for finding in item.findings}
    assert places == {"FilePlace", "MemberPlace", "RowPlace", "SubgroupPlace", "ResourcePlace", "RequestPlace"}
    assert {item.outcome.value for item in WORKED.evidence} == {"clean", "found", "unable"}


def test_the_document_decodes_to_the_same_scan():
    assert decode(document.render(WORKED).encode(), Scan) == WORKED
