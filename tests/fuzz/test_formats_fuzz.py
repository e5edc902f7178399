# SPDX-License-Identifier: Apache-2.0
"""Mutated models of every kind: only core errors escape, and enough of them are read to the innermost stage."""

import bz2
import gzip
import json
import lzma
import random
import re
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.fuzz.mutations import mutate, touch

from hauberk.analysis import chat_template, keras_config, model_archives, payloads, skops_schema, trees
from hauberk.analysis.checker.check import attest
from hauberk.assets import (
    archive,
    catboost,
    compressed,
    coreml,
    gguf,
    hdf5,
    hdf5_external,
    lightgbm,
    pmml,
    savedmodel,
    sevenzip,
    sevenzip_header,
    tflite,
    ubjson,
    xgboost,
)  # fmt: skip
from hauberk.assets.executables import executable_at
from hauberk.core.content import Budget, Content
from hauberk.core.errors import CannotLook, NotCertified

SAMPLES = Path(__file__).parents[2] / "samples"


def samples(*names: str) -> list[bytes]:
    return [path.read_bytes() for name in names for path in sorted(SAMPLES.glob(f"HBK-MOD-{name}"))]


def schemas() -> list[bytes]:
    return [zipfile.ZipFile(path).read("schema.json") for path in sorted(SAMPLES.glob("HBK-MOD-007/*/*.skops"))]


def judged(data: bytes) -> list[object]:
    try:
        schema = json.loads(data)
    except ValueError:
        return []
    return list(skops_schema.named(schema)) or [schema]


def walked(read: Callable[[bytes], object]) -> Callable[[bytes], object]:
    """Trees that were read and could be walked, or not."""

    def parse(data: bytes) -> object:
        ensemble = read(data)
        list(trees.astray(ensemble))
        return ensemble.trees

    return parse


def unpacked(data: bytes) -> list[object]:
    """With the two checksums of the header put right, so that what is behind them is reached."""
    fixed = bytearray(data)
    if len(fixed) > 32:
        offset, size = (int.from_bytes(fixed[at : at + 8], "little") for at in (12, 20))
        fixed[28:32] = zlib.crc32(fixed[32 + offset : 32 + offset + size]).to_bytes(4, "little")
        fixed[8:12] = zlib.crc32(fixed[12:32]).to_bytes(4, "little")
    return list(sevenzip.members(bytes(fixed)))


def headers() -> list[bytes]:
    found = []
    for data in samples("001/good/*.7z"):
        header, _ = sevenzip._header(data)
        found.append(sevenzip._unpacked_header(data, header, 1 << 20)[0])
    return found


def nemo(data: bytes) -> list[object]:
    return list(model_archives.in_nemo(archive.Member("model_config.yaml", 0, data))) or [data]


def mar(data: bytes) -> list[object]:
    members = {model_archives.MANIFEST: data, "handler.py": b"import os\nos.system('id')\n"}
    return list(model_archives.in_mar(members))


MANIFEST = json.dumps({"createdOn": "1", "model": {"handler": "handler.py", "serializedFile": "w.pt"}}).encode()
CONFIG = b"target: a.b\nencoder:\n  _target_: os.system\n  command: id\nlist:\n- _target_: torch.nn.Linear\n- {a: 1}\n"


def configs() -> list[bytes]:
    paths = sorted(SAMPLES.glob("HBK-MOD-004/*/*.keras"))
    return [zipfile.ZipFile(path).read("config.json") for path in paths]


def in_config(data: bytes) -> list[object]:
    try:
        return [*keras_config.dangers(json.loads(data)), data]
    except ValueError:
        return []


def attested(data: bytes) -> object:
    """What the checker of certificates says; it raises nothing but its refusal."""
    try:
        return attest(data)
    except NotCertified:
        return None


TEMPLATES = [b"{% for m in messages %}{{ m['content'] | trim }}{% endfor %}", b"{{ x.__class__.__mro__[1] }}"]
SQUEEZED = [pack(b"content " * 400) for pack in (gzip.compress, bz2.compress, lzma.compress, zlib.compress)]
PARSERS: dict[str, tuple[list[bytes], Callable[[bytes], object]]] = {
    "ubjson": (samples("008/good/*.ubj", "013/bad/*.ubj"), ubjson.parse),
    "xgboost-json": (samples("008/good/model.json", "008/good/dart.json"), walked(xgboost.read)),
    "xgboost-ubj": (samples("008/good/*.ubj"), walked(xgboost.read)),
    "xgboost-binary": (samples("008/good/*.deprecated", "013/bad/*.deprecated"), walked(xgboost.read)),
    "lightgbm": (samples("008/good/lightgbm.txt"), walked(lightgbm.read)),
    "catboost": (samples("008/good/*.cbm"), walked(catboost.read)),
    "catboost-json": (samples("008/good/catboost.json"), walked(catboost.read)),
    "tflite": (samples("009/*/*.tflite"), lambda data: tflite.read(data).operators),
    "coreml": (samples("010/*/*.mlmodel", "010/good/*/*/*/*.mlmodel"), lambda data: coreml.read(data).version),
    "pmml": (samples("011/*/*.pmml"), lambda data: pmml.read(data).writer or pmml.read(data).found),
    "7z": (samples("001/good/plain-header.7z"), unpacked),
    "7z-header": (headers(), sevenzip_header.parse),
    "skops": (schemas(), judged),
    "nemo": ([CONFIG], nemo),
    "mar": ([MANIFEST], mar),
    "payloads": (samples("013/bad/*"), lambda data: list(payloads.payloads(data, pickles=True))),
    "gguf": (samples("006/*/*.gguf"), lambda data: [*gguf.texts(data), data]),
    "hdf5": (samples("004/*/*.h5"), lambda data: [*hdf5.objects(data), data]),
    "hdf5_external": (
        samples("004/*/*.h5"),
        lambda data: [*hdf5_external.references(Content.of(data)), data],
    ),
    "savedmodel": (samples("005/*/*/*.pb"), savedmodel.operators),
    "keras": (configs(), in_config),
    "chat-template": (TEMPLATES, lambda data: [*chat_template.reaches(data.decode("latin-1")), data]),
    "compressed": (SQUEEZED, lambda data: [compressed.content(Content.of(data), Budget()).some(0, 64), data]),
    "the checker of certificates": (samples("001/good/*"), lambda data: [attested(data), data]),
    "executables": (
        samples("013/bad/program.safetensors"),
        lambda data: executable_at(data, max(data.find(b"\x7fELF"), 0)),
    ),
}


@pytest.mark.parametrize("name", PARSERS)
def test_a_mutated_model_never_escapes_with_another_error(name):
    corpus, parse = PARSERS[name]
    assert corpus
    chance = random.Random(4)
    inside = 0
    for turn in range(600):
        data = (mutate if turn % 4 == 0 else touch)(chance.choice(corpus), corpus, chance)
        try:
            inside += bool(parse(data))
        except CannotLook:
            continue
    sys.stdout.write(f"{name}: {inside / 600:.0%} of 600 mutated inputs are read to the end\n")
    assert inside / 600 >= (0.05 if name == "compressed" else 0.2)  # checksums catch most of those


@pytest.mark.parametrize("name", PARSERS)
def test_noise_and_cut_files_never_escape_with_another_error(name):
    corpus, parse = PARSERS[name]
    chance = random.Random(5)
    for _ in range(60):
        whole = chance.choice(corpus)
        for data in (whole[: chance.randrange(len(whole))], chance.randbytes(200), whole[:64] + chance.randbytes(100)):
            try:
                parse(data)
            except CannotLook:
                continue


def test_every_reader_of_a_model_format_is_fuzzed():
    """A module that says of itself that it reads a format stands in a table of one of these files."""
    root = Path(__file__).parents[2]
    tables = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    others = {"git", "fast_export", "scopes_reader", "scopes", "recognise", "recognise_shape", "ensemble", "formats"}
    readers = {path.stem for path in (root / "src/hauberk/assets").glob("[a-z]*.py")} - others - {"purpose"}
    assert {name for name in readers if not re.search(rf"\b{name}\b", tables)} <= {"flatbuffer", "executables"}
