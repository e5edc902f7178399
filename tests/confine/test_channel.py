# SPDX-License-Identifier: Apache-2.0
"""Frames survive the way, and no bytes from a child do more than raise."""

import os
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hauberk.confine.channel import MOST_BYTES, MOST_PROGRESS, Channel, Frame, Gone, Kind, Late
from hauberk.core.errors import Malformed, TooLarge


class Pair:
    """Two ends that talk to each other."""

    def __enter__(self):
        first, second = os.pipe(), os.pipe()
        self.open = {*first, *second}
        self.parent, self.child = Channel(first[0], second[1]), Channel(second[0], first[1])
        self.raw = first[1]
        return self

    def close(self, descriptor):
        os.close(descriptor)
        self.open.discard(descriptor)

    def __exit__(self, *_):
        for descriptor in self.open:
            os.close(descriptor)


frames = st.builds(Frame, st.sampled_from(Kind), st.integers(0, 2**32 - 1), st.binary(max_size=2000))


@given(sent=st.lists(frames, max_size=6))
def test_frames_arrive_as_they_were_sent(sent):
    with Pair() as pair:
        for frame in sent:
            pair.child.send(frame)
        assert [pair.parent.receive() for _ in sent] == sent


@given(garbage=st.binary(max_size=200))
def test_garbage_raises_only_what_is_promised(garbage):
    with Pair() as pair:
        os.write(pair.raw, garbage)
        pair.close(pair.raw)
        with pytest.raises((Gone, Malformed, TooLarge)):  # noqa: PT012  frames that happen to be whole come first
            for _ in range(len(garbage) + 1):
                pair.parent.receive(deadline=time.monotonic() + 5)


def test_a_frame_larger_than_a_pipe_crosses_in_pieces():
    body = os.urandom(3 << 20)
    with Pair() as pair:
        sender = threading.Thread(target=pair.child.send, args=(Frame(Kind.ANSWER, 1, body),))
        sender.start()
        assert pair.parent.receive(deadline=time.monotonic() + 20).body == body
        sender.join()


@pytest.mark.parametrize(
    ("kind", "most"), [(Kind.ANSWER, MOST_BYTES), (Kind.PROGRESS, MOST_PROGRESS), (Kind.FAILED, MOST_PROGRESS)]
)
def test_a_length_beyond_the_kinds_is_refused_unread(kind, most):
    with Pair() as pair:
        os.write(pair.raw, bytes([kind]) + (1).to_bytes(4, "big") + (most + 1).to_bytes(4, "big"))
        with pytest.raises(TooLarge):
            pair.parent.receive(deadline=time.monotonic() + 5)
        with pytest.raises(TooLarge):
            pair.child.send(Frame(kind, 1, bytes(most + 1)))


def test_every_wait_ends_at_the_deadline():
    with Pair() as pair:
        with pytest.raises(Late):
            pair.parent.receive(deadline=time.monotonic() + 0.05)
        with pytest.raises(Late):
            pair.parent.send(Frame(Kind.RUN, 1, bytes(1 << 20)), deadline=time.monotonic() + 0.05)


def test_an_end_that_is_gone_is_noticed_in_both_directions():
    with Pair() as pair:
        for descriptor in list(pair.open - {pair.parent._incoming, pair.parent._outgoing}):
            pair.close(descriptor)
        with pytest.raises(Gone):
            pair.parent.receive()
        with pytest.raises(Gone):
            pair.parent.send(Frame(Kind.RUN, 1, b""))
