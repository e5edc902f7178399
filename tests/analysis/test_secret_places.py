# SPDX-License-Identifier: Apache-2.0
"""Both automata tell the same places, so that both find the same secrets; the corpus that is not ours; its bars."""

import random
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hauberk.analysis.secret_forms import FORMS
from hauberk.analysis.secret_places import by_re2
from hauberk.analysis.secrets import judge
from tests.corpora.secrets.corpus import FORMS as PUBLISHED
from tests.corpora.secrets.corpus import draw, false, true
from tests.corpora.secrets.judge import rates

ROOT = Path(__file__).parents[2]
ANCHORS = [form.anchor for form in FORMS]
NAMES = ["password", "API_KEY", "auth-token", "secret", "db_pwd", "x.credential", "wandb_key", "tokenizer"]
JOINTS = [
    " = ",
    ": ",
    "=",
    '"]= "',
    ", '",
    ':= b"',
    "=> ",
    ": str = '",
    "\n",
    "\r\n",
    " ",
    "-",
    "_",
    ".",
    "\t",
    "é",
    "\0",
    "://",
    "@",
]


def fast():
    return pytest.importorskip("hauberk.analysis.secret_hyperscan").places


def same(data: bytes) -> None:
    one, other = by_re2(data), fast()(data)
    assert sorted(one.anchors) == sorted(other.anchors)
    for bare in (False, True):
        assert list(judge(data, one, bare=bare)) == list(judge(data, other, bare=bare))


pieces = st.one_of(
    st.sampled_from(NAMES),
    st.sampled_from(JOINTS),
    st.integers(0, 10**6).map(lambda seed: draw(random.Random(seed).choice(PUBLISHED)[1], random.Random(seed))),
    st.integers(0, 10**6).map(lambda seed: draw(random.Random(seed).choice(ANCHORS), random.Random(seed))),
    st.text(max_size=12),
)


@given(st.lists(pieces, max_size=24).map("".join))
@settings(max_examples=150, deadline=None)
def test_both_automata_lead_to_the_same_secrets_in_any_text(text: str) -> None:
    same(text.encode("utf-8", "surrogatepass"))


@given(st.binary(max_size=400))
@settings(max_examples=60, deadline=None)
def test_both_automata_lead_to_the_same_secrets_in_any_bytes(data: bytes) -> None:
    same(data)


def test_both_automata_lead_to_the_same_secrets_in_the_corpus() -> None:
    for sample in (*true(3, 2), *false(3, 1)):
        same(sample.text.encode())


@pytest.mark.slow
def test_both_automata_lead_to_the_same_secrets_in_our_sources() -> None:
    for path in sorted((ROOT / "src").rglob("*.py"))[::3]:
        same(path.read_bytes())


@pytest.mark.parametrize("form", FORMS, ids=lambda form: f"{form.kind} {form.anchor}")
def test_an_anchor_has_the_length_that_it_says(form) -> None:
    text = draw(form.anchor, random.Random(1))
    assert len(text) == form.width
    assert re.fullmatch(form.anchor, text)


def test_the_half_that_rules_were_written_with_is_found() -> None:
    recall, alarms, missed, alarmed = rates(7, held=False, each=2)
    assert recall >= 0.95, missed
    assert alarms <= 0.02, alarmed
