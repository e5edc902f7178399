# SPDX-License-Identifier: Apache-2.0
"""Every card there is: found by walking the package of checks, so that a new rule edits no other file."""

import functools
import importlib
import pkgutil
from collections.abc import Mapping
from types import MappingProxyType

import hauberk.checks
from hauberk.core.card import Card
from hauberk.core.errors import HauberkError, Misuse


@functools.cache
def catalogue() -> Mapping[str, Card]:
    """Cards by id, in order of stage and id; raises HauberkError where two modules use one id."""
    cards: dict[str, Card] = {}
    for module in pkgutil.walk_packages(hauberk.checks.__path__, hauberk.checks.__name__ + "."):
        for value in vars(importlib.import_module(module.name)).values():
            if not isinstance(value, Card) or cards.get(value.id) is value:
                continue
            if value.id in cards:
                raise HauberkError(f"two rules use the id {value.id}", remedy=f"give the one in {module.name} a new id")
            cards[value.id] = value
    return MappingProxyType(dict(sorted(cards.items(), key=lambda item: (item[1].stage.rank, item[0]))))


def card(card_id: str) -> Card:
    """The card with this id; raises Misuse where there is none."""
    try:
        return catalogue()[card_id.upper()]
    except KeyError:
        raise Misuse(f"no rule is called {card_id}", remedy="hauberk explain lists all rules") from None
