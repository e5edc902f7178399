# SPDX-License-Identifier: Apache-2.0
"""A pod with more rights than a model needs."""

import re
from collections.abc import Iterator

from hauberk.assets import kube
from hauberk.assets.kube import Container, Pod
from hauberk.core.card import check
from hauberk.core.finding import Hit
from hauberk.core.place import ResourcePlace
from hauberk.core.scales import Confidence, Severity
from hauberk.core.target import Target

CAPABILITIES = frozenset(
    {"ALL", "SYS_ADMIN", "SYS_PTRACE", "SYS_MODULE", "SYS_RAWIO", "NET_ADMIN", "NET_RAW", "DAC_READ_SEARCH", "BPF"}
    | {"DAC_OVERRIDE", "SETUID", "SETGID", "SYS_CHROOT", "MKNOD", "PERFMON"}
)
"""Capabilities with which a process leaves its container, or reads what is not its own."""
_NODE = re.compile(r"/?|/(?:etc|proc|root|boot|dev|sys|var/run|run|var/lib/(?:kubelet|docker|containerd))(?:/.*)?")

Fault = tuple[str, int, Severity, Confidence]
"""What was seen, the line, how bad, how sure."""


@check(
    "HBK-DEP-004",
    stage="deploy",
    kinds=("manifest",),
    formats=("kubernetes", "helm-template"),
    severity=Severity.HIGH,
    remedy=(
        "set runAsNonRoot: true, allowPrivilegeEscalation: false and capabilities drop ALL in the securityContext;"
        " remove privileged, hostNetwork, hostPID, hostIPC and hostPath"
    ),
    references=("CIS-Kubernetes:5.2", "CWE-250", "ATLAS:AML.T0049"),
)
def pod_privileges(target: Target) -> Iterator[Hit]:
    """Kubernetes pod has more rights than serving a model needs.

    Whoever makes the server execute code, by a model file or a flaw in a library, gets what the pod has: root in the
    container, the node's network, files or processes. Custom resources (Ray, KServe, Seldon) start pods as well.
    """
    data = target.data
    if target.asset.format == "helm-template" and b"apiVersion" not in data:
        return
    for pod in kube.read(data):
        for what, line, severity, confidence in _of_pod(pod):
            yield _hit(target, pod, "pod", what, line, severity, confidence)
        for container in pod.containers:
            for what, line, severity, confidence in _of_container(container, windows=pod.windows):
                who = f"{container.role} {container.name!r}"
                yield _hit(target, pod, who, what, line, severity, confidence)


def _hit(target: Target, pod: Pod, who: str, what: str, line: int, severity: Severity, confidence: Confidence) -> Hit:
    return Hit(
        message=f"{who} {what}",
        place=ResourcePlace(kind=pod.kind, name=pod.name, path=target.asset.uri, line=line),
        severity=severity,
        confidence=confidence,
        context=f"{pod.kind}/{pod.name} {pod.path} {who} {what}",
    )


def _of_pod(pod: Pod) -> Iterator[Fault]:
    shared = {"network": pod.host_network, "process ids": pod.host_pid, "inter-process memory": pod.host_ipc}
    for what, given in shared.items():
        if given:
            yield f"shares the node's {what}", pod.line, Severity.HIGH, Confidence.HIGH
    for path, line in pod.host_paths:
        severity = Severity.HIGH if _NODE.fullmatch(path.rstrip("/")) else Severity.MEDIUM
        yield f"mounts the node's folder {path!r}", line, severity, Confidence.HIGH


def _of_container(container: Container, *, windows: bool) -> Iterator[Fault]:
    line = container.line
    if container.privileged:
        yield "is privileged: nothing separates it from the node", line, Severity.CRITICAL, Confidence.HIGH
    for name in container.capabilities:
        if name.upper().removeprefix("CAP_") in CAPABILITIES:
            yield f"adds the capability {name!r}", line, Severity.HIGH, Confidence.HIGH
    if windows:
        return
    if container.escalation:
        yield "allows privilege escalation", line, Severity.MEDIUM, Confidence.HIGH
    elif container.escalation is None and not container.managed and not container.privileged:
        yield "does not forbid privilege escalation", line, Severity.LOW, Confidence.HIGH
    if container.run_as_user == 0:
        yield "runs as root: runAsUser is 0", line, Severity.HIGH, Confidence.HIGH
    elif container.run_as_user is None and not container.run_as_non_root and not container.managed:
        what = "may run as root: neither runAsNonRoot nor runAsUser is set"
        yield what, line, Severity.MEDIUM, Confidence.MEDIUM
