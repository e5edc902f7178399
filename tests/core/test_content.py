# SPDX-License-Identifier: Apache-2.0
"""What is expanded is read as if it lay there, and is expanded anew only where it is too long to be held."""

import random

import pytest

from hauberk.core.content import PIECE, Budget, Content, expanded
from hauberk.core.errors import Malformed, TooLarge


def _content(pieces, *, broken=False, most=1 << 30):
    """A content over these pieces, and how often its expansion was begun."""
    begun = []

    def begin():
        begun.append(1)
        yield from pieces
        if broken:
            raise Malformed("broken")

    return expanded(begin, Budget(most)), begun


SHORT = [bytes([number]) * (PIECE - number) for number in range(4)]
LONG = [bytes([number % 251]) * PIECE for number in range(24)]


@pytest.mark.parametrize("pieces", [[], [b"a", b"", b"bc"], SHORT, LONG], ids=["empty", "tiny", "short", "long"])
def test_reading_back_and_forth_gives_what_lies_there(pieces):
    whole, (content, _) = b"".join(pieces), _content(pieces)
    chance = random.Random(3)
    for _ in range(60):
        start, count = chance.randrange(len(whole) + 9), chance.randrange(2 * PIECE)
        assert content.read(start, count) == whole[start : start + count]
    assert len(content) == len(whole)


def test_a_short_expansion_is_made_once():
    content, begun = _content(SHORT)
    assert [content.read(PIECE, 1), len(content), content.read(0, 1)] == [b"\1", len(b"".join(SHORT)), b"\0"]
    assert content.rfind(b"\3") == len(content) - 1
    assert len(begun) == 1


def test_a_long_expansion_is_begun_anew_and_held_no_longer_than_a_little():
    content, begun = _content(LONG)
    assert content.read(20 * PIECE, 1) == b"\x14"
    assert content.read(0, 1) == b"\0"
    assert len(begun) == 2


def test_what_breaks_off_is_read_to_there_and_has_no_length():
    content, _ = _content(SHORT, broken=True)
    assert content.some(PIECE, 2) == b"\1\1"
    with pytest.raises(Malformed):
        len(content)
    assert content.some(0, 1) == b"\0"


def test_every_byte_counts_against_the_budget():
    content, _ = _content(LONG, most=5 * PIECE)
    with pytest.raises(TooLarge):
        len(content)


def test_bytes_in_memory_are_a_content_too():
    assert Content.of(b"abc").read(1, 9) == b"bc"
