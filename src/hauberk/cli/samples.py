# SPDX-License-Identifier: Apache-2.0
"""Samples, boxes and numbers as users write them on the command line, and the line that tells how far a run is."""

import re
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hauberk.assets import table as tables
from hauberk.core.errors import CannotLook, Misuse
from hauberk.models.model import in_order, label_text


def samples_of(
    path: Path, label: str, rows: int, divide: float, seed: int
) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """Samples as rows of numbers, labels as places of classes: numbers from 0 on as they are, else in order."""
    sheet = tables.read(read(path))
    name = label or sheet.names[-1]
    truth = label_text(sheet.column(name))
    classes = in_order(truth)
    numbered = all(re.fullmatch(r"\d{1,6}", one) for one in classes)
    place = {one: int(one) if numbered else index for index, one in enumerate(classes)}
    chosen = np.sort(np.random.default_rng(seed).permutation(sheet.n)[:rows])
    columns = []
    for column in sheet.names:
        if column == name:
            continue
        numbers = sheet.number(column)
        if numbers is None or np.isnan(numbers[chosen]).any():
            raise CannotLook(
                f"column {column[:80]!r} holds text or gaps, and this attack moves numbers",
                remedy="declare a table model in hauberk.yaml and run hauberk assess (HBK-ATK-001)",
            )
        columns.append(numbers[chosen])
    if not columns or not len(chosen):
        raise CannotLook("the data hold no samples")
    x = (np.stack(columns, axis=1) / divide).astype(np.float32)
    return x, np.array([place[one] for one in truth[chosen].tolist()], dtype=np.intp)


def read(path: Path) -> bytes:
    """A file's bytes; raises Misuse where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise Misuse(f"{path}: {error.strerror}", remedy="name a file that can be read") from error


def number(text: str) -> float:
    """A number, or a fraction such as ``8/255``; raises Misuse for any other text."""
    try:
        return float(Fraction(text.strip()))
    except (ValueError, ZeroDivisionError) as error:
        raise Misuse(f"{text[:40]!r} is no number", remedy="write it as 0.03 or 8/255") from error


def pair(text: str) -> tuple[float, float]:
    """The two ends of a box; raises Misuse where they are none."""
    parts = text.split(",")
    if len(parts) != 2 or number(parts[0]) >= number(parts[1]):  # noqa: PLR2004  two ends
        raise Misuse(f"{text[:40]!r} is no box", remedy="write it as 0,1")
    return number(parts[0]), number(parts[1])


def shape_of(text: str) -> tuple[int, ...]:
    """The sizes of a shape, none for an empty text; raises Misuse for any other."""
    if not text:
        return ()
    if not re.fullmatch(r"[1-9]\d{0,5}(,[1-9]\d{0,5}){0,5}", text):
        raise Misuse(f"{text[:40]!r} is no shape", remedy="write it as 1,28,28")
    return tuple(int(size) for size in text.split(","))


class Line:
    """One line of progress on a terminal."""

    def __init__(self, *, on: bool) -> None:
        """Write only where ``on``."""
        self._on = on

    def __call__(self, what: str, done: int, total: int) -> None:
        """What is going on, and how far."""
        if self._on:
            sys.stderr.write(f"\r\x1b[2K{what}: {done} of {total}")
            sys.stderr.flush()

    def clear(self) -> None:
        """Leave no trace."""
        if self._on:
            sys.stderr.write("\r\x1b[2K")
