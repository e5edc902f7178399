# SPDX-License-Identifier: Apache-2.0
"""Evaluates rule trees over facts in three values (Kleene): yes, no, and nobody has said; and says what fired."""

from collections.abc import Mapping

from hauberk.core.value import Value
from hauberk.govern.facts import FACTS, STATED
from hauberk.govern.framework import Predicate

Facts = Mapping[str, frozenset[str]]


class Fired(Value, frozen=True, kw_only=True):
    """One predicate and what came of it."""

    says: str
    fact: str
    seen: tuple[str, ...]
    """Values that made it hold; of what does not, what the manifest states instead."""
    holds: bool | None
    """None where the manifest does not say."""


def holds(predicate: Predicate, known: Facts) -> bool | None:
    """Whether a tree holds; None where what is missing could decide it either way."""
    if predicate.fact:
        return _leaf(predicate, known)
    if predicate.negated is not None:
        inner = holds(predicate.negated, known)
        return None if inner is None else not inner
    results = [holds(one, known) for one in (predicate.all or predicate.any)]
    decisive = not predicate.all  # one False decides `all`, one True decides `any`
    if decisive in results:
        return decisive
    return None if None in results else not decisive


def _leaf(predicate: Predicate, known: Facts) -> bool | None:
    values = known[predicate.fact]
    if not values:
        return predicate.unstated if predicate.fact in STATED else False
    return "*" in predicate.has or bool(values & set(predicate.has))


def trace(predicate: Predicate, known: Facts) -> tuple[Fired, ...]:
    """Every leaf, in order."""
    if predicate.fact:
        values = known[predicate.fact]
        met = values if "*" in predicate.has else values & set(predicate.has)
        return (
            Fired(
                says=predicate.says,
                fact=predicate.fact,
                seen=tuple(sorted(met or values)),
                holds=_leaf(predicate, known),
            ),
        )
    below = (*predicate.all, *predicate.any, *((predicate.negated,) if predicate.negated else ()))
    return tuple(fired for one in below for fired in trace(one, known))


def decisive(predicate: Predicate, known: Facts) -> tuple[str, ...]:
    """Which predicates fired, in words; of a tree that is undecided, what the manifest leaves unsaid."""
    result = holds(predicate, known)
    if result is None:
        missing = {one.fact for one in trace(predicate, known) if one.holds is None}
        return tuple(f"the manifest does not say: {FACTS[fact]} (`{fact}`)" for fact in sorted(missing))
    if not result:
        return ()
    if predicate.any:
        return tuple(words for one in predicate.any if holds(one, known) for words in decisive(one, known))
    if predicate.says:
        return (predicate.says,)
    return tuple(words for one in predicate.all for words in decisive(one, known))
