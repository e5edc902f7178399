# SPDX-License-Identifier: Apache-2.0
"""Coverage: every file met is examined, unable or without a rule, over random trees."""

import os
import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hauberk.core.errors import Misuse
from hauberk.core.scales import Kind, Outcome
from hauberk.core.system import Declared, System
from hauberk.core.target import Target
from hauberk.engine.assemble import coverage, in_order
from hauberk.engine.catalogue import catalogue
from hauberk.engine.discover import discover
from hauberk.engine.examine import examine
from hauberk.engine.plan import examines, plan
from hauberk.engine.run import Runner
from hauberk.engine.source import FolderSource
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


kinds = st.dictionaries(st.sampled_from([f + n for f in ("", "d/") for n in NAMES]), st.sampled_from(Kind), max_size=4)


def oddities(root: Path) -> None:
    (root / "link").symlink_to("/etc/passwd")
    (root / "link.pkl").symlink_to("/etc/passwd")
    os.mkfifo(root / "pipe.csv")
    (root / os.fsdecode(b"caf\xe9.py")).write_bytes(b"x = 1\n")
    (root / "a\n\x1b[2J.py").write_bytes(b"x = 1\n")


def manifest(declared) -> System | None:
    assets = tuple(Declared(id=f"asset{at}", kind=kind, uri=uri) for at, (uri, kind) in enumerate(declared.items()))
    return System(name="s", assets=assets) if assets else None


def hold(root, discovery, planned, evidence) -> None:
    """The law: every file met is examined, unable or without a rule, exactly one of them, and is told of."""
    seen = coverage(discovery, planned, evidence, catalogue())
    met = {step.uri for step in walk(root).files}
    unclaimed = {one.uri for one in seen.no_rule}
    unable = {one.asset.uri for one in evidence if one.outcome is Outcome.UNABLE} & met
    looked = {one.asset.uri for one in evidence if examines(catalogue()[one.card], one.asset)} & met - unable
    assert met == {asset.uri for asset in discovery.assets if asset.is_file}
    assert met == unclaimed | unable | looked
    assert not unclaimed & unable
    assert not unclaimed & looked
    assert (seen.files, seen.examined, seen.unable, len(seen.no_rule)) == tuple(
        map(len, (met, looked, unable, unclaimed))
    )
    assert len({one.id for one in evidence}) == len(evidence) == len(planned.jobs)
    assert {one.path for one in seen.pruned} == {
        folder.rstrip("/") for folder in (".git/", "env/", ".hauberk/") if (root / folder).is_dir()
    }


@settings(max_examples=60)
@given(trees, kinds, st.booleans())
def test_every_file_met_is_examined_unable_or_without_a_rule(tree, declared, with_odd_names):
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        grow(root, tree)
        if with_odd_names:
            oddities(root)
        system = manifest(declared)
        discovery = discover(root, system=system)
        try:
            planned = plan(catalogue(), discovery, system, measure=False)
        except Misuse:
            assert not any(
                asset.kind.value in {"code", "dataset", "model"} for asset in discovery.assets if asset.is_file
            )
            return
        source = FolderSource(root)
        evidence = [examine(job.card, Target(asset=job.asset, source=source, system=system)) for job in planned.jobs]
        hold(root, discovery, planned, evidence)


@pytest.mark.parametrize("seed", range(3))
def test_the_same_holds_in_confined_children(tmp_path, seed):
    chosen = random.Random(seed)
    tree = {(chosen.choice(FOLDERS), name): chosen.choice(CONTENTS) for name in NAMES}
    grow(tmp_path, {**tree, ("", "a.py"): b"x = 1\n"})
    oddities(tmp_path)
    system = manifest({"a.py": Kind.DOCUMENT, "m.pkl": Kind.DOCUMENT, "gone.csv": Kind.DATASET})
    discovery = discover(tmp_path, system=system)
    planned = plan(catalogue(), discovery, system, measure=False)
    evidence = list(Runner(root=tmp_path, system=system, workers=2).run(planned))
    hold(tmp_path, discovery, planned, evidence)
    assert in_order(evidence, planned) == in_order(reversed(evidence), planned)


def test_what_asks_scanners_to_look_away_is_counted_and_still_judged(tmp_path):
    (tmp_path / "a.py").write_text("import os\nos.system(input())  # nosec  # noqa: S605\n# hauberk: ignore\n")
    (tmp_path / "notes.md").write_text("Write `# nosec` to be ignored.\n")
    discovery = discover(tmp_path)
    planned = plan(catalogue(), discovery, None, measure=False)
    evidence = run_rules(tmp_path, dict(catalogue()))
    assert coverage(discovery, planned, evidence, catalogue()).suppressions_requested == 3
    assert any(one.findings for one in evidence if one.asset.uri == "a.py")


def test_a_file_whose_name_is_not_utf8_is_examined_under_an_escaped_name(tmp_path):
    (tmp_path / os.fsdecode(b"caf\xe9.py")).write_bytes(b"import os\nos.system(input())\n")
    evidence = run_rules(tmp_path, dict(catalogue()))
    assert {one.asset.uri for one in evidence} == {"caf\\xe9.py"}
    assert any(one.findings for one in evidence)
