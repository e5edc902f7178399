# SPDX-License-Identifier: Apache-2.0
import random

import pytest

from hauberk.core.canonical import canonical
from hauberk.core.codec import decode, encode
from hauberk.core.entry import Entry
from hauberk.core.errors import BundleMalformed, LedgerBroken, Misuse, SignatureInvalid
from hauberk.ledger import Ledger, verify_bundle, write_bundle
from hauberk.ledger.bundle import Bundle, parse, serialise
from hauberk.ledger.checkpoint import Checkpoint, sign_checkpoint
from hauberk.ledger.merkle import leaf_hash, tree_root
from hauberk.signing import ephemeral

ALICE, MALLORY = ephemeral("alice"), ephemeral("alice")
KEYS = [ALICE.public]


def exported(folder, bodies) -> bytes:
    with Ledger.create(folder / "ledger", ALICE) as ledger:
        ledger.append_many([("evidence", body) for body in bodies])
        assert write_bundle(ledger, folder / "bundle") == len(bodies)
    return (folder / "bundle").read_bytes()


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return exported(tmp_path_factory.mktemp("small"), [b'{"id":"sha256:0"}', b"[]"])


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    return exported(
        tmp_path_factory.mktemp("large"), [canonical({"n": n, "text": "x" * (n % 90)}) for n in range(1000)]
    )


def test_a_bundle_proves_what_was_sealed(large):
    proven = verify_bundle(large, KEYS)
    assert (proven.size, proven.by, proven.kinds, proven.writers) == (1000, ALICE.public.id, {"evidence": 1000}, 1)
    assert proven.integrity.startswith("integrity only")


@pytest.mark.parametrize("which", ["small", "large"])
def test_a_bundle_reads_back_to_its_own_bytes(which, request):
    data = request.getfixturevalue(which)
    assert serialise(parse(data)) == data


def test_an_empty_ledger_makes_a_bundle(tmp_path):
    data = exported(tmp_path, [])
    assert verify_bundle(data, KEYS).size == 0
    with pytest.raises((BundleMalformed, LedgerBroken, SignatureInvalid)):
        verify_bundle(data + b"\n", KEYS)


def refused(data, keys=KEYS):
    with pytest.raises((BundleMalformed, LedgerBroken, SignatureInvalid)) as caught:
        verify_bundle(data, keys)
    assert caught.value.exit_code == 4


def test_every_flipped_byte_of_a_small_bundle_is_refused(small):
    for at in range(len(small)):
        refused(small[:at] + bytes([small[at] ^ (0x80 if at % 2 else 0x01)]) + small[at + 1 :])


@pytest.mark.slow
def test_other_values_of_every_byte_outside_the_signatures_are_refused(small):
    rng = random.Random(6)
    signed = range(small.index("\u2014".encode()), small.index(b"{"))
    for at in set(range(len(small))) - set(signed):
        for value in set(rng.sample(range(256), 24)) - {small[at]}:
            refused(small[:at] + bytes([value]) + small[at + 1 :])


def test_sampled_flipped_bytes_of_a_large_bundle_are_refused(large):
    rng = random.Random(5)
    for at in rng.sample(range(len(large)), 60):
        refused(large[:at] + bytes([large[at] ^ (1 << rng.randrange(8))]) + large[at + 1 :])


def test_truncation_at_every_length_is_refused(small):
    for length in range(len(small)):
        refused(small[:length])


def test_what_is_added_is_refused(small):
    for extra in (b"\n", b" ", b"\0", b"{}\n", small, small.split(b"\n", 1)[1]):
        refused(small + extra)
        refused(extra + small)


def lines(data):
    bundle = parse(data)
    return bundle, list(bundle.lines)


def test_another_key_of_the_same_name_is_refused(small):
    refused(small, [MALLORY.public])
    refused(small, [])


@pytest.mark.parametrize("which", [0, 1])
def test_either_signature_stripped_is_refused(small, which):
    parts = small.split("\u2014".encode())
    refused(
        "\u2014".encode().join(part for at, part in enumerate(parts) if at != which + 1)
        + (b"" if which == 0 else b"\n\n" + small.partition(b"\n\n{")[2])
    )
    note = parse(small).note.splitlines(keepends=True)
    del note[4 + which]
    refused(serialise(Bundle(note=b"".join(note), lines=parse(small).lines)))


SPLICES = {
    "entry dropped": lambda pairs: pairs[:-1],
    "first dropped": lambda pairs: pairs[1:],
    "entries exchanged": lambda pairs: [pairs[1], pairs[0], *pairs[2:]],
    "entry repeated": lambda pairs: [*pairs, pairs[-1]],
    "bodies exchanged": lambda pairs: [(pairs[0][0], pairs[1][1]), (pairs[1][0], pairs[0][1]), *pairs[2:]],
    "entry and body exchanged": lambda pairs: [(body, entry) for entry, body in pairs],
    "space in a body": lambda pairs: [(entry, body + b" ") for entry, body in pairs],
    "carriage returns": lambda pairs: [(entry + b"\r", body) for entry, body in pairs],
}


@pytest.mark.parametrize("splice", SPLICES.values(), ids=SPLICES)
def test_spliced_lines_are_refused(small, splice):
    bundle, pairs = lines(small)
    refused(serialise(Bundle(note=bundle.note, lines=tuple(splice(pairs)))))


def resigned(pairs, origin="hauberk/alice/0123456789abcdef"):
    """What a careless or hostile holder of the real key could sign."""
    root = tree_root(leaf_hash(line) for line, _ in pairs)
    note = sign_checkpoint(Checkpoint(origin=origin, size=len(pairs), root=root), ALICE)
    return serialise(Bundle(note=note.encode(), lines=tuple(pairs)))


def changed(pair, **fields):
    value = decode(pair[0], dict) | fields
    return canonical(value), pair[1]


def test_the_holder_of_the_key_can_write_another_history(small):
    """What "integrity only" means: nothing but a witness would refuse this."""
    assert verify_bundle(resigned(lines(small)[1][:1]), KEYS).size == 1


RULES = {
    "gap in a writer's sequence": lambda pairs: [pairs[0], changed(pairs[1], sequence=2)],
    "sequence repeated": lambda pairs: [pairs[0], changed(pairs[1], sequence=0)],
    "index out of place": lambda pairs: [pairs[0], changed(pairs[1], index=7)],
    "time running back": lambda pairs: [pairs[0], changed(pairs[1], at="2001-01-01T00:00:00.000000Z")],
    "entry by another": lambda pairs: [pairs[0], changed(pairs[1], by=MALLORY.public.id)],
    "digest of another body": lambda pairs: [pairs[0], changed(pairs[1], body="sha256:" + "0" * 64)],
    "unknown field": lambda pairs: [pairs[0], changed(pairs[1], more=1)],
    "unknown schema": lambda pairs: [pairs[0], changed(pairs[1], schema="hauberk/entry/2")],
    "fields in another order": lambda pairs: [
        pairs[0],
        (encode(dict(reversed(decode(pairs[1][0], dict).items()))), pairs[1][1]),
    ],
    "escaped letter": lambda pairs: [pairs[0], (pairs[1][0].replace(b"evidence", b"\\u0065vidence"), pairs[1][1])],
    "body that is not canonical": lambda pairs: [pairs[0], respelled(pairs[1], b"[ ]")],
    "body that is not JSON": lambda pairs: [pairs[0], respelled(pairs[1], b"]")],
    "empty body": lambda pairs: [pairs[0], respelled(pairs[1], b"")],
}


def respelled(pair, body):
    from hauberk.core.canonical import digest

    return changed((pair[0], body), body=digest(body))


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_even_what_the_key_signed_must_follow_the_rules(small, rule):
    refused(resigned(rule(lines(small)[1])))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"hauberk/bundle/1",
        b"hauberk/bundle/1\n",
        b"hauberk/bundle/2\n",
        b"PK\x03\x04",
        b"\xff" * 100,
        b"hauberk/bundle/1\n" + b"\n" * 100,
        b"hauberk/bundle/1\n" + b"x" * 200_000,
        b"hauberk/bundle/1\na\n9999999999999999\nAAAA\n\n\xe2\x80\x94 a b\n\n",
    ],
)
def test_what_is_no_bundle_is_refused(data):
    refused(data)


def test_a_claim_of_too_many_entries_is_refused_before_they_are_read(small):
    refused(small.replace(b"\n2\n", b"\n4000001\n", 1))


def test_more_bytes_than_a_bundle_may_have_are_refused(small, monkeypatch):
    monkeypatch.setattr("hauberk.ledger.bundle.LARGEST", len(small) - 1)
    refused(small)


def test_an_export_that_cannot_be_written_is_a_clear_error(tmp_path):
    with Ledger.create(tmp_path / "ledger", ALICE) as ledger, pytest.raises(Misuse, match="cannot write"):
        write_bundle(ledger, tmp_path / "none" / "bundle")


def test_entries_decode_from_their_lines(small):
    assert [decode(line, Entry).index for line, _ in parse(small).lines] == [0, 1]
