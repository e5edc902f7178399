# SPDX-License-Identifier: Apache-2.0
"""Observes one environment: which globals honest pickles name there, how they use them, and what their source says.

A callable without Python source, or one that is called as a function, must be in the reviewed table
(``reviewed.json``) with a contract and a reason; else it gets no entry and the observation says why.
"""

import contextlib
import importlib
import io
import json
import pickle
import platform
import sys
from collections.abc import Iterator
from enum import EnumType
from importlib import metadata
from pathlib import Path
from types import BuiltinFunctionType, FunctionType
from typing import Any

from hauberk.analysis.program import interpret
from hauberk.analysis.program_values import UNKNOWN, Made, Named, Persistent, Unknown
from hauberk.assets.pickles import Stream
from tools.allowlist.audit import objection
from tools.allowlist.specimens import Program, specimens

FOLDER = Path(__file__).parent
REVIEWED = FOLDER / "reviewed.json"
OBSERVED = FOLDER / "observed"
LIBRARIES = (
    "numpy", "scipy", "scikit-learn", "pandas", "joblib", "torch", "xgboost", "xgboost-cpu", "lightgbm",
    "python-dateutil", "pytz", "dill", "imbalanced-learn", "category-encoders", "statsmodels", "lifelines",
    "catboost", "networkx", "omegaconf", "gensim", "hdbscan", "umap-learn", "shap", "feature-engine", "skorch",
    "transformers", "torchvision", "timm", "ultralytics", "formulaic", "accelerate", "peft", "slicer",
)  # fmt: skip

Key = tuple[str, str]

_ARRAYS = frozenset({"_reconstruct", "_mareconstruct"})
_CLASS_FIRST = _ARRAYS | {
    "_reconstructor", "newObj", "_new_Index", "_new_DatetimeIndex", "_new_TimedeltaIndex", "_new_IntervalIndex",
    "_new_PeriodIndex",
}  # fmt: skip
"""Functions that make an instance of the class that they are given."""


class Observer:
    """Stands where the judge stands, and only notes how each global is used."""

    depth = 9
    """Constants are not looked into."""
    odd = None
    """Nothing is taken for written by hand."""

    def __init__(self) -> None:
        """Start with nothing seen."""
        self.uses: dict[Key, set[str]] = {}

    def name(self, module: str, name: str, offset: int) -> Named:
        """Note that a global is named."""
        self.uses.setdefault((module, name), set())
        return Named(module, name, offset)

    def _use(self, named: Named, use: str) -> None:
        self.uses.setdefault((named.module, named.name), set()).add(use)

    def call(self, callee: object, arguments: object, _offset: int) -> object:
        """Note a call, and of which class what it makes is."""
        if not isinstance(callee, Named):
            raise TypeError("a pickle from an honest library calls what is no global")
        self._use(callee, "call")
        given = arguments if isinstance(arguments, tuple) else ()
        if callee.name == "getattr":
            owner: Any = given[0].origin if isinstance(given[0], Made) else given[0]
            if isinstance(owner, str):
                owner = Named("builtins", "str", 0)
            return self.name(owner.module, f"{owner.name}.{given[1]}", 0)
        if given and isinstance(given[0], Named):
            for argument in given if callee.name in _CLASS_FIRST or callee.name.startswith("__pyx_unpickle") else ():
                if isinstance(argument, Named) and argument.module != "builtins":
                    self._use(argument, "class")
            if callee.name not in _ARRAYS and (callee.name in _CLASS_FIRST or callee.name.startswith("__pyx_unpickle")):
                return Made(given[0], given)
        return Made(callee, given)

    def new(self, callee: object, arguments: object, _offset: int) -> object:
        """Note a ``__new__``."""
        if not isinstance(callee, Named):
            raise TypeError("a pickle from an honest library makes what is no global")
        self._use(callee, "new")
        return Made(callee, arguments)

    def build(self, target: object, state: object, _offset: int) -> None:
        """Note a BUILD."""
        if isinstance(target, Made):
            self._use(target.origin, "build")
            target.state = state

    def method(self, target: object, use: str, _offset: int) -> None:
        """Note a method that an operation calls."""
        if isinstance(target, Made):
            self._use(target.origin, use)

    def filled(self, _table: object, _pairs: object, _offset: int) -> None:
        """Items of a dictionary use nothing."""

    def persistent(self, _value: Persistent, _offset: int) -> Unknown:
        """Know nothing of persistent objects."""
        return UNKNOWN

    def fault(self, _offset: int, subject: str, what: str) -> None:
        """Refuse: an honest library writes none."""
        raise ValueError(f"{subject}: {what}")

    def program(self, *, end: int, operations: int, stopped: str) -> str:  # noqa: ARG002  the signature of the judge
        """Why the reading stopped."""
        return stopped


def observe(values: Iterator[tuple[str, object]]) -> dict[Key, set[str]]:
    """Globals and their uses over the pickles of these values in protocols 0 to 5; says which could not be pickled."""
    observer: Any = Observer()
    for label, value in values:
        for protocol, data in _programs(label, value):
            try:
                stopped: Any = interpret(Stream(data), judge=observer)
            except TypeError as error:  # it calls what is no global: nothing is learnt from it
                _say(f"not observed: {label} in protocol {protocol}: {error}")
                continue
            if stopped:
                raise ValueError(f"{label} in protocol {protocol}: {stopped}")
    uses: dict[Key, set[str]] = observer.uses
    return uses


def _programs(label: str, value: object) -> Iterator[tuple[int, bytes]]:
    """The value's pickles in each protocol; a program that a library wrote itself as it is."""
    if isinstance(value, Program):
        yield 2, value.data
        return
    for protocol in range(6):
        buffer = io.BytesIO()
        try:
            pickle.Pickler(buffer, protocol).dump(value)
        except Exception as error:  # noqa: BLE001  whatever a library raises on what it cannot pickle
            _say(f"not pickled: {label} in protocol {protocol}: {type(error).__name__}")
        else:
            yield protocol, buffer.getvalue()


def resolve(module: str, name: str) -> object:
    """The object that a global names."""
    found: object = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    return found


def derive(uses: dict[Key, set[str]], reviewed: dict[str, Any]) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """Entries by module and name, and what stands against each global that gets none."""
    entries: dict[str, dict[str, Any]] = {}
    objections: list[str] = []
    for (module, name), seen in sorted(uses.items()):
        if any(part.startswith("__") for part in name.split(".")[1:]):
            objections.append(f"{module}.{name} ({', '.join(sorted(seen))}): reaches into an object")
            continue
        try:
            found = resolve(module, name)
        except (ImportError, AttributeError) as error:  # made at run time, or written by hand into a pickle
            objections.append(f"{module}.{name} ({', '.join(sorted(seen))}): not found: {type(error).__name__}")
            continue
        review = reviewed.get(_today(module, name)) or _member(found) or _distribution(found)
        against = "" if review else objection(found, seen)
        if against:
            objections.append(f"{module}.{name} ({', '.join(sorted(seen))}): {against}")
            continue
        review = review or {"contract": "any", "audit": _audit(found)}
        entries.setdefault(module, {})[name] = {"uses": sorted(seen | set(review.get("uses", ()))), **_kept(review)}
    return entries, objections


def _today(module: str, name: str) -> str:
    """The name under which the reviewed table keeps a global that numpy renamed in 2.0 or pandas in 3.0."""
    path = f"{module.replace('numpy.core', 'numpy._core', 1)}.{name}"
    if module.startswith("pandas.core.arrays."):
        return f"pandas.arrays.{name}"
    return {"pandas._libs.interval.Interval": "pandas.Interval", "pandas._libs.missing.NA": "pandas.NA"}.get(path, path)


def _member(found: object) -> dict[str, Any] | None:
    if isinstance(found, EnumType):
        return {"contract": "constants", "audit": "a member of an enumeration by its value"}
    return None


def _distribution(found: object) -> dict[str, Any] | None:
    generic: Any = importlib.import_module("scipy.stats._distn_infrastructure")
    if isinstance(found, type) and issubclass(found, generic.rv_generic):
        return {
            "contract": "distribution",
            "audit": "scipy runs its template from the state as source: it must be exactly scipy's own",
        }
    return None


def _kept(review: dict[str, Any]) -> dict[str, str]:
    return {"contract": review["contract"], "audit": review["audit"]}


def _audit(found: object) -> str:
    if isinstance(found, type):
        return "class whose source neither runs, imports, opens nor writes in the methods that these uses reach"
    return "named only, never called by the loader"


def aliases(entries: dict[str, dict[str, Any]]) -> None:
    """Add the names under which older versions keep the same globals.

    numpy renamed its core in 2.0; numpy 2 and pandas 3 show classes under the package that exports them.
    """
    for module in list(entries):
        if module.startswith("numpy._core"):
            entries.setdefault(module.replace("numpy._core", "numpy.core", 1), {}).update(entries[module])
        for name, one in list(entries[module].items()):
            home = _home(module, name) if module.partition(".")[0] in ("numpy", "pandas") else module
            if home != module:
                entries.setdefault(home, {}).setdefault(name, one)


def _home(module: str, name: str) -> str:
    """The module whose source holds a class's methods, where the class itself is that module's too."""
    found = _found(module, name)
    homes = [value.__module__ for value in vars(found).values() if isinstance(value, FunctionType)] if found else []
    home = max(homes, key=homes.count, default=module)
    return home if _found(home, name) is found else module


def _found(module: str, name: str) -> type | None:
    try:
        found = resolve(module, name)
    except (ImportError, AttributeError):
        return None
    return found if isinstance(found, type) else None


def named_functions() -> Iterator[Key]:
    """Functions that estimators are commonly given as parameters: named in pickles, never called by the loader."""
    numpy = importlib.import_module("numpy")
    for name in sorted(dir(numpy)):
        if isinstance(getattr(numpy, name), numpy.ufunc):
            yield "numpy", name
    for module in ("sklearn.metrics", "sklearn.metrics.pairwise", "sklearn.feature_selection"):
        loaded = importlib.import_module(module)
        for name in loaded.__all__ if hasattr(loaded, "__all__") else ():
            function = getattr(loaded, name)
            if isinstance(function, FunctionType | BuiltinFunctionType):
                yield function.__module__, function.__qualname__


def main(name: str) -> int:
    """Write ``observed/NAME.json``, with what got no entry and why."""
    uses = observe(specimens())
    for key in named_functions():
        uses.setdefault(key, set())
    entries, refused = derive(uses, json.loads(REVIEWED.read_text()))
    aliases(entries)
    document = {"versions": versions(), "refused": refused, "globals": {key: entries[key] for key in sorted(entries)}}
    OBSERVED.mkdir(exist_ok=True)
    (OBSERVED / f"{name}.json").write_text(json.dumps(document, indent=1, sort_keys=True) + "\n")
    for line in refused:
        _say(f"refused: {line}")
    return 0


def versions() -> dict[str, str]:
    """Distribution and version of each library that is installed here, and of Python."""
    found = {"python": platform.python_version()}
    for name in LIBRARIES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[name.removesuffix("-cpu")] = metadata.version(name)
    return found


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
