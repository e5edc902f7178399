# SPDX-License-Identifier: Apache-2.0
"""Every format that may be called clean: its writer's bad file is found, and its good file cut by a byte is Unable."""

import bz2
import gzip
import io
import lzma
import os
import pickle
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest

from hauberk.assets.onnx import Walk
from hauberk.assets.recognise import HEAD, recognise
from hauberk.core.scales import Kind, Outcome, Severity
from hauberk.engine.catalogue import catalogue
from tests.checks.trial import on_files

SAMPLES = Path(__file__).parents[3] / "samples"
RULES = {name: card for name, card in catalogue().items() if name.startswith("HBK-MOD-")}

ROWS = [
    # format, good file, bad file by the format's own writer
    ("pickle", "001/good/pipeline.pkl", "001/bad/classifier.pkl"),
    ("torch-zip", "001/good/weights.pt", "001/bad/weights.pt"),
    ("torchscript", "001/good/script.pt", "001/bad/script.pt"),
    ("joblib-compressed", "001/good/model.joblib.lz4", "001/bad/model.lz4"),
    ("npz", "001/good/table.npz", "013/bad/weights.npz"),
    ("tar", "001/good/legacy.tar", "001/bad/legacy.tar"),
    ("7z", "001/good/lzma2.7z", "001/bad/lzma2.7z"),
    ("zstd", "001/good/model.pkl.zst", "001/bad/model.pkl.zst"),
    ("onnx", "002/good/add.onnx", "002/bad/escape.onnx"),
    ("safetensors", "003/good/model.safetensors", "013/bad/encoded.safetensors"),
    ("keras", "004/good/dense.keras", "004/bad/lambda.keras"),
    ("hdf5", "004/good/dense.h5", "004/bad/lambda.h5"),
    ("savedmodel", "005/good/double/saved_model.pb", "005/bad/python/saved_model.pb"),
    ("gguf", "006/good/model.gguf", "006/bad/model.gguf"),
    ("chat-template", "006/good/tokenizer_config.json", "006/bad/tokenizer_config.json"),
    ("skops", "007/good/pipeline.skops", "007/bad/transformer.skops"),
    ("xgboost-json", "008/good/model.json", "013/bad/attribute.json"),
    ("xgboost-ubj", "008/good/model.ubj", "013/bad/attribute.ubj"),
    ("xgboost-binary", "008/good/model.deprecated", "013/bad/attribute.deprecated"),
    ("lightgbm", "008/good/lightgbm.txt", "013/bad/feature.txt"),
    ("catboost", "008/good/categories.cbm", "013/bad/metadata.cbm"),
    ("catboost", "008/good/plain.cbm", "008/bad/split.cbm"),
    ("catboost", "008/good/steps.cbm", "013/bad/metadata.cbm"),
    ("catboost-json", "008/good/catboost.json", "013/bad/metadata.json"),
    ("tflite", "009/good/honest.tflite", "009/bad/flex.tflite"),
    ("coreml", "010/good/dense.mlmodel", "010/bad/layer.mlmodel"),
    ("coreml", "010/good/program.mlpackage/Data/com.apple.CoreML/model.mlmodel", "010/bad/linked.mlmodel"),
    ("pmml", "011/good/tree.pmml", "011/bad/java.pmml"),
    ("mar", "012/good/served.mar", "012/bad/served.mar"),
    ("nemo", "012/good/speech.nemo", "012/bad/speech.nemo"),
    ("json", "012/good/config.json", "012/bad/config.json"),
]
BYTE_LEFT = {"pmml", "chat-template", "json"}
"""Texts that end with a line break: the byte that is cut is the last one of their content."""
NOTES = b"What was said at the meeting, and by whom.\n" * 9
LZ4 = b"\x04\x22\x4d\x18\x60\x70\x73"
"""The head of a frame of linked blocks."""
EVIL = b"\x80\x02cos\nsystem\nX\x04\0\0\0true\x85R."


def arrays(value: object) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, value, allow_pickle=True)
    return buffer.getvalue()


def zipped(name: str, data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return buffer.getvalue()


def stored(data: bytes) -> bytes:
    return (len(data) | 1 << 31).to_bytes(4, "little") + data + bytes(4)


class Evil:
    def __reduce__(self):
        return os.system, ("true",)


def graph(path: str) -> bytes:
    """The graph alone, as ``tf.compat.v1.train.write_graph`` writes it: SavedModel.meta_graphs[0].graph_def."""
    walk = Walk((SAMPLES / f"HBK-MOD-005/{path}/saved_model.pb").read_bytes())
    meta = next(value for number, _, value, _ in walk.message(0, len(walk.data)) if number == 2)
    inner = next(value for number, _, value, _ in walk.message(*meta) if number == 2)
    return bytes(walk.data[slice(*inner)])


WRITTEN = {
    # format: name, good and bad bytes, by the writers in Python's library, numpy and TensorFlow
    "npy": ("a.npy", arrays(np.arange(9.0)), arrays(np.array([Evil()], dtype=object))),
    "zip": ("models.zip", zipped("m.pkl", pickle.dumps([1])), zipped("m.pkl", EVIL)),
    "gzip": ("notes.gz", gzip.compress(NOTES), gzip.compress(EVIL)),
    "bzip2": ("notes.bz2", bz2.compress(NOTES), bz2.compress(EVIL)),
    "xz": ("notes.xz", lzma.compress(NOTES), lzma.compress(EVIL)),
    "lzma": ("notes.lzma", lzma.compress(NOTES, lzma.FORMAT_ALONE), lzma.compress(EVIL, lzma.FORMAT_ALONE)),
    "zlib": ("notes.bin", zlib.compress(NOTES), zlib.compress(EVIL)),
    "lz4": ("notes.lz4", LZ4 + stored(NOTES), LZ4 + stored(EVIL)),
    "tensorflow-graph": ("graph.pb", graph("good/double"), graph("bad/writes")),
}


def judged(tmp_path, path: str, data: bytes):
    """Outcomes of all rules on model files that claim this file, and their findings at gate level."""
    name = Path(path).name
    kind, content_format = recognise(name, data[:HEAD])
    evidence = [
        one
        for card in RULES.values()
        if card.claims(kind, content_format)
        for one in on_files(card, tmp_path, {name: data})
    ]
    gate = [hit for one in evidence for hit in one.findings if hit.severity >= Severity.HIGH]
    return content_format, {one.outcome for one in evidence}, gate


@pytest.mark.parametrize(("content_format", "good", "bad"), ROWS)
def test_a_format_may_be_clean_only_if_its_bad_file_is_found_and_a_cut_one_is_unable(
    content_format, good, bad, tmp_path
):
    honest = (SAMPLES / f"HBK-MOD-{good}").read_bytes()
    assert judged(tmp_path / "good", good, honest) == (content_format, {Outcome.CLEAN}, [])
    seen, outcomes, gate = judged(tmp_path / "bad", bad, (SAMPLES / f"HBK-MOD-{bad}").read_bytes())
    assert content_format in {seen, "joblib-compressed"}
    assert Outcome.FOUND in outcomes
    assert gate
    cut = honest.rstrip()[:-1] if content_format in BYTE_LEFT else honest[:-1]
    _, outcomes, gate = judged(tmp_path / "cut", good, cut)
    assert Outcome.UNABLE in outcomes
    assert not gate


@pytest.mark.parametrize("content_format", WRITTEN)
def test_the_same_holds_of_arrays_archives_compressions_and_graphs(content_format, tmp_path):
    name, honest, evil = WRITTEN[content_format]
    seen, outcomes, gate = judged(tmp_path / "good", name, honest)
    assert (seen, outcomes, gate) == (content_format, {Outcome.CLEAN}, [])
    _, outcomes, gate = judged(tmp_path / "bad", name, evil)
    assert Outcome.FOUND in outcomes
    assert gate
    _, outcomes, gate = judged(tmp_path / "cut", name, honest[:-1])
    assert Outcome.UNABLE in outcomes
    assert not gate


def test_every_format_of_a_model_that_a_rule_opens_is_in_the_table():
    opened = {name for card in RULES.values() if not card.bytewise for name in card.formats}
    assert opened - {row[0] for row in ROWS} - set(WRITTEN) == {"executorch", "openvino"}


@pytest.mark.parametrize(
    ("name", "head", "content_format"),
    [
        ("model.pte", b"\x1c\0\0\0ET12" + b"\0" * 60, "executorch"),
        ("net.xml", b'<?xml version="1.0"?>\n<net name="n" version="11">\n</net>', "openvino"),
    ],
)
def test_a_format_that_has_no_opener_is_unable_and_never_clean(name, head, content_format, tmp_path):
    assert recognise(name, head) == (Kind.MODEL, content_format)
    _, outcomes, _ = judged(tmp_path, name, head)
    assert Outcome.UNABLE in outcomes
