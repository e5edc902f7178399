# SPDX-License-Identifier: Apache-2.0
"""Where personal data may go from where: groups of countries as data, with their source and the day they were read.

Not legal advice: it tells a flow that needs a stated basis from one that does not, and a basis that cannot be right.
"""

AS_OF = "2026-05-06"
"""Day of the newest source that the lists were compared with; what the Commission decided later is not in them."""
SOURCE = "GDPR Art. 44-49; the Commission's adequacy decisions, the latest of them Decision (EU) 2026/179 on Brazil"

_UNION = ("AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR", "HU", "IE", "IT", "LV", "LT", "LU")
EEA = frozenset({*_UNION, "MT", "NL", "PL", "PT", "RO", "SK", "SI", "ES", "SE", "IS", "LI", "NO", "EU", "EEA"})
"""The 27 member states, Iceland, Liechtenstein, Norway, and the two names of the whole."""

ADEQUATE = frozenset(("AD", "AR", "BR", "CH", "FO", "GB", "GG", "IL", "IM", "JE", "JP", "KR", "NZ", "UY"))
"""Countries that a decision under GDPR Art. 45 covers as a whole."""

ADEQUATE_IF = {
    "CA": "only recipients under PIPEDA, that is commercial organisations",
    "US": "only recipients certified under the EU-US Data Privacy Framework",
}
"""Countries that a decision covers in part; the basis must say that the recipient is in that part."""

MUTUAL = frozenset({"GB", "CH", "JP", "BR"})
"""Countries whose own law treats the whole EEA as adequate."""

PAIRS = frozenset({frozenset({"GB", "CH"})})
"""Countries outside the EEA that treat each other as adequate."""


def country(region: str) -> str:
    """The country of a region: ``US`` of ``US-CA``."""
    return region.partition("-")[0]


def free(source: str, target: str) -> bool:
    """Whether personal data moves from one region to another as at home, or under a decision that covers all of it."""
    one, other = country(source), country(target)
    if one == other or (one in EEA and other in EEA):
        return True
    if one in EEA:
        return other in ADEQUATE
    return (one in MUTUAL and other in EEA) or frozenset({one, other}) in PAIRS
