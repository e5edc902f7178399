# SPDX-License-Identifier: Apache-2.0
"""Model files of gigabytes, and hostile ones, are examined in less than 200 MB of memory, measured in a child."""

import gzip
import io
import json
import lzma
import pickle
import struct
import subprocess
import sys
import tarfile
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest

from hauberk.assets.compressed import zstd

GIGABYTES = 1 << 30
MOST = 200_000_000
PROBE = """
import re, sys
from pathlib import Path
from hauberk.core.target import Target
from hauberk.engine.catalogue import catalogue
from hauberk.engine.examine import examine
from hauberk.engine.source import FolderSource, meet
from hauberk.engine.walk import named
path = Path(sys.argv[1])
source = FolderSource(path.parent)
asset = meet(str(path.parent.resolve()), named(path.name, ""))
for card in catalogue().values():
    if card.id.startswith("HBK-MOD") and card.claims(asset.kind, asset.format):
        done = examine(card, Target(asset=asset, source=source))
        print(card.id, done.outcome.value, done.reason, *(finding.message for finding in done.findings))
status = Path("/proc/self/status").read_text()
print(int(re.search(r"VmHWM:\\s+(\\d+) kB", status)[1]) * 1024)
"""


def examined(path: Path) -> tuple[list[str], int]:
    """What each rule on model files says, and the most memory that the child held."""
    done = subprocess.run([sys.executable, "-c", PROBE, str(path)], capture_output=True, text=True, check=True)
    *lines, peak = done.stdout.splitlines()
    return lines, int(peak)


def sparse(path: Path, head: bytes, size: int, tail: bytes = b"") -> Path:
    """A file with zeros in its middle that take no room on the disk."""
    with path.open("wb") as file:
        file.write(head)
        file.truncate(size - len(tail))
        file.seek(size - len(tail))
        file.write(tail)
    return path


def array_head(count: int) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, {"descr": "<f8", "fortran_order": False, "shape": (count,)})
    return buffer.getvalue()


def torch_zip(path: Path) -> Path:
    """As torch writes it: stored members, the storage's sizes in zip64; the storage's bytes are a hole."""
    program = pickle.dumps({"w": 1}, 2)

    def local(name: bytes, size: int, check: int) -> bytes:
        extra = struct.pack("<HHQQ", 1, 16, size, size)
        return (
            struct.pack(
                "<4s5H3L2H", b"PK\x03\x04", 45, 0, 0, 0, 0, check, 0xFFFFFFFF, 0xFFFFFFFF, len(name), len(extra)
            )
            + name
            + extra
        )

    def central(name: bytes, size: int, check: int, offset: int) -> bytes:
        extra = struct.pack("<HHQQQ", 1, 24, size, size, offset)
        fixed = struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 45, 45, 0, 0, 0, 0, check, 0xFFFFFFFF, 0xFFFFFFFF, len(name),
                            len(extra), 0, 0, 0, 0, 0xFFFFFFFF)  # fmt: skip
        return fixed + name + extra

    first = local(b"m/data.pkl", len(program), zlib.crc32(program)) + program
    second = local(b"m/data/0", GIGABYTES, 0)
    at = len(first) + len(second) + GIGABYTES
    directory = central(b"m/data.pkl", len(program), zlib.crc32(program), 0) + central(
        b"m/data/0", GIGABYTES, 0, len(first)
    )
    end64 = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 2, 2, len(directory), at)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, at + len(directory), 1)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    tail = directory + end64 + locator + end
    return sparse(path, first + second, at + len(tail), tail)


def joblib_file(path: Path) -> Path:
    import joblib

    buffer = io.BytesIO()
    joblib.dump({"w": np.zeros(64)}, buffer)
    data = buffer.getvalue()
    head, tail = data.split(np.zeros(64).tobytes())
    head = head.replace(b"K@\x85", b"\x8a\x05" + struct.pack("<q", GIGABYTES // 8)[:5] + b"\x85")
    at = head.find(b"\x95")  # the frame grew by as many bytes as the shape did
    (length,) = struct.unpack_from("<Q", head, at + 1)
    grown = len(head) + 64 * 8 + len(tail) - len(data)
    head = head[: at + 1] + struct.pack("<Q", length + grown) + head[at + 9 :]
    return sparse(path, head, len(head) + GIGABYTES + len(tail), tail)


def safetensors_file(path: Path) -> Path:
    raw = json.dumps({"w": {"dtype": "U8", "shape": [GIGABYTES], "data_offsets": [0, GIGABYTES]}}).encode()
    return sparse(path, struct.pack("<Q", len(raw)) + raw, 8 + len(raw) + GIGABYTES)


def gguf_file(path: Path) -> Path:
    name = b"w"
    info = struct.pack("<Q", len(name)) + name + struct.pack("<IQIQ", 1, GIGABYTES // 4, 0, 0)
    head = b"GGUF" + struct.pack("<IQQ", 3, 1, 0) + info
    begin = -(-len(head) // 32) * 32
    return sparse(path, head, begin + GIGABYTES)


HUGE = {
    "torch.pt": torch_zip,
    "model.joblib": joblib_file,
    "array.npy": lambda path: sparse(path, array_head(GIGABYTES // 8), len(array_head(GIGABYTES // 8)) + GIGABYTES),
    "model.safetensors": safetensors_file,
    "model.gguf": gguf_file,
    "plain.pkl": lambda path: sparse(
        path, b"\x80\x05\x8e" + struct.pack("<Q", GIGABYTES), 11 + GIGABYTES + 1, b"."
    ),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", HUGE)
def test_an_honest_file_of_gigabytes_is_clean_in_little_memory(name, tmp_path):
    lines, peak = examined(HUGE[name](tmp_path / name))
    sys.stdout.write(f"{name}: {GIGABYTES >> 20} MiB in {peak >> 20} MiB\n")
    assert lines
    assert all(" clean" in line for line in lines), lines
    assert peak < MOST


PAGE = """
import re, sys
from pathlib import Path
from hauberk.cli.explain import explain
explain(sys.argv[1], out=Path(sys.argv[1] + ".html"))
explain(sys.argv[1], certificate=True, out=Path(sys.argv[1] + ".json"))
print(int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) * 1024)
"""
"""The page of a file and its certificate, which the checker has made again."""


@pytest.mark.slow
@pytest.mark.parametrize("name", ["torch.pt", "model.joblib", "array.npy", "plain.pkl"])
def test_a_page_and_a_certificate_take_little_memory(name, tmp_path):
    path = HUGE[name](tmp_path / name)
    done = subprocess.run([sys.executable, "-c", PAGE, str(path)], capture_output=True, text=True, check=True)
    peak = int(done.stdout.splitlines()[-1])
    sys.stdout.write(f"{name}: {GIGABYTES >> 20} MiB in {peak >> 20} MiB\n")
    assert "sha256:" in path.with_name(name + ".json").read_text()
    assert peak < MOST


LOAD = """
import re, sys
from pathlib import Path
import numpy, joblib, hauberk
held = lambda: int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) * 1024
model = hauberk.load(sys.argv[1], loader=sys.argv[2])
print(held() - len(model["w"]) * 8 if sys.argv[2] == "joblib" else held() - model.nbytes)
"""


@pytest.mark.slow
def test_loading_takes_little_more_memory_than_the_model(tmp_path):
    for name, loader in (("model.joblib", "joblib"), ("array.npy", "numpy")):
        path = HUGE[name](tmp_path / name)
        done = subprocess.run(
            [sys.executable, "-c", LOAD, str(path), loader], capture_output=True, text=True, check=True
        )
        sys.stdout.write(f"{name}: {int(done.stdout) >> 20} MiB beside the model\n")
        assert int(done.stdout) < MOST


@pytest.mark.slow
def test_an_attack_behind_gigabytes_is_found_in_little_memory(tmp_path):
    attack = b"0cos\nsystem\n(S'id'\ntR."
    lines, peak = examined(
        sparse(tmp_path / "m.pkl", b"\x80\x05\x8e" + struct.pack("<Q", GIGABYTES), 11 + GIGABYTES + len(attack), attack)
    )
    assert "calls os.system" in lines[0]
    assert peak < MOST


def bomb(path: Path) -> Path:
    """Ten gigabytes of zeros in ten megabytes, as gzip streams in a row."""
    one = gzip.compress(bytes(64 << 20), 1)
    path.write_bytes(one * 160)
    return path


def zip_bomb(path: Path) -> Path:
    """The same in one member of an archive, whose header says so."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = packer.compress(bytes(64 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    stream, size = piece * 160 + packer.flush(), 160 * (64 << 20)
    name, wide = b"m.pkl", 0xFFFFFFFF
    extra = struct.pack("<HHQQ", 1, 16, size, len(stream))
    local = struct.pack("<4s5H3L2H", b"PK\x03\x04", 45, 0, 8, 0, 0, 0, wide, wide, len(name), len(extra))
    central = struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 45, 45, 0, 8, 0, 0, 0, wide, wide, len(name), len(extra),
                          0, 0, 0, 0, 0)  # fmt: skip
    body, directory = local + name + extra + stream, central + name + extra
    path.write_bytes(
        body + directory + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(directory), len(body), 0)
    )
    return path


def xz_bomb(path: Path) -> Path:
    path.write_bytes(lzma.compress(bytes(64 << 20), preset=0) * 160)
    return path


def zstd_bomb(path: Path) -> Path:
    path.write_bytes(zstd.compress(bytes(64 << 20)) * 160)
    return path


def nested_tar(path: Path) -> Path:
    data = pickle.dumps(1)
    for _ in range(300):
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            info = tarfile.TarInfo("m.tar")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        data = buffer.getvalue()
    path.write_bytes(data)
    return path


def nested_pickles(path: Path) -> Path:
    path.write_bytes(b"\x80\x04" + b"](" * 10_000 + b"e" * 10_000 + b".")
    return path


def nested_gzip(path: Path) -> Path:
    data = pickle.dumps(1)
    for _ in range(10_000):
        data = zlib.compress(data, 0, wbits=31)
    path.write_bytes(data)
    return path


def nested_zip(path: Path) -> Path:
    data = pickle.dumps(1)
    for _ in range(200):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("m.zip", data)
        data = buffer.getvalue()
    path.write_bytes(data)
    return path


def many_values(path: Path) -> Path:
    path.write_bytes(b"\x80\x04(" + b"]" * 12_000_000 + b"l.")
    return path


def many_texts(path: Path) -> Path:
    some = (b"\x8c\x60" + b"x" * 96 + b"\x94") * 10_000
    with path.open("wb") as file:
        file.write(b"\x80\x04](")
        for _ in range(400):
            file.write(some)
        file.write(b"e.")
    return path


def trees_of_xgboost(path: Path) -> Path:
    """A model in UBJSON of some 60 MB: one tree of a million and a half nodes, which is a long chain."""
    count, number = 1_500_001, struct.Struct(">i")
    inner = range(0, count - 2, 2)
    left, right = [-1] * count, [-1] * count
    for node in inner:
        left[node], right[node] = node + 1, node + 2
    rows = {"left_children": left, "right_children": right, "split_indices": [0] * count}
    sized = {"base_weights": "d", "loss_changes": "d", "parents": "l", "split_conditions": "d", "sum_hessian": "d"}

    def text(value: str) -> bytes:
        return b"L" + struct.pack(">q", len(value)) + value.encode()

    def field(name: str, kind: str, items: bytes) -> bytes:
        return text(name) + b"[$" + kind.encode() + b"#L" + struct.pack(">q", count) + items

    body = b"".join(field(name, "l", b"".join(map(number.pack, values))) for name, values in rows.items())
    body += b"".join(field(name, kind, bytes(4 * count)) for name, kind in sized.items())
    numbers = {"num_deleted": "0", "num_feature": "4", "num_nodes": str(count), "size_leaf_vector": "1"}
    said = b"".join(text(name) + b"S" + text(value) for name, value in numbers.items())
    tree = b"{" + body + text("tree_param") + b"{" + said + b"}" + b"}"
    model = (
        text("gbtree_model_param")
        + b"{"
        + text("num_parallel_tree")
        + b"S"
        + text("1")
        + text("num_trees")
        + b"S"
        + text("1")
        + b"}"
    )
    model += text("tree_info") + b"[$l#L" + struct.pack(">q", 1) + bytes(4) + text("trees") + b"[" + tree + b"]"
    learner = (
        text("gradient_booster")
        + b"{"
        + text("model")
        + b"{"
        + model
        + b"}"
        + text("name")
        + b"S"
        + text("gbtree")
        + b"}"
    )
    learner += text("learner_model_param") + b"{" + text("num_feature") + b"S" + text("4") + b"}"
    learner += text("objective") + b"{" + text("name") + b"S" + text("reg:squarederror") + b"}"
    version = text("version") + b"[i\x03i\x02i\x00]"
    path.write_bytes(b"{" + text("learner") + b"{" + learner + b"}" + version + b"}")
    return path


def many_values_of_ubjson(path: Path) -> Path:
    path.write_bytes(b"{L" + struct.pack(">q", 7) + b"learner[" + b"{}" * 30_000_000 + b"]}")
    return path


@pytest.mark.slow
def test_a_large_model_of_xgboost_is_walked_in_little_memory(tmp_path):
    path = trees_of_xgboost(tmp_path / "m.ubj")
    lines, peak = examined(path)
    sys.stdout.write(f"{path.stat().st_size >> 20} MiB of trees in {peak >> 20} MiB\n")
    assert any("HBK-MOD-008 clean" in line for line in lines), lines
    assert peak < MOST


@pytest.mark.slow
def test_a_hostile_model_of_xgboost_ends_as_unable_in_little_memory(tmp_path):
    lines, peak = examined(many_values_of_ubjson(tmp_path / "m.ubj"))
    sys.stdout.write(f"{lines[0][:100]}; {peak >> 20} MiB\n")
    assert any("HBK-MOD-008 unable" in line for line in lines), lines
    assert peak < MOST


HOSTILE = {
    "bomb.pkl.gz": bomb,
    "bomb.zip": zip_bomb,
    "bomb.pkl.xz": xz_bomb,
    "bomb.pkl.zst": zstd_bomb,
    "levels.tar": nested_tar,
    "levels.pkl.gz": nested_gzip,
    "levels.zip": nested_zip,
    "values.pkl": many_values,
    "texts.pkl": many_texts,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_ends_as_unable_within_its_budget(name, tmp_path):
    lines, peak = examined(HOSTILE[name](tmp_path / name))
    sys.stdout.write(f"{name}: {lines[0][:100]}; {peak >> 20} MiB\n")
    assert "HBK-MOD-001 unable" in lines[0]
    assert "crashed" not in lines[0]
    assert peak < MOST


def test_ten_thousand_levels_of_lists_are_read_without_recursion(tmp_path):
    lines, _ = examined(nested_pickles(tmp_path / "levels.pkl"))
    assert "HBK-MOD-001 clean" in lines[0]


def test_a_gzip_stream_behind_another_is_read_as_well(tmp_path):
    path = tmp_path / "m.pkl.gz"
    path.write_bytes(gzip.compress(pickle.dumps(1)) + gzip.compress(b"cos\nsystem\n(S'id'\ntR."))
    assert "calls os.system" in examined(path)[0][0]
