# SPDX-License-Identifier: Apache-2.0
"""The trade-off table of ``hauberk govern fairness --trade-off COLUMN``: rules weighed in a confined child."""

from pathlib import Path

from hauberk.attacks.tradeoff import TradeOff
from hauberk.attacks.tradeoff_numbers import NumberTradeOff
from hauberk.attacks.tradeoff_sides import Order
from hauberk.cli.subject import declared_model, read_declared
from hauberk.confine.pool import ConfinedPool, Task
from hauberk.core.codec import decode, encode
from hauberk.core.errors import Misuse
from hauberk.core.system import Declared, System
from hauberk.models.trial import REGRESS

SECONDS = 300
MEMORY = 4 << 30


def weighed(folder: Path, system: System, column: str, model: str = "") -> TradeOff | NumberTradeOff:
    """Weigh the rules for one column; raises Misuse saying what the manifest lacks."""
    chosen = declared_model(system, model)
    train, test = (_data(system, chosen, fact) for fact in ("trained_on", "tested_on"))
    order = Order(
        model=read_declared(folder, chosen),
        train=read_declared(folder, train),
        test=read_declared(folder, test),
        train_facts=train.facts,
        test_facts=test.facts,
        column=column,
        seed=system.seed,
    )
    number = chosen.facts.task == REGRESS
    room = "hauberk.attacks.tradeoff_numbers" if number else "hauberk.attacks.tradeoff"
    with ConfinedPool(workers=1, readable=(), preload=(room,)) as pool:
        task = Task(call=f"{room}:serve", payload=encode(order), seconds=SECONDS, memory=MEMORY, alone=True)
        given = pool.submit(task).result()
    return decode(given, NumberTradeOff) if number else decode(given, TradeOff)


def _data(system: System, model: Declared, fact: str) -> Declared:
    ids: tuple[str, ...] = getattr(model.facts, fact)
    data = system.declared(ids[0]) if ids else None
    if data is None or not data.facts.label:
        raise Misuse(f"{model.id} has no facts.{fact} with a label", remedy=f"declare facts.{fact} and facts.label")
    return data
