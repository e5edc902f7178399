# SPDX-License-Identifier: Apache-2.0
"""Mutated bundles and notes: only errors of the core come out, nothing verifies, and enough reaches the innermost stage."""

import random

from hauberk.core.canonical import canonical
from hauberk.core.errors import BundleMalformed, LedgerBroken, SignatureInvalid
from hauberk.ledger import Ledger, bundle, verify_bundle, write_bundle
from hauberk.ledger.bundle import Bundle, parse, serialise
from hauberk.ledger.chain import Chain
from hauberk.signing import ephemeral, open_note, sign_note
from hauberk.signing import note as notes

ALICE = ephemeral("alice")
ROUNDS = 400
SHARE = 0.2
"""Of the mutants, at least this share is refused by the innermost stage."""


def flip(data, rng):
    at = rng.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1 :]


def cut(data, rng):
    at = rng.randrange(len(data))
    return data[:at] + data[at + rng.randrange(1, 20) :]


def double(data, rng):
    at = rng.randrange(len(data))
    return data[:at] + data[at : at + rng.randrange(1, 40)] + data[at:]


def swap_lines(data, rng):
    lines = data.split(b"\n")
    a, b = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[a], lines[b] = lines[b], lines[a]
    return b"\n".join(lines)


def letter(data, rng):
    """Another letter or digit in place of one: the form stays, the content changes."""
    at = rng.choice([at for at, byte in enumerate(data) if chr(byte).isalnum() and byte < 128])
    return data[:at] + rng.choice(b"0123456789abcdef").to_bytes(1, "big") + data[at + 1 :]


MUTATIONS = (flip, cut, double, swap_lines, letter)


def mutate_deep(data, rng):
    """A mutant whose checkpoint is left as it was, so that the entries are judged."""
    whole = parse(data)
    lines = list(whole.lines)
    at = rng.randrange(len(lines))
    entry, body = lines[at]
    which = rng.randrange(2)
    changed = rng.choice((flip, letter, cut, double))(entry if which else body, rng).replace(b"\n", b" ")
    lines[at] = (changed, body) if which else (entry, changed)
    return serialise(Bundle(note=whole.note, lines=tuple(lines)))


def test_mutated_bundles_never_verify(tmp_path, monkeypatch):
    with Ledger.create(tmp_path / "ledger", ALICE) as ledger:
        ledger.append_many([("evidence", canonical({"n": n, "took": 0.5})) for n in range(12)])
        write_bundle(ledger, tmp_path / "bundle")
    data = (tmp_path / "bundle").read_bytes()
    rng, reached, mutants = random.Random(11), 0, 0

    class Watched(Chain):
        def follow(self, line, body):
            nonlocal reached
            reached += self.frontier.size == 0
            return super().follow(line, body)

    monkeypatch.setattr(bundle, "Chain", Watched)
    for number in range(ROUNDS):
        mutant = mutate_deep(data, rng) if number % 2 else rng.choice(MUTATIONS)(data, rng)
        if mutant == data:
            continue
        mutants += 1
        try:
            verify_bundle(mutant, [ALICE.public])
        except (BundleMalformed, LedgerBroken, SignatureInvalid):
            continue
        raise AssertionError(f"mutant {number} verifies")
    print(f"bundles: {reached} of {mutants} mutants ({reached / mutants:.0%}) reached the entries")  # noqa: T201  the share is shown with the result
    assert reached / mutants >= SHARE


def test_mutated_notes_never_open(monkeypatch):
    data = sign_note("hauberk/alice/0123456789abcdef\n7\nroot\n", ALICE).encode()
    rng, reached, mutants = random.Random(12), 0, 0
    verify_pair = notes.verify_pair

    def watched(*arguments):
        nonlocal reached
        reached += 1
        verify_pair(*arguments)

    monkeypatch.setattr(notes, "verify_pair", watched)
    for number in range(ROUNDS):
        mutant = rng.choice(MUTATIONS)(data, rng)
        if mutant == data:
            continue
        mutants += 1
        try:
            open_note(mutant, [ALICE.public])
        except SignatureInvalid:
            continue
        raise AssertionError(f"mutant {number} opens")
    print(f"notes: {reached} of {mutants} mutants ({reached / mutants:.0%}) reached the signatures")  # noqa: T201  the share is shown with the result
    assert reached / mutants >= SHARE
