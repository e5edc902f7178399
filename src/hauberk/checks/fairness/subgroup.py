# SPDX-License-Identifier: Apache-2.0
"""HBK-FAI-003: the subgroup that fares worst."""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from hauberk.checks.fairness.decisions import FLOOR, Decisions, columns_of, decide, touches_people
from hauberk.core.card import check
from hauberk.core.limit import Limit
from hauberk.core.measurement import Measurement, Parameter
from hauberk.core.scales import Basis, Severity
from hauberk.core.target import Target
from hauberk.stats.predicates import DEPTH
from hauberk.stats.subgroups import search

OPPORTUNITY = "worst_subgroup_opportunity_shortfall"
LONGEST = 300
"""Characters of a predicate that are kept."""


@check(
    "HBK-FAI-003",
    stage="govern",
    kinds=("model",),
    severity=Severity.HIGH,
    needs=("system", "ml"),
    applies=touches_people,
    basis=Basis.MEASURED,
    limits=(
        Limit(measurement=OPPORTUNITY, at_most=0.2),
        Limit(measurement=OPPORTUNITY, at_most=0.3, severity=Severity.MEDIUM, worse_end=True),
    ),
    seconds=60,
    remedy="look at the cases of the subgroup named: collect more and better labelled rows of it, repair the inputs "
    "that carry the difference, or send its refusals to a person until the interval is narrow enough to tell",
    references=("AI-Act:Art.10(2)(f)", "AI-Act:Art.15", "doi:10.48550/arXiv.1711.05144", "NIST-AI-100-1:MEASURE-2.11"),
)
def subgroup(target: Target) -> Iterator[Measurement]:
    """Some subgroup of people is refused what it deserves more often than everybody else.

    Each sensitive column alone can look even while young women, or old men of one nationality, are turned down. Every
    subgroup that values of up to three sensitive columns describe is compared with everybody else, with intervals that
    allow for all of them. One limit is on the shortfall, the other on its worse end: what is not shown to be fair is
    said as well (Kearns, Neel, Roth and Wu 2018).
    """
    decisions = decide(target)
    columns, unclear = columns_of(decisions.sheet)
    if columns:
        yield from _worst(decisions, columns)
    if unclear is not None:
        raise unclear


def _worst(decisions: Decisions, columns: Mapping[str, NDArray[np.str_]]) -> Iterator[Measurement]:
    everybody = np.ones(len(decisions.chosen), dtype=bool)
    asked = {
        OPPORTUNITY: (decisions.deserved, decisions.chosen, "the favourable decision where it is deserved"),
        "worst_subgroup_selection_shortfall": (everybody, decisions.chosen, "the favourable decision"),
        "worst_subgroup_accuracy_shortfall": (
            everybody,
            decisions.chosen == decisions.deserved,
            "the right decision",
        ),
    }
    for name, (among, outcome, of) in asked.items():
        found = search(
            outcome[among],
            {column: groups[among] for column, groups in columns.items()},
            weights=None if decisions.weights is None else decisions.weights[among],
            rng=np.random.default_rng(decisions.seed),
            floor=FLOOR,
        )
        parameters: dict[str, Parameter] = {
            "data": decisions.sheet.id,
            **decisions.told,
            "table": decisions.sheet.uri,
            "columns": ", ".join(sorted(columns))[:LONGEST],
            "outcome": of,
            "depth": DEPTH,
            "floor": FLOOR,
            "compared": found.compared,
            "too_small": found.small,
            "skipped": found.skipped,
        }
        parameters |= {"weight": decisions.sheet.facts.weight} if decisions.weights is not None else {}
        worst = found.worst
        if worst is None:
            note = f"not estimable at n={int(among.sum())}: no subgroup and the others both have {FLOOR} people"
            yield Measurement(name=name, value=None, n=int(among.sum()), parameters=parameters, note=note)
            continue
        parameters |= {
            "predicate": worst.predicate[:LONGEST],
            "rate": worst.rate,
            "others": worst.others,
            "interval": found.interval,
        }
        note = f"the search stopped after {found.compared} subgroups" if found.skipped else ""
        yield Measurement(
            name=name,
            value=worst.shortfall,
            low=worst.low,
            high=worst.high,
            n=worst.n,
            parameters=parameters,
            note=note,
        )
