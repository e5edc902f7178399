# SPDX-License-Identifier: Apache-2.0
"""Mutated programs go through every rule on Python: an outcome each, never a crash, and no program takes long."""

import random
import time

import pytest
from tests.corpora.flows import flows
from tests.fuzz.mutations import mutate

from hauberk.core.target import Target
from hauberk.engine.catalogue import catalogue
from hauberk.engine.examine import examine
from hauberk.engine.source import FolderSource

CARDS = [card for card in catalogue().values() if "python" in card.formats and "system" not in card.needs]
TEXTS = ["\n".join(flow.files.values()).encode() for flow in flows()]


def judged(folder, data):
    (folder / "app.py").write_bytes(data)
    source = FolderSource(folder)
    (asset,) = source.all(".py")
    return [examine(card, Target(asset=asset, source=source)) for card in CARDS]


@pytest.mark.parametrize("seed", range(40))
def test_a_mutated_program_gets_an_outcome_and_no_crash(seed, tmp_path):
    chance = random.Random(seed)
    data = mutate(chance.choice(TEXTS), TEXTS, chance)
    for one in judged(tmp_path, data):
        assert "crash" not in one.reason


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"def f{n}(x):\n    return f{n + 1}(x) + f{n + 2}(x)\n" for n in range(300)) + "eval(f0(input()))\n",
        "def f(x):\n    return f(f(x))\nimport os\nos.system(f(input()))\n",
        "import os\nx = input()\n" + "x = x + x\n" * 3000 + "os.system(x)\n",
        "import os\n" + "if a:\n x = input()\nelse:\n x = y\n" * 1500 + "os.system(x)\n",
        "import os\nos.system(" + "+".join(["x"] * 2500) + ")\n",
        "class A(A):\n    def g(self):\n        return self.g\neval(A().g)\n",
        "import os\ndef f(a):\n    os.system(a)\n" + "f(input())\n" * 3000,
    ],
    ids=["lattice", "recursion", "doubling", "branches", "sum", "own base", "callers"],
)
def test_a_program_made_to_be_slow_is_judged_in_seconds(text, tmp_path):
    begun = time.process_time()
    outcomes = judged(tmp_path, text.encode())
    assert time.process_time() - begun < 20
    assert all("crash" not in one.reason for one in outcomes)
