# SPDX-License-Identifier: Apache-2.0
"""Every kind of tampering is refused with its own code, by hauberk and by verify.py, and by one check only."""

from dataclasses import replace

import pytest

from tests.verifier.tampering import (
    GUARDED_TWICE,
    VERIFIER,
    Case,
    checks,
    fifteen,
    judged,
    load,
    mutant,
    others,
    stands_alone,
    world,
)

SOURCE = VERIFIER.read_text()
NAMED = 15
OTHERS = 10
"""Of the other tamperings, each mutant still refuses at least so many."""


@pytest.fixture(scope="module")
def honest(tmp_path_factory):
    return world(tmp_path_factory.mktemp("honest"))


@pytest.fixture(scope="module")
def named(honest):
    return fifteen(honest)


@pytest.fixture(scope="module")
def further(honest):
    return others(honest)


def test_what_nobody_tampered_with_verifies(honest):
    for data in (honest.bundle, honest.receipt):
        for witness in (False, True):
            case = Case(name="honest", code="", check="", by="", data=data, witness=witness, seen_since="")
            assert judged(case) == stands_alone(load(SOURCE), case) == ""


def test_fifteen_kinds_have_fifteen_codes_and_hauberk_and_the_verifier_agree_on_them(named, further):
    verifier = load(SOURCE)
    for case in (*named, *further):
        assert (judged(case), stands_alone(verifier, case)) == (case.code, case.code), case.name
    assert len({case.code for case in named}) == len(named) == NAMED


def test_a_verifier_that_lacks_a_check_lets_its_tampering_pass(named, further):
    for case in (*named, *further):
        assert stands_alone(load(mutant(SOURCE, case.check)), case) == "", case.name


def test_every_check_of_the_verifier_has_a_case_or_another_behind_it(named, further):
    assert set(checks(SOURCE)) == {case.check for case in (*named, *further)} | GUARDED_TWICE


def test_an_insider_is_refused_by_the_witness_and_by_nothing_else(named):
    alone = next(case for case in named if case.name.startswith("insider"))
    assert judged(replace(alone, witness=False)) == ""
    assert stands_alone(load(SOURCE), replace(alone, witness=False)) == ""


def test_every_mutant_differs_by_one_statement():
    for check in checks(SOURCE):
        whole, without = SOURCE.splitlines(), mutant(SOURCE, check).splitlines()
        assert sum(line.strip() == "pass" for line in without) == 1 + sum(line.strip() == "pass" for line in whole)
        assert len(whole) - len(without) in range(1, 6)


@pytest.mark.slow
def test_the_table_of_tampering(named, further, printed):
    """Printed by make test-all: which code refuses what, and what each mutant still refuses."""
    rows = [
        "",
        "| tampering | who can | code | refused by | reader needs | its mutant | mutant refuses of the others |",
    ]
    rows.append("|---|---|---|---|---|---|---|")
    for case in named:
        verifier = load(mutant(SOURCE, case.check))
        passes = stands_alone(verifier, case) == ""
        still = sum(stands_alone(verifier, other) != "" for other in named if other is not case)
        rows.append(
            f"| {case.name} | {case.by} | HBK-E-{judged(case)} | {case.check} | {case.needs} | "
            f"{'lets it pass' if passes else 'REFUSES IT'} | {still} of {len(named) - 1} |"
        )
        assert passes
        assert still >= OTHERS
    rows.append("")
    rows += [f"| {case.name} | | HBK-E-{judged(case)} | {case.check} | {case.needs} | | |" for case in further]
    printed("\n".join(rows))
