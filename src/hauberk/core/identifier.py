# SPDX-License-Identifier: Apache-2.0
"""Ids that sort by time: UUID version 7 (RFC 9562, section 5.7)."""

_MASK = (1 << 12) - 1
_TAIL = (1 << 62) - 1


def event_id(milliseconds: int, entropy: bytes) -> str:
    """A UUIDv7 of Unix milliseconds (below 2^48) and at least 10 random bytes."""
    chance = int.from_bytes(entropy[:10], "big")
    value = (milliseconds & ((1 << 48) - 1)) << 80 | 7 << 76 | (chance & _MASK) << 64 | 2 << 62 | (chance >> 12) & _TAIL
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
