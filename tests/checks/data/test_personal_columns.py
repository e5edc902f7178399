# SPDX-License-Identifier: Apache-2.0
"""Personal columns as findings: never a value, and a declared basis counts."""

import pytest

from hauberk.checks.data.personal_columns import personal_columns
from hauberk.core.codec import encode
from hauberk.core.scales import Confidence, Outcome, Severity
from tests.checks.trial import messages, on_files

PEOPLE = [
    ("Anna Keller", "anna.keller@firm.internal"),
    ("Peter Novak", "p.novak@firm.internal"),
    ("Maria Silva", "ms@firm.internal"),
]
ROWS = "".join(f"{name},{mail},{index}\n" for index, (name, mail) in enumerate(PEOPLE * 4))
TABLE = "full_name,contact,n\n" + ROWS


def manifest(columns: str) -> str:
    return f"name: s\nassets:\n  - {{id: d, kind: dataset, uri: d.csv, facts: {{columns: [{columns}]}}}}\n"


def test_a_finding_names_the_column_and_the_share_and_no_value(tmp_path):
    evidence = on_files(personal_columns, tmp_path, {"d.csv": TABLE})
    assert messages(evidence) == [
        "column 'full_name' holds names of people: 100% of 12 cells",
        "column 'contact' holds e-mail addresses: 100% of 12 cells",
    ]
    assert not any(value in encode(evidence).decode() for person in PEOPLE for value in person)


def test_a_table_without_a_header_shows_no_row_as_names(tmp_path):
    evidence = on_files(
        personal_columns,
        tmp_path,
        {"d.csv": ROWS, "e.csv": "Anna Keller,ak@firm.internal\nP Novak,pn@firm.internal\n" * 3},
    )
    text = encode(evidence).decode()
    assert evidence[0].findings
    assert evidence[1].findings
    assert not any(value in text for person in PEOPLE for value in person)


def test_a_declared_basis_answers_the_finding(tmp_path):
    both = "{name: full_name, personal: true, basis: contract}, {name: contact, personal: true, basis: consent}"
    (evidence,) = on_files(personal_columns, tmp_path, {"d.csv": TABLE, "hauberk.yaml": manifest(both)})
    assert evidence.outcome is Outcome.CLEAN


def test_declared_without_a_basis_stays_a_finding(tmp_path):
    one = (
        "{name: full_name, personal: true}, {name: n, personal: true}, {name: contact, personal: true, basis: consent}"
    )
    (evidence,) = on_files(personal_columns, tmp_path, {"d.csv": TABLE, "hauberk.yaml": manifest(one)})
    assert [finding.severity for finding in evidence.findings] == [Severity.HIGH, Severity.MEDIUM]


def test_a_basis_on_a_column_that_is_not_called_personal_answers_nothing(tmp_path):
    one = "{name: full_name, basis: contract}, {name: contact, basis: contract}"
    (evidence,) = on_files(personal_columns, tmp_path, {"d.csv": TABLE, "hauberk.yaml": manifest(one)})
    assert len(evidence.findings) == 2


@pytest.mark.parametrize("name", ["d.parquet", "d.arrow", "d.feather", "d.jsonl"])
def test_a_format_without_a_reader_is_unable(tmp_path, name):
    (evidence,) = on_files(personal_columns, tmp_path, {name: b"PAR1\0\0\0"})
    assert evidence.outcome is Outcome.UNABLE
    assert "reader" in evidence.reason


@pytest.mark.parametrize("content", [b"<!DOCTYPE html><p>", b"a,b\n\0,1\n", b'a,b\n"x"y,1\n', b"%PDF-1.4"])
def test_what_only_is_called_a_table_is_unable(tmp_path, content):
    evidence = on_files(personal_columns, tmp_path, {"d.csv": content})
    assert all(one.outcome is Outcome.UNABLE for one in evidence)


CREDIT = "duration_in_month,personal_status_and_sex,age_in_years,telephone,foreign_worker,credit_amount\n"


def test_codes_about_people_are_found_at_low_confidence(tmp_path):
    rows = "".join(f"{6 + i},A9{i % 4},{20 + i},A19{i % 2},A20{i % 2},{1000 + i}\n" for i in range(40))
    (evidence,) = on_files(personal_columns, tmp_path, {"d.csv": CREDIT + rows})
    assert {finding.place.column for finding in evidence.findings} == {
        "personal_status_and_sex",
        "age_in_years",
        "telephone",
        "foreign_worker",
    }
    assert {finding.confidence for finding in evidence.findings} == {Confidence.LOW}
    assert max(finding.severity for finding in evidence.findings) == Severity.MEDIUM


def test_a_category_spread_over_many_columns_is_one_finding(tmp_path):
    names = [f"race_{letter}" for letter in "abcdef"]
    text = ",".join(names) + "\n" + "0,1,0,0,0,1\n" * 20
    (evidence,) = on_files(personal_columns, tmp_path, {"d.csv": text})
    assert messages([evidence]) == [
        "column 'race_a' and 5 more seem by their names to hold ethnic origin, which is a sensitive or protected attribute"
    ]
