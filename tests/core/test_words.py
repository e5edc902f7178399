# SPDX-License-Identifier: Apache-2.0
"""Values of core refuse what contradicts itself, and a card is refused where it says too little."""

import math
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hauberk.core.canonical import canonical, digest, evidence_id, identified
from hauberk.core.card import check
from hauberk.core.codec import decode, encode
from hauberk.core.errors import CannotLook, HauberkError, Malformed, MissingExtra, Misuse, TooLarge
from hauberk.core.evidence import Evidence
from hauberk.core.families import FAMILIES
from hauberk.core.finding import fingerprint
from hauberk.core.limit import Limit
from hauberk.core.measurement import Measurement
from hauberk.core.scales import Confidence, Kind, Outcome, Severity, Stage
from hauberk.core.seams import seam
from hauberk.core.system import System
from tests import strategies


@pytest.mark.parametrize("scale", [Severity, Confidence, Stage])
def test_a_scale_is_ordered_by_rank_and_never_as_text(scale):
    members = list(scale)
    assert all(one < other for one, other in pairwise(members))
    assert members[0] < members[1] <= members[1] < members[-1]
    assert members[-1] > members[0]
    with pytest.raises(TypeError):
        assert members[0] < members[1].value
    with pytest.raises(TypeError):
        assert Severity.HIGH > Confidence.LOW


@pytest.mark.parametrize(
    "fields",
    [
        {"value": math.nan},
        {"value": math.inf},
        {"value": 0.5, "low": -math.inf},
        {"value": None},
        {"value": 0.5, "low": 0.6, "high": 0.4},
    ],
)
def test_a_measurement_is_finite_or_says_why_not(fields):
    with pytest.raises(ValueError, match="measurement m"):
        Measurement(name="m", **fields)


@pytest.mark.parametrize("bounds", [{}, {"at_least": 1, "at_most": 2}])
def test_a_limit_bounds_one_way(bounds):
    with pytest.raises(ValueError, match="at_least or at_most"):
        Limit(measurement="m", **bounds)


@given(st.floats(-5, 5), st.floats(0, 2), st.floats(0, 2), st.floats(-5, 5))
def test_the_mirror_of_a_broken_limit_is_broken_as_surely(value, below, above, bound):
    one = Measurement(name="m", value=value, low=value - below, high=value + above)
    mirror = Measurement(name="m", value=-value, low=-value - above, high=-value + below)
    least = Limit(measurement="m", at_least=bound).broken_by(one)
    assert least == Limit(measurement="m", at_most=-bound).broken_by(mirror)
    assert (least is not None) == (value < bound)
    assert (least is Confidence.HIGH) == (value + above < bound)


WORSE_ENDS = {
    "all of it keeps the limit": (0.1, 0.05, 0.2, None),
    "its worse end does not": (0.1, 0.05, 0.4, Confidence.MEDIUM),
    "its value does not": (0.35, 0.2, 0.5, Confidence.MEDIUM),
    "none of it does": (0.5, 0.4, 0.6, Confidence.HIGH),
    "no interval, within": (0.2, None, None, None),
    "no interval, beyond": (0.4, None, None, Confidence.HIGH),
}


@pytest.mark.parametrize(("value", "low", "high", "sure"), WORSE_ENDS.values(), ids=WORSE_ENDS)
def test_a_limit_on_the_worse_end_is_broken_by_what_is_not_shown_to_keep_it(value, low, high, sure):
    one = Measurement(name="m", value=value, low=low, high=high)
    ends = (low, high) if low is None or high is None else (1 - high, 1 - low)
    mirror = Measurement(name="m", value=1 - value, low=ends[0], high=ends[1])
    assert Limit(measurement="m", at_most=0.3, worse_end=True).broken_by(one) == sure
    assert Limit(measurement="m", at_least=0.7, worse_end=True).broken_by(mirror) == sure
    assert "worse end" in str(Limit(measurement="m", at_most=0.3, worse_end=True))


def test_a_limit_says_nothing_of_other_or_missing_values():
    limit = Limit(measurement="m", at_least=1)
    assert limit.broken_by(Measurement(name="other", value=0.0)) is None
    assert limit.broken_by(Measurement(name="m", value=None, note="n=2")) is None


@pytest.mark.parametrize(
    ("outcome", "reason", "found"),
    [
        (Outcome.CLEAN, "why", False),
        (Outcome.FOUND, "why", True),
        (Outcome.UNABLE, "", False),
        (Outcome.FOUND, "", False),
        (Outcome.CLEAN, "", True),
    ],
)
@given(good=strategies.evidences(Outcome.FOUND))
def test_an_outcome_that_contradicts_its_contents_cannot_be_built_or_read(outcome, reason, found, good):
    fields = {"outcome": outcome, "reason": reason, "findings": good.findings[:1] if found else ()}
    with pytest.raises(ValueError, match=r"reason|found|clean"):
        Evidence(**{**{name: getattr(good, name) for name in Evidence.__struct_fields__}, **fields})
    plain = {**msgspec.to_builtins(good), **msgspec.to_builtins(fields)}
    with pytest.raises(Malformed):
        decode(encode(plain), Evidence)


@given(strategies.evidences())
def test_evidence_survives_the_border_and_its_id_is_of_all_else(one):
    assert decode(encode(one), Evidence) == one
    assert identified(one) == one
    assert evidence_id(msgspec.structs.replace(one, id="anything")) == one.id
    assert evidence_id(msgspec.structs.replace(one, took=one.took + 1)) != one.id


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"strange": 1}', b"\xff", b"[" * 100_000])
def test_what_is_no_value_is_malformed_and_never_a_crash(data):
    with pytest.raises(Malformed):
        decode(data, Evidence)


def test_a_document_beyond_the_limit_is_not_decoded():
    with pytest.raises(TooLarge):
        decode(b"[" + b"1," * 99, list[int], limit=10)


@pytest.mark.parametrize("value", [math.nan, {"a": math.inf}, "\ud800", {"\ud800": 1}])
def test_what_has_no_canonical_form_is_malformed(value):
    with pytest.raises(Malformed):
        canonical(value)


def test_a_digest_is_sha256():
    assert digest(b"") == "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


parts = st.text(max_size=6)


@given(parts, parts, parts, st.integers(0, 3))
def test_a_fingerprint_survives_whitespace_and_tells_all_else_apart(card, path, context, occurrence):
    one = fingerprint(card, path, context, occurrence)
    assert one == fingerprint(card, path, f"  {context}\n ", occurrence)
    assert one != fingerprint(card, path, context, occurrence + 1)
    assert one != fingerprint(card, path + "x", context, occurrence)
    assert one != fingerprint(card, path, context + "x", occurrence)
    assert len(one) == len("v1:") + 32


def test_a_fingerprint_is_what_it_was():
    assert fingerprint("HBK-COD-001", "src/app.py", "pickle.load(f)") == "v1:d7923bed826f47e54cea6bf748fb29de"


def card(run=None, **fields):
    def good(_):
        """Title of a rule.

        A paragraph that says why.
        """
        return ()

    known = {"stage": "develop", "kinds": ("code",), "severity": Severity.LOW, "remedy": "do", "references": ("CWE-1",)}
    return check(fields.pop("id", "HBK-COD-999"), **{**known, **fields})(run or good)


def silent(_):
    return ()


def titled(_):
    """Only a title."""
    return ()


@pytest.mark.parametrize(
    "fault",
    [
        {"id": "HBK-XXX-001"},
        {"id": "HBK-COD-1"},
        {"id": "hbk-cod-001"},
        {"run": silent},
        {"run": titled},
        {"remedy": ""},
        {"references": ()},
        {"stage": "nonsense"},
        {"kinds": ("nonsense",)},
    ],
)
def test_a_card_that_says_too_little_is_refused_at_import(fault):
    with pytest.raises(ValueError, match=r".+"):
        card(**fault)


def test_a_card_claims_kinds_and_formats():
    one = card(kinds=("model",), formats=("onnx",))
    assert (one.title, one.why) == ("Title of a rule", "A paragraph that says why.")
    assert one.claims(Kind.MODEL, "onnx")
    assert not one.claims(Kind.MODEL, "pickle")
    assert not one.claims(Kind.CODE, "onnx")
    assert card(kinds=("model",)).claims(Kind.MODEL, "anything")
    assert "COD" in FAMILIES


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("flows[1].crosses", 7),
        ("flows[1].basis", 5),
        ("flows[1]", 5),
        ("flows[9].x", 4),
        ("nothing.at.all", 1),
        ("", 1),
    ],
)
def test_a_place_in_the_manifest_falls_back_to_its_nearest_parent(path, line):
    lines = {"": 1, "flows": 4, "flows[1]": 5, "flows[1].crosses": 7}
    assert System(name="s", lines=lines).line(path) == line


def subclasses(kind):
    yield kind
    for below in kind.__subclasses__():
        yield from subclasses(below)


def test_every_error_has_a_code_of_its_own_and_an_exit_code():
    kinds = [kind for kind in subclasses(HauberkError) if kind.__module__ == "hauberk.core.errors"]
    codes = [kind.code for kind in kinds]
    assert len(set(codes)) == len(codes)
    assert {kind.exit_code for kind in kinds} <= {1, 2, 3, 4}
    assert str(CannotLook("what", remedy="do")) == "what; do"
    assert str(Misuse("what")) == "what"


def test_a_missing_extra_costs_one_sentence_with_the_pip_line():
    with pytest.raises(MissingExtra) as raised:
        seam("no_such_library_here", extra="ml")
    assert str(raised.value) == "no_such_library_here is not installed; pip install 'hauberk[ml]'"
    with pytest.raises(ModuleNotFoundError):
        seam("hauberk.no_such_module", extra="ml")
