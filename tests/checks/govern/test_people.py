# SPDX-License-Identifier: Apache-2.0
"""Owners, purpose, oversight and its document: what is found and what is not."""

import pytest

from hauberk.checks.govern.oversight import human_oversight, oversight_evidence
from hauberk.checks.govern.ownership import ownership
from hauberk.core.scales import Basis
from hauberk.manifest.blank import blank
from tests.checks.trial import messages, on_files

GOOD_OWNER = "owners: [{name: Ada Byron, role: owner}]\n"
GOOD_PURPOSE = "purpose: Sort incoming mail into folders.\n"

OWNERS = [
    ("", 1),
    ("owners: []\n", 1),
    *((f"owners: [{{name: {name!r}, role: r}}]\n", 1) for name in ("TBD", "n/a", "?", "todo: ask Bob", "<your name>")),
    *(
        (f"owners: [{{name: {name!r}, role: r}}]\n", 1)
        for name in ("team", "The Team", "ML team", "data science team", "me")
    ),
    ("owners: [{name: team, role: r}, {name: Ada Byron, role: r}]\n", 0),
    ("owners: [{name: Data Science Team, role: r, contact: ds@example.com}]\n", 0),
    ("owners: [{name: Credit Risk Team, role: r}]\n", 0),
    ("owners: [{name: Noa Teams, role: r}]\n", 0),
    (GOOD_OWNER, 0),
]


@pytest.mark.parametrize(("owners", "count"), OWNERS)
def test_an_owner_is_somebody_in_particular(tmp_path, owners, count):
    (evidence,) = on_files(ownership, tmp_path, {"hauberk.yaml": f"name: s\n{GOOD_PURPOSE}{owners}"})
    assert len(evidence.findings) == count


@pytest.mark.parametrize(
    ("purpose", "count"),
    [
        *(
            (purpose, 1)
            for purpose in ("", "TBD", "To be defined.", "todo", "n/a", "...", "mail-sorter", "ML model", "demo")
        ),
        *((purpose, 1) for purpose in ("machine learning", "a prediction model", "Not yet defined", "FIXME later")),
        *(
            (purpose, 0)
            for purpose in ("Fraud detection", "Predict churn.", "Unknown-caller detection for a phone app")
        ),
        *(
            (purpose, 0)
            for purpose in ("Tests blood for sugar", "Open the gate for known cars", "No-show prediction for a clinic")
        ),
    ],
)
def test_a_purpose_says_what_the_system_is_for(tmp_path, purpose, count):
    text = f"name: mail-sorter\npurpose: {purpose!r}\n{GOOD_OWNER}"
    (evidence,) = on_files(ownership, tmp_path, {"hauberk.yaml": text})
    assert len(evidence.findings) == count


OVERSIGHT = [
    ("decides", "", ["high"]),
    ("advises", "", ["medium"]),
    ("decides", "{by: TBD}", ["high"]),
    ("decides", "{by: clerk}", ["medium"] * 3),
    ("decides", "{by: clerk, can: [stop], contest: by letter}", ["medium"]),
    ("decides", "{by: clerk, can: [overturn], contest: by letter}", ["medium"]),
    ("decides", "{by: clerk, can: [stop, overturn]}", ["medium"]),
    ("decides", "{by: clerk, can: [stop, overturn], contest: n/a}", ["medium"]),
    ("advises", "{by: clerk, contest: by letter}", ["medium"]),
    ("decides", "{by: clerk, can: [stop, overturn], contest: by letter}", []),
    ("advises", "{by: clerk, can: [review], contest: by letter}", []),
]


@pytest.mark.parametrize(("effect", "oversight", "severities"), OVERSIGHT)
def test_a_system_that_acts_on_people_declares_who_steps_in(tmp_path, effect, oversight, severities):
    text = f"name: s\neffect: {effect}\n" + (f"oversight: {oversight}\n" if oversight else "")
    (evidence,) = on_files(human_oversight, tmp_path, {"hauberk.yaml": text})
    assert [finding.severity.value for finding in evidence.findings] == severities
    assert evidence.basis is Basis.DECLARED


def test_a_system_without_effect_on_people_needs_no_oversight(tmp_path):
    assert on_files(human_oversight, tmp_path, {"hauberk.yaml": "name: s\n"}) == []


DOCUMENT = "The duty officer sees every case. " + "The officer stops the system where more than a tenth is wrong. " * 4
DOCUMENTS = [
    ({"o.md": DOCUMENT}, ""),
    ({"o.md": DOCUMENT.encode() + b"\xff\xfe"}, ""),
    ({}, "there is no such file"),
    ({"o.md": ""}, "says too little (0 words)"),
    ({"o.md": "# Oversight\n\nTBD"}, "says too little"),
    ({"o.md": DOCUMENT.replace("officer", "clerk").replace("duty", "kind")}, "does not mention the reviewer"),
    ({"other.md": DOCUMENT}, "there is no such file"),
]


@pytest.mark.parametrize(("files", "expected"), DOCUMENTS)
def test_the_document_of_the_oversight_is_opened_and_not_only_believed(tmp_path, files, expected):
    text = "name: s\neffect: decides\noversight: {by: duty officer, evidence: o.md}\n"
    (evidence,) = on_files(oversight_evidence, tmp_path, {"hauberk.yaml": text, **files})
    found = messages([evidence])
    assert evidence.basis is Basis.EXAMINED
    assert (expected in found[0]) if expected else not found


@pytest.mark.parametrize("evidence", ["''", "https://intranet.example/oversight"])
def test_an_address_is_not_opened(tmp_path, evidence):
    text = f"name: s\neffect: decides\noversight: {{by: clerk, evidence: {evidence}}}\n"
    assert on_files(oversight_evidence, tmp_path, {"hauberk.yaml": text}) == []


@pytest.mark.parametrize(
    "text", ["", " ", "TBD", "to do", "TODO(ann)", "N/A", "-", "???", "<owner>", "xxx", "not yet known"]
)
def test_a_placeholder_says_nothing(text):
    assert blank(text)


@pytest.mark.parametrize(
    "text", ["scc", "adequacy", "Note", "Norway", "tls", "Todor Ivanov", "Todd", "nonesuch", "Open University"]
)
def test_a_word_that_only_begins_like_a_placeholder_says_something(text):
    assert not blank(text)
