# SPDX-License-Identifier: Apache-2.0
"""What a pickle would do, judged without running it: attacks are found, honest programs are clean."""

import collections
import datetime as dt
import decimal
import io
import pickle
import pickletools
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hauberk.analysis.program import interpret
from hauberk.analysis.program_files import Part, Unread, pieces
from hauberk.assets.pickles import STOP, Operation, Stream
from hauberk.core.scales import Severity

from .attacks import ATTACKS, COMMAND, SYSTEM, npy_of_objects, zipped


def faults(data: bytes) -> list[str]:
    return [fault.what for piece in pieces(data) if isinstance(piece, Part) for fault in piece.program.faults]


def unread(data: bytes) -> list[str]:
    found = [
        piece.program.stopped if isinstance(piece, Part) else piece.reason
        for piece in pieces(data)
        if isinstance(piece, Part | Unread)
    ]
    return [reason for reason in found if reason]


@pytest.mark.parametrize("label", ATTACKS)
def test_an_attack_is_found(label: str) -> None:
    assert faults(ATTACKS[label]), unread(ATTACKS[label])


MILD = {
    "own module",
    "name of main",
    "persistent id",
    "persistent id from the stack",
    "memo that allocates",
    "dill",
    "cloudpickle",
} - {"dill", "cloudpickle"}


@pytest.mark.parametrize("label", sorted(set(ATTACKS) - MILD))
def test_an_attack_that_is_no_ones_own_code_fails_the_default_gate(label: str) -> None:
    worst = max(
        fault.severity for piece in pieces(ATTACKS[label]) if isinstance(piece, Part) for fault in piece.program.faults
    )
    assert worst >= Severity.HIGH


@pytest.mark.parametrize("wrap", ["zlib", "gzip", "bz2", "xz", "lzma"])
def test_compression_hides_no_attack(wrap: str) -> None:
    import bz2
    import gzip
    import lzma
    import zlib

    squeeze = {
        "zlib": zlib.compress,
        "gzip": gzip.compress,
        "bz2": bz2.compress,
        "xz": lzma.compress,
        "lzma": lambda data: lzma.compress(data, lzma.FORMAT_ALONE),
    }[wrap]
    assert faults(squeeze(ATTACKS["global"]))
    assert not faults(squeeze(pickle.dumps([1])))
    assert unread(squeeze(pickle.dumps([1] * 1000))[:-9])


@pytest.mark.parametrize(
    "member", ["archive/data.pkl", "data.pkl", "x/data.pkl", "archive/readme.txt", "archive/data/0", "DATA.PKL"]
)
def test_a_zip_hides_no_attack_whatever_the_member_is_named(member: str) -> None:
    assert faults(zipped({member: ATTACKS["global"]}))


def test_an_object_array_in_npy_and_npz_is_a_pickle() -> None:
    attack = npy_of_objects(ATTACKS["global"])
    assert faults(attack)
    assert faults(zipped({"x.npy": attack}))
    assert not faults(npy_of_objects(pickle.dumps(["a"])))


@pytest.mark.parametrize(
    "label",
    ["global", "global, protocol 0, text", "stack global through memo", "memo key of many digits", "inst", "obj", "numbers with odd white space",
     "frame within a frame", "broken behind the call", "mark popped", "scipy runs its state", "renamed module"],
)  # fmt: skip
def test_the_attack_is_real_in_a_child_process(label: str, tmp_path: Path) -> None:
    if label == "renamed module":
        assert "subprocess" in faults(ATTACKS[label])[0]
        return
    (tmp_path / "attack.pkl").write_bytes(ATTACKS[label])
    code = "import pickle\ntry: pickle.load(open('attack.pkl','rb'))\nexcept Exception: pass"
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=tmp_path, check=True, timeout=60)
    assert (tmp_path / "marker").exists()


@pytest.mark.parametrize(
    "label", ["joblib: object array", "joblib: behind the array", "joblib: array between frame and rest"]
)
def test_the_attack_on_joblib_is_real_in_a_child_process(label: str, tmp_path: Path) -> None:
    (tmp_path / "attack.joblib").write_bytes(ATTACKS[label])
    code = "import joblib\ntry: joblib.load('attack.joblib')\nexcept Exception: pass"
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=tmp_path, check=True, timeout=60)
    assert (tmp_path / "marker").exists()


class Colour(collections.namedtuple("Colour", "red green")):  # noqa: PYI024
    __slots__ = ()


BENIGN = {
    "plain": [
        1,
        -1,
        1 << 70,
        2.5,
        1j,
        "text",
        "ü\ud800",
        b"bytes",
        bytearray(b"x"),
        None,
        True,
        False,
        ...,
        NotImplemented,
    ],
    "containers": ({"a": [1, (2, 3)]}, {1, 2}, frozenset({3}), range(3), slice(1, 2)),
    "collections": [
        collections.OrderedDict(a=1),
        collections.defaultdict(list, a=[1]),
        collections.Counter("aab"),
        collections.deque([1]),
    ],
    "times": [dt.datetime(2026, 1, 2, tzinfo=dt.UTC), dt.timedelta(3), decimal.Decimal("1.5")],
    "types": [int, dict, len],
    "many strings": {str(index): index for index in range(3000)},
    "text that looks like an attack": ["os.system", b"cos\nsystem\n(S'x'\ntR."],
}


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("label", BENIGN)
def test_an_honest_pickle_is_clean(label: str, protocol: int) -> None:
    data = pickle.dumps(BENIGN[label], protocol)
    assert (faults(data), unread(data)) == ([], [])


def test_a_recursive_value_is_clean() -> None:
    loop: list[object] = []
    loop.append({"loop": loop})
    assert not faults(pickle.dumps(loop))


def test_several_honest_pickles_in_a_row_are_clean() -> None:
    data = pickle.dumps([1]) + pickle.dumps("x", 2) + pickle.dumps(None, 0)
    assert (faults(data), unread(data)) == ([], [])


@pytest.mark.parametrize("cut", [1, 2, 10])
def test_a_truncated_pickle_is_not_clean(cut: int) -> None:
    assert unread(pickle.dumps([1, 2, 3, "some text"])[:-cut])


def test_bytes_that_are_no_pickle_are_unread() -> None:
    assert unread(b"hello world")
    assert unread(b"")
    assert unread(pickle.dumps(1) + b"\x00garbage")


def test_the_gadget_names_its_place() -> None:
    program = interpret(Stream(b"\x80\x02" + SYSTEM + b"."))
    fault = program.faults[0]
    assert (fault.offset, fault.subject, fault.severity) == (2, "os.system", Severity.CRITICAL)
    assert COMMAND not in fault.what
    assert program.globals == ("os.system",)


def test_a_callable_that_a_program_makes_may_not_be_called() -> None:
    assert "makes itself" in faults(ATTACKS["itemgetter called"])[0]


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner) | st.frozensets(st.integers())
    ),
    max_leaves=30,
)


def operations(data: bytes) -> list[Operation]:
    stream, found = Stream(data), list[Operation]()
    while not found or found[-1].code != STOP:
        found.append(stream.operation())
    return found


@given(value=_VALUES, protocol=st.integers(0, 5))
def test_operations_are_those_that_pickletools_sees(value: object, protocol: int) -> None:
    buffer = io.BytesIO()
    pickle._Pickler(buffer, protocol).dump(value)  # type: ignore[attr-defined]
    data = buffer.getvalue()
    ours = [(operation.code, operation.offset) for operation in operations(data)]
    theirs = [(ord(opcode.code), position) for opcode, _, position in pickletools.genops(data)]
    assert ours == theirs
    assert not faults(data)


@pytest.mark.parametrize("inner", [b"\x80\x04cos\n", b"\x80\x04cos\nsyst", b"\x80\x04", b"\x80\x04nonsense"])
def test_bytes_that_only_begin_as_a_pickle_carry_none(inner):
    assert not interpret(Stream(pickle.dumps([inner, "os.", "os.system"]))).faults


@pytest.mark.parametrize(
    "inner", [b"\x80\x04cos\nsystem\n.", b"\x80\x04cos\nsystem\n(S'x'\ntR", b"\x80\x02cos\nsystem\n(S'x'\ntR."]
)
def test_a_pickle_within_that_ends_or_calls_is_found(inner):
    assert "carries another pickle" in interpret(Stream(pickle.dumps([inner]))).faults[0].what


def test_a_pickle_within_that_is_longer_than_what_is_read_of_it_is_found():
    long = b"\x80\x04cos\nsystem\n" + b"N0" * (2 << 20) + b"(S'x'\ntR."
    for inner in (long, long.hex()):
        assert "carries another pickle" in interpret(Stream(pickle.dumps([inner]))).faults[0].what
