# SPDX-License-Identifier: Apache-2.0
"""An image that may be another one tomorrow."""

import re
from collections.abc import Iterator

from hauberk.assets import dockerfile, kube
from hauberk.core.card import check
from hauberk.core.finding import Hit
from hauberk.core.place import Place, ResourcePlace
from hauberk.core.scales import Severity
from hauberk.core.target import Target

_DIGEST = re.compile(r"@sha(?:256:[0-9a-f]{64}|512:[0-9a-f]{128})$")
_NAMED = re.compile(r"[A-Za-z0-9][\w.:/@-]*")
_TAG = re.compile(r":([\w][\w.-]*)$")


@check(
    "HBK-DEP-006",
    stage="deploy",
    kinds=("image", "manifest"),
    formats=("dockerfile", "kubernetes"),
    severity=Severity.LOW,
    remedy="pin the image as NAME:TAG@sha256:DIGEST, and let a tool propose updates",
    references=("CWE-494", "ATLAS:AML.T0010", "CIS-Docker:4.2"),
)
def floating_image(target: Target) -> Iterator[Hit]:
    """Image is named by a tag that can move.

    The registry, or whoever takes it over, decides what runs: what was assessed is not what the next build or the
    next restart gets.
    """
    seen: set[str] = set()
    for image, place in _images(target):
        if image in seen or "$" in image or not _NAMED.fullmatch(image) or _DIGEST.search(image):
            continue
        seen.add(image)
        tag = _TAG.search(image)
        latest = tag is None or tag[1] == "latest"
        how = "by no tag at all" if tag is None else "by the tag latest" if latest else "by a tag without a digest"
        severity = Severity.MEDIUM if latest else Severity.LOW
        yield Hit(message=f"{image} is named {how}", place=place, severity=severity, context=image)


def _images(target: Target) -> Iterator[tuple[str, Place]]:
    if target.asset.format == "dockerfile":
        for stage in dockerfile.read(target.data).stages:
            if stage.parent is None and stage.base != "scratch":
                yield stage.base, target.place(stage.line)
        return
    for pod in kube.read(target.data):
        for container in pod.containers:
            if container.image:
                place = ResourcePlace(kind=pod.kind, name=pod.name, path=target.asset.uri, line=container.line)
                yield container.image, place
