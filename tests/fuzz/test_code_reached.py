# SPDX-License-Identifier: Apache-2.0
"""Mutated Python files and notebooks: the share that reaches the innermost stage, the tracing of a call's argument."""

import json
import random
from pathlib import Path

import pytest
from tests.fuzz.mutations import mutate

from hauberk.analysis.calls import dotted
from hauberk.analysis.calls_origin import trace
from hauberk.assets import notebook, python
from hauberk.core.errors import CannotLook

ROOT = Path(__file__).parents[2]
ROUNDS = 300
LEAST = 0.2
SEEDS = {
    "python": sorted((ROOT / "samples").glob("HBK-COD-00[12]/*/*.py")),
    "notebook": sorted((ROOT / "samples").glob("HBK-NBK-*/*/*.ipynb")),
}


def within(data: bytes, seeds: list[bytes], chance: random.Random) -> bytes:
    """A notebook in which one cell's source is mutated, or, one time in three, its bytes."""
    if chance.random() < 1 / 3:
        return mutate(data, seeds, chance)
    document = json.loads(data)
    cell = chance.choice(document["cells"])
    source = "".join(cell["source"]).encode()
    cell["source"] = mutate(source, [source], chance).decode("utf-8", "replace")
    return json.dumps(document).encode()


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
    ("name", "read", "change"),
    [("python", python.read, mutate), ("notebook", lambda data: notebook.code(data).module, within)],
    ids=["python", "notebook"],
)
def test_at_least_a_fifth_of_mutants_reach_the_tracing_of_a_value(name, read, change, capsys):
    seeds = [path.read_bytes() for path in SEEDS[name]]
    chance = random.Random(name)
    reached = 0
    for _ in range(ROUNDS):
        try:
            reached += traced(read(change(chance.choice(seeds), seeds, chance)))
        except CannotLook:
            continue
    with capsys.disabled():
        print(f" {name}: {reached / ROUNDS:.0%} of {ROUNDS} mutants reach the tracing", end=" ")  # noqa: T201  the share is to be seen
    assert reached / ROUNDS >= LEAST
