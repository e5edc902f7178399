# SPDX-License-Identifier: Apache-2.0
"""Remembered outcomes: only under the same conditions, only from a folder that nobody else can write."""

import os

import msgspec
import pytest

from hauberk.core.canonical import identified
from hauberk.core.codec import decode, encode
from hauberk.core.limit import Limit
from hauberk.core.scales import Outcome
from hauberk.core.system import System
from hauberk.core.target import Target
from hauberk.engine.cache import Cache, conditions
from hauberk.engine.catalogue import catalogue
from hauberk.engine.discover import discover
from hauberk.engine.examine import examine
from hauberk.engine.plan import plan
from hauberk.engine.run import Runner
from hauberk.engine.source import FolderSource
from hauberk.engine.worker import Done, Work


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    (root / "a.py").write_text("import os\nos.system(input())\n")
    (root / "other.txt").write_text("hello\n")
    return root


def done(root, uri="a.py", **consulted):
    """One outcome as a child gives it, and its work."""
    planned = plan(catalogue(), discover(root), None, measure=False)
    job = next(job for job in planned.jobs if job.asset.uri == uri)
    evidence = examine(job.card, Target(asset=job.asset, source=FolderSource(root)))
    return Done(evidence=evidence, consulted=consulted), Work(card=job.card.id, asset=job.asset, limits=())


def keep(cache, root, **consulted):
    one, work = done(root, **consulted)
    key = cache.key("conditions", work)
    cache.keep(key, one)
    return key, work, one


def test_what_was_kept_is_recalled(root, tmp_path):
    key, work, one = keep(Cache(tmp_path / "c", root), root)
    assert Cache(tmp_path / "c", root).recall(key, work) == one.evidence


@pytest.mark.parametrize("mode", [0o777, 0o775, 0o722, 0o1777])
def test_a_folder_that_others_can_write_is_not_used(root, tmp_path, mode):
    folder = tmp_path / "c"
    key, work, _ = keep(Cache(folder, root), root)
    folder.chmod(mode)
    assert not Cache(folder, root).used
    assert Cache(folder, root).recall(key, work) is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_folder_that_belongs_to_somebody_else_is_not_used(root, tmp_path):
    folder = tmp_path / "c"
    key, work, _ = keep(Cache(folder, root), root)
    os.chown(folder, 65534, 65534)
    assert Cache(folder, root).recall(key, work) is None
    os.chown(folder, 0, 0)
    os.chown(tmp_path, 65534, 65534)
    try:
        assert not Cache(folder, root).used
    finally:
        os.chown(tmp_path, 0, 0)


def test_a_folder_below_one_that_all_can_write_is_not_used(root, tmp_path):
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    assert not Cache(tmp_path / "open" / "c", root).used


def test_a_link_is_judged_by_where_it_leads(root, tmp_path):
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    (tmp_path / "c").symlink_to(shared)
    assert not Cache(tmp_path / "c", root).used


def test_a_cache_inside_the_tree_that_is_examined_is_not_used(root):
    assert not Cache(root / "cache", root).used
    (root / "back").symlink_to(root)
    assert not Cache(root.parent / "root" / "back" / "cache", root).used


@pytest.mark.parametrize(
    "change",
    [
        lambda work: msgspec.structs.replace(work, card="HBK-COD-002"),
        lambda work: msgspec.structs.replace(work, limits=(Limit(measurement="x", at_most=1),)),
        lambda work: msgspec.structs.replace(work, asset=msgspec.structs.replace(work.asset, id="other")),
        lambda work: msgspec.structs.replace(work, asset=msgspec.structs.replace(work.asset, uri="b.py")),
        lambda work: msgspec.structs.replace(
            work, asset=msgspec.structs.replace(work.asset, digest="sha256:" + "0" * 64)
        ),
        lambda work: msgspec.structs.replace(
            work, asset=msgspec.structs.replace(work.asset, labels={"format": "python", "recognised": "model"})
        ),
    ],
    ids=["card", "limits", "id", "uri", "digest", "labels"],
)
def test_another_work_has_another_key_and_is_not_answered_by_a_forged_file(root, tmp_path, change):
    cache = Cache(tmp_path / "c", root)
    key, work, one = keep(cache, root)
    other = change(work)
    assert cache.key("conditions", other) != key
    assert cache.key("other conditions", work) != key
    cache.keep(cache.key("conditions", other), one)
    recalled = cache.recall(cache.key("conditions", other), other)
    assert recalled is None or (recalled.asset, recalled.card) == (other.asset, other.card)


def test_manifest_and_seed_are_conditions():
    told = [conditions(None, 0), conditions(None, 1), conditions(System(name="a"), 0), conditions(System(name="b"), 0)]
    assert len(set(told)) == len(told)


def test_an_asset_without_bytes_is_never_remembered(root, tmp_path):
    _, work = done(root)
    bare = msgspec.structs.replace(work, asset=msgspec.structs.replace(work.asset, digest=None))
    assert Cache(tmp_path / "c", root).key("conditions", bare) is None


@pytest.mark.parametrize("change", ["edit", "remove", "nothing"])
def test_an_outcome_is_forgotten_when_another_file_that_it_rests_on_changed(root, tmp_path, change):
    digest = FolderSource(root).find("other.txt").digest
    key, work, one = keep(Cache(tmp_path / "c", root), root, **{"other.txt": digest, "gone.txt": ""})
    if change == "edit":
        (root / "other.txt").write_text("bye\n")
    elif change == "remove":
        (root / "other.txt").unlink()
    recalled = Cache(tmp_path / "c", root).recall(key, work)
    assert recalled == (one.evidence if change == "nothing" else None)


def test_an_outcome_that_rests_on_all_names_is_forgotten_when_one_is_new(root, tmp_path):
    source = FolderSource(root)
    source.uris()
    key, work, one = keep(Cache(tmp_path / "c", root), root, **source.consulted)
    assert Cache(tmp_path / "c", root).recall(key, work) == one.evidence
    (root / "new.txt").write_text("x")
    assert Cache(tmp_path / "c", root).recall(key, work) is None


@pytest.mark.timeout(20)
@pytest.mark.parametrize("bad", [b"", b"{", b"\xff" * 99, None, "pipe", "folder", "link"])
def test_a_spoilt_file_is_forgotten(root, tmp_path, bad):
    cache = Cache(tmp_path / "c", root)
    key, work, _ = keep(cache, root)
    path = tmp_path / "c" / key[:2] / key
    path.unlink()
    if isinstance(bad, bytes):
        path.write_bytes(bad)
    elif bad == "pipe":
        os.mkfifo(path)
    elif bad == "folder":
        path.mkdir()
    elif bad == "link":
        path.symlink_to("/dev/zero")
    assert cache.recall(key, work) is None


def test_a_forged_outcome_with_a_wrong_id_is_not_believed(root, tmp_path):
    cache = Cache(tmp_path / "c", root)
    key, work, one = keep(cache, root)
    path = tmp_path / "c" / key[:2] / key
    kept = decode(path.read_bytes(), Done)
    clean = msgspec.structs.replace(kept.evidence, title="another")
    path.write_bytes(encode(Done(evidence=clean, consulted={})))
    assert cache.recall(key, work) is None
    assert identified(one.evidence) == one.evidence


def test_what_could_not_be_looked_at_is_looked_at_again(root, tmp_path):
    (root / "bad.ipynb").write_text('{"cells": ')
    runner = Runner(root=root, system=None, workers=1, cache=Cache(tmp_path / "c", root))
    list(runner.run(plan(catalogue(), discover(root), None, measure=False)))
    kept = [decode(path.read_bytes(), Done).evidence.outcome for path in (tmp_path / "c").rglob("*") if path.is_file()]
    assert kept
    assert Outcome.UNABLE not in kept
