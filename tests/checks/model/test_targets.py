# SPDX-License-Identifier: Apache-2.0
"""HBK-MOD-012 outside archives: what JSON and the metadata of safetensors have Hydra call."""

import json

import pytest

from hauberk.checks.model.model_archive import model_archive
from tests.checks.trial import on_files, outcomes

BAD = ["os.system", "subprocess.getoutput", "builtins.exec", "posix.popen", "torch.load", "importlib.import_module"]
GOOD = ["torch.nn.Linear", "mine.models.Net", "torch.optim.Adam", "transformers.BertModel"]


def written(target: str) -> dict[str, bytes]:
    text = json.dumps({"decoder": [{"_target_": target, "_args_": ["x"]}]})
    header = json.dumps({"__metadata__": {"config": text, "note": "{no _target_ JSON"}}).encode()
    escaped = text.replace("_target_", "\\u005ftarget_")
    return {
        "config.json": text.encode(),
        "escaped.json": escaped.encode(),
        "m.safetensors": len(header).to_bytes(8, "little") + header,
    }


@pytest.mark.parametrize("target", BAD)
def test_a_target_that_runs_or_loads_code_is_found(target, tmp_path):
    evidence = on_files(model_archive, tmp_path, written(target))
    assert [one.outcome.value for one in evidence] == ["found"] * 3


@pytest.mark.parametrize("target", GOOD)
def test_a_class_as_target_is_clean(target, tmp_path):
    assert outcomes(on_files(model_archive, tmp_path, written(target))) == {"clean"}


def test_a_file_without_targets_is_clean_and_a_broken_one_with_them_is_not(tmp_path):
    assert outcomes(on_files(model_archive, tmp_path, {"a.json": b'{"vocab": {"eval": 1, "\\u0061": 2}}'})) == {"clean"}
    assert "clean" not in outcomes(on_files(model_archive, tmp_path, {"a.json": b'{"_target_": "os.system"'}))
