# SPDX-License-Identifier: Apache-2.0
"""What a Keras configuration makes a loader import, unmarshal or call.

A configuration names a class or function by ``module``, ``class_name`` and ``registered_name`` (Keras 3), or by
``class_name`` alone (Keras 2). Source: ``keras/src/saving/serialization_lib.py`` and ``legacy/saving``.
"""

import functools
import importlib.resources
from collections.abc import Iterator
from typing import Any, NamedTuple

from hauberk.analysis.allowlist import severity
from hauberk.core.errors import TooLarge
from hauberk.core.scales import Severity

MOST_NODES = 1_000_000
_CODE = frozenset(["Lambda", "__lambda__"])
_PICKLED = frozenset(["TorchModuleWrapper"])
"""Layers whose configuration holds a module of torch, which Keras hands to ``torch.load``."""
_PATHS = ("vocabulary",)
"""What StringLookup, IntegerLookup and TextVectorization take as a list of words, or as the path of a file."""
_PARTS = frozenset(
    ["activations", "applications", "constraints", "distribution", "dtype_policies", "initializers", "layers", "losses",
     "metrics", "models", "ops", "optimizers", "quantizers", "random", "regularizers", "engine", "core", "legacy"]
)  # fmt: skip
"""Modules of Keras whose classes are made of numbers; ``utils`` is none of them, for it downloads and unpacks."""
_ROOTS = (
    ("keras",),
    ("keras", "src"),
    ("tf_keras",),
    ("tf_keras", "src"),
    ("tensorflow", "keras"),
    ("tensorflow", "python", "keras"),
)
_PLAIN = frozenset(
    ["builtins.int", "builtins.float", "builtins.str", "builtins.bool", "builtins.slice", "builtins.tuple"]
)
_WRAPPED = frozenset(
    [
        "function",
        "__numpy__",
        "__tensor__",
        "__keras_tensor__",
        "__ellipsis__",
        "__bytes__",
        "__slice__",
        "__typespec__",
    ]
)
_OWN_LOSSES = ("loss", "metrics", "weighted_metrics")


class Danger(NamedTuple):
    """One thing that loading would do."""

    what: str
    subject: str
    severity: Severity


def dangers(config: Any) -> Iterator[Danger]:
    """Everything in a configuration that is not made of Keras's own parts."""
    waiting, seen = [config], 0
    while waiting:
        value = waiting.pop()
        seen += 1
        if seen > MOST_NODES:
            raise TooLarge(f"configuration of more than {MOST_NODES} values")
        if isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, dict):
            waiting.extend(value.values())
            yield from _named(value)
            yield from _trained(value)


def _named(value: dict[str, Any]) -> Iterator[Danger]:
    name = value.get("class_name")
    if not isinstance(name, str):
        return
    if name in _CODE:
        yield Danger(f"holds the code of a {name} layer, which loading unmarshals", name, Severity.HIGH)
    if name in _PICKLED:
        yield Danger(f"holds a pickle in its {name}, which loading unpickles (CVE-2025-49655)", name, Severity.HIGH)
    yield from _read(value, name)
    module = value.get("module")
    if not isinstance(module, str) or not module:
        yield from _own(value, name)
        return
    target = name
    if name == "function":
        config = value.get("config")
        target = config if isinstance(config, str) else name
    if not _known(module) and f"{module}.{target}" not in _PLAIN and name not in _WRAPPED - {"function"}:
        path = f"{module}.{target}"
        grave = severity(module, target, called=True)
        top = module.partition(".")[0]
        worst = Severity.HIGH if top in ("keras", "tf_keras", "tensorflow") else grave
        yield Danger(f"imports {path}, which is no part of Keras that only holds numbers", path, worst)


def _read(value: dict[str, Any], name: str) -> Iterator[Danger]:
    """A vocabulary given as text is the path or address of a file, which making the layer reads."""
    config = value.get("config")
    if not isinstance(config, dict):
        return
    for key in _PATHS:
        if isinstance(config.get(key), str) and config[key]:
            what = f"has the {name} layer read its {key} from a file, which a path or address names (CVE-2025-12058)"
            yield Danger(what, f"{name}.{key}", Severity.HIGH)


def _own(value: dict[str, Any], name: str) -> Iterator[Danger]:
    """A class named without a module that Keras does not have: the loader's caller must hand it over."""
    known = name in names() or name in _WRAPPED or name in _CODE
    if not known and isinstance(value.get("config"), dict | list):
        yield Danger(f"needs the class {name}, which is none of Keras's", name, Severity.MEDIUM)


def _trained(value: dict[str, Any]) -> Iterator[Danger]:
    """Losses and metrics by name alone."""
    if "optimizer_config" not in value and "compile_config" not in value and "loss_weights" not in value:
        return
    waiting = [value.get(key) for key in _OWN_LOSSES]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str) and item not in names():
            yield Danger(f"needs the function {item}, which is none of Keras's", item, Severity.MEDIUM)
        elif isinstance(item, list):
            waiting.extend(item)
        elif isinstance(item, dict) and "class_name" not in item:
            waiting.extend(item.values())


@functools.cache
def names() -> frozenset[str]:
    """Classes and functions that Keras itself registers, by name: versions 2 and 3."""
    return frozenset(importlib.resources.files(__package__).joinpath("keras_names.txt").read_text().split())


def _known(module: str) -> bool:
    parts = tuple(module.split("."))
    if parts[:3] == ("keras", "src", "backend") and parts[4:5] == ("optimizers",):
        return True
    return any(
        parts[: len(root)] == root and (len(parts) == len(root) or parts[len(root)] in _PARTS) for root in _ROOTS
    )
