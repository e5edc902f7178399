# SPDX-License-Identifier: Apache-2.0
"""Arranges a directed graph in layers, left to right; the same names and edges give the same arrangement.

Layers by longest path, an edge that would close a cycle left out; sources stand right before what they lead to; long
edges get a bend in each layer that they pass; four sweeps of the barycentre heuristic (Sugiyama, Tagawa, Toda, 1981).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

_SWEEPS = 4


class Bend(NamedTuple):
    """Where a long edge passes a layer."""

    source: object
    target: object
    layer: int


Slot = str | Bend


def arrange(names: Sequence[str], edges: Sequence[tuple[str, str]]) -> list[list[Slot]]:
    """Rows of each layer, top to bottom; names without an edge are spread below the others."""
    layers = _layers(names, edges)
    joined = {end for edge in edges for end in edge}
    alone = [name for name in names if name not in joined]
    rows: list[list[Slot]] = [[] for _ in range(max(layers.values(), default=-1) + 1)]
    for name in names:
        if name in joined:
            rows[layers[name]].append(name)
    near = _with_bends(rows, layers, edges)
    for sweep in range(_SWEEPS):
        for row in rows if sweep % 2 == 0 else reversed(rows):
            _sort(row, rows, near)
    for name in alone:
        shortest = min(rows, key=len)
        shortest.append(name)
    return rows


def _with_bends(
    rows: list[list[Slot]], layers: Mapping[str, int], edges: Sequence[tuple[str, str]]
) -> dict[Slot, list[Slot]]:
    """Add the bends to the rows; the neighbours of each slot."""
    near: dict[Slot, list[Slot]] = defaultdict(list)
    for source, target in dict.fromkeys(edges):
        between = [Bend(source, target, layer) for layer in range(layers[source] + 1, layers[target])]
        for one in between:
            rows[one.layer].append(one)
        chain: list[Slot] = [source, *between, target]
        for here, there in pairwise(chain):
            near[here].append(there)
            near[there].append(here)
    return near


def _sort(row: list[Slot], rows: list[list[Slot]], near: Mapping[Slot, Sequence[Slot]]) -> None:
    at = {slot: index / len(line) for line in rows for index, slot in enumerate(line)}
    row.sort(key=lambda slot: sum(at[one] for one in near[slot]) / len(near[slot]) if near.get(slot) else at[slot])


def _layers(names: Sequence[str], edges: Sequence[tuple[str, str]]) -> dict[str, int]:
    kept: dict[str, list[str]] = defaultdict(list)
    for source, target in edges:
        if source != target and not _reaches(kept, target, source):
            kept[source].append(target)
    layer = dict.fromkeys(names, 0)
    while any([_push(layer, source, targets) for source, targets in kept.items()]):  # noqa: C419  all are pushed in each round
        pass  # ends, since what is kept has no cycle
    led = {target for targets in kept.values() for target in targets}
    for source, targets in kept.items():
        if source not in led:
            layer[source] = min(layer[target] for target in targets) - 1
    return layer


def _push(layer: dict[str, int], source: str, targets: Sequence[str]) -> bool:
    moved = False
    for target in targets:
        if layer[target] <= layer[source]:
            layer[target], moved = layer[source] + 1, True
    return moved


def _reaches(kept: Mapping[str, Sequence[str]], start: str, goal: str) -> bool:
    seen, waiting = {start}, [start]
    while waiting:
        here = waiting.pop()
        if here == goal:
            return True
        for other in kept.get(here, ()):
            if other not in seen:
                seen.add(other)
                waiting.append(other)
    return False
