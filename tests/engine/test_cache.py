# SPDX-License-Identifier: Apache-2.0
"""Remembered outcomes: only under the same conditions, only from a folder that nobody else can write."""

import os
import time
import zlib
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest

from hauberk.core.canonical import digest, identified
from hauberk.core.limit import Limit
from hauberk.core.scales import Outcome
from hauberk.core.system import System
from hauberk.core.target import Target
from hauberk.engine.cache import LARGEST, OLDEST, Cache, Kept, Memory, conditions
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
    """Keep one outcome; its key, its asset and itself."""
    one, work = done(root, **consulted)
    key = cache.key("conditions", work.asset)
    cache.keep(key, [Kept(limits=work.limits, done=one)])
    return key, work.asset, one


def recalled(cache, key, asset):
    """The outcomes that a cache gives."""
    return [kept.done.evidence for kept in cache.recall(key, asset)]


def test_what_was_kept_is_recalled(root, tmp_path):
    key, asset, one = keep(Cache(tmp_path / "c", root), root)
    assert recalled(Cache(tmp_path / "c", root), key, asset) == [one.evidence]


@pytest.mark.parametrize("mode", [0o777, 0o775, 0o722, 0o1777])
def test_a_folder_that_others_can_write_is_not_used(root, tmp_path, mode):
    folder = tmp_path / "c"
    key, asset, _ = keep(Cache(folder, root), root)
    folder.chmod(mode)
    assert not Cache(folder, root).used
    assert not recalled(Cache(folder, root), key, asset)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_folder_that_belongs_to_somebody_else_is_not_used(root, tmp_path):
    folder = tmp_path / "c"
    key, asset, _ = keep(Cache(folder, root), root)
    os.chown(folder, 65534, 65534)
    assert not recalled(Cache(folder, root), key, asset)
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
        {"id": "other"},
        {"uri": "b.py"},
        {"digest": "sha256:" + "0" * 64},
        {"labels": {"format": "python", "recognised": "model"}},
    ],
    ids=["id", "uri", "digest", "labels"],
)
def test_another_asset_has_another_key_and_is_not_answered_by_a_file_in_its_place(root, tmp_path, change):
    cache = Cache(tmp_path / "c", root)
    key, asset, one = keep(cache, root)
    other = msgspec.structs.replace(asset, **change)
    assert cache.key("conditions", other) != key
    assert cache.key("other conditions", asset) != key
    cache.keep(cache.key("conditions", other), [Kept(limits=(), done=one)])
    assert not recalled(cache, cache.key("conditions", other), other)


@pytest.mark.parametrize(
    "change", [{"card": "HBK-COD-002"}, {"limits": (Limit(measurement="x", at_most=1),)}], ids=["card", "limits"]
)
def test_another_rule_or_limit_is_not_answered(root, tmp_path, change):
    one, work = done(root)
    memory = Memory(Cache(tmp_path / "c", root), "conditions")
    assert memory.recall([work]) == {}
    memory.settle(work, one)
    assert memory.recall([work]) == {work.card: one}
    assert memory.recall([msgspec.structs.replace(work, **change)]) == {}


def test_rules_run_one_by_one_are_remembered_together(root, tmp_path):
    one, work = done(root)
    other = msgspec.structs.replace(work, card="HBK-COD-002")
    evidence = identified(msgspec.structs.replace(one.evidence, card="HBK-COD-002"))
    for task, told in ((work, one), (other, Done(evidence=evidence, consulted={}))):
        memory = Memory(Cache(tmp_path / "c", root), "conditions")
        assert memory.recall([task]) == {}
        memory.settle(task, told)
        memory.close()
    assert set(Memory(Cache(tmp_path / "c", root), "conditions").recall([work, other])) == {work.card, other.card}


def test_an_interrupted_run_keeps_what_it_knows(root, tmp_path):
    one, work = done(root)
    memory = Memory(Cache(tmp_path / "c", root), "conditions")
    memory.recall([work, msgspec.structs.replace(work, card="HBK-COD-002")])
    memory.settle(work, one)
    memory.close()
    assert Memory(Cache(tmp_path / "c", root), "conditions").recall([work]) == {work.card: one}


def test_manifest_and_seed_are_conditions():
    told = [conditions(None, 0), conditions(None, 1), conditions(System(name="a"), 0), conditions(System(name="b"), 0)]
    assert len(set(told)) == len(told)


def test_an_asset_without_bytes_is_never_remembered(root, tmp_path):
    _, work = done(root)
    bare = msgspec.structs.replace(work.asset, digest=None)
    assert Cache(tmp_path / "c", root).key("conditions", bare) is None


@pytest.mark.parametrize("change", ["edit", "remove", "nothing"])
def test_an_outcome_is_forgotten_when_another_file_that_it_rests_on_changed(root, tmp_path, change):
    digest = FolderSource(root).find("other.txt").digest
    key, asset, one = keep(Cache(tmp_path / "c", root), root, **{"other.txt": digest, "gone.txt": ""})
    if change == "edit":
        (root / "other.txt").write_text("bye\n")
    elif change == "remove":
        (root / "other.txt").unlink()
    assert recalled(Cache(tmp_path / "c", root), key, asset) == ([one.evidence] if change == "nothing" else [])


def test_an_outcome_that_rests_on_all_names_is_forgotten_when_one_is_new(root, tmp_path):
    source = FolderSource(root)
    source.uris()
    key, asset, one = keep(Cache(tmp_path / "c", root), root, **source.consulted)
    assert recalled(Cache(tmp_path / "c", root), key, asset) == [one.evidence]
    (root / "new.txt").write_text("x")
    assert not recalled(Cache(tmp_path / "c", root), key, asset)


def bomb():
    """A file with a right digest that would fill the memory."""
    packed = zlib.compress(bytes(LARGEST + 1))
    return digest(packed).encode() + packed


@pytest.mark.timeout(20)
@pytest.mark.parametrize("bad", [b"", b"{", b"\xff" * 99, "bomb", "cut", "flipped", "pipe", "folder", "link"])
def test_a_spoilt_file_is_forgotten_and_written_anew(root, tmp_path, bad):
    cache = Cache(tmp_path / "c", root)
    key, asset, _ = keep(cache, root)
    path = tmp_path / "c" / key[:2] / key
    good = path.read_bytes()
    path.unlink()
    spoilt = {"bomb": bomb(), "cut": good[:-9], "flipped": good[:-9] + bytes([good[-9] ^ 1]) + good[-8:]}
    if isinstance(bad, bytes) or bad in spoilt:
        path.write_bytes(spoilt.get(bad, bad))
    elif bad == "pipe":
        os.mkfifo(path)
    elif bad == "folder":
        path.mkdir()
    elif bad == "link":
        path.symlink_to("/dev/zero")
    assert not recalled(cache, key, asset)
    _, _, again = keep(cache, root)
    assert recalled(cache, key, asset) == ([] if bad == "folder" else [again.evidence])


def test_what_could_not_be_looked_at_is_looked_at_again(root, tmp_path):
    (root / "bad.ipynb").write_text('{"cells": ')
    runner = Runner(root=root, system=None, workers=1, cache=Cache(tmp_path / "c", root))
    planned = plan(catalogue(), discover(root), None, measure=False)
    list(runner.run(planned))
    cache = Cache(tmp_path / "c", root)
    assets = {job.asset.id: job.asset for job in planned.jobs}.values()
    kept = [one.outcome for asset in assets for one in recalled(cache, cache.key(conditions(None, 0), asset), asset)]
    assert kept
    assert Outcome.UNABLE not in kept


def sizes(folder):
    return {path.name: path.stat().st_size for path in folder.rglob("*") if path.is_file()}


def test_the_cache_is_bounded_and_what_was_used_longest_ago_goes_first(root, tmp_path):
    one, _ = done(root)
    folder = tmp_path / "c"
    for at in range(20):
        Cache(folder, root).keep(f"{at:064x}", [Kept(limits=(), done=one)])
        os.utime(folder / "00" / f"{at:064x}", (time.time() - 1000 + at,) * 2)
    size = max(sizes(folder).values())
    Cache(folder, root, most=5 * size).prune()
    assert sorted(sizes(folder)) == [f"{at:064x}" for at in range(15, 20)]


def test_what_nobody_used_for_long_is_forgotten_and_a_use_is_noted(root, tmp_path):
    cache = Cache(tmp_path / "c", root)
    key, asset, _ = keep(cache, root)
    for age, left in ((OLDEST - 3600, 1), (OLDEST + 3600, 0)):
        os.utime(tmp_path / "c" / key[:2] / key, (time.time() - age,) * 2)
        if left:
            cache.recall(key, asset)
        cache.prune()
        assert len(sizes(tmp_path / "c")) == left


def test_a_run_that_adds_nothing_prunes_nothing_and_one_that_does_prunes(root, tmp_path):
    folder = tmp_path / "c"
    cache = Cache(folder, root, most=0)
    one, work = done(root)
    keep(cache, root)
    Memory(cache, "conditions").close()
    assert sizes(folder)
    memory = Memory(cache, "others")
    memory.recall([work])
    memory.settle(work, one)
    memory.close()
    assert not sizes(folder)


def test_two_writers_at_once_leave_a_whole_file(root, tmp_path):
    one, work = done(root)
    cache = Cache(tmp_path / "c", root)
    key = cache.key("conditions", work.asset)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: cache.keep(key, [Kept(limits=(), done=one)]), range(200)))
    assert recalled(cache, key, work.asset) == [one.evidence]
    assert list(sizes(tmp_path / "c")) == [key]


CALLER = "from a import f\nfrom flask import request\ndef get():\n    return request.args['x']\nf(get())\n"
CALLED = """import hashlib, os, pickle, requests, torch
from b import get
def f(x):
    os.system(x)
    pickle.loads(x)
    eval(x)
    open(x)
    requests.get(x)
    torch.load(get())
    cursor.execute('select ' + x)
    return hashlib.md5(x)
"""


def told(cards, source):
    """What each rule finds in a.py and which other files it rests on."""
    asset = source.find("a.py")
    for card in cards:
        source.consulted = {}
        yield card.id, examine(card, Target(asset=asset, source=source)).findings, source.consulted


def test_what_an_outcome_rests_on_is_the_same_whatever_was_asked_before(tmp_path):
    (tmp_path / "a.py").write_text(CALLED)
    (tmp_path / "b.py").write_text(CALLER)
    (tmp_path / "requirements.txt").write_text("torch==2.5\n")
    cards = [card for card in catalogue().values() if "python" in card.formats and "system" not in card.needs]
    alone = [row for card in cards for row in told([card], FolderSource(tmp_path))]
    assert sum("*.py" in consulted for _, _, consulted in alone) > 1
    assert list(told(cards, FolderSource(tmp_path))) == alone
    assert list(told(cards[::-1], FolderSource(tmp_path))) == alone[::-1]
