# SPDX-License-Identifier: Apache-2.0
"""Opens Kubernetes objects as pods and containers, wherever a kind keeps them.

A pod's description is found by its shape, a mapping with a list of ``containers``, so that custom resources (Ray,
Seldon, Knative, Argo, Kubeflow and what comes next) are read as well as Deployments. KServe's predictors also name a
model server in place of a container; it counts as one, as ``managed``.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from hauberk.assets import yaml
from hauberk.assets.yaml import Node

_LISTS = {"containers": "container", "initContainers": "init container", "ephemeralContainers": "ephemeral container"}
_SINGLES = {"container": "container", "script": "container"}
"""Keys under which an Argo template keeps its one container."""
_SERVERS = frozenset(
    {"model", "sklearn", "xgboost", "lightgbm", "tensorflow", "pytorch", "onnx", "triton", "pmml", "paddle"}
    | {"huggingface"}
)
"""Keys under which a KServe component describes a model server."""
_COMPONENTS = frozenset({"predictor", "transformer", "explainer"})
_LONGEST_NUMBER = 18
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
"""Names of objects and containers (RFC 1123, in either case); whatever else stands there is never repeated."""
_IMAGE = re.compile(r"[A-Za-z0-9$][\w.:/@${}-]{0,400}")
_PATH = re.compile(r"/[\w./-]{0,200}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Container:
    """One container with what counts for it: its own settings over those of its pod."""

    name: str
    role: str
    """``container``, ``init container``, ``ephemeral container`` or ``model server``."""
    line: int
    image: str = ""
    managed: bool = False
    """Somebody else completes it: a controller (KServe), or the object that this one is a patch for."""
    run_as_non_root: bool | None = None
    run_as_user: int | None = None
    privileged: bool = False
    escalation: bool | None = None
    """``allowPrivilegeEscalation``; None where it is left to the default, which allows it."""
    capabilities: tuple[str, ...] = ()
    """Capabilities added."""
    limits: dict[str, str] = field(default_factory=dict)
    """Resource to quantity, the container's own over those of its pod."""
    requests: dict[str, str] = field(default_factory=dict)
    ports: tuple[int, ...] = ()
    env: tuple[tuple[str, str | None], ...] = ()
    """Names, and values where they stand in the file."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pod:
    """The description of a pod inside an object."""

    kind: str
    """Of the object that holds it, such as ``Deployment`` or ``RayCluster``."""
    name: str
    path: str
    """Keys from the object down to the pod's description, such as ``spec.template.spec``."""
    line: int
    windows: bool = False
    host_network: bool = False
    host_pid: bool = False
    host_ipc: bool = False
    host_paths: tuple[tuple[str, int], ...] = ()
    """Folders of the node that are mounted, with lines."""
    containers: tuple[Container, ...] = ()


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where the search for pods stands."""

    node: Node
    kind: str
    name: str
    path: tuple[str, ...]


def read(data: bytes) -> tuple[Pod, ...]:
    """Every pod that the objects of a file describe; raises what ``yaml.read`` raises."""
    return tuple(pod for document in yaml.read(data).documents for pod in pods(document))


def pods(document: Node) -> Iterator[Pod]:
    """Every pod that one object, a list of them or anything that holds them describes."""
    pending = [_Spot(document, "", "", ())]
    while pending:
        spot = pending.pop()
        node = spot.node
        if node.items is not None:
            pending.extend(_Spot(item, spot.kind, spot.name, spot.path) for item in reversed(node.items))
        if node.entries is None:
            continue
        if node.string("apiVersion") and node.string("kind"):
            spot = _Spot(node, _valid(_NAME, node.string("kind")), _valid(_NAME, node.string("metadata", "name")), ())
        if _describes_pod(spot):
            yield _pod(spot)
        pending.extend(
            _Spot(below, spot.kind, spot.name, (*spot.path, key))
            for key, below in reversed(node.entries.items())
            if key not in _LISTS
        )


def _describes_pod(spot: _Spot) -> bool:
    containers = spot.node.list("containers")
    if containers and all(one.entries is not None for one in containers) and any(map(_is_container, containers)):
        return True
    return any(True for _ in _singles(spot.node)) or any(True for _ in _servers(spot))


def _is_container(node: Node) -> bool:
    return node.at("name") is not None or node.at("image") is not None


def _singles(node: Node) -> Iterator[tuple[str, Node]]:
    for key, role in _SINGLES.items():
        one = node.at(key)
        if one is not None and one.string("image"):
            yield role, one


def _servers(spot: _Spot) -> Iterator[tuple[str, Node]]:
    """Model servers of a KServe component."""
    if spot.kind == "InferenceService" and spot.path and spot.path[-1] in _COMPONENTS:
        for key, node in (spot.node.entries or {}).items():
            if key in _SERVERS and node.entries is not None and node.at("containers") is None:
                yield key, node


def _pod(spot: _Spot) -> Pod:
    node = spot.node
    containers = [
        _container(one, role, node, name=_valid(_NAME, one.string("name")), managed=one.at("image") is None)
        for key, role in _LISTS.items()
        for one in node.list(key)
        if one.entries is not None
    ]
    containers.extend(
        _container(one, role, node, name=_valid(_NAME, one.string("name")), managed=False)
        for role, one in _singles(node)
    )
    containers.extend(_container(one, "model server", node, name=key, managed=True) for key, one in _servers(spot))
    paths = ((volume.at("hostPath"), volume.string("hostPath", "path")) for volume in node.list("volumes"))
    return Pod(
        kind=spot.kind or "object without a kind",
        name=spot.name,
        path=".".join(spot.path),
        line=node.line,
        windows=node.string("os", "name") == "windows" or node.string("nodeSelector", "kubernetes.io/os") == "windows",
        host_network=node.truth("hostNetwork") is True,
        host_pid=node.truth("hostPID") is True,
        host_ipc=node.truth("hostIPC") is True,
        host_paths=tuple((_valid(_PATH, path), where.line) for where, path in paths if where is not None),
        containers=tuple(containers),
    )


def _container(node: Node, role: str, pod: Node, *, name: str, managed: bool) -> Container:
    own, shared = ("securityContext",), pod.at("securityContext")
    non_root = node.truth(*own, "runAsNonRoot")
    user = _number(node.at(*own, "runAsUser"))
    if shared is not None:
        non_root = shared.truth("runAsNonRoot") if non_root is None else non_root
        user = _number(shared.at("runAsUser")) if user is None else user
    return Container(
        name=name,
        role=role,
        line=node.line,
        image=_valid(_IMAGE, node.string("image")),
        managed=managed,
        run_as_non_root=non_root,
        run_as_user=user,
        privileged=node.truth(*own, "privileged") is True,
        escalation=node.truth(*own, "allowPrivilegeEscalation"),
        capabilities=tuple(one.text or "" for one in node.list(*own, "capabilities", "add")),
        limits={**_texts(pod.at("resources", "limits")), **_texts(node.at("resources", "limits"))},
        requests={**_texts(pod.at("resources", "requests")), **_texts(node.at("resources", "requests"))},
        ports=tuple(port for one in node.list("ports") if (port := _number(one.at("containerPort"))) is not None),
        env=tuple(
            (one.string("name"), value.text if (value := one.at("value")) is not None else None)
            for one in node.list("env")
        ),
    )


def _valid(shape: re.Pattern[str], text: str) -> str:
    """The text where it has the shape that such a text must have; else ``(not valid)``, or empty where it is empty."""
    return text if not text or shape.fullmatch(text) else "(not valid)"


def _texts(node: Node | None) -> dict[str, str]:
    entries = node.entries or {} if node is not None else {}
    return {key: value.text for key, value in entries.items() if value.text}


def _number(node: Node | None) -> int | None:
    text = node.text if node is not None and node.text else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER else None
