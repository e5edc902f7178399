# SPDX-License-Identifier: Apache-2.0
"""The loader: what it accepts, and that it says of everything else where, what and what to do."""

import os
import re

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from hauberk.core.codec import builtins
from hauberk.core.errors import ManifestInvalid, Misuse
from hauberk.core.scales import Kind, Severity
from hauberk.core.system import Boundary, Column, Declared, Effect, Facts, Flow, Owner, System
from hauberk.manifest.load import find, load, load_policy, parse, parse_policy
from hauberk.manifest.tree import resolve
from tests.manifest.examples import FULL, WRONG

FAULT = re.compile(r"x\.yaml:\d+:\d+: [^:]+: .+; .+")


def faults(text: str) -> tuple[str, ...]:
    with pytest.raises(ManifestInvalid) as caught:
        parse(text.encode(), "x.yaml")
    return caught.value.faults


@pytest.mark.parametrize(("text", "expected", "_"), WRONG, ids=[row[1][:60] for row in WRONG])
def test_each_fault_says_where_what_and_what_to_do(text, expected, _):
    found = faults(text)
    assert any(expected in fault for fault in found), found
    assert all(FAULT.fullmatch(fault) for fault in found), found


def test_a_full_manifest_becomes_the_system_that_it_describes():
    system = parse(FULL.encode(), "x.yaml")
    assert (system.name, system.effect, system.uri, system.seed) == ("credit", Effect.ADVISES, "x.yaml", 7)
    assert system.regions == ("DE", "NO", "US-CA", "EEA"), "NO is Norway, not false"
    assert system.declared("api").facts.serves == "model"
    assert system.declared("train").facts.columns[0].groups == (30.0, 60.5)
    assert system.policy.rules[0].severity is Severity.HIGH
    assert system.policy.rules[1].limit.at_least == 0.6


def test_every_path_has_its_line():
    system, rows = parse(FULL.encode(), "x.yaml"), FULL.splitlines()
    assert rows[system.line("assets[0].facts.columns[1].name") - 1].strip().startswith('- {name: " odd')
    assert "seed: 3" in rows[system.line("assets[1].facts.seed") - 1]
    assert system.line("assets[1].facts.nothing") == system.line("assets[1].facts")
    assert system.line("") == 1


def test_all_faults_of_a_manifest_are_reported_at_once_in_the_order_of_the_file():
    text = "nam: x\neffect: decide\nassets:\n  - {id: a, kind: modle, uri: /x, digest: y}\n  - {id: a, kind: code}\n"
    found = faults(text)
    assert [int(fault.split(":")[1]) for fault in found] == [1, 1, 2, 4, 4, 4, 5]


def test_a_faulty_asset_does_not_make_references_to_it_faults_too():
    text = "name: x\nassets:\n  - {id: d, kind: dataset, uri: /x}\n  - {id: m, kind: model, facts: {trained_on: [d]}}\n"
    assert len(faults(text)) == 1


@pytest.mark.parametrize("secret", ["hunter2-Zq9!", "AKIAIOSFODNN7EXAMPLE"])
@pytest.mark.parametrize(
    "text",
    [
        "name: x\neffect: '{}'",
        "name: x\nseed: '{}'",
        "name: x\nassets: [{{id: '{}', kind: '{}'}}]",
        "name: x\n'{}': 1",
        "name: x\nflows: [{{name: f, source: a, target: b, crosses: ['{}'], carries: ['{}']}}]",
        "name: '{}' '{}'",
    ],
)
def test_no_fault_repeats_a_value_of_the_file(text, secret):
    assert all(
        secret not in fault for fault in faults(text.replace("{}", secret).replace("{{", "{").replace("}}", "}"))
    )


def test_more_faults_than_anyone_reads_are_counted():
    found = faults("name: x\nregions: [" + "UK," * 3000 + "]")
    assert len(found) == 1001
    assert found[-1] == "x.yaml: and 2000 more faults"


CORE_SCHEMA = [
    ("no", "no"), ("yes", "yes"), ("on", "on"), ("true", True), ("False", False), ("~", None), ("", None),
    ("007", 7), ("0o17", 15), ("0x1F", 31), ("1_000", "1_000"), ("1e3", 1000.0), (".5", 0.5), ("-3", -3),
    ("12:30", "12:30"), ("2026-01-01", "2026-01-01"), ("9" * 20, "9" * 20), ("1e", "1e"), ("e1", "e1"), (".", "."),
]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), CORE_SCHEMA)
def test_plain_words_are_read_by_the_core_schema_of_yaml_1_2(text, value):
    assert resolve(text) == value
    assert type(resolve(text)) is type(value)


def test_a_billion_laughs_cost_nothing():
    rows = ["a0: &a0 [x]"] + [f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 10)]
    assert "a key is not known here" in faults("\n".join(rows))[0]


def test_what_is_no_utf_8_is_said_with_its_line():
    with pytest.raises(ManifestInvalid) as caught:
        parse(b"name: x\npurpose: \xff", "x.yaml")
    assert caught.value.faults == ("x.yaml:2:1: manifest: not UTF-8 at byte 17; save the file as UTF-8",)


words = st.text("abcdefgh-. :#'\"\n{}[]", min_size=1, max_size=12).filter(str.strip)
ids = st.lists(st.from_regex(r"[a-z][a-z0-9_.-]{0,8}", fullmatch=True), unique=True, min_size=1, max_size=4)


@st.composite
def systems(draw):
    names = draw(ids)
    columns = tuple(Column(name=name, personal=draw(st.booleans())) for name in draw(ids))
    assets = tuple(
        Declared(id=name, kind=Kind.DATASET, facts=Facts(columns=columns, inputs=(draw(st.sampled_from(names)),)))
        for name in names
    )
    return System(
        name=draw(words),
        purpose=draw(st.just("") | words),
        owners=(Owner(name=draw(words), role=draw(words)),),
        effect=draw(st.sampled_from(Effect)),
        assets=assets,
        boundaries=(Boundary(name="b", between=("in", "out")),),
        flows=(Flow(name="f", source=names[0], target=draw(words), crosses=("b",), carries=("personal",)),),
        seed=draw(st.integers(0, 2**63 - 1)),
    )


@given(systems())
def test_a_system_written_as_yaml_is_read_back_the_same(system):
    plain = {key: value for key, value in builtins(system).items() if key not in ("uri", "lines")}
    text = yaml.safe_dump(plain, sort_keys=False, allow_unicode=True)
    assert msgspec.structs.replace(parse(text.encode(), "hauberk.yaml"), lines={}) == system


POLICY = "name: p\nrules:\n  - {id: a, severity: high}\n"


def test_a_policy_beside_the_manifest_is_read_with_it(tmp_path):
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "p.yaml").write_text("schema: hauberk/policy/1\n" + POLICY)
    manifest = tmp_path / "hauberk.yaml"
    manifest.write_text("name: x\npolicy: rules/p.yaml\n")
    system = load(manifest)
    assert system.policy == parse_policy(POLICY.encode(), "p")
    assert system.uri == "hauberk.yaml"
    assert system.line("policy") == 2


def test_faults_of_the_manifest_and_of_its_policy_come_together(tmp_path):
    (tmp_path / "p.yaml").write_text("rules:\n  - {id: a}\n")
    (tmp_path / "hauberk.yaml").write_text("nam: x\npolicy: p.yaml\n")
    with pytest.raises(ManifestInvalid) as caught:
        load(tmp_path / "hauberk.yaml")
    assert [fault.split("/")[-1].split(":")[0] for fault in caught.value.faults] == ["hauberk.yaml"] * 2 + ["p.yaml"]


def test_no_link_leads_the_policy_out_of_the_folder(tmp_path):
    (tmp_path / "outside.yaml").write_text(POLICY)
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "p.yaml").symlink_to("../outside.yaml")
    (folder / "loop.yaml").symlink_to("loop.yaml")
    for name, expected in (("p.yaml", "a link that leaves"), ("loop.yaml", "link"), ("none.yaml", "cannot be read")):
        (folder / "hauberk.yaml").write_text(f"name: x\npolicy: {name}\n")
        with pytest.raises(ManifestInvalid) as caught:
            load(folder / "hauberk.yaml")
        assert expected in caught.value.faults[0] or "cannot be read" in caught.value.faults[0]


def test_a_policy_that_the_caller_gives_replaces_the_manifests_own(tmp_path):
    (tmp_path / "hauberk.yaml").write_text("name: x\npolicy: {rules: [{id: own, severity: low}]}\n")
    (tmp_path / "given.yaml").write_text(POLICY)
    given_policy = load(tmp_path / "hauberk.yaml", policy=tmp_path / "given.yaml").policy
    assert given_policy == load_policy(tmp_path / "given.yaml")
    assert given_policy.rules[0].id == "a"


def test_the_nearest_manifest_upward_is_found(tmp_path):
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    assert find(deep) is None
    (tmp_path / "hauberk.yaml").write_text("name: x")
    assert find(deep) == tmp_path / "hauberk.yaml"
    (deep / "hauberk.yaml").write_text("name: y")
    assert find(deep) == deep / "hauberk.yaml"


def test_what_is_no_regular_file_is_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path, tmp_path / "none"):
        with pytest.raises(Misuse):
            load(path)
