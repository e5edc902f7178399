# SPDX-License-Identifier: Apache-2.0
"""Generators of numpy, over its versions, are taken; a position outside their buffer, which numpy believes, is refused by both."""

import pickle

import numpy as np
import pytest

from hauberk.analysis.certificate import certify
from hauberk.analysis.checker.check import attest
from hauberk.analysis.checker.refusal import Refused
from hauberk.core.codec import encode
from hauberk.core.errors import CannotLook

STATE = np.random.RandomState(0).get_state()
"""What numpy before 1.17 pickled behind ``__RandomState_ctor``."""


def old(position: object = 624, arguments: bytes = b")", state: object = None) -> bytes:
    """As numpy 1.13 to 1.16 write a ``RandomState``."""
    given = state if state is not None else (STATE[0], STATE[1], position, 0, 0.0)
    return b"\x80\x02cnumpy.random\n__RandomState_ctor\n" + arguments + b"R" + pickle.dumps(given, 2)[2:-1] + b"b."


def modern(value: object, protocol: int = 4) -> bytes:
    return pickle.dumps(value, protocol)


def moved(value: object, name: str, position: int) -> bytes:
    """The generator with another position, written by numpy itself."""
    state = value.state
    (state if name in state else state["state"])[name] = position
    value.state = state
    return pickle.dumps(value, 4)


HONEST = {
    "numpy 1.16": old(),
    "hash, named by gensim": b"\x80\x04\x95\x1b\x00\x00\x00\x00\x00\x00\x00}\x94\x8c\x01h\x8c\x08builtins\x94\x8c\x04hash\x94\x93\x94s.",
    **{f"{kind.__name__} {protocol}": modern(kind(0), protocol) for protocol in range(6)
       for kind in (np.random.RandomState, np.random.default_rng, np.random.PCG64, np.random.MT19937, np.random.Philox,
                    np.random.SFC64)},
}  # fmt: skip
REFUSED = {
    "behind the buffer": old(625),
    "before the buffer": old(-1),
    "position that is no number": old("624"),
    "a state of another length": old(state=("MT19937", 1)),
    "arguments, where there are none": old(arguments=b"(K\x01t"),
    "MT19937 behind its buffer, as numpy writes it": moved(np.random.MT19937(0), "pos", 5_000_000),
    "Philox before its buffer": moved(np.random.Philox(0), "buffer_pos", -400),
    "hash, called": b"\x80\x02cbuiltins\nhash\nK\x01\x85R.",
}


@pytest.mark.parametrize("label", HONEST)
def test_an_honest_generator_is_taken_by_both(label):
    certificate = encode(certify(HONEST[label]))
    assert attest(HONEST[label])["programs"]
    assert b'"digest"' in certificate


@pytest.mark.parametrize("label", REFUSED)
def test_a_generator_that_reads_foreign_memory_is_refused_by_both(label):
    with pytest.raises(CannotLook):
        certify(REFUSED[label])
    with pytest.raises(Refused):
        attest(REFUSED[label])
