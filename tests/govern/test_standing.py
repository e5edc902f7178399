# SPDX-License-Identifier: Apache-2.0
"""What evidence says of a threat, and who lives with it until when."""

from datetime import date

import msgspec
import pytest

from hauberk.core.errors import Misuse
from hauberk.core.scales import Severity
from hauberk.govern.accept import acceptance, covered
from hauberk.govern.find import find
from hauberk.govern.standing import stand
from hauberk.govern.threat import Proof, Standing
from tests.govern.expected import system_of

TODAY = date(2026, 11, 24)


def _proof(outcome, basis="examined"):
    return Proof(card="HBK-DEP-005", evidence="sha256:" + "0" * 64, asset="a", outcome=outcome, basis=basis)


@pytest.mark.parametrize(
    ("proofs", "standing"),
    [
        ([], Standing.GAP),
        ([_proof("clean")], Standing.TESTED),
        ([_proof("clean", "measured")], Standing.TESTED),
        ([_proof("clean", "declared")], Standing.DECLARED),
        ([_proof("clean", "declared"), _proof("clean")], Standing.TESTED),
        ([_proof("clean"), _proof("unable")], Standing.UNABLE),
        ([_proof("clean"), _proof("unable"), _proof("found")], Standing.FOUND),
    ],
)
def test_the_worst_proof_decides(proofs, standing):
    assert stand(proofs) is standing


def test_rules_that_answer_a_part_never_make_a_threat_tested():
    assert stand([_proof("clean")], partial=True) is Standing.PARTLY
    assert stand([_proof("found")], partial=True) is Standing.FOUND
    assert stand([], partial=True) is Standing.GAP


def _model():
    return find(system_of("radiology"))


def test_an_acceptance_holds_through_its_last_day_and_not_longer():
    model = _model()
    one = acceptance(model.threats[0], who="ana", reason="small", until="2026-12-01", today=TODAY)
    assert covered(model, [one], date(2026, 12, 1)).threats[0].accepted == one
    assert covered(model, [one], date(2026, 12, 2)).threats[0].accepted is None


def test_an_acceptance_does_not_cover_what_has_become_worse():
    model = _model()
    one = acceptance(model.threats[-1], who="ana", reason="small", until="2026-12-01", today=TODAY)
    worse = msgspec.structs.replace(
        model, threats=(*model.threats[:-1], msgspec.structs.replace(model.threats[-1], severity=Severity.CRITICAL))
    )
    assert covered(model, [one], TODAY).threats[-1].accepted == one
    assert covered(worse, [one], TODAY).threats[-1].accepted is None


@pytest.mark.parametrize(
    ("reason", "until"),
    [("", "2026-12-01"), ("  ", "2026-12-01"), ("x", ""), ("x", "soon"), ("x", "2026-11-23"), ("x", "2028-01-01")],
)
def test_an_acceptance_without_reason_or_a_near_end_is_refused(reason, until):
    with pytest.raises(Misuse):
        acceptance(_model().threats[0], who="ana", reason=reason, until=until, today=TODAY)
