# SPDX-License-Identifier: Apache-2.0
"""Acceptances of risk: whose word counts, and from when on it does not."""

import msgspec
import pytest

from hauberk.core.errors import KeyUnavailable
from hauberk.core.scales import Severity
from hauberk.engine.seal import open_ledger
from hauberk.govern.accept import KIND, accepted_in
from hauberk.govern.threat import Acceptance, Category
from hauberk.ledger.succession import revoke
from hauberk.signing.identity import ephemeral
from hauberk.signing.statement import seal

ME, ADA = ephemeral("me"), ephemeral("ada")
KEYS = (ME.public, ADA.public)
GIVEN = Acceptance(
    threat="T-0000000001",
    subject="asset:model",
    category=Category.TAMPERING,
    severity=Severity.HIGH,
    who="the pope",
    reason="one site only",
    until="2026-12-31",
)


def _accept(folder, signer):
    with open_ledger(folder, ME) as ledger:
        ledger.append(KIND, seal(GIVEN, signer, KIND).data)


def test_an_acceptance_is_by_whoever_signed_it(tmp_path):
    _accept(tmp_path, ADA)
    assert accepted_in(tmp_path, KEYS) == (msgspec.structs.replace(GIVEN, who="ada"),)


def test_an_acceptance_by_a_key_that_nobody_knows_is_refused(tmp_path):
    _accept(tmp_path, ADA)
    with pytest.raises(KeyUnavailable):
        accepted_in(tmp_path, (ME.public,))


def test_an_acceptance_signed_after_its_key_was_revoked_counts_for_nothing(tmp_path):
    _accept(tmp_path, ADA)
    with open_ledger(tmp_path, ME) as ledger:
        revoke(ledger, ADA.public.id, ledger.size, reason="left")
    _accept(tmp_path, ADA)
    assert len(accepted_in(tmp_path, KEYS)) == 1
