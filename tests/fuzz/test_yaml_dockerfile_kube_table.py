# SPDX-License-Identifier: Apache-2.0
"""Mutated valid inputs: only core errors escape, each within its time, and enough of them reach the innermost stage."""

import contextlib
import gzip
import random
from pathlib import Path

import pytest

from hauberk.analysis.personal import sightings
from hauberk.assets import dockerfile, kube, table, yaml
from hauberk.core.errors import CannotLook

SAMPLES = Path(__file__).parents[2] / "samples"
ROUNDS = 400
LEAST = 0.2
"""Share of the mutants that must get to the end of the parser."""

SPLICES = [
    *(b"", b"\x00", b"\xff", b"\n", b"\t", b'"', b"'", b",", b";", b"{{", b"}}", b"[", b"]", b"{", b"}", b"*a", b"&a "),
    *(
        b"<<: ",
        b"!!python/name:x ",
        b"---\n",
        b"? ",
        b"|\n",
        b">-\n",
        b"%YAML 1.1\n",
        b"\\",
        b"\\\n",
        b"<<EOF\n",
        b"$A",
        b"${A:-",
    ),
    *(
        b"FROM x\n",
        b"ARG A=$A$A\n",
        b"# escape=`\n",
        b"0" * 400,
        b"\xef\xbb\xbf",
        b"\r",
        "é".encode(),
        b"- " * 50,
        b"containers: ",
    ),
]


def mutants(seeds: list[bytes], rng: random.Random):
    """Valid inputs with a few bytes cut, doubled, changed or spliced."""
    for _ in range(ROUNDS):
        data = bytearray(rng.choice(seeds))
        for _ in range(rng.randrange(1, 4)):
            at = rng.randrange(len(data) + 1)
            end = min(len(data), at + rng.randrange(1, 12))
            how = rng.randrange(4)
            if how == 0:
                del data[at:end]
            elif how == 1:
                data[at:at] = data[at:end] * rng.randrange(1, 4)
            elif how == 2 and at < len(data):
                data[at] = rng.randrange(256)
            else:
                data[at:at] = rng.choice(SPLICES)
        yield bytes(data)


def files(pattern: str) -> list[bytes]:
    return [path.read_bytes() for path in sorted(SAMPLES.glob(pattern)) if path.is_file()]


def judged(data: bytes) -> None:
    list(sightings(table.read(data)))


PARSERS = {
    "yaml": (yaml.read, "HBK-*/*/*.y*ml"),
    "kube": (kube.read, "HBK-DEP-00[24]/*/*.yaml"),
    "dockerfile": (dockerfile.read, "HBK-DEP-*/*/**/Dockerfile"),
    "table": (judged, "HBK-DAT-00[123]/*/*.csv"),
}


@pytest.mark.parametrize("name", PARSERS)
def test_only_core_errors_escape(name, capsys):
    parse, pattern = PARSERS[name]
    reached = 0
    for data in mutants(files(pattern), random.Random(name)):
        try:
            parse(data)
            reached += 1
        except CannotLook:
            pass
    with capsys.disabled():
        print(f" {name}: {reached / ROUNDS:.0%} of {ROUNDS} mutants reach the end", end=" ")  # noqa: T201  the share is to be seen
    assert reached / ROUNDS >= LEAST


def test_broken_gzip_escapes_as_core_errors_only():
    rng = random.Random(1)
    for data in mutants([gzip.compress(b"a,b\n" + b"1,2\n" * 50)], rng):
        with contextlib.suppress(CannotLook):
            table.read(data)
