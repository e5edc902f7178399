# SPDX-License-Identifier: Apache-2.0
"""Mutated manifests: only ManifestInvalid or a System may come of them, and enough of them must reach the converter."""

import random
import sys
from pathlib import Path

import pytest
from tests.manifest.examples import FULL, WRONG

from hauberk.core.errors import ManifestInvalid
from hauberk.core.system import System
from hauberk.manifest import convert
from hauberk.manifest.load import parse

ROOT = Path(__file__).parents[2]
SEEDS = [FULL, *(path.read_text() for path in sorted(ROOT.glob("examples/*/*/hauberk.yaml")))]
TOKENS = ["- ", ": ", "{", "}", "[", "]", "&a ", "*a", "!!x ", '"', "'", "\n", "  ", "null", "true", "1e999", "-1", "~"]
TOKENS += ["|\n", ">-\n", "? ", "<<: ", "#", ",", "\t", "%YAML 1.1\n", "---\n", "...\n", "..", "/", "é", "\u2028", "DE"]


def mutate(text: str, rng: random.Random) -> bytes:
    for _ in range(rng.randint(1, 3)):
        rows, at = text.splitlines(keepends=True), rng.randrange(len(text) + 1)
        match rng.randrange(7):
            case 0:
                text = text[:at] + rng.choice(TOKENS) + text[at:]
            case 1:
                text = text[:at] + text[at + rng.randint(1, 8) :]
            case 2 if rows:
                rows.insert(rng.randrange(len(rows)), rng.choice(rows))
                text = "".join(rows)
            case 3 if rows:
                del rows[rng.randrange(len(rows))]
                text = "".join(rows)
            case 4:
                words = text.split(" ")
                words[rng.randrange(len(words))] = rng.choice([*words, *TOKENS])
                text = " ".join(words)
            case 5:
                text = text.replace(rng.choice(text.split() or ["x"]), rng.choice(TOKENS), 1)
            case _:
                data = bytearray(text.encode("utf-8", "surrogateescape"))
                if data:
                    data[rng.randrange(len(data))] = rng.randrange(256)
                text = data.decode("utf-8", "surrogateescape")
    return text.encode("utf-8", "surrogateescape")


def fuzz(count: int, seed: int, monkeypatch) -> float:
    reached = 0
    innermost = convert.Converter._struct

    def counting(self, node, cls, fields, path):
        nonlocal reached
        reached += cls is System
        return innermost(self, node, cls, fields, path)

    monkeypatch.setattr(convert.Converter, "_struct", counting)
    rng = random.Random(seed)
    pool = [*SEEDS * 60, *(text for text, _, _ in WRONG if len(text) < 2000)]
    for _ in range(count):
        data = mutate(rng.choice(pool), rng)
        try:
            assert isinstance(parse(data, "x"), System)
        except ManifestInvalid as error:
            if not error.faults:
                pytest.fail("refused without a fault")
    return reached / count


def test_no_input_yields_anything_but_faults_or_a_system(monkeypatch, capsys):
    share = fuzz(400, 1, monkeypatch)
    with capsys.disabled():
        sys.stdout.write(f"\nmanifest: {share:.0%} of mutated inputs reached the converter\n")
    assert share >= 0.2


@pytest.mark.slow
def test_no_input_of_many_yields_anything_but_faults_or_a_system(monkeypatch):
    assert fuzz(8000, 2, monkeypatch) >= 0.2
