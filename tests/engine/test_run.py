# SPDX-License-Identifier: Apache-2.0
"""Runs in confined children: every job ends as one Evidence, whatever the child does."""

import dataclasses
import zlib

import pytest

from hauberk.confine.pool import ConfinedPool
from hauberk.core.card import check
from hauberk.core.codec import decode, encode
from hauberk.core.errors import CannotLook
from hauberk.core.finding import Hit
from hauberk.core.limit import Limit
from hauberk.core.measurement import Measurement
from hauberk.core.scales import Confidence, Outcome, Severity
from hauberk.core.target import Target
from hauberk.engine.cache import Cache
from hauberk.engine.catalogue import catalogue
from hauberk.engine.discover import discover
from hauberk.engine.examine import MOST, examine
from hauberk.engine.plan import plan
from hauberk.engine.run import Runner, _batches
from hauberk.engine.source import FolderSource
from hauberk.engine.worker import Batch


def rule(run, **more):
    run.__doc__ = "A title.\n\nA paragraph that says why it matters at some length."
    fields = {
        "stage": "develop",
        "kinds": ("code",),
        "severity": Severity.LOW,
        "remedy": "do this",
        "references": ("CWE-1",),
    }
    return check("HBK-COD-999", **{**fields, **more})(run)


def target(tmp_path):
    (tmp_path / "a.py").write_text("x = 1\n")
    asset = discover(tmp_path).assets[0]
    return Target(asset=asset, source=FolderSource(tmp_path))


def crash(_):
    yield Hit(message="seen before the crash")
    raise ZeroDivisionError("secret-in-the-message")


def unable(_):
    yield Hit(message="seen before")
    raise CannotLook("the region after line 3 was not read")


def endless(_):
    for number in range(MOST + 5):
        yield Hit(message=f"hit {number}")


def nothing(_):
    return iter(())


@pytest.mark.parametrize(
    ("run", "outcome", "reason", "findings"),
    [
        (crash, Outcome.UNABLE, "the check crashed: ZeroDivisionError", 1),
        (unable, Outcome.UNABLE, "the region after line 3 was not read", 1),
        (endless, Outcome.UNABLE, "more than 1000 findings", MOST),
        (nothing, Outcome.CLEAN, "", 0),
    ],
)
def test_a_crash_is_unable_with_what_was_seen_so_far(tmp_path, run, outcome, reason, findings):
    evidence = examine(rule(run), target(tmp_path))
    assert evidence.outcome is outcome
    assert evidence.reason.startswith(reason)
    assert "secret" not in evidence.reason
    assert len(evidence.findings) == findings


@pytest.mark.parametrize(
    ("value", "low", "high", "confidence"),
    [(0.4, 0.3, 0.45, Confidence.HIGH), (0.4, 0.3, 0.6, Confidence.MEDIUM), (0.7, 0.6, 0.8, None)],
)
def test_a_measurement_beyond_a_limit_is_a_finding_as_sure_as_its_interval(tmp_path, value, low, high, confidence):
    def measure(_):
        yield Measurement(name="robust_accuracy", value=value, low=low, high=high, n=50)

    card = rule(measure, limits=(Limit(measurement="robust_accuracy", at_least=0.5),))
    findings = examine(card, target(tmp_path)).findings
    assert [finding.confidence for finding in findings] == ([confidence] if confidence else [])


def test_the_policys_limit_replaces_the_cards(tmp_path):
    def measure(_):
        yield Measurement(name="robust_accuracy", value=0.6, low=0.5, high=0.7, n=50)

    card = rule(measure, limits=(Limit(measurement="robust_accuracy", at_least=0.5),))
    strict = (Limit(measurement="robust_accuracy", at_least=0.8),)
    assert not examine(card, target(tmp_path)).findings
    assert examine(card, target(tmp_path), limits=strict).findings


def test_a_file_that_changed_since_it_was_met_is_not_looked_at(tmp_path):
    seen = target(tmp_path)
    (tmp_path / "a.py").write_text("x = 2\n")

    def read(one):
        one.data  # noqa: B018  reading is the point
        yield Hit(message="read")

    assert "changed while it was examined" in examine(rule(read), seen).reason


def prepared(root):
    discovery = discover(root)
    return plan(catalogue(), discovery, None, measure=False)


def test_real_rules_run_in_children_and_answer_in_full(tmp_path):
    (tmp_path / "a.py").write_text("import os\nos.system(input())\n")
    (tmp_path / "b.yaml").write_text("a: 1\n")
    planned = prepared(tmp_path)
    evidence = list(Runner(root=tmp_path, system=None, workers=2).run(planned))
    assert {(one.card, one.asset.uri) for one in evidence} == {(job.card.id, job.asset.uri) for job in planned.jobs}


class Liar(ConfinedPool):
    """A pool whose children answer for another job."""

    def submit(self, task):
        future = super().submit(task)
        answered = type(future)()
        answered.set_result(encode([]))
        return answered


class Killer(ConfinedPool):
    """A pool whose children die on every task."""

    def submit(self, task):
        return super().submit(dataclasses.replace(task, call="os:abort"))


@pytest.mark.parametrize("pool", [Liar, Killer])
def test_a_child_that_lies_or_dies_makes_each_of_its_jobs_unable(tmp_path, monkeypatch, pool):
    monkeypatch.setattr("hauberk.engine.run.ConfinedPool", pool)
    (tmp_path / "a.py").write_text("x = 1\n")
    planned = prepared(tmp_path)
    evidence = list(Runner(root=tmp_path, system=None, workers=1).run(planned))
    assert len(evidence) == len(planned.jobs)
    assert {one.outcome for one in evidence} == {Outcome.UNABLE}


class Picky(ConfinedPool):
    """A pool whose children die of one rule on one file."""

    def submit(self, task):
        parts = decode(task.payload, Batch).parts
        fatal = any(part.asset.uri == "b.py" and card == "HBK-COD-001" for part in parts for card, _ in part.cards)
        return super().submit(dataclasses.replace(task, call="os:abort") if fatal else task)


def test_a_batch_that_kills_its_child_is_tried_in_parts_until_only_one_job_is_unable(tmp_path, monkeypatch):
    for name in "abc":
        (tmp_path / f"{name}.py").write_text("x = 1\n")
    monkeypatch.setattr("hauberk.engine.run.ConfinedPool", Picky)
    planned = prepared(tmp_path)
    assert len(list(_batches(list(planned.jobs)))) == 1
    evidence = list(Runner(root=tmp_path, system=None, workers=1).run(planned))
    assert len(evidence) == len(planned.jobs)
    unable = {(one.card, one.asset.uri) for one in evidence if one.outcome is Outcome.UNABLE}
    assert unable == {("HBK-COD-001", "b.py")}


def test_heavy_jobs_come_first_and_alone_and_one_asset_stays_together(tmp_path):
    for number in range(40):
        (tmp_path / f"f{number:02}.py").write_text("x = 1\n")
    jobs = list(prepared(tmp_path).jobs)
    heavy = dataclasses.replace(jobs[0], card=dataclasses.replace(jobs[0].card, seconds=300.0))
    batches = list(_batches([*jobs, heavy]))
    assert batches[0] == [heavy]
    assert sum(map(len, batches)) == len(jobs) + 1
    for uri in {job.asset.uri for job in jobs}:
        assert sum(any(job.asset.uri == uri and job is not heavy for job in batch) for batch in batches) == 1


def run_cached(root, folder):
    runner = Runner(root=root, system=None, workers=1, cache=Cache(folder, root))
    return {(one.card, one.asset.uri): one for one in runner.run(prepared(root))}


def test_a_cached_outcome_is_the_same_evidence_and_a_changed_file_is_examined_again(tmp_path):
    root, folder = tmp_path / "root", tmp_path / "cache"
    root.mkdir()
    (root / "a.py").write_text("x = 1\n")
    (root / "b.py").write_text("y = 1\n")
    first, second = run_cached(root, folder), run_cached(root, folder)
    assert first == second
    (root / "b.py").write_text("import os\nos.system(input())\n")
    third = run_cached(root, folder)
    assert any(one.findings for key, one in third.items() if key[1] == "b.py")
    assert all(third[key] == one for key, one in first.items() if key[1] == "a.py")


def test_a_forged_cache_entry_is_not_believed(tmp_path):
    root, folder = tmp_path / "root", tmp_path / "cache"
    root.mkdir()
    (root / "a.py").write_text("import os\nos.system(input())\n")
    first = run_cached(root, folder)
    for path in folder.rglob("*"):
        if path.is_file():
            packed = zlib.compress(zlib.decompress(path.read_bytes()[71:]).replace(b'"found"', b'"clean"'))
            path.write_bytes(path.read_bytes()[:71] + packed)
    again = run_cached(root, folder)
    assert {key: one.outcome for key, one in again.items()} == {key: one.outcome for key, one in first.items()}


def silent(_):
    raise CannotLook("")
    yield


def many_measurements(_):
    for number in range(MOST + 5):
        yield Measurement(name=f"m{number}", value=1.0)


def for_ever(_):
    while True:
        yield Hit(message="again")


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    ("run", "reason"), [(silent, "CannotLook"), (many_measurements, "more than 1000"), (for_ever, "more than 1000")]
)
def test_a_check_that_says_nothing_or_never_stops_is_unable(tmp_path, run, reason):
    evidence = examine(rule(run), target(tmp_path))
    assert evidence.outcome is Outcome.UNABLE
    assert reason in evidence.reason


def test_a_message_has_an_end_and_a_canonical_form(tmp_path):
    def long(_):
        yield Hit(message="x" * 100_000)
        yield Hit(message="lone \udcff surrogate")

    first, second = examine(rule(long), target(tmp_path)).findings
    assert len(first.message) < 3000
    assert second.message == "lone \\udcff surrogate"


def test_where_no_child_can_be_confined_every_job_is_unable(tmp_path, monkeypatch):
    def refuse(**_):
        raise CannotLook("the kernel offers no Landlock")

    monkeypatch.setattr("hauberk.engine.run.ConfinedPool", refuse)
    (tmp_path / "a.py").write_text("x = 1\n")
    planned = prepared(tmp_path)
    evidence = list(Runner(root=tmp_path, system=None, workers=1).run(planned))
    assert [one.reason for one in evidence] == ["the kernel offers no Landlock"] * len(planned.jobs)


class Hurt(ConfinedPool):
    """A pool that cannot start another child."""

    def submit(self, task):
        future = super().submit(task)
        failed = type(future)()
        failed.set_exception(OSError(24, "Too many open files"))
        return failed


def test_a_pool_that_fails_makes_its_jobs_unable(tmp_path, monkeypatch):
    monkeypatch.setattr("hauberk.engine.run.ConfinedPool", Hurt)
    (tmp_path / "a.py").write_text("x = 1\n")
    evidence = list(Runner(root=tmp_path, system=None, workers=1).run(prepared(tmp_path)))
    assert evidence
    assert {one.outcome for one in evidence} == {Outcome.UNABLE}


class Counting(ConfinedPool):
    """A pool that knows how much waits at most."""

    most = 0
    waiting = 0

    def submit(self, task):
        future = super().submit(task)
        Counting.waiting += 1
        Counting.most = max(Counting.most, Counting.waiting)
        future.add_done_callback(lambda _: setattr(Counting, "waiting", Counting.waiting - 1))
        return future


def test_only_a_few_batches_wait_however_large_the_tree_is(tmp_path, monkeypatch):
    monkeypatch.setattr("hauberk.engine.run.ConfinedPool", Counting)
    for number in range(300):
        (tmp_path / f"f{number}.py").write_text(f"x = {number}\n")
    planned = prepared(tmp_path)
    assert len(list(Runner(root=tmp_path, system=None, workers=1).run(planned))) == len(planned.jobs)
    assert 1 <= Counting.most <= 4
