# SPDX-License-Identifier: Apache-2.0
"""Which models the rules that ask a model claim, and what they say of one that they cannot ask."""

import json
import pickle
import struct

import pytest
import yaml

from hauberk.checks.attack.evasion import evasion
from hauberk.checks.attack.membership import membership
from hauberk.checks.fairness.odds import odds
from hauberk.checks.fairness.parity import parity
from hauberk.core.scales import Outcome
from tests.checks.measuring import echo
from tests.checks.trial import on_files

CARDS = [evasion, membership, odds, parity]
HEADER = json.dumps({"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
TABLE = "sex,decision,outcome\n" + "f,1,1\nm,0,0\nf,0,1\n" * 20
TESTED = {"tested_on": ["test"], "trained_on": ["train"]}
FILES = {
    "model.joblib": (pickle.dumps({"a": 1}), "clean certificate"),
    "model.safetensors": (struct.pack("<Q", len(HEADER)) + HEADER + bytes(4), "safetensors"),
    "model.keras": (b"no model at all", "keras"),
}


def run(card, folder, name, content, facts):
    columns = [{"name": "sex", "sensitive": True}]
    shared = {"label": "outcome", "favourable": "1", "columns": columns}
    assets = [
        {"id": name_, "kind": "dataset", "uri": f"{name_}.csv", "facts": {"split": name_, **shared}}
        for name_ in ("train", "test")
    ]
    assets.append({"id": "model", "kind": "model", "uri": name, "facts": facts})
    manifest = yaml.safe_dump({"name": "system", "effect": "decides", "assets": assets})
    files = {"hauberk.yaml": manifest, "train.csv": TABLE, "test.csv": TABLE}
    if content is not None:
        files[name] = content
    return on_files(card, folder, files)


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.id)
@pytest.mark.parametrize("name", FILES)
def test_a_tested_model_of_another_format_is_never_passed_over_in_silence(card, name, tmp_path):
    content, words = FILES[name]
    (evidence,) = run(card, tmp_path, name, content, TESTED)
    assert evidence.outcome is Outcome.UNABLE
    assert words in evidence.reason
    assert "export it to ONNX" in evidence.reason


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.id)
def test_a_tested_model_without_a_file_is_never_passed_over_in_silence(card, tmp_path):
    (evidence,) = run(card, tmp_path, "gone.onnx", None, TESTED)
    assert evidence.outcome is Outcome.UNABLE


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.id)
@pytest.mark.parametrize("name", FILES)
def test_a_model_of_another_format_that_is_tested_on_nothing_is_left_to_other_rules(card, name, tmp_path):
    assert run(card, tmp_path, name, FILES[name][0], {"trained_on": ["train"]}) == []


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.id)
def test_a_declared_onnx_model_without_tested_on_is_told_what_the_manifest_lacks(card, tmp_path):
    (evidence,) = run(card, tmp_path, "model.onnx", echo(), {"trained_on": ["train"]})
    assert evidence.outcome is Outcome.UNABLE
    assert "facts.tested_on" in evidence.reason
