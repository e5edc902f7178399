# SPDX-License-Identifier: Apache-2.0
"""The credit system through the real command line: as written it fails, hardened it passes, by the same policy."""

import hashlib

import pytest

from hauberk.manifest.load import load
from tests.cli.cases import ROOT, example, hauberk, substance

STAGES = {"design", "develop", "data", "train", "attack", "deploy", "govern"}
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def assessed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("credit")
    states = {}
    for name in ("as-written", "hardened"):
        system = example(name, folder)
        first = hauberk("assess", "--json", "--no-cache", cwd=system, home=folder)
        second = hauberk("assess", "--json", "--no-cache", cwd=system, home=folder)
        states[name] = (system, first, second, folder)
    return states


@pytest.mark.parametrize(("name", "code"), [("as-written", 1), ("hardened", 0)])
def test_assess_closes_and_the_gate_judges(assessed, name, code):
    system, first, _, home = assessed[name]
    assert first.code == 0, first.err
    judged = hauberk("gate", cwd=system, home=home)
    assert judged.code == code, judged.out


def test_as_written_has_a_finding_in_each_of_seven_stages(assessed):
    document = assessed["as-written"][1].document
    assert {one["stage"] for one in document["evidence"] if one["findings"]} == STAGES


def test_hardened_is_evaluated_in_each_of_seven_stages_and_nothing_is_unable(assessed):
    document = assessed["hardened"][1].document
    assert {one["stage"] for one in document["evidence"]} == STAGES
    assert not [one for one in document["evidence"] if one["outcome"] == "unable"]
    assert not document["verdict"]["waived"]


@pytest.mark.parametrize("name", ["as-written", "hardened"])
def test_two_runs_without_cache_agree(assessed, name):
    _, first, second, _ = assessed[name]
    assert substance(first.document) == substance(second.document)


@pytest.mark.parametrize("name", ["as-written", "hardened"])
def test_a_cached_run_says_the_same(assessed, name):
    system, first, _, home = assessed[name]
    hauberk("assess", "--json", cwd=system, home=home)
    again = hauberk("assess", "--json", cwd=system, home=home)
    assert substance(again.document) == substance(first.document)


def test_every_file_is_in_the_evidence_or_has_no_rule(assessed):
    system, first, _, _ = assessed["as-written"]
    document = first.document
    told = {one["asset"]["uri"] for one in document["evidence"]} | {
        one["uri"] for one in document["coverage"]["no_rule"]
    }
    met = {
        str(path.relative_to(system)) for path in system.rglob("*") if path.is_file() and ".hauberk" not in path.parts
    }
    assert met <= told


def test_a_file_changed_after_the_assessment_is_not_looked_at(tmp_path):
    system = example("hardened", tmp_path)
    assert hauberk("assess", "--quiet", cwd=system, home=tmp_path).code == 0
    (system / "app.py").write_text((system / "app.py").read_text() + "\n# later\n")
    judged = hauberk("gate", cwd=system, home=tmp_path)
    assert judged.code == 3
    assert "app.py" in judged.out


def test_both_states_use_the_same_policy_and_keep_every_asset():
    examples = ROOT / "examples" / "credit"
    digests = {
        hashlib.sha256((examples / name / "policy.yaml").read_bytes()).hexdigest()
        for name in ("as-written", "hardened")
    }
    assert len(digests) == 1
    ids = [{asset.id for asset in load(examples / name / "hauberk.yaml").assets} for name in ("as-written", "hardened")]
    assert ids[0] == ids[1]


def test_the_packaged_demo_is_the_example_as_written():
    packaged = ROOT / "src" / "hauberk" / "demo" / "credit"
    assert packaged.resolve() == ROOT / "examples" / "credit" / "as-written"
