# SPDX-License-Identifier: Apache-2.0
"""Writes the samples of HBK-MOD-*: real files by real writers, and attacks opcode by opcode. Run by hand, never by a scan."""

import io
import json
import pickle
import struct
import tarfile
import zipfile
from pathlib import Path

import joblib
import numpy as np
import torch
from onnx import TensorProto, helper
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

HERE = Path(__file__).parent
DATA = np.random.RandomState(0).rand(30, 3)
TARGET = np.arange(30) % 2
SYSTEM = b"cos\nsystem\n(X\x0f\x00\x00\x00echo a callbacktR."


def folder(rule: str, quality: str) -> Path:
    path = HERE / rule / quality
    path.mkdir(parents=True, exist_ok=True)
    return path


def torch_zip(path: Path, program: bytes, storage: bytes) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in {"model/data.pkl": program, "model/byteorder": b"little", "model/data/0": storage, "model/version": b"3\n"}.items():
            archive.writestr(zipfile.ZipInfo(name), data)


def state_dict() -> bytes:
    storage = b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x04tQ"
    tensor = b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + b"K\x00K\x02K\x02\x86K\x02K\x01\x86\x89ccollections\nOrderedDict\n)RtR"
    return b"\x80\x02ccollections\nOrderedDict\n)RX\x06\x00\x00\x00weight" + tensor + b"s."


def pickles() -> None:
    bad, good = folder("HBK-MOD-001", "bad"), folder("HBK-MOD-001", "good")
    (bad / "classifier.pkl").write_bytes(b"\x80\x02" + SYSTEM)
    (bad / "appended.pkl").write_bytes(pickle.dumps({"threshold": 0.5}, 4) + b"\x80\x02" + SYSTEM)
    (bad / "own_function.pkl").write_bytes(b"\x80\x02ctrain\nadd_ratio\n.")
    torch_zip(bad / "weights.pt", b"\x80\x02" + SYSTEM, b"\0" * 16)
    np.save(bad / "table.npy", np.array([1, "a"], dtype=object), allow_pickle=True)
    table = (bad / "table.npy").read_bytes()
    (bad / "table.npy").write_bytes(table[: table.index(b"\n") + 1] + b"\x80\x02" + SYSTEM)
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(DATA, TARGET)
    (good / "pipeline.pkl").write_bytes(pickle.dumps(model, 5))
    joblib.dump(RandomForestClassifier(2, random_state=0).fit(DATA, TARGET), good / "forest.joblib", compress=3)
    joblib.dump(model, good / "pipeline.joblib")
    torch_zip(good / "weights.pt", state_dict(), b"\0" * 16)
    np.savez(good / "table.npz", x=DATA, names=np.array(["a", "b"], dtype=object))


def containers() -> None:
    """tar by tarfile, TorchScript by torch; ``model.joblib.lz4`` was written by joblib with python-lz4."""
    bad, good = folder("HBK-MOD-001", "bad"), folder("HBK-MOD-001", "good")
    for path, program in ((bad / "legacy.tar", b"\x80\x02" + SYSTEM), (good / "legacy.tar", pickle.dumps({"a": 1}, 2))):
        with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as archive:
            info = tarfile.TarInfo("pickle")
            info.size = len(program)
            archive.addfile(info, io.BytesIO(program))
    torch.jit.save(torch.jit.script(Sum()), good / "script.pt")
    torch.jit.save(torch.jit.script(Leak()), bad / "script.pt")


class Sum(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + 1


class Leak(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + torch.from_file("/etc/hostname", False, 4)


def graphs() -> None:
    bad, good = folder("HBK-MOD-002", "bad"), folder("HBK-MOD-002", "good")
    weight = helper.make_tensor("w", TensorProto.FLOAT, [2], np.zeros(2, "f4").tobytes(), raw=True)
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [2]) for name in "xy"]

    def save(path: Path, operator: str, domain: str) -> None:
        graph = helper.make_graph([helper.make_node(operator, ["x", "w"], ["y"], domain=domain)], "g", [ends[0]], [ends[1]], [weight])
        opsets = [helper.make_opsetid("", 17)] + ([helper.make_opsetid(domain, 1)] if domain else [])
        path.write_bytes(helper.make_model(graph, opset_imports=opsets, ir_version=10, producer_name="example").SerializeToString())

    save(good / "add.onnx", "Add", "")
    save(bad / "python.onnx", "PyOp", "ai.onnx.contrib")
    weight.ClearField("raw_data")
    weight.data_location = TensorProto.EXTERNAL
    for key, value in {"location": "../../.ssh/id_ed25519", "offset": "0"}.items():
        entry = weight.external_data.add()
        entry.key, entry.value = key, value
    save(bad / "escape.onnx", "Add", "")


def tensors() -> None:
    bad, good = folder("HBK-MOD-003", "bad"), folder("HBK-MOD-003", "good")

    def save(path: Path, header: str, size: int) -> None:
        path.write_bytes(struct.pack("<Q", len(header)) + header.encode() + b"\0" * size)

    def entry(begin: int, end: int) -> dict:
        return {"dtype": "F32", "shape": [2], "data_offsets": [begin, end]}

    save(good / "model.safetensors", json.dumps({"__metadata__": {"format": "pt"}, "a": entry(0, 8), "b": entry(8, 16)}), 16)
    save(bad / "overlap.safetensors", json.dumps({"a": entry(0, 8), "b": entry(4, 12)}), 12)
    save(bad / "twice.safetensors", f'{{"a":{json.dumps(entry(0, 8))},"a":{json.dumps(entry(8, 16))}}}', 16)
    save(bad / "hidden.safetensors", json.dumps({"a": entry(0, 8)}), 4096)


if __name__ == "__main__":
    pickles()
    containers()
    graphs()
    tensors()
