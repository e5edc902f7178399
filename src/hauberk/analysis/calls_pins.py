# SPDX-License-Identifier: Apache-2.0
"""Which version of a package a repository asks for, from its requirement files; nothing is resolved or installed."""

import re

from hauberk.core.errors import CannotLook
from hauberk.core.target import Source

MOST_FILES = 24
"""Requirement files that are read."""
LARGEST = 4 << 20

_FILES = re.compile(
    r"(?:.*/)?(?:requirements[^/]*\.(?:txt|in)|constraints[^/]*\.txt|pyproject\.toml|setup\.(?:py|cfg)|Pipfile(?:\.lock)?"
    r"|environment[^/]*\.ya?ml|conda[^/]*\.ya?ml|poetry\.lock|uv\.lock|requirements/[^/]*\.(?:txt|in))"
)
Version = tuple[int, int]


def asked(source: Source, near: str, package: str) -> tuple[Version | None, Version | None] | None:
    """Lowest and highest ``(major, minor)`` that the requirement files nearest to a path ask for.

    None where no file names the package; a None inside the pair is an open end. What cannot be read counts as absent.
    """
    files = [uri for uri in source.uris() if _FILES.fullmatch(uri)]
    folder = near.rpartition("/")[0]
    found: dict[int, list[tuple[Version | None, Version | None]]] = {}
    for uri in sorted(files, key=lambda uri: _distance(folder, uri))[:MOST_FILES]:
        text = _text(source, uri)
        bounds = [bound for line in text.splitlines() if (bound := _bounds(line, package)) is not None]
        if not bounds and uri.endswith(".lock"):
            bounds = _locked(text, package)
        found.setdefault(_distance(folder, uri), []).extend(bounds)
    nearest = next((found[distance] for distance in sorted(found) if found[distance]), None)
    if nearest is None:
        return None
    lows, highs = [low for low, _ in nearest if low], [high for _, high in nearest if high]
    return max(lows, default=None), min(highs, default=None)


def _text(source: Source, uri: str) -> str:
    asset = source.find(uri)
    try:
        data = source.data(asset) if asset is not None else b""
    except CannotLook:
        return ""
    return data[:LARGEST].decode("utf-8", "replace")


def _distance(folder: str, uri: str) -> int:
    """Folders up from one and down to the other."""
    here, there = [p for p in folder.split("/") if p], uri.split("/")[:-1]
    shared = 0
    for a, b in zip(here, there, strict=False):
        if a != b:
            break
        shared += 1
    return (len(here) - shared) + 2 * (len(there) - shared)


def _bounds(line: str, package: str) -> tuple[Version | None, Version | None] | None:
    """Bounds of one requirement line, such as ``torch>=2.6,<3``; None where the line is about something else."""
    named = re.search(
        rf"(?:^|[\s\"'\[,-]){re.escape(package)}(?:\[[\w,-]*\])?\s*(?=[=<>~!\"',\s]|$)", line.split("#", maxsplit=1)[0]
    )
    if named is None:
        return None
    low: Version | None = None
    high: Version | None = None
    rest = line[named.end() :].split("#", maxsplit=1)[0].split(";", maxsplit=1)[0]
    for sign, major, minor in re.findall(
        r"(===?|>=|<=|~=|<|>|\^|=)\s*[\"']?[=^~>]*\s*v?(\d{1,4})(?:\.(\d{1,4}))?", rest
    ):
        version = int(major), int(minor or 0)
        if sign in ("==", "===", "~=", ">=", ">", "^", "="):
            low = max(low, version) if low else version
        if sign in ("==", "===", "<=", "<", "="):
            high = min(high, version) if high else version
    return low, high


def _locked(text: str, package: str) -> list[tuple[Version | None, Version | None]]:
    """The version in a TOML lock file."""
    found = re.search(rf"name = \"{re.escape(package)}\"\s+version = \"(\d{{1,4}})\.(\d{{1,4}})", text)
    version = (int(found[1]), int(found[2])) if found else None
    return [(version, version)] if version else []
