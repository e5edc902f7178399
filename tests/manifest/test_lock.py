# SPDX-License-Identifier: Apache-2.0
"""``hauberk.lock``: what is written is what is read, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hauberk.core.errors import CannotLook, Misuse
from hauberk.core.lock import Lock, Locked
from hauberk.core.scales import Kind
from hauberk.manifest.lock import NAME, differences, lock_bytes, parse_lock, read_lock, write_lock

DIGESTS = st.binary(min_size=32, max_size=32).map(lambda data: f"sha256:{data.hex()}")
NAMES = st.text(min_size=1, max_size=8)
LOCKS = st.builds(
    Lock,
    assets=st.dictionaries(NAMES, st.builds(Locked, kind=st.sampled_from(Kind), uri=NAMES, digest=DIGESTS), max_size=4),
    cards=st.dictionaries(NAMES, st.integers(0, 9), max_size=3),
    plugins=st.dictionaries(NAMES, NAMES, max_size=2),
    contracts=st.dictionaries(NAMES, st.dictionaries(NAMES, st.integers(0, 9), max_size=2), max_size=2),
)
ONE = Lock(assets={"m": Locked(kind=Kind.MODEL, uri="m.onnx", digest="sha256:" + "0" * 64)}, cards={"HBK-COD-001": 1})


@given(LOCKS)
def test_a_lock_comes_back_as_it_was_written_and_differs_from_itself_in_nothing(lock):
    assert parse_lock(lock_bytes(lock)) == lock
    assert not list(differences(lock, lock))


@given(st.binary(max_size=200), st.integers(0, 10_000))
def test_no_bytes_make_a_lock_but_those_that_are_written(junk, at):
    whole = lock_bytes(ONE)
    place = at % len(whole)
    for data in (junk, whole[:place] + junk + whole[place:], whole[:place]):
        if data == whole:
            continue
        try:
            found = parse_lock(data)
        except CannotLook:
            continue
        assert lock_bytes(found) == data


@pytest.mark.parametrize(
    ("now", "line"),
    [
        (Lock(cards=ONE.cards), "asset m: locked, and no longer there"),
        (Lock(assets={**ONE.assets, "n": ONE.assets["m"]}, cards=ONE.cards), "asset n: not locked"),
        (
            Lock(assets={"m": Locked(kind=Kind.MODEL, uri="m.onnx", digest="sha256:" + "1" * 64)}, cards=ONE.cards),
            "asset m: m.onnx is not the file that was locked",
        ),
        (
            Lock(assets={"m": Locked(kind=Kind.CODE, uri="m.onnx", digest="sha256:" + "0" * 64)}, cards=ONE.cards),
            "asset m: locked as model at m.onnx, and is code at m.onnx",
        ),
        (Lock(assets=ONE.assets, cards={"HBK-COD-001": 2}), "rule HBK-COD-001: locked as 1, and is 2"),
        (Lock(assets=ONE.assets, cards=ONE.cards, plugins={"p": "1"}), "plugin p: locked as nothing, and is 1"),
    ],
)
def test_each_kind_of_difference_is_a_line(now, line):
    assert list(differences(ONE, now)) == [line]


def test_a_lock_is_written_whole_and_never_through_a_link(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("precious")
    (tmp_path / NAME).symlink_to(elsewhere)
    write_lock(tmp_path, ONE)
    assert elsewhere.read_text() == "precious"
    assert read_lock(tmp_path) == (ONE, lock_bytes(ONE))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["elsewhere", NAME]


def test_without_a_lock_there_is_none_and_a_broken_one_is_said_with_its_name(tmp_path):
    assert read_lock(tmp_path) is None
    (tmp_path / NAME).write_text("{}")
    with pytest.raises(Misuse, match=r"hauberk\.lock is no lock"):
        read_lock(tmp_path)
