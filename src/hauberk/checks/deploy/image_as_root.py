# SPDX-License-Identifier: Apache-2.0
"""An image whose processes run as root."""

import re
from collections.abc import Iterator

from hauberk.assets import dockerfile
from hauberk.assets.dockerfile import Stage
from hauberk.core.card import check
from hauberk.core.finding import Hit
from hauberk.core.scales import Confidence, Severity
from hauberk.core.target import Target

UNPRIVILEGED = re.compile(
    r"(?:^|/)(?:[^/]*nonroot[^/]*|[^/]*:[^/]*(?:nonroot|unprivileged|chiseled|rootless)[^/]*|[^/:]*unprivileged[^/]*)$"
    r"|^cgr\.dev/chainguard/(?!wolfi-base)"
    r"|(?:^|/)bitnami(?:legacy)?/"
    r"|(?:^|/)jupyter/[a-z-]+-notebook"
    r"|(?:^|/)rayproject/ray"
    r"|(?:^|/)ubi\d*/(?:s2i-|python-|nodejs-|openjdk-)"
    r"|(?:^|/)(?:apache/(?:airflow|spark)|mambaorg/micromamba|prom/|grafana/|seldonio/)"
)
"""Published images that set a user other than root themselves."""
ROOT = re.compile(
    r"(?:docker\.io/)?(?:library/)?(?:python|ubuntu|debian|alpine|fedora|centos|rockylinux|almalinux|amazonlinux|busybox|node"
    r"|golang|rust|ruby|openjdk|eclipse-temurin|nginx|continuumio/(?:mini|ana)conda3?|nvidia/cuda|pytorch/pytorch|scratch"
    r"|tensorflow/(?:tensorflow|serving)|nvcr\.io/nvidia/[a-z-]+|ghcr\.io/astral-sh/uv|condaforge/[a-z]+)(?:[:@].*)?"
)
"""Published images that are known to run as root."""
_NAMED = re.compile(r"[A-Za-z0-9$][\w.:/@${}-]*")
_DROPS = re.compile(r"\b(?:gosu|su-exec|setpriv|setuidgid)\b")


@check(
    "HBK-DEP-001",
    stage="deploy",
    kinds=("image",),
    formats=("dockerfile",),
    severity=Severity.HIGH,
    remedy="end the final stage with USER and a numeric id other than 0, and give that user the files it must write",
    references=("CIS-Docker:4.1", "CWE-250", "ATLAS:AML.T0049"),
)
def image_as_root(target: Target) -> Iterator[Hit]:
    """Container image runs as root.

    A fault in the serving code, or a model file that executes on load, then has every right inside the container: it
    can replace the model, read every mounted secret, and any escape to the host arrives there as root.
    """
    stage = dockerfile.read(target.data).final
    user = stage.last("USER")
    if user is None:
        confidence = _without_user(stage)
        if confidence is not None:
            image = stage.image if _NAMED.fullmatch(stage.image) else "image"
            message = f"the final stage sets no USER, and its base {image} leaves root in place"
            if confidence is not Confidence.HIGH:
                message = f"the final stage sets no USER; unless its base {image} sets one, it runs as root"
            yield Hit(message=message, place=target.place(stage.line), confidence=confidence, context="no USER")
    elif _is_root(stage.expand(user.value)):
        confidence = Confidence.LOW if _drops(stage) else Confidence.HIGH
        message = "the last USER of the final stage is root"
        yield Hit(message=message, place=target.place(user.line), confidence=confidence, context="USER root")


def _is_root(user: str) -> bool:
    name = user.strip().strip("\"'").partition(":")[0]
    return name == "root" or (name.isdigit() and int(name) == 0)


def _without_user(stage: Stage) -> Confidence | None:
    """How surely a stage without USER runs as root; None where its base is known not to."""
    if UNPRIVILEGED.search(stage.image):
        return None
    if _drops(stage):
        return Confidence.LOW
    return Confidence.HIGH if ROOT.fullmatch(stage.image) else Confidence.MEDIUM


def _drops(stage: Stage) -> bool:
    """Whether the entry point seems to give up root itself."""
    return any(
        _DROPS.search(instruction.value)
        for one in stage.lineage
        for instruction in one.instructions
        if instruction.keyword in ("ENTRYPOINT", "CMD", "RUN")
    )
