# SPDX-License-Identifier: Apache-2.0
"""hauberk.load loads what is certified, with a loader that reads it so, from the bytes that were certified."""

import hashlib
import json
import pickle
import subprocess
import sys

import joblib
import numpy as np
import pytest

import hauberk
from hauberk.analysis.certificate import certify, write
from hauberk.analysis.loaders import PATHS, family, paths, sentence
from hauberk.core.errors import CannotLook, Misuse, NotCertified
from tests.analysis.attacks import ATTACKS


@pytest.fixture
def model(tmp_path):
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression().fit(np.arange(20.0).reshape(10, 2), [0, 1] * 5)
    joblib.dump(fitted, tmp_path / "model.joblib")
    return tmp_path / "model.joblib"


def test_a_model_is_loaded(model):
    assert hauberk.load(model, loader="joblib").predict([[1.0, 2.0]]).shape == (1,)


def test_a_certificate_that_holds_is_enough(model, tmp_path):
    write(certify(model.read_bytes()), tmp_path / "c.json")
    assert hauberk.load(model, certificate=tmp_path / "c.json") is not None


def test_a_certificate_of_other_bytes_is_refused(model, tmp_path):
    write(certify(pickle.dumps(1)), tmp_path / "c.json")
    with pytest.raises(NotCertified, match="another file"):
        hauberk.load(model, certificate=tmp_path / "c.json")


@pytest.mark.parametrize("label", ["global", "own module", "joblib: object array", "memo key of many digits"])
def test_what_would_run_code_is_not_loaded(label, tmp_path):
    path = tmp_path / "m.joblib"
    path.write_bytes(ATTACKS[label])
    with pytest.raises(CannotLook, match="no certificate"):
        hauberk.load(path)
    forged = json.loads(pickle_certificate())
    forged |= {"digest": "sha256:" + hashlib.sha256(ATTACKS[label]).hexdigest(), "size": len(ATTACKS[label])}
    (tmp_path / "c.json").write_text(json.dumps(forged))
    with pytest.raises(NotCertified):
        hauberk.load(path, certificate=tmp_path / "c.json")


def pickle_certificate() -> bytes:
    from hauberk.core.codec import encode

    return encode(certify(pickle.dumps(1)))


def test_a_joblib_file_is_not_given_to_pickle_which_would_run_its_arrays(model):
    with pytest.raises(NotCertified, match="does not read"):
        hauberk.load(model, loader="pickle")


@pytest.mark.parametrize("loader", ["numpy", "torch"])
def test_a_loader_of_another_format_is_refused(loader, model):
    with pytest.raises(NotCertified, match="does not read"):
        hauberk.load(model, loader=loader)


def test_a_joblib_file_with_arrays_of_objects_alone_is_not_given_to_pickle_either(tmp_path):
    path = tmp_path / "m.joblib"
    joblib.dump({"columns": np.array(["a", "b"], dtype=object)}, path)
    assert list(hauberk.load(path)["columns"]) == ["a", "b"]
    with pytest.raises(NotCertified, match="does not read this file"):
        hauberk.load(path, "pickle")


def test_an_array_and_a_plain_value_are_loaded(tmp_path):
    np.save(tmp_path / "a.npy", np.array(["a", 1], dtype=object), allow_pickle=True)
    assert list(hauberk.load(tmp_path / "a.npy", loader="numpy")) == ["a", 1]
    (tmp_path / "v.pkl").write_bytes(pickle.dumps({"a": 1}))
    assert hauberk.load(tmp_path / "v.pkl", loader="pickle") == {"a": 1}


def test_a_checkpoint_of_torch_is_loaded(tmp_path):
    torch = pytest.importorskip("torch")
    torch.save({"w": torch.ones(2)}, tmp_path / "w.pt")
    assert hauberk.load(tmp_path / "w.pt", loader="torch")["w"].sum() == 2


def test_an_unknown_loader_is_misuse(model):
    with pytest.raises(Misuse, match="one of joblib, numpy, pickle, torch"):
        hauberk.load(model, loader="dill")


def test_importing_hauberk_imports_no_loader():
    code = "import sys, hauberk; assert not {'numpy', 'joblib', 'hauberk.models.loading'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_way_of_loading_has_a_source_and_a_verdict():
    assert all(path.source and path.note and path.verdict in ("runs", "refuses", "passes by") for path in PATHS)
    assert {path.family for path in PATHS} >= {"pickle", "joblib", "torch", "numpy", "keras", "hdf5", "onnx", "skops"}
    assert paths(family("torch-zip", "bin"))[0].call == "torch.load"
    assert "refused by torch.load >=2.6" in sentence("torch")
