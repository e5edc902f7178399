# SPDX-License-Identifier: Apache-2.0
"""``hauberk doctor``: what is missing costs one line with the exact command, and names the rules that it stops."""

import json
import os

import pytest

from hauberk.cli import doctor
from hauberk.cli.main import execute
from hauberk.engine.catalogue import catalogue

REQUIREMENTS = [
    "msgspec>=0.22",
    "onnxruntime>=1.32; extra == 'ml'",
    'scikit-learn>=1.9 ; extra == "ml"',
    "pytest>=9; extra == 'dev'",
    "hauberk[ml]; extra == 'all'",
]


@pytest.fixture
def without_ml(monkeypatch):
    monkeypatch.setattr(doctor, "_requirements", lambda: REQUIREMENTS)
    monkeypatch.setattr(doctor, "_installed", lambda name: "" if name == "onnxruntime" else "1.9.1")


def test_here_every_rule_can_run_or_the_exit_code_is_3(capsys):
    code = execute(["doctor", "--json"])
    health = json.loads(capsys.readouterr().out)
    assert code == (3 if health["cannot_run"] else 0)
    names = [one["name"] for one in health["conditions"]]
    assert {"Python", "confinement", "keys", "cache", "here"} <= set(names)


def test_a_missing_extra_names_the_pip_line_and_the_rules_that_it_stops(without_ml, capsys):
    assert execute(["doctor"]) == 3
    text = capsys.readouterr().out
    assert "without onnxruntime; has scikit-learn 1.9.1" in text
    assert "pip install 'hauberk[ml]'" in text
    stopped = [card.id for card in catalogue().values() if "ml" in card.needs]
    assert stopped
    assert all(f"  {rule}  not evaluated: pip install 'hauberk[ml]'" in text for rule in stopped)


def test_extras_for_whoever_works_on_hauberk_are_not_asked_for(without_ml):
    names = {one.name for one in doctor.examine_machine({}, os.environ).conditions}
    assert "extra ml" in names
    assert not names & {"extra dev", "extra all"}


def test_a_folder_that_cannot_be_written_is_a_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(doctor.os, "access", lambda *_: False)
    conditions = {one.name: one for one in doctor.examine_machine({}, os.environ).conditions}
    assert conditions["cache"].state == "limited"
    assert "cannot be written" in conditions["here"].says


def test_keys_that_others_can_replace_are_a_limit(tmp_path):
    folder = tmp_path / "keys"
    folder.mkdir()
    folder.chmod(0o777)
    health = doctor.examine_machine({}, {"HAUBERK_KEYS": str(folder)})
    (keys,) = [one for one in health.conditions if one.name == "keys"]
    assert keys.state == "limited"


def test_a_machine_that_cannot_confine_is_told_what_that_costs(monkeypatch):
    offered = doctor.describe()
    monkeypatch.setattr(
        doctor,
        "describe",
        lambda: type(offered)(landlock=0, seccomp=False, limits=True, system="Darwin", lacks=("none known",)),
    )
    (one,) = [one for one in doctor.examine_machine({}, os.environ).conditions if one.name == "confinement"]
    assert one.state == "limited"
    assert "none known" in one.says
    assert "Linux" in one.remedy
