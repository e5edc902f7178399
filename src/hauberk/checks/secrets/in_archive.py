# SPDX-License-Identifier: Apache-2.0
"""HBK-SEC-003."""

from collections.abc import Iterator

from hauberk.analysis.packed import Packed
from hauberk.analysis.secret_history import secrets_in
from hauberk.core.card import check
from hauberk.core.finding import Hit
from hauberk.core.place import MemberPlace
from hauberk.core.scales import Severity
from hauberk.core.target import Target


@check(
    "HBK-SEC-003",
    stage="develop",
    kinds=("other", "model"),
    formats=(
        "zip", "tar", "gzip", "bzip2", "xz", "lzma", "zstd", "lz4", "7z", "mar", "nemo", "skops", "keras",
        "torchscript",
    ),
    severity=Severity.HIGH,
    bytewise=True,
    remedy="revoke the secret at its issuer, and build the archive without it (an allow-list of what goes in)",
    references=("CWE-798", "CWE-540", "OWASP-ML:2023:ML06", "ATLAS:AML.T0055"),
)  # fmt: skip
def secret_in_archive(target: Target) -> Iterator[Hit]:
    """A secret is packed in an archive.

    What is handed over as an archive, a dataset, a wheel, a model with its handler, an image's layer, is opened by more
    people than the repository, and the .env or the notebook that was packed along is looked at by nobody but them.
    """
    for name, data in Packed().read(target.content):
        for secret, _ in secrets_in(name, data):
            yield Hit(
                message=f"{secret.kind}, {secret.length} characters, in line {secret.line} of a member",
                place=MemberPlace(archive=target.asset.uri, member=name),
                severity=secret.severity,
                confidence=secret.confidence,
                context=f"{name} {secret.kind}",
            )
