# SPDX-License-Identifier: Apache-2.0
"""``hauberk waive``: sign a decision to live with one finding until a date."""

import sys
from datetime import UTC, datetime
from typing import Annotated

from cyclopts import Parameter

from hauberk.cli.options import Json, Manifest, Quiet
from hauberk.cli.subject import named_manifest
from hauberk.core.codec import encode_pretty
from hauberk.core.errors import Misuse
from hauberk.engine.recall import recall
from hauberk.engine.seal import WAIVER, open_ledger
from hauberk.manifest.load import load
from hauberk.policy.waive import waiver
from hauberk.signing.keystore import default_identity
from hauberk.signing.keystore import load as load_identity
from hauberk.signing.statement import seal


def waive(
    fingerprint: str,
    /,
    *,
    until: str = "",
    reason: str = "",
    signer: Annotated[str, Parameter(name="--as", help="Name of the identity that signs; by default your own.")] = "",
    manifest: Manifest = None,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Sign a decision to live with one finding until a date, and seal it in the ledger.

    Refused without a reason, without an end date, with one more than 366 days away, and for a finding that nobody saw.

    Example: hauberk waive v1:0f2c... --until 2027-01-31 --reason "replaced with the next release"
    """
    path = named_manifest(manifest)
    today = datetime.now(UTC).date()
    keeper = default_identity(create=False)
    identity = load_identity(signer) if signer else keeper
    one = waiver(fingerprint, who=identity.name, reason=reason, until=until, today=today)
    document = recall(path.parent, load(path), today=today)
    if all(finding.fingerprint != fingerprint for seen in document.evidence for finding in seen.findings):
        raise Misuse(
            f"no finding of the last assessment has the fingerprint {fingerprint}",
            remedy="copy it from hauberk report, or run hauberk assess first",
        )
    with open_ledger(path.parent, keeper) as ledger:
        ledger.append(WAIVER, seal(one, identity, WAIVER).data)
    if json:
        sys.stdout.write(encode_pretty(one) + "\n")
    elif not quiet:
        sys.stdout.write(f"waived until {one.until} by {one.who}: {fingerprint}\n")
    return 0
