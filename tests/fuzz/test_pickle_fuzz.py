# SPDX-License-Identifier: Apache-2.0
"""Mutated pickles: nothing but core errors escapes, and whatever an unpickler would name, the interpreter has seen."""

import collections
import contextlib
import datetime as dt
import io
import os
import pickle
import random
import sys
import warnings
from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING

import joblib
import numpy as np
import pytest
from tests.analysis.attacks import ATTACKS
from tests.fuzz.mutations import mutate

from hauberk.analysis import allowlist
from hauberk.analysis.program import interpret
from hauberk.analysis.program_files import Inert, Part, pieces
from hauberk.assets.pickles import Stream


def seeds() -> list[bytes]:
    values = [
        {"a": [1, 2.5, "x", b"y"], "b": (1, 2), "c": {3}},
        collections.OrderedDict(a=dt.datetime(2026, 1, 1, tzinfo=dt.UTC), b=collections.deque([1, 2])),
        np.arange(4.0),
        [np.array(["a", 1], dtype=object), np.float64(2)],
    ]
    honest = [pickle.dumps(value, protocol) for value in values for protocol in range(6)]
    for value in values:
        buffer = io.BytesIO()
        joblib.dump(value, buffer)
        honest.append(buffer.getvalue())
    return honest + list(ATTACKS.values())


class Dummy:
    """Stands for every global: may be called, built, extended and indexed, and does nothing."""

    def __init__(self, *_, **__): ...
    def __call__(self, *_, **__):
        return Dummy()

    def __setstate__(self, _): ...
    def __setitem__(self, _, __): ...
    def append(self, _): ...
    def extend(self, _): ...
    def add(self, _): ...


def watched(base):
    """An unpickler of CPython that notes what it would look up, and looks up nothing."""

    class Watched(base):
        def find_class(self, module, name):
            seen.add((module, name))
            return Dummy

        def persistent_load(self, _):
            return Dummy()

    seen: set[tuple[str, str]] = set()
    return Watched, seen


def renamed(names):
    """Every way in which a name may be looked up: as written, or as protocols below 3 rename it."""
    for module, name in names:
        yield f"{module}.{name}", ".".join(NAME_MAPPING.get((module, name), (IMPORT_MAPPING.get(module, module), name)))


def names_seen(base, data):
    watch, seen = watched(base)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with contextlib.suppress(Exception):  # an unpickler may raise anything
            watch(io.BytesIO(data)).load()
    return seen


@pytest.mark.parametrize("round_", range(int(os.environ.get("HAUBERK_ROUNDS", "3"))))
def test_whatever_an_unpickler_names_the_interpreter_has_seen(round_):
    chance = random.Random(round_)
    corpus = seeds()
    reached = total = 0
    for _ in range(1500):
        data = mutate(chance.choice(corpus), corpus, chance)
        program = interpret(Stream(data))
        total += 1
        reached += bool(program.globals)
        if any(fault.subject in ("memory", "frame") for fault in program.faults):
            continue  # found already: CPython would allocate gigabytes, or its unpicklers read different programs
        for base in (pickle.Unpickler, pickle._Unpickler):
            for either in renamed(names_seen(base, data)):
                assert set(either) & set(program.globals), (data, either)
    sys.stdout.write(f"pickle: {reached / total:.0%} of {total} mutated streams reach a global")
    assert reached / total >= 0.2


def test_mutated_files_never_escape_with_another_error():
    chance = random.Random(9)
    corpus = seeds()
    judged = total = 0
    for _ in range(2500):
        total += 1
        found = list(pieces(mutate(chance.choice(corpus), corpus, chance)))
        assert found
        judged += any(isinstance(piece, Part) and piece.program.globals for piece in found)
    sys.stdout.write(f"pickle files: {judged / total:.0%} of {total} mutated files reach a global")
    assert judged / total >= 0.2


SECOND = {"second pickle", "appended to an honest pickle", "behind stop, within the frame"}
"""Cut behind their first pickle, these are honest."""


@pytest.mark.parametrize("label", sorted(set(ATTACKS) - SECOND))
def test_an_attack_cut_anywhere_is_never_clean(label):
    data = ATTACKS[label]
    for end in range(1, len(data)):
        found = list(pieces(data[:end]))
        assert any(
            (piece.program.faults or piece.program.stopped) if isinstance(piece, Part) else not isinstance(piece, Inert)
            for piece in found
        ), end


def holes(rounds: int) -> list[tuple[str, str]]:
    """Names known to run code that an unpickler of CPython reaches in a mutated stream that we call clean."""
    chance = random.Random(11)
    corpus = seeds()
    found = []
    for _ in range(rounds):
        data = mutate(chance.choice(corpus), corpus, chance)
        judged = [piece.program for piece in pieces(data) if isinstance(piece, Part)]
        if not judged or any(program.faults or program.stopped for program in judged):
            continue
        for base in (pickle.Unpickler, pickle._Unpickler):
            for module, name in names_seen(base, data):
                if (module, name) in {
                    ("os", "system"),
                    ("posix", "system"),
                    ("builtins", "eval"),
                    ("subprocess", "Popen"),
                }:
                    found.append((module, name))
    return found


def test_no_stream_that_is_called_clean_reaches_a_callable_that_runs_code():
    assert holes(1500) == []


def test_a_planted_hole_is_found(monkeypatch):
    planted = allowlist.Entry(uses=("call",), audit="planted")
    true = allowlist.entry
    monkeypatch.setattr(
        allowlist, "entry", lambda module, name: planted if (module, name) == ("os", "system") else true(module, name)
    )
    assert ("os", "system") in holes(1500)
