# SPDX-License-Identifier: Apache-2.0
"""HBK-MOD-012."""

from collections.abc import Iterator

from hauberk.analysis.model_archives import MANIFEST, Reach, in_mar, in_nemo
from hauberk.assets import archive, compressed, tar
from hauberk.core.card import check
from hauberk.core.errors import CannotLook
from hauberk.core.finding import Hit
from hauberk.core.place import MemberPlace
from hauberk.core.scales import Severity
from hauberk.core.target import Target

_CONFIG = "model_config.yaml"


@check(
    "HBK-MOD-012",
    stage="develop",
    kinds=("model", "other"),
    formats=("mar", "nemo", "zip", "tar", "gzip"),
    severity=Severity.HIGH,
    remedy="read the Python and the _target_ of each configuration, and build the archive from sources that you trust",
    references=("CWE-470", "CWE-829", "ATLAS:AML.T0010", "ATLAS:AML.T0011", "OWASP-ML:2023:ML06"),
)
def model_archive(target: Target) -> Iterator[Hit]:
    """The model archive tells its loader what to import and run.

    An archive of TorchServe carries the Python that serves the model, and one of NeMo names in its configuration what
    is imported and called: whoever loads either runs what its maker chose (CVE-2025-23304).
    """
    for reach in _reaches(target):
        yield Hit(
            message=reach.what,
            severity=reach.severity,
            place=MemberPlace(archive=target.asset.uri, member=reach.member, offset=None),
            context=f"{reach.member} {reach.subject}",
        )


def _reaches(target: Target) -> Iterator[Reach]:
    data, form = target.data, target.asset.format
    if form == "gzip":
        data = compressed.decompress(data)
    if form in ("mar", "zip"):
        members = list(_members(archive.members(data)))
        if form == "mar" or any(one.name == MANIFEST for one in members):
            _all_read(members)
            yield from in_mar({one.name: one.data for one in members})
    elif tar.is_tar(data):
        members = list(_members(tar.members(data)))
        if form == "nemo" or any(one.name.rpartition("/")[2] == _CONFIG for one in members):
            for one in members:
                yield from in_nemo(one)
    elif form == "nemo":
        raise CannotLook("archive of NeMo that is no tar")


def _members(items: Iterator[archive.Member | archive.Oddity]) -> Iterator[archive.Member]:
    """Members only: what is odd about the archive is another rule's."""
    yield from (one for one in items if isinstance(one, archive.Member))


def _all_read(members: list[archive.Member]) -> None:
    unread = next((f"{one.name}: {one.unread}" for one in members if one.unread), "")
    if unread:
        raise CannotLook(unread)
