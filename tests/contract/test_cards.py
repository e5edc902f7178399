# SPDX-License-Identifier: Apache-2.0
"""What every rule promises, checked over the whole catalogue."""

import re
from pathlib import Path

import pytest

from hauberk.core.families import FAMILIES, RETIRED
from hauberk.core.scales import Outcome, Stage
from hauberk.engine.catalogue import catalogue
from tests.inprocess import run_rules

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "samples"
CARDS = catalogue()
REFERENCE = re.compile(
    r"CWE-\d+|ATLAS:AML\.T\d{4}(\.\d{3})?|OWASP-(ML|LLM|API):20\d\d:[A-Z]{2,4}\d{1,2}|GDPR:Art\.\d+.*|AI-Act:(Art\.\d+|Annex).*"
    r"|CIS-[A-Za-z]+:[\d.]+|NIST-[\w.:-]+|ISO-\d+[\w.:-]*|RFC-?\d+|SLSA:.+|doi:.+|arXiv:.+|https://.+|[A-Z][\w.-]+:\S+"
)


@pytest.mark.parametrize("card", CARDS.values(), ids=lambda card: card.id)
def test_a_card_says_what_why_and_what_to_do(card):
    assert len(card.title) < 90
    assert not card.title.endswith(".")
    assert len(card.why) > 40
    assert len(card.remedy) > 10
    assert card.references
    assert all(REFERENCE.fullmatch(reference) for reference in card.references), card.references
    assert card.id.split("-")[1] in FAMILIES
    assert card.id not in RETIRED


@pytest.mark.parametrize("card", CARDS.values(), ids=lambda card: card.id)
def test_the_bad_sample_is_found(card):
    evidence = run_rules(SAMPLES / card.id / "bad", CARDS, only=(card.id,))
    outcomes = {one.outcome for one in evidence}
    assert Outcome.FOUND in outcomes, [(one.asset.uri, one.reason) for one in evidence]
    for one in evidence:
        assert one.stage is card.stage
        assert all(finding.message and finding.fingerprint.startswith("v1:") for finding in one.findings)


@pytest.mark.parametrize("card", CARDS.values(), ids=lambda card: card.id)
def test_the_good_sample_is_silent_and_was_really_looked_at(card):
    evidence = run_rules(SAMPLES / card.id / "good", CARDS, only=(card.id,))
    assert evidence
    assert {one.outcome for one in evidence} == {Outcome.CLEAN}, [
        (one.asset.uri, one.reason, [finding.message for finding in one.findings]) for one in evidence
    ]


@pytest.mark.parametrize("stage", ["design", "develop", "data", "train", "attack", "deploy", "govern"])
def test_every_stage_has_at_least_two_rules(stage):
    assert sum(card.stage is Stage(stage) for card in CARDS.values()) >= 2


def test_every_sample_belongs_to_a_rule():
    assert {path.name for path in SAMPLES.glob("HBK-*")} == set(CARDS)
