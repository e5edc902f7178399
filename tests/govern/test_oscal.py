# SPDX-License-Identifier: Apache-2.0
"""Assessment results: the same posture gives the same bytes, ids are tokens, and compliance-trestle reads them."""

import json
import re
import subprocess
from datetime import date
from pathlib import Path

import pytest

from hauberk.core.scales import Outcome
from hauberk.govern.framework import framework, names
from hauberk.govern.oscal import results, token
from hauberk.govern.posture import posture
from tests.govern.test_posture import SYSTEM, scan, seen

ROOT = Path(__file__).parents[2]
TOKEN = re.compile(r"[^\W\d][\w.-]*")
READ = """
import sys
from pathlib import Path
from trestle.oscal.assessment_results import AssessmentResults
for name in sys.argv[1:]:
    read = AssessmentResults.oscal_read(Path(name))
    print(len(read.results[0].findings or ()), len(read.results[0].observations or ()))
"""
CARDS = ("HBK-ATK-001", "HBK-ATK-002", "HBK-FAI-001", "HBK-FAI-002", "HBK-DAT-002")


def documents():
    evidence = [seen(card, outcome) for card, outcome in zip(CARDS, [*Outcome, *Outcome], strict=False)]
    return {
        name: results(posture(framework(name), SYSTEM, day=date(2027, 12, 2), scan=scan(*evidence))) for name in names()
    }


def test_the_same_posture_gives_the_same_bytes_and_unlike_ones_unlike_ids():
    one, other = documents(), documents()
    assert one == other
    assert len({json.loads(text)["assessment-results"]["uuid"] for text in one.values()}) == len(one)


def test_only_what_a_record_backs_is_satisfied():
    body = json.loads(documents()["nist-ai-rmf"])["assessment-results"]["results"][0]
    states = {one["title"]: one["target"]["status"]["state"] for one in body["findings"]}
    made = posture(framework("nist-ai-rmf"), SYSTEM, day=date(2027, 12, 2), scan=scan())
    assert set(states) == {one.id for one in made.duties}
    for one in body["findings"]:
        first = one["target"]["status"]["remarks"].partition(";")[0]
        assert (one["target"]["status"]["state"] == "satisfied") == (first in {"executed: clean", "HUMAN"})


@pytest.mark.parametrize("name", names())
def test_every_id_is_a_token(name):
    made = [f"{name}:{clause.id}" for clause in framework(name).clauses]
    assert all(TOKEN.fullmatch(token(one)) for one in made)
    assert len(set(map(token, made))) == len(made)


@pytest.mark.slow
def test_compliance_trestle_reads_every_framework(tmp_path):
    python = ROOT / ".prepared" / "peers" / "trestle" / "bin" / "python"
    files = []
    for name, text in documents().items():
        path = tmp_path / f"{name}.json"
        path.write_text(text)
        files.append(str(path))
    done = subprocess.run([python, "-c", READ, *files], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    counts = [tuple(map(int, line.split())) for line in done.stdout.splitlines()]
    assert len(counts) == len(files)
    owed = [
        len(json.loads(Path(one).read_text())["assessment-results"]["results"][0].get("findings", ())) for one in files
    ]
    assert [findings for findings, _ in counts] == owed
    assert sum(observations for _, observations in counts)
