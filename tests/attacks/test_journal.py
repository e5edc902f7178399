# SPDX-License-Identifier: Apache-2.0
"""Attacks that are cut short and go on: the same bits, and nothing asked twice."""

import hashlib
import random

import numpy as np
import pytest

from hauberk.attacks.campaign import Order, attack_query
from hauberk.attacks.journal import FORMAT, Book, Journal, pieces
from hauberk.core.codec import encode
from hauberk.core.errors import CannotLook, HauberkError, Malformed, Misuse, TooLarge

WEIGHTS = np.random.default_rng(5).normal(size=(16, 3))


class Line:
    """A linear model that counts what it is asked, and may be pulled out."""

    def __init__(self, most=10**9):
        self.asked, self.most = 0, most

    def __call__(self, points):
        if self.asked >= self.most:
            raise KeyboardInterrupt
        self.asked += len(points)
        return points.reshape(len(points), -1).astype(np.float64) @ WEIGHTS


def order(**fields):
    x = np.random.default_rng(1).random((20, 1, 4, 4)).astype(np.float32)
    labels = (x.reshape(20, -1) @ WEIGHTS).argmax(1)
    given = {"norm": "linf", "eps": 0.05, "budget": 200} | fields
    return Order(samples=x.tobytes(), shape=(1, 4, 4), labels=tuple(int(one) for one in labels), **given)


def silent(*_):
    pass


def attacked(asked, query, path):
    with Book(path, asked.key) as book:
        return attack_query(asked, query, silent, Journal(pieces(path, asked.key), book.write))


@pytest.mark.parametrize(
    "fields",
    [
        {"norm": "linf"},
        {"norm": "l2", "eps": 0.2, "labels_only": True},
        {"norm": "l2", "eps": 0.2},
        {"norm": "linf", "labels_only": True, "seed": 3},
    ],
)
def test_a_run_that_was_interrupted_goes_on_to_the_same_bits_and_asks_nothing_twice(tmp_path, fields):
    asked, whole = order(**fields), Line()
    expected = encode(attack_query(asked, whole, silent))
    path, total = tmp_path / "journal", 0
    for most in (1, whole.asked // 4, whole.asked // 4):
        cut = Line(most)
        with pytest.raises(KeyboardInterrupt):
            attacked(asked, cut, path)
        total += cut.asked
    last = Line()
    assert encode(attacked(asked, last, path)) == expected
    assert 0 < last.asked < whole.asked
    assert total + last.asked == whole.asked
    again = Line()
    assert encode(attacked(asked, again, path)) == expected
    assert again.asked == 0


def test_a_last_piece_that_is_cut_off_is_asked_again_and_the_file_is_mended(tmp_path):
    asked, path = order(), tmp_path / "journal"
    expected = encode(attacked(asked, Line(), path))
    data = path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0
    for lost in (1, 40, 500, len(data) - 60):
        path.write_bytes(data[:-lost])
        query = Line()
        assert encode(attacked(asked, query, path)) == expected
        assert query.asked > 0
        assert path.read_bytes() == data


@pytest.mark.parametrize("other", [{"eps": 0.06}, {"seed": 1}, {"budget": 199}, {"model": b"x"}, {"norm": "l2"}])
def test_a_journal_of_another_attack_is_refused(tmp_path, other):
    path = tmp_path / "journal"
    attacked(order(), Line(), path)
    with pytest.raises(CannotLook, match="model, data or options are others"):
        attacked(order(**other), Line(), path)


def test_what_is_not_what_was_written_is_refused(tmp_path):
    asked, path = order(), tmp_path / "journal"
    attacked(asked, Line(), path)
    data = path.read_bytes()
    head = len(FORMAT) + 32
    huge = data[:head] + (2**31).to_bytes(4, "big") + data[head + 4 :]
    for hostile, error in (
        (data[:200] + b"!" + data[201:], Malformed),
        (huge, TooLarge),
        (b"\x80\x04" * 90, Malformed),
    ):
        path.write_bytes(hostile)
        with pytest.raises(error):
            attacked(asked, Line(), path)


def forged(asked, answers):
    """A journal whose chain is right and whose answers are invented."""
    last = hashlib.sha256(asked.key).digest()
    data = FORMAT + last
    for piece in answers:
        last = hashlib.sha256(last + piece).digest()
        data += len(piece).to_bytes(4, "big") + piece + last
    return data


def test_answers_to_other_questions_or_of_another_size_are_refused(tmp_path):
    asked, path = order(), tmp_path / "journal"
    attacked(asked, Line(), path)
    held = list(pieces(path, asked.key))
    for answers in ([held[1]], [held[0][:-8]], [held[0][:32] + b"z" + held[0][33:]], [held[0][:32] + b"l" + bytes(9)]):
        path.write_bytes(forged(asked, answers))
        with pytest.raises(CannotLook):
            attacked(asked, Line(), path)


def test_nobody_else_writes_a_journal_that_is_in_use(tmp_path):
    asked, path = order(), tmp_path / "journal"
    with Book(path, asked.key), pytest.raises(Misuse, match="journal"):
        Book(path, asked.key)


def test_mutated_journals_give_the_right_answer_or_are_refused(tmp_path):
    asked, path = order(budget=40), tmp_path / "journal"
    expected = encode(attacked(asked, Line(), path))
    data, draw = path.read_bytes(), random.Random(2)
    for _ in range(60):
        changed = bytearray(data)
        for _ in range(draw.randint(1, 3)):
            changed[draw.randrange(len(changed))] = draw.randrange(256)
        path.write_bytes(changed[: draw.randint(0, len(changed))] if draw.random() < 0.3 else changed)
        try:
            assert encode(attacked(asked, Line(), path)) == expected
        except HauberkError:
            continue
