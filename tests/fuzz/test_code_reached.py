# SPDX-License-Identifier: Apache-2.0
"""Mutated Python files and notebooks: the share that reaches the innermost stage, the tracing of a call's argument."""

import random
from pathlib import Path

import pytest

from hauberk.analysis.calls import dotted
from hauberk.analysis.calls_origin import trace
from hauberk.assets import notebook, python
from hauberk.core.errors import CannotLook
from tests.fuzz.mutations import mutate

ROOT = Path(__file__).parents[2]
ROUNDS = 300
LEAST = 0.2
SEEDS = {
    "python": sorted((ROOT / "samples").glob("HBK-COD-00[12]/*/*.py")),
    "notebook": sorted((ROOT / "samples").glob("HBK-NBK-*/*/*.ipynb")),
}


def traced(module) -> bool:
    """Whether some call's argument was traced."""
    reached = False
    for call in module.calls:
        dotted(call.function, call.scope)
        for node in (*call.positional, *call.keywords.values()):
            trace(node, call.scope)
            reached = True
    return reached


@pytest.mark.parametrize(
    ("name", "read"), [("python", python.read), ("notebook", lambda data: notebook.code(data).module)]
)
def test_at_least_a_fifth_of_mutants_reach_the_tracing_of_a_value(name, read, capsys):
    seeds = [path.read_bytes() for path in SEEDS[name]]
    chance = random.Random(name)
    reached = 0
    for _ in range(ROUNDS):
        try:
            reached += traced(read(mutate(chance.choice(seeds), seeds, chance)))
        except CannotLook:
            continue
    with capsys.disabled():
        print(f" {name}: {reached / ROUNDS:.0%} of {ROUNDS} mutants reach the tracing", end=" ")  # noqa: T201  the share is to be seen
    assert reached / ROUNDS >= LEAST
