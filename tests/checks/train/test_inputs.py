# SPDX-License-Identifier: Apache-2.0
"""Whether what a run read is on record and still the same."""

import hashlib

from hauberk.checks.train.inputs import inputs
from hauberk.core.scales import Outcome, Severity
from tests.checks.trial import on_files

DATA = "a,b\n1,2\n"
GOOD = "sha256:" + hashlib.sha256(DATA.encode()).hexdigest()


def evidence(tmp_path, *, digest: str = "", uri: str = "d.csv", reads: str = "[d]"):
    text = (
        f"name: s\nassets:\n  - {{id: d, kind: dataset, uri: '{uri}', digest: '{digest}'}}\n"
        f"  - {{id: run, kind: process, facts: {{inputs: {reads}}}}}\n"
        "  - {id: m, kind: model, facts: {trained_by: run}}\n"
    )
    (one,) = on_files(inputs, tmp_path, {"d.csv": DATA, "hauberk.yaml": text})
    return one


def test_a_matching_digest_is_clean_in_either_case(tmp_path):
    assert evidence(tmp_path, digest=GOOD).outcome is Outcome.CLEAN
    assert evidence(tmp_path, digest=GOOD.upper()).outcome is Outcome.CLEAN


def test_a_missing_digest_is_found(tmp_path):
    assert [finding.severity for finding in evidence(tmp_path).findings] == [Severity.MEDIUM]


def test_a_digest_of_another_file_is_found_as_worse(tmp_path):
    found = evidence(tmp_path, digest="sha256:" + "0" * 64).findings
    assert [finding.severity for finding in found] == [Severity.HIGH]


def test_a_run_that_reads_nothing_known_is_found(tmp_path):
    assert evidence(tmp_path, reads="[]").outcome is Outcome.FOUND


def test_an_input_that_is_not_here_is_unable_not_verified(tmp_path):
    assert evidence(tmp_path, digest=GOOD, uri="gone.csv").outcome is Outcome.UNABLE
    assert evidence(tmp_path, digest=GOOD, reads="[d, other]").outcome is Outcome.UNABLE


def test_a_process_that_trains_nothing_is_not_asked(tmp_path):
    text = "name: s\nassets:\n  - {id: run, kind: process}\n"
    assert on_files(inputs, tmp_path, {"hauberk.yaml": text}) == []
