# SPDX-License-Identifier: Apache-2.0
"""YAML as nodes: what is read, with which lines, and where growth ends."""

import pytest
import yaml as reference
from hypothesis import given
from hypothesis import strategies as st

from hauberk.assets import yaml
from hauberk.core.errors import CannotLook, Malformed, TooLarge


def one(text: str) -> yaml.Node:
    (document,) = yaml.read(text.encode()).documents
    return document


def plain(node: yaml.Node):
    """A node as strings, lists and dictionaries."""
    if node.items is not None:
        return [plain(item) for item in node.items]
    return {key: plain(value) for key, value in node.entries.items()} if node.entries is not None else node.text


def test_nodes_know_their_lines_and_columns():
    node = one("a:\n  - b\n  - {c: d}\n").at("a")
    assert (node.line, node.column) == (2, 3)
    assert [(item.line, item.column) for item in node.items] == [(2, 5), (3, 5)]


def test_documents_are_kept_apart():
    stream = yaml.read(b"a: &x 1\n---\n- 2\n---\n")
    assert [plain(node) for node in stream.documents] == [{"a": "1"}, ["2"], ""]


def test_tags_stay_text_and_nothing_is_built():
    stream = yaml.read(b"a: !!python/object/apply:os.system [id]\nb: !x {c: !!int '1'}\n")
    assert [tag.name for tag in stream.tags] == [
        "tag:yaml.org,2002:python/object/apply:os.system",
        "!x",
        "tag:yaml.org,2002:int",
    ]
    assert plain(stream.documents[0]) == {"a": ["id"], "b": {"c": "1"}}


def test_a_key_that_stands_twice_is_reported_and_the_last_counts():
    stream = yaml.read(b"a: 1\nb: 2\na: 3\n")
    assert [(one.key, one.line) for one in stream.duplicates] == [("a", 3)]
    assert stream.documents[0].string("a") == "3"


def test_merged_keys_give_way_to_own_ones():
    node = one("base: &b {x: 1, y: 2}\nuse: {<<: *b, y: 3}\nboth: {<<: [*b, {x: 9, z: 4}]}\n")
    assert plain(node.at("use")) == {"x": "1", "y": "3"}
    assert plain(node.at("both")) == {"x": "1", "y": "2", "z": "4"}


@pytest.mark.parametrize(
    ("text", "truth"),
    [
        ("true", True),
        ("Yes", True),
        ("on", True),
        ("False", False),
        ("off", False),
        ("'true'", None),
        ("1", None),
        ("", None),
    ],
)
def test_only_a_plain_word_is_a_boolean(text, truth):
    assert one(f"a: {text}\n").truth("a") is truth


def test_paths_that_lead_nowhere_give_nothing():
    node = one("a: {b: [1]}\n")
    assert node.at("a", "x", "y") is None
    assert node.at("a", "b", "c") is None
    assert (node.string("a"), node.list("a"), node.truth("a")) == ("", (), None)
    assert [item.text for item in node.list("a", "b")] == ["1"]


LAUGHS = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join(['*' + below] * 10)}]\n" for below, name in zip("abcdefghi", "bcdefghij", strict=True)
)
CHAIN = "a0: &a0 [x]\n" + "".join(f"a{i + 1}: &a{i + 1} [*a{i}]\n" for i in range(200))
TOO_LARGE = [LAUGHS, CHAIN, "[" * 150 + "]" * 150, "- " * 200 + "x", "{a: " * 150 + "}" * 150, "---\n" * 10_001]


@pytest.mark.parametrize("text", TOO_LARGE, ids=["laughs", "chain", "lists", "dashes", "maps", "documents"])
def test_growth_ends_at_a_ceiling(text):
    with pytest.raises(TooLarge):
        yaml.read(text.encode())


def test_bytes_have_a_ceiling():
    with pytest.raises(TooLarge, match="bytes"):
        yaml.read(b"a" * (yaml.BYTES + 1))


MALFORMED = [
    "a: [",
    "a: *b",
    "&a [*a]",
    "&a {b: *a}",
    "a: b: c",
    "\ta: 1",
    "'",
    "%YAML 3.0\n---\na",
    "a: !!x%zz b",
    '"\\ud800"',
]


@pytest.mark.parametrize("text", MALFORMED)
def test_what_is_no_yaml_is_malformed(text):
    with pytest.raises(Malformed):
        yaml.read(text.encode())


@pytest.mark.parametrize("data", [b"\x00", b"\xff\xfe\x00", b"a: \xed\xa0\x80", b"\x80abc"])
def test_bytes_that_no_yaml_holds_are_malformed(data):
    with pytest.raises(Malformed):
        yaml.read(data)


@pytest.mark.parametrize(
    "text",
    [
        "a: {{ .Values.x }}\n",
        "{{- if .x }}\na: 1\n{{- end }}\n",
        "{% set v = 1 %}\na: b\n",
        "- {{ x }}: 1\n",
        "a: {{x}}-b\n",
    ],
)
def test_a_template_says_that_it_is_one(text):
    with pytest.raises(CannotLook, match="template"):
        yaml.read(text.encode())


@pytest.mark.parametrize("text", ["a: ${{ b }}\n", "a: '{{ b }}'\n", "a: |\n  {{ b }}\n", "a: x {{ b }}\n"])
def test_braces_inside_text_are_no_template(text):
    assert "{{ b }}" in one(text).string("a")


VALUES = st.recursive(
    st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_characters="\x7f\x85"), max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("abcxyz", min_size=1, max_size=4), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(VALUES)
def test_what_a_writer_wrote_is_read_back(value):
    text = reference.safe_dump(value, allow_unicode=True)
    assert plain(one(text)) == value


@given(VALUES)
def test_walking_meets_every_node_once_and_size_counts_them(value):
    node = one(reference.safe_dump(value))
    keys = sum(len(one.entries) for one in node.walk() if one.entries is not None)
    assert len(list(node.walk())) + keys == node.size
