# SPDX-License-Identifier: Apache-2.0
"""Coverage: every file met is examined, unable or without a rule, over random trees."""

import os
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from hauberk.core.errors import Misuse
from hauberk.engine.assemble import coverage
from hauberk.engine.catalogue import catalogue
from hauberk.engine.discover import discover
from hauberk.engine.plan import plan
from hauberk.engine.walk import walk
from tests.inprocess import run_rules

CONTENTS = [
    b"",
    b"import pickle\npickle.load(open('x','rb'))\n",
    b"def broken(:\n",
    b"a,b\n1,2\n",
    b"\x80\x04K\x01.",
    b"\x80\x04cos\nsystem\n",
    b"apiVersion: v1\nkind: Pod\n",
    b"- [unclosed\n",
    b"FROM python\n",
    b"\x89PNG\r\n\x1a\n",
    b"PK\x03\x04 not a zip",
    b"\xff\xfe\x00",
    b'{"cells": [], "nbformat": 4}',
    b"\x1f\x8b\x08\x00",
]
NAMES = [
    "a.py",
    "b.csv",
    "m.pkl",
    "m.onnx",
    "k.yaml",
    "Dockerfile",
    "x.png",
    "n.ipynb",
    "t.txt",
    "noext",
    "w.bin",
    "j.js",
]
FOLDERS = ["", "d/", "d/e/", ".git/", "env/", ".hauberk/"]

trees = st.dictionaries(
    st.tuples(st.sampled_from(FOLDERS), st.sampled_from(NAMES)), st.sampled_from(CONTENTS), max_size=8
)


def grow(root: Path, tree) -> None:
    for (folder, name), content in tree.items():
        path = root / folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    if (root / "env").is_dir():
        (root / "env" / "pyvenv.cfg").write_text("home = /usr\n")


@settings(max_examples=40)
@given(trees, st.booleans())
def test_every_file_met_is_examined_unable_or_without_a_rule(tree, with_odd_names):
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        grow(root, tree)
        if with_odd_names:
            (root / "link").symlink_to("/etc/passwd")
            os.mkfifo(root / "pipe")
            (root / os.fsdecode(b"caf\xe9.py")).write_bytes(b"x = 1\n")
        discovery = discover(root)
        try:
            planned = plan(catalogue(), discovery, None, measure=False)
        except Misuse:
            assert not any(asset.kind.value in {"code", "dataset", "model"} for asset in discovery.assets)
            return
        evidence = run_rules(root, dict(catalogue()))
        seen = coverage(discovery, planned, evidence, catalogue())
        met = {step.uri for step in walk(root).files}
        told = {one.asset.uri for one in evidence} | {one.uri for one in seen.no_rule}
        assert met == told & met
        assert met == {asset.uri for asset in discovery.assets if asset.is_file}
        assert seen.files == seen.examined + seen.unable + len(seen.no_rule)
        assert {one.path for one in seen.pruned} == {
            folder.rstrip("/") for folder in (".git/", "env/", ".hauberk/") if (root / folder).is_dir()
        }


def test_a_file_whose_name_is_not_utf8_is_examined_under_an_escaped_name(tmp_path):
    (tmp_path / os.fsdecode(b"caf\xe9.py")).write_bytes(b"import os\nos.system(input())\n")
    evidence = run_rules(tmp_path, dict(catalogue()))
    assert {one.asset.uri for one in evidence} == {"caf\\xe9.py"}
    assert any(one.findings for one in evidence)
