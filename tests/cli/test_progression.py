# SPDX-License-Identifier: Apache-2.0
"""A model that predicts a number, through the real command line: without sex it is unfair by sex, and the gate says so."""

import hashlib
import json
import shutil

import pytest

from hauberk.attacks.local import Ask, explain_row
from hauberk.govern.explanations_text import local
from hauberk.manifest.load import load
from tests.cli.cases import ROOT, hauberk

PROGRESSION = ROOT / "examples" / "progression"
TWINS = ("as-written", "hardened")


def test_both_states_use_the_same_policy_and_keep_every_asset():
    digests = {hashlib.sha256((PROGRESSION / name / "policy.yaml").read_bytes()).hexdigest() for name in TWINS}
    assert len(digests) == 1
    written, hardened = ({one.id for one in load(PROGRESSION / name / "hauberk.yaml").assets} for name in TWINS)
    assert written == hardened


def test_the_data_are_those_that_scikit_learn_carries():
    from sklearn.datasets import load_diabetes

    lines = (PROGRESSION / "data" / "diabetes.csv").read_text().splitlines()[1:]
    table = load_diabetes(scaled=False)
    numbers = [[float(cell) for cell in line.split(",")] for line in lines]
    assert [row[:-1] for row in numbers] == table.data.tolist()
    assert [row[-1] for row in numbers] == table.target.tolist()
    for name in TWINS:
        parts = [(PROGRESSION / name / "data" / f"{one}.csv").read_text().splitlines()[1:] for one in ("train", "test")]
        split = [[float(cell) for cell in line.split(",")] for part in parts for line in part]
        assert sorted(split) == sorted(numbers)  # everybody once, on one side


def asked(row, **more):
    folder = PROGRESSION / "hardened"
    facts = load(folder / "hauberk.yaml").declared("test-data").facts
    model, table = (folder / name for name in ("models/progression.onnx", "data/test.csv"))
    return Ask(model=model.read_bytes(), table=table.read_bytes(), facts=facts, row=row, number=True, **more)


def test_a_row_is_explained_in_the_numbers_own_unit_and_led_to_the_other_side():
    found = explain_row(asked(3, reach=150.0))
    assert found.score == pytest.approx(found.base + sum(one.value for one in found.contributions))
    assert (found.unit, found.decided) == ("number", found.score >= 150)
    assert found.counterfactual
    assert "(below 150)" in local(found)


def test_without_a_number_to_reach_no_change_is_looked_for():
    found = explain_row(asked(3))
    assert found.counterfactual == ()
    assert "--reach" in local(found)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("name", "code"), [("as-written", 1), ("hardened", 0)])
def test_the_gate_judges(tmp_path, name, code):
    shutil.copytree(PROGRESSION / name, tmp_path / name)
    assessed = hauberk("assess", "--json", cwd=tmp_path / name, home=tmp_path)
    assert assessed.code == 0, assessed.err
    judged = hauberk("gate", "--json", cwd=tmp_path / name, home=tmp_path)
    assert judged.code == code, judged.out
    gates = {one["rule"]: one for one in json.loads(judged.out)["verdict"]["gates"]}
    assert not [one for one in assessed.document["evidence"] if one["outcome"] == "unable"]
    assert gates["like-errors"]["passed"] is (code == 0)
    for command in (["fairness"], ["explain"], ["explain", "--row", "3", "--reach", "150"]):
        said = hauberk("govern", *command, cwd=tmp_path / name, home=tmp_path)
        assert said.code == 0, said.err
