# SPDX-License-Identifier: Apache-2.0
"""HBK-MOD-005: graphs of TensorFlow that call Python or reach files, as TensorFlow itself writes them."""

import random
import sys
from pathlib import Path

import pytest

from hauberk.assets.savedmodel import operators
from hauberk.checks.model.tensorflow_graph import tensorflow_graph
from hauberk.core.errors import CannotLook
from tests.checks.trial import messages, on_files, outcomes
from tests.fuzz.mutations import touch

SAMPLES = Path(__file__).parents[3] / "samples" / "HBK-MOD-005"


def field(number: int, data: bytes) -> bytes:
    length = bytes([len(data)]) if len(data) < 128 else bytes([len(data) & 127 | 128, len(data) >> 7])
    return bytes([number << 3 | 2]) + length + data


def graph(*names: str) -> bytes:
    return b"".join(field(1, field(1, b"n") + field(2, name.encode())) for name in names)


CASES = {
    "frozen graph": (graph("Const", "EagerPyFunc"), "found"),
    "in a function": (field(2, field(1, field(3, field(2, b"WriteFile")))) + graph("Const"), "found"),
    "plain": (graph("Const", "MatMul", "SaveV2", "RestoreV2"), "clean"),
    "a node named after an operator": (field(1, field(1, b"PyFunc") + field(2, b"Const")), "clean"),
    "no graph": (b"nothing of the kind", "unable"),
    "empty": (b"", "unable"),
}


@pytest.mark.parametrize("label", CASES)
def test_operators_are_judged(label, tmp_path):
    content, outcome = CASES[label]
    assert outcomes(on_files(tensorflow_graph, tmp_path, {"g.pb": content})) == {outcome}


@pytest.mark.parametrize("path", sorted(SAMPLES.rglob("*.pb")), ids=lambda path: path.parent.name)
def test_a_sample_is_judged_and_without_its_last_byte_is_unable(path, tmp_path):
    data = path.read_bytes()
    expected = "found" if "bad" in path.parts else "clean"
    evidence = on_files(tensorflow_graph, tmp_path, {"saved_model.pb": data})
    assert outcomes(evidence) == {expected}, messages(evidence)
    assert outcomes(on_files(tensorflow_graph, tmp_path, {"saved_model.pb": data[:-1]})) == {"unable"}


def test_mutated_graphs_never_escape_with_another_error():
    corpus = [path.read_bytes() for path in SAMPLES.rglob("*.pb")] + [graph("Const", "PyFunc")]
    chance = random.Random(4)
    inside = total = 0
    for _ in range(1500):
        total += 1
        try:
            inside += bool(operators(touch(chance.choice(corpus), corpus, chance)))
        except CannotLook:
            continue
    sys.stdout.write(f"savedmodel: {inside / total:.0%} of {total} mutated graphs are read to the end\n")
    assert inside / total >= 0.2
