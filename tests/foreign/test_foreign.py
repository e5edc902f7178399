# SPDX-License-Identifier: Apache-2.0
"""Other people's repositories: no traceback, every file accounted for, nothing structured left without a rule."""

import shutil
from pathlib import Path

import pytest
from tests.cli.cases import ROOT, hauberk

from hauberk.manifest.load import load

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
FOREIGN = ("alt-profanity-check", "mlxtend", "magika")
CLAIMED = (".py", ".ipynb", ".csv", ".yaml", ".yml", ".pkl", ".joblib", ".onnx", ".safetensors", ".pt", ".npy", ".npz")


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    kept = ROOT / ".prepared" / "foreign"
    assert kept.is_dir(), "make test-all fetches them before the tests start: packaging/prepare.py"
    folder = tmp_path_factory.mktemp("foreign")
    for name in FOREIGN:
        shutil.copytree(kept / name, folder / name)
    return folder


@pytest.mark.parametrize("name", FOREIGN)
def test_a_foreign_repository_is_fully_accounted_for(shelf, tmp_path, name):
    root = shelf / name
    done = hauberk("scan", root, "--json", cwd=tmp_path, home=tmp_path)
    assert done.code in {0, 1, 3}, done.err
    document = done.document
    no_rule = {one["uri"] for one in document["coverage"]["no_rule"]}
    told = {one["asset"]["uri"] for one in document["evidence"]} | no_rule
    met = {
        path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file() and ".hauberk" not in path.parts
    }
    assert met == told & met
    coverage = document["coverage"]
    assert coverage["files"] == len(met) == coverage["examined"] + coverage["unable"] + len(no_rule)
    assert not [uri for uri in no_rule if uri.endswith(CLAIMED) or Path(uri).name.startswith("Dockerfile")]


@pytest.mark.parametrize("name", FOREIGN)
def test_init_writes_a_manifest_that_loads(shelf, tmp_path, name):
    done = hauberk("init", shelf / name, "--force", cwd=tmp_path, home=tmp_path)
    assert done.code == 0, done.err
    assert "undecided" in done.out
    assert load(shelf / name / "hauberk.yaml").name
    (shelf / name / "hauberk.yaml").unlink()
