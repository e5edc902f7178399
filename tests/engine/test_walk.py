# SPDX-License-Identifier: Apache-2.0
"""Every file is met once, under a name of its own; what cannot be entered is said."""

import os
import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hauberk.core.scales import Kind, Outcome
from hauberk.engine.catalogue import catalogue
from hauberk.engine.discover import discover
from hauberk.engine.walk import CLOSED, shown, walk
from tests.engine.hostile import nobodys_folder
from tests.inprocess import run_rules

names = st.binary(min_size=1, max_size=12).filter(lambda name: b"/" not in name and b"\0" not in name)


@given(names, names)
def test_two_names_are_shown_alike_only_if_they_are_the_same(one, other):
    assert (shown(os.fsdecode(one)) == shown(os.fsdecode(other))) == (one == other)
    shown(os.fsdecode(one)).encode()


def test_an_escaped_name_and_one_that_looks_like_it_are_two_files(tmp_path):
    (tmp_path / os.fsdecode(b"caf\xe9.py")).write_text("x = 1\n")
    (tmp_path / "caf\\xe9.py").write_text("x = 2\n")
    assets = discover(tmp_path).assets
    assert len({asset.uri for asset in assets}) == len({asset.digest for asset in assets}) == 2


def test_a_folder_that_cannot_be_entered_is_unable_and_not_forgotten():
    with nobodys_folder() as root:
        (root / "a.py").write_text("x = 1\n")
        (root / "closed").mkdir()
        (root / "closed" / "evil.py").write_text("import os\nos.system(input())\n")
        (root / "closed").chmod(0)
        met = walk(root)
        assert [(step.uri, step.special) for step in met.files] == [("a.py", ""), ("closed/", CLOSED)]
        assert met.pruned[0].reason == "cannot be read: Permission denied"
        evidence = run_rules(root, dict(catalogue()))
        assert {one.asset.uri for one in evidence if one.outcome is Outcome.UNABLE} == {"closed/"}


def test_a_file_that_cannot_be_read_is_unable_whatever_it_is_called():
    with nobodys_folder() as root:
        for name in ("a.py", "noext", "m.pkl", "k.yaml", "p.png"):
            (root / name).write_text("x")
            (root / name).chmod(0)
        evidence = run_rules(root, dict(catalogue()))
        assert {one.asset.uri for one in evidence if one.outcome is Outcome.UNABLE} == {
            "a.py",
            "noext",
            "m.pkl",
            "k.yaml",
            "p.png",
        }


def test_folders_nested_deeper_than_a_path_may_be_long_end_as_unable(tmp_path):
    try:
        here = os.open(tmp_path, os.O_RDONLY)
        for _ in range(60):
            os.mkdir("d" * 100, dir_fd=here)
            below = os.open("d" * 100, os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = below
        os.close(here)
        met = walk(tmp_path)
        assert [step.special for step in met.files] == [CLOSED]
        assert "too long" in met.pruned[0].reason
    finally:
        shutil.rmtree(tmp_path)


def test_links_to_folders_are_not_followed_and_loops_end(tmp_path):
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "up").symlink_to("..")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "d" / "a.py").write_text("x = 1\n")
    assert [(step.uri, step.special) for step in walk(tmp_path).files] == [
        ("d/a.py", ""),
        ("d/up", "link to a folder"),
        ("loop", "link"),
    ]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("m.pkl", Kind.MODEL),
        ("a.py", Kind.CODE),
        ("k.yaml", Kind.MANIFEST),
        ("README.md", Kind.OTHER),
        ("x", Kind.OTHER),
    ],
)
def test_a_special_file_is_of_the_kind_that_its_name_claims(tmp_path, name, kind):
    os.mkfifo(tmp_path / name)
    asset = discover(tmp_path).assets[0]
    assert asset.kind is kind
    assert "not a regular file" in asset.labels["unreadable"]


def test_a_name_of_control_characters_is_kept_as_it_is_and_met(tmp_path):
    name = "a\n\x1b[31m\u202egnp.py"
    (tmp_path / name).write_text("x = 1\n")
    assert [step.uri for step in walk(tmp_path).files] == [name]


def test_only_the_folder_that_is_asked_for_is_met_and_named_from_the_root(tmp_path):
    for name in ("src/a.py", "src/d/b.py", "tests/c.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x = 1\n")
    assert [step.uri for step in walk(tmp_path, start="src").files] == ["src/a.py", "src/d/b.py"]


@pytest.mark.slow
def test_a_hundred_thousand_files_are_met_in_time_and_memory(tmp_path):
    import resource
    import time

    for folder in range(200):
        (tmp_path / f"d{folder}").mkdir()
        for number in range(500):
            (tmp_path / f"d{folder}" / f"f{number}.py").write_text(f"x = {number}\n")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.process_time()
    assert len(discover(tmp_path).assets) == 100_000
    assert time.process_time() - begun < 45
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 400 * 1024
