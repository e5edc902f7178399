# SPDX-License-Identifier: Apache-2.0
"""Candidates of secrets by Hyperscan (Wang and others, NSDI 2019). A seam: reached only where it is installed."""

from functools import cache

import hyperscan

from hauberk.analysis.secret_forms import FORMS
from hauberk.analysis.secret_places import BARE, QUOTED, Places


def places(data: bytes) -> Places:
    """The same candidates as RE2 gives, at many times its speed."""
    anchors: list[tuple[int, int]] = []
    named: tuple[list[int], list[int]] = [], []
    widths, forms = _widths(), len(FORMS)

    def met(index: int, _: int, end: int, __: int, ___: object) -> None:
        if index < forms:
            anchors.append((index, end - widths[index]))
        else:
            named[index - forms].append(end - 1)

    database().scan(data, match_event_handler=met)
    return Places(anchors, *named)


@cache
def _widths() -> tuple[int, ...]:
    return tuple(form.width for form in FORMS)


@cache
def database() -> hyperscan.Database:
    """The automaton over all anchors and the two shapes of assignments."""
    patterns = [form.anchor.encode() for form in FORMS] + [one.removeprefix("(?i)").encode() for one in (QUOTED, BARE)]
    flags = [hyperscan.HS_FLAG_DOTALL] * len(FORMS) + [hyperscan.HS_FLAG_CASELESS] * 2
    database = hyperscan.Database()
    database.compile(expressions=patterns, ids=list(range(len(patterns))), elements=len(patterns), flags=flags)
    return database
