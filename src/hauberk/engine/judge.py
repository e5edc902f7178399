# SPDX-License-Identifier: Apache-2.0
"""Judges by a policy what was run; a rule that could not be judged is a reason, so that running less never passes."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import msgspec

from hauberk.core.card import Card
from hauberk.core.errors import Misuse
from hauberk.core.evidence import Evidence
from hauberk.core.system import Policy, Rule
from hauberk.core.verdict import Inability, Verdict, Waiver
from hauberk.engine.plan import Plan
from hauberk.policy.decide import DEFAULT, decide, foreign

_NOT_RUN = "nothing that it is about was run"


def judge_scan(
    policy: Policy,
    evidence: Sequence[Evidence],
    waivers: Iterable[Waiver],
    today: date,
    cards: Mapping[str, Card],
    *,
    partial: bool = False,
) -> Verdict:
    """The verdict on a scan, which measures nothing and may run only some of the rules.

    A rule of the policy about cards that were not run, or about a measurement that was not made, is an Inability; with
    ``partial``, where only changes were looked at, the former is not judged: nothing that it is about has changed.
    Raises Misuse as ``decide`` does, and for a rule that is about no card there is.
    """
    if partial and not evidence:
        return Verdict(passed=True, policy=policy.name, gates=())
    measured = {one.name for evident in evidence for one in evident.measurements}
    kept, doubts = [], []
    for rule in policy.rules:
        reason = _unjudged(rule, evidence, measured, cards)
        if reason == _NOT_RUN and partial:
            continue
        if reason:
            doubts.append(Inability(card="", asset="", reason=f"policy rule {rule.id!r}: {reason}"))
        else:
            kept.append(rule)
    if kept or not (doubts or partial):
        verdict = decide(msgspec.structs.replace(policy, rules=tuple(kept)), evidence, waivers, today)
    else:
        bare = decide(DEFAULT, evidence, waivers, today)
        verdict = msgspec.structs.replace(bare, policy=policy.name, gates=())
    return doubted(verdict, doubts)


def _unjudged(rule: Rule, evidence: Sequence[Evidence], measured: set[str], cards: Mapping[str, Card]) -> str:
    """Why a rule cannot be judged on a scan; empty where it can, or where decide is to refuse it."""
    if rule.limit is not None and rule.limit.measurement not in measured:
        return f"scan does not measure {rule.limit.measurement}; run hauberk assess"
    if rule.regression is not None:
        return f"scan does not compare {rule.regression.measurement} with the last release; run hauberk assess"
    if any(about(rule, one.card, one.stage.value) for one in evidence):
        return ""
    if foreign(rule):
        return "it is about other tools, whose reports hauberk import puts into the ledger; hauberk gate judges them"
    if any(about(rule, card.id, card.stage.value) for card in cards.values()):
        return _NOT_RUN
    return ""


def check_policy(policy: Policy, plan: Plan) -> None:
    """Raise Misuse, before anything is run, for a rule of the policy that no job of the plan can bear on."""
    for rule in policy.rules:
        if not foreign(rule) and not any(about(rule, job.card.id, job.card.stage.value) for job in plan.jobs):
            raise Misuse(
                f"policy rule {rule.id!r} judges nothing: none of its stages or cards is run on this system",
                remedy="correct the rule, or declare the assets that it is about",
            )


def about(rule: Rule, card: str, stage: str) -> bool:
    """Whether a rule of a policy is about a card of a stage."""
    return (not rule.stages or stage in rule.stages) and (not rule.cards or card in rule.cards)


def doubted(verdict: Verdict, doubts: Sequence[Inability]) -> Verdict:
    """The verdict with further things that could not be looked at; it does not pass."""
    if not doubts:
        return verdict
    return msgspec.structs.replace(verdict, passed=False, unable=(*verdict.unable, *doubts))
