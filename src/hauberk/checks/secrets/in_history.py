# SPDX-License-Identifier: Apache-2.0
"""HBK-SEC-004."""

from collections.abc import Iterator

from hauberk.analysis.secret_history import LARGEST, hit, secrets_in
from hauberk.assets.fast_export import read
from hauberk.core.card import check
from hauberk.core.errors import CannotLook
from hauberk.core.finding import Hit
from hauberk.core.scales import Severity
from hauberk.core.target import Target


@check(
    "HBK-SEC-004",
    stage="develop",
    kinds=("other",),
    formats=("git-history", "git-export"),
    severity=Severity.HIGH,
    remedy="revoke the secret at its issuer: whoever has cloned the repository has it; then take it out of the history "
    "(git filter-repo), or waive the finding once it is revoked",
    references=("CWE-798", "CWE-540", "OWASP-ML:2023:ML06", "ATLAS:AML.T0055"),
)
def secret_in_history(target: Target) -> Iterator[Hit]:
    """A secret is kept in the history of the repository.

    To delete a line deletes nothing: every clone, every fork and every image that was built with the .git folder in it
    still hands the key to whoever looks at an older commit. hauberk scan reads the history of the folder that it is
    given, only what is new at each run; an export of one (git fast-export) is read as well.
    """
    told: set[tuple[str, bytes]] = set()
    large = 0
    for version in read(target.data):
        if len(version.data) > LARGEST:
            large += 1
            continue
        for secret, value in secrets_in(version.path, version.data):
            if (version.path, value) not in told:
                told.add((version.path, value))
                yield hit(secret, target.asset.uri, version.commit, version.path)
    if large:
        raise CannotLook(f"{large} versions of files are larger than {LARGEST} bytes and were not searched")
