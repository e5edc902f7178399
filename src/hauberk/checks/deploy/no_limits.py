# SPDX-License-Identifier: Apache-2.0
"""A Kubernetes container without limits."""

from collections.abc import Iterator

from hauberk.assets import kube
from hauberk.core.card import check
from hauberk.core.finding import Hit
from hauberk.core.place import ResourcePlace
from hauberk.core.scales import Confidence, Severity
from hauberk.core.target import Target


@check(
    "HBK-DEP-002",
    stage="deploy",
    kinds=("manifest",),
    formats=("kubernetes",),
    severity=Severity.MEDIUM,
    remedy="set resources.limits.memory and resources.limits.cpu of the container",
    references=("CWE-770", "ATLAS:AML.T0029", "OWASP-API:2023:API4"),
)
def no_limits(target: Target) -> Iterator[Hit]:
    """Kubernetes container has no memory or CPU limit.

    Inference costs more than its request does: one crafted input or a burst of large batches takes the node's memory
    and its processor from everything else that runs there.
    """
    for pod in kube.read(target.data):
        for container in pod.containers:
            absent = [name for name in ("memory", "cpu") if name not in container.limits]
            server = container.role == "model server"
            if not absent or container.role == "ephemeral container" or (container.managed and not server):
                continue
            main = container.role in ("container", "model server")
            yield Hit(
                message=f"{container.role} {container.name!r} has no {' and no '.join(absent)} limit",
                place=ResourcePlace(kind=pod.kind, name=pod.name, path=target.asset.uri, line=container.line),
                severity=None if main and "memory" in absent else Severity.LOW,
                confidence=Confidence.LOW if server else Confidence.HIGH,
                context=f"{pod.kind}/{pod.name} {pod.path} {container.name} {' '.join(absent)}",
            )
