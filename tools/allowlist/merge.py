# SPDX-License-Identifier: Apache-2.0
"""Merges the observations of all environments, and the reviewed table, into the allow-list that hauberk carries."""

import importlib
import json
import platform
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
TARGET = FOLDER.parents[1] / "src" / "hauberk" / "analysis" / "allowlist.json"
VERSION = 2
DISTRIBUTIONS = {
    "sklearn": "scikit-learn", "_loss": "scikit-learn", "_gradient_boosting": "scikit-learn", "umap": "umap-learn",
    "dateutil": "python-dateutil", "imblearn": "imbalanced-learn", "category_encoders": "category-encoders",
    "feature_engine": "feature-engine",
}  # fmt: skip
"""Distribution of a top-level package, where their names differ."""

Entries = dict[str, dict[str, Any]]


def merge(observations: list[dict[str, Any]], reviewed: dict[str, Any]) -> dict[str, Any]:
    """One document; raises ValueError where two environments give one global different contracts."""
    entries: Entries = {}
    derived: dict[str, set[str]] = {}
    for observed in observations:
        for name, version in observed["versions"].items():
            derived.setdefault(name, set()).add(version)
        for module, names in observed["globals"].items():
            for name, one in names.items():
                _add(entries, module, name, one, _seen(module, observed["versions"]))
    for path, review in reviewed.items():
        module, _, name = path.rpartition(".") if "module" not in review else (review["module"], "", review["name"])
        known = entries.setdefault(module, {}).get(name)
        entries[module][name] = {
            "uses": sorted({*(known["uses"] if known else ()), *review.get("uses", ())}),
            "contract": review["contract"],
            "audit": review["audit"],
            "seen": known["seen"] if known else review.get("seen", []),
        }
    for module, names in list(entries.items()):
        for name, one in list(names.items()):
            one["seen"] = ", ".join(one["seen"]) or present(module, name)
            if not one["seen"]:
                del names[name]
        if not names:
            del entries[module]
    return {
        "version": VERSION,
        "derived_from": {name: sorted(versions) for name, versions in sorted(derived.items())},
        "globals": {module: entries[module] for module in sorted(entries)},
    }


def present(module: str, name: str) -> str:
    """Where a global that only a reviewer knows is found in this environment: library and version; empty where not."""
    try:
        found: Any = importlib.import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError):
        return ""
    top = module.partition(".")[0]
    if top in sys.stdlib_module_names:
        return f"present in python {platform.python_version()}"
    library = DISTRIBUTIONS.get(top, top)
    return f"present in {library} {metadata.version(library).partition('+')[0]}"


def _add(entries: Entries, module: str, name: str, one: dict[str, Any], seen: str) -> None:
    known = entries.setdefault(module, {}).setdefault(name, {**one, "uses": [], "seen": []})
    if known["contract"] != one["contract"]:
        raise ValueError(
            f"{module}.{name}: contract {known['contract']} in one environment, {one['contract']} in another"
        )
    known["uses"] = sorted({*known["uses"], *one["uses"]})
    known["seen"] = sorted({*known["seen"], *([seen] if seen else ())})
    if one["uses"]:
        known["audit"] = one["audit"]


def _seen(module: str, versions: dict[str, str]) -> str:
    top = module.partition(".")[0]
    name = DISTRIBUTIONS.get(top, top)
    version = versions.get(name) or (versions["python"] if top in sys.stdlib_module_names else "")
    name = "python" if top in sys.stdlib_module_names else name
    return f"{name} {version.partition('+')[0]}" if version else ""


def main(write: Callable[[str], object] = TARGET.write_text) -> int:
    """Write the list."""
    observations = [json.loads(path.read_text()) for path in sorted((FOLDER / "observed").glob("*.json"))]
    document = merge(observations, json.loads((FOLDER / "reviewed.json").read_text()))
    write(json.dumps(document, indent=1, sort_keys=True) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
