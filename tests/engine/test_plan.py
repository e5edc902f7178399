# SPDX-License-Identifier: Apache-2.0
"""Which card looks at which asset: nobody hides a file by what they call it."""

import pickle

import pytest

from hauberk.core.errors import Misuse
from hauberk.core.scales import Kind
from hauberk.core.system import Declared, System
from hauberk.core.target import Target
from hauberk.engine.assemble import coverage
from hauberk.engine.catalogue import catalogue
from hauberk.engine.discover import discover
from hauberk.engine.examine import examine
from hauberk.engine.plan import plan
from hauberk.engine.scan import prepare
from hauberk.engine.source import FolderSource

CARDS = catalogue()


class Evil:
    def __reduce__(self):
        return (print, ("x",))


def declared_as(root, kind, uri="notes.txt"):
    system = System(name="s", assets=(Declared(id="notes", kind=kind, uri=uri),))
    discovery = discover(root, system=system)
    return system, discovery, plan(CARDS, discovery, system, measure=True)


@pytest.mark.parametrize("kind", list(Kind))
def test_a_pickle_is_examined_as_one_whatever_it_is_declared_to_be(tmp_path, kind):
    (tmp_path / "notes.txt").write_bytes(pickle.dumps(Evil()))
    system, _, planned = declared_as(tmp_path, kind)
    assert "HBK-MOD-001" in {job.card.id for job in planned.jobs}
    job = next(job for job in planned.jobs if job.card.id == "HBK-MOD-001")
    evidence = examine(job.card, Target(asset=job.asset, source=FolderSource(tmp_path), system=system))
    assert evidence.findings


@pytest.mark.parametrize(
    ("content", "uri"),
    [(b"\x89PNG\r\n\x1a\n", "p.png"), (b"\x7fELF" + bytes(99), "tool"), (b"SQLite format 3\0" + bytes(99), "d.db")],
)
def test_a_file_that_no_card_knows_is_not_examined_by_being_called_a_document(tmp_path, content, uri):
    (tmp_path / uri).write_bytes(content)
    (tmp_path / "a.py").write_text("x = 1\n")
    _, discovery, planned = declared_as(tmp_path, Kind.DOCUMENT, uri)
    assert [one.uri for one in planned.no_rule] == [uri]
    evidence = [examine(job.card, Target(asset=job.asset, source=FolderSource(tmp_path))) for job in planned.jobs]
    seen = coverage(discovery, planned, evidence, CARDS)
    assert (seen.files, seen.examined, len(seen.no_rule)) == (2, 1, 1)


def test_a_card_about_a_declaration_does_not_make_a_file_examined(tmp_path):
    (tmp_path / "tool").write_bytes(b"\x7fELF" + bytes(99))
    _, _, planned = declared_as(tmp_path, Kind.ENDPOINT, "tool")
    assert any(job.asset.id == "notes" for job in planned.jobs)
    assert [one.uri for one in planned.no_rule] == ["tool"]


def test_with_chosen_rules_every_other_file_is_said_to_have_none(tmp_path):
    (tmp_path / "a.py").write_text("x = 1\n")
    (tmp_path / "b.md").write_text("hello\n")
    planned = plan(CARDS, discover(tmp_path), None, measure=False, only=("HBK-COD-001",))
    assert {job.card.id for job in planned.jobs} == {"HBK-COD-001"}
    assert [one.uri for one in planned.no_rule] == ["b.md"]


@pytest.mark.parametrize("only", [("HBK-COD-099",), ("HBK-COD-001", "nonsense")])
def test_a_chosen_rule_that_does_not_exist_is_misuse_and_not_silence(tmp_path, only):
    (tmp_path / "a.py").write_text("x = 1\n")
    with pytest.raises(Misuse, match="no rule is called"):
        prepare(tmp_path, only=only)


@pytest.mark.parametrize("only", [(), ("HBK-COD-001",)])
def test_an_empty_plan_is_misuse(tmp_path, only):
    with pytest.raises(Misuse, match="nothing to examine"):
        plan(CARDS, discover(tmp_path), None, measure=False, only=only)


def test_the_digest_of_a_plan_tells_files_and_rules_apart(tmp_path):
    (tmp_path / "a.py").write_text("x = 1\n")
    first = plan(CARDS, discover(tmp_path), None, measure=False)
    again = plan(CARDS, discover(tmp_path), None, measure=False)
    fewer = plan(CARDS, discover(tmp_path), None, measure=False, only=("HBK-COD-001",))
    (tmp_path / "a.py").write_text("x = 2\n")
    other = plan(CARDS, discover(tmp_path), None, measure=False)
    assert first.digest == again.digest
    assert len({first.digest, fewer.digest, other.digest}) == 3
