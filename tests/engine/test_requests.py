# SPDX-License-Identifier: Apache-2.0
"""Comments that ask to look away: shown, still judged, and granted only by the manifest that the user names."""

import json
from datetime import date

import pytest

from hauberk.core.target import Target
from hauberk.engine.examine import examine
from hauberk.engine.scan import prepare
from hauberk.engine.source import FolderSource
from hauberk.manifest.load import parse

TODAY = date(2026, 11, 24)
LOAD = "import pickle\n\n\ndef load(request):\n{above}    return pickle.loads(request.body){beside}\n"
FULL = '  # hauberk: allow HBK-COD-001 owner=ada until=2027-01-31 reason="a canary of words"'
GRANT = "allow: [{rule: HBK-COD-001, path: 'src/**', owner: ada, until: '2027-03-01', reason: read by us alone}]\n"


def scanned(root, manifest=""):
    system = parse(f"name: s\n{manifest}".encode(), "hauberk.yaml") if manifest else None
    examination = prepare(root, system=system, base=root if system else None, cached=False, only=("HBK-COD-001",))
    source = FolderSource(examination.discovery.root)
    jobs = examination.plan.jobs
    evidence = [examine(job.card, Target(asset=job.asset, source=source, system=system)) for job in jobs]
    return examination.document(evidence, (), TODAY)


@pytest.fixture
def tree(tmp_path):
    (tmp_path / "src").mkdir()

    def write(beside="", above="", name="src/a.py"):
        (tmp_path / name).write_text(LOAD.format(beside=beside, above=above))
        return tmp_path

    return write


REFUSED = {
    "nobody granted it": (FULL, "", "no manifest named with -m allows it"),
    "the manifest grants nothing": (FULL, "purpose: p\n", "nothing in the manifest allows it"),
    "no owner": (FULL.replace("owner=ada ", ""), GRANT, "it names no owner"),
    "no end": (FULL.replace("until=2027-01-31 ", ""), GRANT, "it names no until"),
    "no reason": (FULL.partition(" reason")[0], GRANT, "it names no reason"),
    "an end long gone": (FULL.replace("2027-01-31", "2026-11-23"), GRANT, "no day between"),
    "an end far away": (FULL.replace("2027-01-31", "2031-01-31"), GRANT, "no day between"),
    "another owner": (FULL.replace("ada", "bob"), GRANT, "not the one whom"),
    "another path": (FULL, GRANT.replace("src/**", "lib/**"), "nothing in the manifest"),
    "another rule": (FULL, GRANT.replace("COD-001", "COD-002"), "nothing in the manifest"),
    "a grant that has ended": (FULL, GRANT.replace("2027-03-01", "2026-01-01"), "has ended"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_request_is_shown_and_still_judged(tree, name):
    comment, manifest, why = REFUSED[name]
    document = scanned(tree(beside=comment), manifest)
    [asked] = document.verdict.requested
    assert not asked.granted
    assert why in asked.why
    assert not document.verdict.passed
    assert document.verdict.waived == ()
    assert document.coverage.suppressions_requested == 1


@pytest.mark.parametrize("where", ["beside", "above"])
def test_what_the_named_manifest_grants_is_excused_until_the_nearer_day(tree, where):
    comment = FULL if where == "beside" else f"  {FULL}\n"
    document = scanned(tree(**{where: comment}), GRANT)
    [asked] = document.verdict.requested
    assert asked.granted
    [waived] = document.verdict.waived
    assert waived.waiver.until == "2027-01-31"
    assert waived.waiver.reason == "read by us alone"
    assert document.verdict.passed
    assert "canary" not in json.dumps(__import__("hauberk.core.codec").core.codec.builtins(document))


@pytest.mark.parametrize(
    ("above", "beside"),
    [
        (f"    x = 1{FULL}\n", ""),
        (f"  {FULL}\n\n", ""),
        ("", FULL.replace("COD-001", "COD-014")),
        ("", FULL.replace("hauberk: allow", "hauberk allow")),
        ("", FULL.replace("  # ", "; ")),
    ],
)
def test_a_comment_that_is_not_at_the_finding_or_of_its_rule_asks_for_nothing(tree, above, beside):
    document = scanned(tree(above=above, beside=beside), GRANT)
    assert not document.verdict.passed
    assert document.verdict.waived == ()


def test_a_request_in_a_cell_of_a_notebook(tmp_path):
    (tmp_path / "src").mkdir()
    source = LOAD.format(above="", beside=FULL)
    book = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [{"cell_type": "code", "metadata": {}, "source": source, "outputs": [], "execution_count": None}]}  # fmt: skip
    (tmp_path / "src" / "n.ipynb").write_text(json.dumps(book))
    document = scanned(tmp_path, GRANT)
    assert [one.granted for one in document.verdict.requested] == [True]


def test_a_manifest_of_the_tree_that_nobody_named_grants_nothing(tree):
    root = tree(beside=FULL)
    (root / "hauberk.yaml").write_text(f"name: s\n{GRANT}")
    document = scanned(root)
    assert [one.granted for one in document.verdict.requested] == [False]
