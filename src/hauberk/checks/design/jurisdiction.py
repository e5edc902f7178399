# SPDX-License-Identifier: Apache-2.0
"""Where personal data may go from where: groups of countries as data, each with its source and the day it was read.

Not legal advice: it tells a flow that needs a stated basis from one that does not, and a basis that cannot be right.
"""

from dataclasses import dataclass

_UNION = ("AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR", "HU", "IE", "IT", "LV", "LT", "LU")
EEA = frozenset({*_UNION, "MT", "NL", "PL", "PT", "RO", "SK", "SI", "ES", "SE", "IS", "LI", "NO", "EU", "EEA"})
"""The 27 member states, Iceland, Liechtenstein, Norway, and the two names of the whole."""


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Countries that one law treats as adequate as a whole, and who says so."""

    whose: str
    """The law: ``EEA``, or the country."""
    countries: frozenset[str]
    source: str
    retrieved: str


DECISIONS: tuple[Decision, ...] = (
    Decision(
        whose="EEA",
        countries=frozenset(("AD", "AR", "CH", "FO", "GG", "IL", "IM", "JE", "NZ", "UY")),
        source="the review of 15 January 2024, which upholds these (and that on Canada): freeths.co.uk, dig.watch",
        retrieved="2026-11-24",
    ),
    Decision(
        whose="EEA",
        countries=frozenset(("JP", "KR")),
        source="activemind.legal, list of decisions; for Japan the Commission's report COM(2023) 275: businesses only",
        retrieved="2026-11-24",
    ),
    Decision(
        whose="EEA",
        countries=frozenset(("GB",)),
        source="renewed on 19 December 2025 until 2031: itpro.com, chambers.com",
        retrieved="2026-11-24",
    ),
    Decision(
        whose="EEA",
        countries=frozenset(("BR",)),
        source="Implementing Decision (EU) 2026/179 of 26 January 2026: europalov.no",
        retrieved="2026-11-24",
    ),
    Decision(
        whose="GB",
        countries=EEA | {"AD", "AR", "CH", "GG", "GI", "IL", "IM", "JE", "JP", "KR", "NZ", "UY"},
        source="Data Protection Act 2018, Schedule 21, paragraph 5, and SI 2022/1213: handleygill.co.uk",
        retrieved="2026-11-24",
    ),
    Decision(
        whose="CH",
        countries=EEA | {"AD", "AR", "FO", "GB", "GG", "GI", "IL", "IM", "JE"},
        source="Data Protection Ordinance, Annex 1, in part, and a summary: prighter.com, bifrostindex.ai",
        retrieved="2026-11-24",
    ),
    Decision(
        whose="JP",
        countries=EEA,
        source="the Japanese commission's decision of 23 January 2019: globaldatareview.com",
        retrieved="2026-11-24",
    ),
    Decision(
        whose="BR",
        countries=EEA,
        source="Resolution CD/ANPD 32 of 26 January 2026: kennedyslaw.com",
        retrieved="2026-11-24",
    ),
)
"""All from secondary pages in stored copies, but for the two decisions that are named by number."""

AS_OF = min(one.retrieved for one in DECISIONS)
"""Day on which the lists were compared with their sources; what was decided later is not in them."""


_FROM = {
    whose: frozenset(name for one in DECISIONS if one.whose == whose for name in one.countries)
    for whose in {one.whose for one in DECISIONS}
}

ADEQUATE = _FROM["EEA"]
"""Countries that a decision under GDPR Art. 45 covers as a whole."""

ADEQUATE_IF = {
    "CA": "only recipients under PIPEDA, that is commercial organisations",
    "US": "only recipients certified under the EU-US Data Privacy Framework",
}
"""Countries that a decision covers in part; the basis must say that the recipient is in that part."""


def country(region: str) -> str:
    """The country of a region: ``US`` of ``US-CA``."""
    return region.partition("-")[0]


def free(source: str, target: str) -> bool:
    """Whether personal data moves from one region to another as at home, or under a decision that covers all of it."""
    one, other = country(source), country(target)
    if one == other or (one in EEA and other in EEA):
        return True
    return other in _FROM.get("EEA" if one in EEA else one, frozenset())
