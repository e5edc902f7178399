# SPDX-License-Identifier: Apache-2.0
"""Mutates valid inputs: flipped bits, cut, doubled, swapped and foreign pieces, boundary numbers."""

import random

EDGES = (b"\0", b"\xff", b"\x7f\xff\xff\xff", b"\xff\xff\xff\xff", b"\x80", b"\n", b".", b"R", b"b", b"(", b"\x93")


def mutate(data: bytes, others: list[bytes], chance: random.Random) -> bytes:
    """The data with one to four small changes."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(changed) + 1)
        kind = chance.randrange(6)
        if kind == 0 and changed:
            changed[min(at, len(changed) - 1)] ^= 1 << chance.randrange(8)
        elif kind == 1:
            changed[at : at + chance.randint(1, 8)] = b""
        elif kind == 2:
            changed[at:at] = chance.choice(EDGES)
        elif kind == 3:
            other = chance.choice(others)
            start = chance.randrange(len(other) or 1)
            changed[at:at] = other[start : start + chance.randint(1, 40)]
        elif kind == 4:
            changed[at:at] = changed[at : at + chance.randint(1, 20)]
        else:
            edge = chance.choice(EDGES)
            changed[at : at + len(edge)] = edge
    return bytes(changed)


def touch(data: bytes, others: list[bytes], chance: random.Random) -> bytes:
    """The data with one or two bytes changed in place, so that lengths mostly still hold; now and then a deeper mutation."""
    if chance.random() < 0.25:
        return mutate(data, others, chance)
    changed = bytearray(data)
    digits = [at for at, byte in enumerate(data) if 48 <= byte <= 57]
    for _ in range(chance.randint(1, 2)):
        if digits and chance.random() < 0.7:
            changed[chance.choice(digits)] = chance.choice(b"0123456789")
        else:
            changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)
