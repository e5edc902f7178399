# SPDX-License-Identifier: Apache-2.0
"""An endpoint that the manifest itself declares open."""

from collections.abc import Iterator

from hauberk.core.card import check
from hauberk.core.finding import Hit
from hauberk.core.scales import Basis, Severity
from hauberk.core.target import Target

_NONE = frozenset({"none", "no", "off", "anonymous", "public", "disabled"})


@check(
    "HBK-DEP-005",
    stage="deploy",
    kinds=("endpoint",),
    severity=Severity.HIGH,
    remedy="put authentication in front of the endpoint, and declare it as facts.authentication of the asset",
    references=("OWASP-API:2023:API2", "CWE-306", "ATLAS:AML.T0040"),
    needs=("system",),
    basis=Basis.DECLARED,
)
def declared_endpoint(target: Target) -> Iterator[Hit]:
    """Endpoint is declared without authentication.

    Anyone who reaches it may query the model without end and without a name: to copy it, to search for inputs that
    mislead it, or to spend its budget.
    """
    authentication = target.facts.authentication.strip().lower()
    if not authentication:
        message = "the manifest does not say how callers of this endpoint are authenticated"
    elif authentication in _NONE:
        message = "the manifest declares that callers of this endpoint are not authenticated"
    else:
        return
    yield Hit(message=message, place=target.stated("facts.authentication"), context="authentication")


@check(
    "HBK-DEP-007",
    stage="deploy",
    kinds=("endpoint",),
    severity=Severity.MEDIUM,
    remedy="limit the requests of each caller, and declare it as facts.rate_limit of the asset (such as 60/minute)",
    references=("OWASP-API:2023:API4", "CWE-770", "ATLAS:AML.T0024"),
    needs=("system",),
    basis=Basis.DECLARED,
)
def declared_rate(target: Target) -> Iterator[Hit]:
    """Endpoint is declared without a rate limit.

    Extraction, membership inference and black-box evasion all need many queries; a limit for each caller is what makes
    them slow enough to be seen.
    """
    rate = target.facts.rate_limit.strip().lower()
    if not rate or rate in _NONE or rate in ("unlimited", "infinite"):
        message = "the manifest declares no rate limit for this endpoint"
        yield Hit(message=message, place=target.stated("facts.rate_limit"), context="rate limit")
