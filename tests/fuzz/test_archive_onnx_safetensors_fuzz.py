# SPDX-License-Identifier: Apache-2.0
"""Mutated zips, ONNX models, safetensors and npy files: only core errors escape, and enough of them get to the innermost stage."""

import io
import json
import pickle
import random
import struct
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper
from tests.fuzz.mutations import touch

from hauberk.analysis.program_files import Part, pieces
from hauberk.assets import archive, lz4, npy, onnx, safetensors, tar, torchscript
from hauberk.core.content import Content
from hauberk.core.errors import CannotLook


def zips() -> list[bytes]:
    made = []
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", method) as file:
            file.writestr("m/data.pkl", pickle.dumps({"a": [1, 2]}))
            file.writestr("m/data/0", b"\0" * 40)
        made.append(buffer.getvalue())
    buffer = io.BytesIO()
    np.savez(buffer, x=np.zeros(2), y=np.array(["a"], dtype=object))
    return [*made, buffer.getvalue()]


def models() -> list[bytes]:
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [2]) for name in "xy"]
    weight = helper.make_tensor("w", 1, [2], b"\0" * 8, raw=True)
    nodes = [
        helper.make_node("Add", ["x", "w"], ["z"]),
        helper.make_node("Odd", ["z"], ["y"], domain="mine", a=1, b=[2.0]),
    ]
    return [helper.make_model(helper.make_graph(nodes, "g", ends[:1], ends[1:], [weight])).SerializeToString()]


def tensors() -> list[bytes]:
    header = {
        f"t{index}": {"dtype": "F32", "shape": [2], "data_offsets": [index * 8, index * 8 + 8]} for index in range(4)
    }
    raw = json.dumps(header).encode()
    return [struct.pack("<Q", len(raw)) + raw + b"\0" * 32]


def arrays() -> list[bytes]:
    made = []
    for kind in ("f8", "U3", [("a", "i4"), ("b", "f8", (2,))]):
        buffer = io.BytesIO()
        np.save(buffer, np.zeros(3, dtype=kind))
        made.append(buffer.getvalue())
    return made


def tars() -> list[bytes]:
    made = []
    for form in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w", format=form) as opened:
            for name in ("a.pkl", "n" * (90 if form == tarfile.USTAR_FORMAT else 200)):
                info = tarfile.TarInfo(name)
                info.size = 600
                opened.addfile(info, io.BytesIO(b"7" * 600))
        made.append(buffer.getvalue())
    return made


GOOD = Path(__file__).parents[2] / "samples" / "HBK-MOD-001" / "good"
SCRIPT = b"class M(Module):\n  training : bool\n  def forward(self, x: Tensor) -> Tensor:\n    return ops.a.b(x, 'c')\n"

PARSERS: dict[str, tuple[list[bytes], Callable[[bytes], object]]] = {
    "archive": (zips(), lambda data: [item for item in archive.members(data) if isinstance(item, archive.Member)]),
    "onnx": (models(), lambda data: onnx.read(data).operators),
    "safetensors": (tensors(), lambda data: list(safetensors.breaches(data)) or [1]),
    "npy": (arrays(), npy.header),
    "lz4": ([(GOOD / "model.joblib.lz4").read_bytes()], lambda data: b"".join(lz4.pieces(Content.of(data)))),
    "tar": (tars(), lambda data: list(tar.members(data))),
    "torchscript": ([SCRIPT], lambda data: torchscript.reaches(data.decode("latin-1")) or [1]),
}


@pytest.mark.parametrize("name", PARSERS)
def test_a_mutated_input_never_escapes_with_another_error(name):
    corpus, parse = PARSERS[name]
    chance = random.Random(1)
    inside = total = 0
    for _ in range(2000):
        total += 1
        try:
            inside += bool(parse(touch(chance.choice(corpus), corpus, chance)))
        except CannotLook:
            continue
    sys.stdout.write(f"{name}: {inside / total:.0%} of {total} mutated inputs are read to the end\n")
    assert inside / total >= 0.2


def test_mutated_files_of_every_kind_are_judged():
    corpus = zips() + arrays()
    chance = random.Random(2)
    inside = total = 0
    for _ in range(2000):
        total += 1
        found = list(pieces(touch(chance.choice(corpus), corpus, chance)))
        inside += any(isinstance(piece, Part) for piece in found)
    sys.stdout.write(f"files: {inside / total:.0%} of {total} mutated files hold a pickle or array that is judged\n")
    assert inside / total >= 0.2
