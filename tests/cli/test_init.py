# SPDX-License-Identifier: Apache-2.0
"""``hauberk init`` as its user meets it."""

import json
import os
import shutil
from pathlib import Path

import pytest

from hauberk.cli.main import execute
from hauberk.manifest.load import load

CREDIT = Path(__file__).parents[2] / "examples" / "credit" / "as-written"


@pytest.fixture
def repository(tmp_path):
    folder = tmp_path / "credit"
    shutil.copytree(CREDIT, folder, ignore=shutil.ignore_patterns("hauberk.yaml", ".hauberk"))
    (folder / ".venv").mkdir()
    (folder / ".venv" / "pyvenv.cfg").write_text("home = /usr\n")
    (folder / ".venv" / "app.py").write_text("app = Flask(__name__)\n")
    return folder


def test_a_repository_gets_a_manifest_that_is_valid_and_names_what_is_there(repository, capsys):
    assert execute(["init", str(repository)]) == 0
    screen = capsys.readouterr().out
    system = load(repository / "hauberk.yaml")
    assert {asset.uri for asset in system.assets if asset.uri} == {
        "app.py", "train.py", "explore.ipynb", "Dockerfile", "deploy/deployment.yaml",
        "data/train.csv", "data/test.csv", "models/credit.onnx", "models/credit.joblib",
    }  # fmt: skip
    for words in (
        "models         2",
        "may hold personal or sensitive data",
        "Could not decide",
        "owners",
        "1 folder (an env",
    ):
        assert words in screen
    assert not screen.count("\x1b")


def test_nothing_is_overwritten_without_the_users_word(repository, capsys):
    (repository / "hauberk.yaml").write_text("name: mine\n")
    assert execute(["init", str(repository)]) == 2
    assert "--force" in capsys.readouterr().err
    assert (repository / "hauberk.yaml").read_text() == "name: mine\n"
    assert execute(["init", str(repository), "--force", "--quiet"]) == 0
    assert len(load(repository / "hauberk.yaml").assets) > 5
    assert capsys.readouterr().out.count("\n") == 1


def test_a_link_in_the_place_of_the_manifest_is_replaced_and_not_followed(repository, tmp_path):
    outside = tmp_path / "outside.yaml"
    outside.write_text("name: other\n")
    (repository / "hauberk.yaml").symlink_to(outside)
    assert execute(["init", str(repository)]) == 2
    assert execute(["init", str(repository), "--force", "--quiet"]) == 0
    assert outside.read_text() == "name: other\n"
    assert not (repository / "hauberk.yaml").is_symlink()


def test_json_is_one_document_with_everything_that_the_screen_says(repository, capsys):
    assert execute(["init", str(repository), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == "hauberk/init/1"
    assert {"id": "credit.onnx", "kind": "model", "uri": "models/credit.onnx", "format": "onnx"} in document["assets"]
    assert document["pruned"] == [{"path": ".venv", "reason": "an environment"}]
    assert len(document["undecided"]) >= 6


def test_the_project_names_the_system_where_it_has_a_name(repository):
    (repository / "pyproject.toml").write_text('[project]\nname = "loan-scores"\n')
    assert execute(["init", str(repository), "-q"]) == 0
    assert load(repository / "hauberk.yaml").name == "loan-scores"


@pytest.mark.parametrize("text", ["[project\n", "project = 3\n", "[project]\nname = 3\n", "\x00", "[[project]]\n"])
def test_a_broken_project_file_changes_nothing(repository, text):
    (repository / "pyproject.toml").write_text(text)
    assert execute(["init", str(repository), "-q"]) == 0
    assert load(repository / "hauberk.yaml").name == "credit"


def test_pipes_links_and_odd_names_are_stepped_over(repository, capsys):
    os.mkfifo(repository / "pipe.csv")
    (repository / "out.csv").symlink_to("/etc/passwd")
    (repository / "bad\x1b[31mname.onnx").write_bytes(b"")
    Path(os.fsdecode(os.fsencode(repository) + b"/caf\xe9.csv")).write_bytes(b"a,b\n1,2\n")
    assert execute(["init", str(repository)]) == 0
    uris = {asset.uri for asset in load(repository / "hauberk.yaml").assets}
    assert not {"pipe.csv", "out.csv"} & uris
    screen = capsys.readouterr().out
    assert "a name that a manifest cannot hold" in screen
    assert "3 links, pipes and names that are no text" in screen
    assert "\x1b" not in screen


def test_no_value_of_a_data_set_is_written_or_shown(repository, capsys):
    (repository / "people.csv").write_text("name,city\n" + "Zaphod Canary,Betelgeuse-7\n" * 3)
    (repository / "bare.csv").write_text("Zaphod Canary,Betelgeuse-7\n" * 3)
    assert execute(["init", str(repository)]) == 0
    seen = capsys.readouterr().out + (repository / "hauberk.yaml").read_text()
    assert "Canary" not in seen
    assert "Betelgeuse" not in seen


@pytest.mark.parametrize("path", ["none", "train.py"])
def test_what_is_no_folder_is_misuse(repository, path):
    assert execute(["init", str(repository / path)]) == 2
