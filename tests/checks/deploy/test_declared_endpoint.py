# SPDX-License-Identifier: Apache-2.0
"""What a manifest says of its endpoints."""

import pytest

from hauberk.checks.deploy.declared_endpoint import declared_endpoint, declared_rate
from hauberk.core.scales import Basis
from tests.checks.trial import on_files

CASES = [
    (declared_endpoint, "", True),
    (declared_endpoint, "authentication: none", True),
    (declared_endpoint, "authentication: None", True),
    (declared_endpoint, "authentication: mtls", False),
    (declared_endpoint, "authentication: api-key", False),
    (declared_rate, "", True),
    (declared_rate, "rate_limit: unlimited", True),
    (declared_rate, "rate_limit: 60/minute", False),
]


@pytest.mark.parametrize(("card", "fact", "found"), CASES)
def test_an_endpoint_that_is_declared_open_is_found_as_declared(tmp_path, card, fact, found):
    text = f"name: s\nassets:\n  - id: api\n    kind: endpoint\n    uri: https://x.example/\n    facts: {{{fact}}}\n"
    (evidence,) = on_files(card, tmp_path, {"hauberk.yaml": text})
    assert (bool(evidence.findings), evidence.basis) == (found, Basis.DECLARED)


def test_without_a_manifest_there_is_no_word_on_endpoints(tmp_path):
    assert on_files(declared_endpoint, tmp_path, {"x.py": "x = 1\n"}) == []
