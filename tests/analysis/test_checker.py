# SPDX-License-Identifier: Apache-2.0
"""The checker takes every true certificate, refuses every changed one, and refuses whatever is forged for an attack."""

import bz2
import contextlib
import copy
import gzip
import hashlib
import io
import json
import lzma
import pickle
import random
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path

import joblib
import numpy as np
import pytest

from hauberk.analysis.certificate import certify
from hauberk.analysis.checker.check import attest, check
from hauberk.analysis.checker.refusal import Refused
from hauberk.assets.compressed import zstd
from hauberk.core.codec import encode
from hauberk.core.errors import CannotLook
from tests.analysis.attacks import ATTACKS, npy_of_objects, zipped
from tests.fuzz.mutations import touch

ROOT = Path(__file__).parents[2]


def dumped(value: object, compress: object = 0) -> bytes:
    buffer = io.BytesIO()
    joblib.dump(value, buffer, compress=compress)
    return buffer.getvalue()


def saved(**arrays: object) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def torch_file(*, legacy: bool) -> bytes:
    torch = pytest.importorskip("torch")
    buffer = io.BytesIO()
    model = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
    torch.save(model.state_dict(), buffer, _use_new_zipfile_serialization=not legacy)
    return buffer.getvalue()


GOOD = ROOT / "samples" / "HBK-MOD-001" / "good"
VALUE = {"a": [1, (2.5, "x"), {3}, b"y", frozenset([4]), None], "b": np.float64(1), "c": np.arange(6.0)}
OBJECTS = [np.array(["a", 1, None], dtype=object), np.zeros(3)]
HONEST = {
    **{f"pickle {protocol}": pickle.dumps(VALUE, protocol) for protocol in range(6)},
    "pickles in a row": pickle.dumps(1) + pickle.dumps("x", 0),
    **{f"joblib {form}": dumped(VALUE, form) for form in (0, 3, ("gzip", 3), ("bz2", 3), ("xz", 3), ("lzma", 3))},
    "joblib of objects": dumped(OBJECTS),
    "npz": saved(x=np.zeros(3), y=np.array(["a", 1], dtype=object)),
    **{path.name: path.read_bytes() for path in sorted(GOOD.iterdir())},
}


@pytest.mark.parametrize("label", HONEST)
def test_an_honest_file_has_a_certificate_that_holds(label):
    check(HONEST[label], encode(certify(HONEST[label])))


@pytest.mark.parametrize("legacy", [False, True])
def test_a_torch_file_has_a_certificate_that_holds(legacy):
    data = torch_file(legacy=legacy)
    check(data, encode(certify(data)))


def mutants(value, path=()):
    """The value with each single leaf changed, dropped or doubled."""
    if isinstance(value, dict):
        for key in value:
            yield {name: item for name, item in value.items() if name != key}, (*path, key, "dropped")
            for inner, where in mutants(value[key], (*path, key)):
                yield {**value, key: inner}, where
        yield {**value, "more": 1}, (*path, "added")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield value[:index] + value[index + 1 :], (*path, index, "dropped")
            yield [*value[:index], item, *value[index:]], (*path, index, "doubled")
            for inner, where in mutants(item, (*path, index)):
                yield [*value[:index], inner, *value[index + 1 :]], where
    elif isinstance(value, str):
        yield value + "x", path
        yield value[1:] if value else "y", path
    else:
        yield value + 1, path
        yield value - 1, path


@pytest.mark.parametrize(
    "label",
    [
        "joblib 0",
        "npz",
        "weights.pt",
        "forest.joblib",
        "pickles in a row",
        "legacy.tar",
        "model.joblib.lz4",
        "model.pkl.zst",
        "script.pt",
        "lzma2.7z",
        "bcj.7z",
    ],
)
def test_no_field_can_be_changed(label):
    data = HONEST[label]
    true = json.loads(encode(certify(data)))
    total = 0
    for forged, where in mutants(true):
        total += 1
        with pytest.raises(Refused, match=r"certificate") as refused:
            check(data, json.dumps(forged).encode())
        assert str(refused.value), where
    assert total > 20


@pytest.mark.parametrize("junk", [b"", b"{}", b"[]", b"null", b'{"schema":"hauberk/certificate/1"}'])
def test_what_is_no_certificate_is_refused(junk):
    with pytest.raises(Refused):
        check(HONEST["npz"], junk)


def lz4_stored(data: bytes) -> bytes:
    """One frame with one block that is not compressed; its checksums are passed over by all readers here."""
    return b"\x04\x22\x4d\x18\x60\x70\x73" + (len(data) | 1 << 31).to_bytes(4, "little") + data + bytes(4)


def tarred(name: str, data: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        info = tarfile.TarInfo(name)
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def seven(name: str, data: bytes) -> bytes:
    """One member, stored, with a plain header, as 7-Zip's ``-mx0 -mhc=off`` writes it."""

    def number(value: int) -> bytes:
        return bytes([value]) if value < 128 else b"\xc0" + value.to_bytes(2, "little")

    names = (name + "\0").encode("utf-16-le")
    check = zlib.crc32(data).to_bytes(4, "little")
    header = b"\1\4\6\0\1\t" + number(len(data)) + b"\0\7\x0b\1\0\1\1\0\x0c" + number(len(data))
    header += b"\0\x08\n\1" + check + b"\0\0\5\1\x11" + number(len(names) + 1) + b"\0" + names + b"\0\0"
    ending = struct.pack("<QQI", len(data), len(header), zlib.crc32(header))
    return b"7z\xbc\xaf\x27\x1c\0\4" + struct.pack("<I", zlib.crc32(ending)) + ending + data + header


def script(code: str, program: bytes = b"\x80\x02N.") -> bytes:
    return zipped({"m/data.pkl": program, "m/code/__torch__/net.py": code.encode(), "m/version": b"3\n"})


NET = """class Net(Module):
  __parameters__ = ["weight", ]
  weight : Tensor
  def forward(self: __torch__.net.Net,
    x: Tensor) -> Tensor:
    _0 = torch.add(x, self.weight, alpha=1)  # torch.save(x, "y")
    return ops.prim.unchecked_cast("torch.load(", ops.aten.mul(_0, 1.e-05))
"""


WRAPS = {
    "plain": lambda data: data,
    "zlib": zlib.compress,
    "gzip": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zip": lambda data: zipped({"archive/data.pkl": data}),
    "zip, as data": lambda data: zipped({"archive/data/0": data}),
    "lz4": lz4_stored,
    "zstd": zstd.compress,
    "tar": lambda data: tarred("model.pkl", data),
    "tar in gzip": lambda data: gzip.compress(tarred("model.pkl", data)),
    "7z": lambda data: seven("model.pkl", data),
    "TorchScript": lambda data: script(NET, data),
    "npy": npy_of_objects,
    "npz": lambda data: zipped({"x.npy": npy_of_objects(data)}),
}


def forged(data: bytes) -> bytes:
    """A certificate of an honest file, altered to fit another: right digest, right size, the whole file covered."""
    claim = copy.deepcopy(json.loads(encode(certify(HONEST["pickle 4"]))))
    claim["digest"], claim["size"] = "sha256:" + hashlib.sha256(data).hexdigest(), len(data)
    claim["programs"][0]["end"] = len(data)
    return json.dumps(claim).encode()


MODULES_OF_ONES_OWN = {
    "own module",
    "name of main",
    "dill",
    "cloudpickle",
    "persistent id",
    "persistent id from the stack",
}
"""As data in an archive, these are no known harm."""


@pytest.mark.parametrize("wrap", WRAPS)
def test_an_honest_pickle_in_each_wrapping_has_a_certificate(wrap):
    data = WRAPS[wrap](HONEST["pickle 4"])
    check(data, encode(certify(data)))


@pytest.mark.parametrize("wrap", WRAPS)
@pytest.mark.parametrize("label", ATTACKS)
def test_no_certificate_can_be_forged_for_an_attack(label, wrap):
    data = WRAPS[wrap](ATTACKS[label])
    with pytest.raises(Refused):
        check(data, forged(data))
    if wrap != "zip, as data":
        with pytest.raises(Refused):
            attest(data)


def test_code_that_only_computes_has_a_certificate_and_its_classes_are_known():
    data = script(NET, b"\x80\x02c__torch__.net\nNet\n)\x81}X\x01\0\0\0aK\1sb.")
    check(data, encode(certify(data)))


REACHING = {
    "opens a file": NET.replace("torch.add(", "torch.from_file("),
    "saves": NET.replace("ops.aten.mul(", "ops.aten.save("),
    "saves, spread over lines": NET.replace("torch.add(", "torch . save  ("),
    "a native operator": NET.replace("ops.prim.unchecked_cast", "ops.mine.run"),
    "a text that does not end": NET.replace('"weight", ', '"weight, '),
    "behind a comment's end": NET.replace("  # torch.save", "\n    torch.save"),
}


@pytest.mark.parametrize("label", REACHING)
def test_no_certificate_can_be_forged_for_code_that_reaches_beyond_tensors(label):
    data = script(REACHING[label])
    with pytest.raises(Refused):
        attest(data)
    with pytest.raises(Refused):
        check(data, forged(data))


@pytest.mark.parametrize("behind", [b"\0", b"more"])
def test_a_7z_archive_with_bytes_behind_it_has_no_certificate(behind):
    honest = seven("model.pkl", HONEST["pickle 4"])
    check(honest, encode(certify(honest)))
    with pytest.raises(Refused):
        attest(honest + behind)


def _header(fields: bytes) -> bytes:
    """A 7z archive of nothing but a header."""
    found = struct.pack("<QQI", 0, len(fields), zlib.crc32(fields))
    return b"7z\xbc\xaf'\x1c\0\4" + struct.pack("<I", zlib.crc32(found)) + found + fields


PACKED = b"\x17\x06\0\1\x09\0\0\x07\x0b\1\0\1\1\0\x0c\0\0\x08\x0d\0\0\0"
"""A packed header whose one folder has no file."""


def _bent(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(60, len(data) - 60)
    return data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]


def test_archives_that_no_library_reads_are_refused_and_crash_nothing():
    with pytest.raises(Refused, match="several parts"):
        attest(_header(PACKED))
    squeezed = zipped({"archive/data.pkl": HONEST["pickle 4"] * 3}, zipfile.ZIP_LZMA)
    chance, broken = random.Random(3), 0
    for _ in range(200):
        with contextlib.suppress(Refused):
            attest(_bent(squeezed, chance))
            continue
        broken += 1
    assert broken > 100
    reserved = bytearray(lz4_stored(HONEST["pickle 4"]))
    reserved[4] |= 2
    with pytest.raises(Refused):
        attest(bytes(reserved))
    with pytest.raises(CannotLook):
        certify(bytes(reserved))


@pytest.mark.parametrize("code", [b"\x97", b"\x97\x98"])
def test_a_pickle_that_asks_the_loader_for_a_buffer_has_no_certificate(code):
    data = b"\x80\x05" + code + b"."
    with pytest.raises(CannotLook, match="buffer"):
        certify(data)
    with pytest.raises(Refused):
        attest(data)


def _text(name: bytes) -> bytes:
    return b"\x8c" + bytes([len(name)]) + name


def test_a_type_that_is_none_is_no_type_of_an_array():
    """``_frombuffer`` of what another allowed class made, with a state that looks like a type's."""
    fields = (
        b"}(" + b"".join(_text(one) + b"K\x05K\0\x86" for one in (b"left_child", b"right_child", b"feature")) + b"u"
    )
    kind = b"csklearn.pipeline\nPipeline\n)\x81(K\x03NNN" + fields + b"K\x01K\x01tb"
    nodes = b"cnumpy._core.numeric\n_frombuffer\n(C\x01a" + kind + b"K\x01\x85" + _text(b"C") + b"tR"
    state = b"}(" + _text(b"nodes") + nodes + _text(b"node_count") + b"K\x01u"
    data = b"\x80\x04csklearn.tree._tree\nTree\nK\x01NK\x01\x87R" + state + b"b."
    with pytest.raises(CannotLook, match=r"Tree made"):
        certify(data)
    with pytest.raises(Refused, match="type of an array"):
        attest(data)


def test_whatever_the_checker_attests_the_interpreter_calls_clean_in_the_same_words():
    chance = random.Random(5)
    corpus = [*HONEST.values(), *ATTACKS.values()]
    both = 0
    for _ in range(1500):
        data = touch(chance.choice(corpus), corpus, chance)
        try:
            true = attest(data)
        except Refused:
            continue
        both += 1
        try:
            assert json.loads(encode(certify(data))) == true
        except CannotLook as error:
            if "carries another pickle" in str(error):
                continue  # of a module that nobody knows, in a constant that no loader runs
            pytest.fail(f"attested, and {error}: {data!r}")
    assert both > 20
