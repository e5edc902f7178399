# SPDX-License-Identifier: Apache-2.0
"""Which tags execute on load."""

from pathlib import Path

import pytest

from hauberk.checks.configuration.yaml_tags import yaml_tags
from hauberk.core.scales import Outcome, Severity
from tests.checks.trial import on_files, on_folder, outcomes

SAMPLES = Path(__file__).parents[3] / "samples" / yaml_tags.id
EXECUTES = [
    ("a: !!python/object/apply:os.system [ls]", Severity.HIGH),
    ("a: !!python/object/new:os.system [ls]", Severity.HIGH),
    ("a: !!python/object:x.Y {}", Severity.HIGH),
    ("a: !!python/name:material.extensions.emoji.twemoji", Severity.MEDIUM),
    ("a: !!python/module:os", Severity.MEDIUM),
    ("a: !<tag:yaml.org,2002:python/object/apply:os.system> [ls]", Severity.HIGH),
    ("%TAG !p! tag:yaml.org,2002:python/\n---\na: !p!object/apply:os.system [ls]", Severity.HIGH),
    ("- {b: [{c: !!python/object/apply:os.system [ls]}]}", Severity.HIGH),
    ("? !!python/object/apply:os.system [ls]\n: 1", Severity.HIGH),
    ("a: 1\n---\nb: !!python/object/apply:os.system [ls]", Severity.HIGH),
    ("a: !ruby/object:Gem::Installer {}", Severity.HIGH),
    ("a: !!javax.script.ScriptEngineManager []", Severity.HIGH),
    ("a: !!com.sun.rowset.JdbcRowSetImpl {}", Severity.HIGH),
    ("a: !php/object 'O:1'", Severity.HIGH),
    ("a: !!js/function 'function(){}'", Severity.HIGH),
    ("a: !!perl/code '{1}'", Severity.HIGH),
    ("a: !apply:random.seed [1]", Severity.HIGH),
    ("a: !new:torch.nn.Linear {}", Severity.MEDIUM),
]
HARMLESS = [
    "a: 1",
    "a: !!python/tuple [1, 2]",
    "a: !!str 1\nb: !!int '2'\nc: !!binary aGk=\nd: !!set {x}\ne: !!omap [a: 1]",
    "a: '!!python/object/apply:os.system'",
    "a: |\n  !!python/object/apply:os.system",
    "# !!python/object/apply:os.system",
    "a: !Ref X\nb: !Sub '${x}'\nc: !GetAtt a.b",
    "a: !secret x\nb: !include other.yaml\nc: !ENV ${HOME}",
    "a: !ruby/symbol x\nb: !ruby/regexp /x/",
    "a: ! x",
    'on: push\nsteps:\n  - run: "${{ secrets.X }}"',
]
UNABLE = ["a: [", "a: *b", "\x00a: 1", "a: {{ b }}\n", "{% if x %}\na: 1\n", "&a [*a]", "[" * 500]


@pytest.mark.parametrize(("text", "severity"), EXECUTES)
def test_a_tag_that_executes_is_found(tmp_path, text, severity):
    (evidence,) = on_files(yaml_tags, tmp_path, {"x.yaml": text})
    assert [finding.severity for finding in evidence.findings] == [severity], evidence.reason


@pytest.mark.parametrize("text", HARMLESS)
def test_other_tags_and_mere_text_are_clean(tmp_path, text):
    (evidence,) = on_files(yaml_tags, tmp_path, {"x.yaml": text})
    assert evidence.outcome is Outcome.CLEAN, evidence.findings or evidence.reason


@pytest.mark.parametrize("text", UNABLE)
def test_yaml_that_cannot_be_read_is_never_called_clean(tmp_path, text):
    (evidence,) = on_files(yaml_tags, tmp_path, {"x.yaml": text})
    assert evidence.outcome is Outcome.UNABLE


@pytest.mark.parametrize("name", ["x.yml", "k.yaml", "compose.yaml", "hauberk.yaml", "MLmodel"])
def test_every_kind_of_yaml_file_is_examined(tmp_path, name):
    text = "apiVersion: v1\nkind: Pod\n" if name == "k.yaml" else "name: x\n"
    assert outcomes(on_files(yaml_tags, tmp_path, {name: text})) == {"clean"}


def test_the_bad_sample_is_found_and_the_good_one_is_clean():
    assert outcomes(on_folder(yaml_tags, SAMPLES / "bad")) == {"found"}
    assert outcomes(on_folder(yaml_tags, SAMPLES / "good")) == {"clean"}
