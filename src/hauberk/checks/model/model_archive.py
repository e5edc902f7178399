# SPDX-License-Identifier: Apache-2.0
"""HBK-MOD-012."""

import contextlib
from collections.abc import Iterator

from hauberk.analysis.model_archives import CONFIGS, MANIFEST, PACKAGE, Reach, in_mar, in_nemo, in_package, in_text
from hauberk.assets import archive, compressed, safetensors, tar
from hauberk.core.card import check
from hauberk.core.content import Budget, Content
from hauberk.core.errors import CannotLook, Malformed
from hauberk.core.finding import Hit
from hauberk.core.place import MemberPlace
from hauberk.core.scales import Severity
from hauberk.core.target import Target

_CONFIG = "model_config.yaml"


@check(
    "HBK-MOD-012",
    stage="develop",
    kinds=("model", "other", "document"),
    formats=("mar", "nemo", "zip", "torch-zip", "tar", "gzip", "safetensors", "json"),
    severity=Severity.HIGH,
    remedy="read the Python and the _target_ of each configuration, and build the archive from sources that you trust",
    references=("CWE-470", "CWE-829", "ATLAS:AML.T0010", "ATLAS:AML.T0011", "OWASP-ML:2023:ML06"),
)
def model_archive(target: Target) -> Iterator[Hit]:
    """The model archive tells its loader what to import and run.

    An archive of TorchServe carries the Python that serves the model, one of torch.package the modules of its
    classes, and one of NeMo names in its configuration what is imported and called: whoever loads any of them runs
    what its maker chose (CVE-2025-23304).
    """
    for reach in _reaches(target):
        yield Hit(
            message=reach.what,
            severity=reach.severity,
            place=MemberPlace(archive=target.asset.uri, member=reach.member, offset=None),
            context=f"{reach.member} {reach.subject}",
        )


def _reaches(target: Target) -> Iterator[Reach]:
    data, form = target.content, target.asset.format
    if form == "gzip":
        data = compressed.content(data, Budget())
    if form == "safetensors":
        for key, text in safetensors.metadata(data).items():
            if text.lstrip()[:1] in ("{", "["):
                with contextlib.suppress(Malformed):  # metadata are free text; the format's own rule reads the header
                    yield from in_text(key, text)
    elif form == "json":
        if data.find(b"_target_") >= 0 or data.find(b"\\u00") >= 0:  # a key may be written in escapes
            yield from in_text("", data.whole().decode("utf-8", "replace"))
    elif form in ("mar", "zip", "torch-zip"):
        yield from _zip(data, form)
    elif tar.is_tar(data):
        yield from _nemo(data, sure=form == "nemo")
    elif form == "nemo":
        raise CannotLook("archive of NeMo that is no tar")


def _zip(data: Content, form: str) -> Iterator[Reach]:
    if PACKAGE.encode() in data.read(max(len(data) - _TAIL, 0), _TAIL):
        yield from in_package(_sources(data))
    elif form != "torch-zip":
        yield from _torchserve(data, sure=form == "mar")


_TAIL = 1 << 16
"""Bytes at the end of a zip in which its directory names what makes it a package; a longer one is MOD-001's alone."""


def _sources(data: Content) -> dict[str, bytes]:
    """The modules of a package by name."""
    held = [
        one for one in archive.entries(data, Budget()) if isinstance(one, archive.Entry) and one.name.endswith(".py")
    ]
    for one in held:
        if flaw := one.flaw():
            raise CannotLook(f"{one.name}: {flaw}")
    return {one.name: one.content.whole() for one in held}


def _torchserve(data: Content, *, sure: bool) -> Iterator[Reach]:
    """What is odd about the archive itself is another rule's."""
    held = [one for one in archive.entries(data, Budget()) if isinstance(one, archive.Entry)]
    if not sure and all(one.name != MANIFEST for one in held):
        return
    for one in held:
        if flaw := one.flaw():
            raise CannotLook(f"{one.name}: {flaw}")
    read = {one.name: one.content.whole() if one.name.endswith((".py", MANIFEST)) else b"" for one in held}
    yield from in_mar(read)


def _nemo(data: Content, *, sure: bool) -> Iterator[Reach]:
    """The configurations, which are read where they are met: what is expanded is read forwards."""
    read = [
        archive.Member(one.name, one.offset, one.content.whole())
        for one in tar.entries(data)
        if isinstance(one, tar.Entry) and one.name.lower().endswith(CONFIGS)
    ]
    if sure or any(one.name.rpartition("/")[2] == _CONFIG for one in read):
        for one in read:
            yield from in_nemo(one)
