# SPDX-License-Identifier: Apache-2.0
"""Explanations through the real command: of all rows, of one without a value of it, and what changed."""

import json
import shutil
from pathlib import Path

import msgspec
import numpy as np
import pytest

from hauberk.attacks.local import Ask, actionable, explain_row
from hauberk.attacks.space import learn_space
from hauberk.cli.main import execute
from hauberk.core.errors import Misuse
from hauberk.core.measurement import Measurement
from hauberk.core.system import Column, Facts
from hauberk.engine.recall import history
from hauberk.govern.explanations import Explanation, Explanations, against
from hauberk.govern.explanations_text import changed, local, svg, text
from hauberk.govern.measure_pages import explanation_page
from hauberk.manifest.load import load
from tests.govern.published import valid

ROOT = Path(__file__).parents[2]
CREDIT = ROOT / "examples" / "credit"


def asked(row, twin="hardened", **changes):
    folder = CREDIT / twin
    facts = load(folder / "hauberk.yaml").declared("test-data").facts
    given = {
        "model": (folder / "models" / "credit.onnx").read_bytes(),
        "table": (folder / "data" / "test.csv").read_bytes(),
    }
    return Ask(**{**given, "facts": facts, "row": row, **changes})


def test_contributions_of_a_row_sum_to_its_score_and_no_value_of_it_is_told():
    found = explain_row(asked(3))
    assert found.method == "linear"
    assert found.score == pytest.approx(found.base + sum(one.value for one in found.contributions))
    shown = local(found)
    cells = (CREDIT / "hardened" / "data" / "test.csv").read_text().splitlines()[4].split(",")
    words = set(shown.replace(",", " ").replace("'", " ").split()) | set(json.dumps(str(found)).split())
    assert not {cell for cell in cells if cell.startswith("A")} & words
    assert found.counterfactual
    assert {step.direction for step in found.counterfactual} <= {"higher", "lower", "another value"}


def test_a_counterfactual_leaves_alone_what_the_person_cannot_change():
    found = explain_row(asked(3, "as-written"))
    frozen = {
        one.name
        for one in load(CREDIT / "as-written" / "hauberk.yaml").declared("test-data").facts.columns
        if one.immutable
    }
    assert not {step.feature for step in found.counterfactual} & frozen
    facts = load(CREDIT / "hardened" / "hauberk.yaml").declared("test-data").facts
    names = (CREDIT / "hardened" / "data" / "test.csv").read_text().splitlines()[0].split(",")
    bound = Facts(
        label=facts.label,
        favourable=facts.favourable,
        columns=tuple(Column(name=name, immutable=True) for name in names),
    )
    assert explain_row(asked(3, facts=bound)).says == "nothing that the model reads may be changed by the person"


def test_what_is_actionable_is_judged_from_the_declaration():
    rows = {"age": np.array([20.0, 40.0, 60.0]), "job": np.array(["a", "b", "a"], dtype=object)}
    space = learn_space(rows, {})
    here = np.array([20.0, 0.0])
    for there, declared, good in (
        ([40.0, 1.0], {}, True),
        ([40.0, 0.0], {"age": Column(name="age", immutable=True)}, False),
        ([20.0, 1.0], {"age": Column(name="age", immutable=True)}, True),
        ([61.0, 0.0], {}, False),
        ([40.5, 0.0], {}, False),
        ([20.0, 1.0], {"job": Column(name="job", type="text")}, False),
    ):
        assert actionable(space, declared, here, np.array(there)) is good


def test_a_row_that_is_not_there_is_misuse():
    with pytest.raises(Misuse, match="no row 100000"):
        explain_row(asked(100_000))


def explanation(shares, evidence, *, scale="log-odds", group=""):
    given = {"data": "d", "label": "good", "scale": scale, "method": "linear", "error": 0.01}
    given |= {"column": "sex", "group": group} if group else {}
    influences = tuple(
        Measurement(
            name="influence",
            value=value,
            low=value - 0.02,
            high=value + 0.02,
            n=50,
            parameters={**given, "feature": name},
        )
        for name, value in shares.items()
    )
    one = Explanation(model="m", evidence=evidence, influences=influences, sensitive=None, quality=())
    return Explanations(system="s", assessment="a", integrity="i", models=(one,))


def test_changes_say_for_whom_and_what_is_not_of_one_kind():
    before, after = (
        explanation({"age": 0.5, "<b>": 0.5}, "one", group="f"),
        explanation({"age": 0.9, "job": 0.1}, "two", scale="share", group="f"),
    )
    found = against(before, after)
    assert [(one.feature, one.group, one.shown) for one in found.shifts] == [("age", "sex = f", True)]
    assert (found.came, found.went) == (("job",), ("<b>",))
    assert "scale" in found.comparable
    assert "age for sex = f: 0.500 -> 0.900" in changed(found)
    with pytest.raises(Misuse, match="0 explained models"):
        against(before, after, "other")


def test_the_page_escapes_what_a_stranger_named_and_warns_of_two_rules():
    report = explanation({"<script>": 0.6, "age": 0.4}, "one")
    rules = Measurement(name="two_rules_gap", value=0.3, low=0.25, high=0.35, n=100)
    (model,) = report.models
    warned = msgspec.structs.replace(report, models=(msgspec.structs.replace(model, two_rules=rules),), system="<i>s")
    page = explanation_page(warned)
    assert "<script>" not in page
    assert "<i>" not in page
    assert "no explanation of it is worth showing" in page
    assert "no explanation of it is worth showing" not in explanation_page(report)


def test_pictures_escape_what_a_stranger_named():
    report = explanation({"<script>": 0.6, "age": 0.4}, "one")
    drawn = svg(report)
    assert "<script>" not in drawn
    assert drawn.count("<rect") == 2
    assert "####" in text(report)


@pytest.mark.slow
def test_the_command_explains_what_was_assessed_one_row_and_what_changed(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("HAUBERK_KEYS", str(tmp_path / "keys"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    manifests = []
    for kind in ("bad", "good"):
        shutil.copytree(ROOT / "samples" / "HBK-EXP-001" / kind, tmp_path / kind)
        manifests.append(str(tmp_path / kind / "hauberk.yaml"))
        assert execute(["assess", "-m", manifests[-1], "--quiet"]) == 0
    capsys.readouterr()
    assert execute(["govern", "explain", "-m", manifests[1], "--json"]) == 0
    (model,) = json.loads(capsys.readouterr().out)["models"]
    assert model["sensitive"]["value"] == 0
    assert execute(["govern", "explain", "-m", manifests[1], "--against", manifests[0]]) == 0
    assert "sex: only the earlier explanation names it" in capsys.readouterr().out
    assert execute(["govern", "explain", "-m", manifests[0], "--row", "3"]) == 0
    assert "otherwise: " in capsys.readouterr().out
    assert execute(["govern", "explain", "-m", manifests[0], "--row", "3", "--against", manifests[1]]) == 2


@pytest.mark.slow
def test_the_command_compares_two_weeks_of_one_ledger(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("HAUBERK_KEYS", str(tmp_path / "keys"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    shutil.copytree(ROOT / "samples" / "HBK-EXP-001" / "good", tmp_path / "system")
    manifest = str(tmp_path / "system" / "hauberk.yaml")
    compared = ["govern", "explain", "-m", manifest, "--json", "--against"]
    assert execute(["assess", "-m", manifest, "--quiet"]) == 0
    assert execute([*compared, "previous"]) == 2
    assert "before the last one" in capsys.readouterr().err
    shutil.copy(ROOT / "samples" / "HBK-EXP-001" / "bad" / "model.onnx", tmp_path / "system" / "model.onnx")
    assert execute(["assess", "-m", manifest, "--quiet"]) == 0
    capsys.readouterr()
    first, _ = history(tmp_path / "system")
    documents = []
    for which in ("previous", first.id, first.closed[:10]):
        assert execute([*compared, which]) == 0
        documents.append(capsys.readouterr().out)
        assert valid(documents[-1]) == "explanation-changes-1"
    assert len(set(documents)) == 1
    assert json.loads(documents[0])["came"] == ["sex"]
    assert execute([*compared, "2020-01-01"]) == 2
    assert first.id in capsys.readouterr().err
