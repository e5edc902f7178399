# SPDX-License-Identifier: Apache-2.0
"""``hauberk doctor``: what is installed, missing and limited on this machine, and what therefore cannot run."""

import os
import platform
import re
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Literal

import hauberk
from hauberk.cli.options import Json
from hauberk.confine import describe
from hauberk.core.card import Card
from hauberk.core.codec import encode_pretty
from hauberk.core.errors import HauberkError
from hauberk.core.value import Value
from hauberk.engine.cache import cache_folder
from hauberk.engine.catalogue import catalogue
from hauberk.report.terminal import Screen, screen
from hauberk.report.text import count, plain, wrap
from hauberk.signing.keystore import key_folder, list_identities

_NEWEST = (3, 14)
_REQUIREMENT = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)[^;]*;.*extra\s*==\s*['\"]([a-z]+)['\"]")
_NOT_FOR_RULES = ("all", "dev")
"""Extras that gather others or serve whoever works on hauberk."""

State = Literal["ok", "missing", "limited"]


class Condition(Value, frozen=True, kw_only=True):
    """One thing that was looked at."""

    name: str
    state: State
    says: str
    remedy: str = ""


class Health(Value, frozen=True, kw_only=True):
    """What ``hauberk doctor --json`` prints."""

    schema: Literal["hauberk/doctor/1"] = "hauberk/doctor/1"
    version: str
    conditions: tuple[Condition, ...]
    cannot_run: dict[str, str]
    """Rule to the reason why it cannot run here."""


def doctor(*, json: Json = False) -> int:
    """Say what is installed, missing and limited here, and which rules therefore cannot run; 3 where some cannot.

    Example: hauberk doctor --json
    """
    health = examine_machine(catalogue(), os.environ)
    shown = screen(sys.stdout, os.environ)
    sys.stdout.write(encode_pretty(health) + "\n" if json else _page(health, shown))
    return 3 if health.cannot_run else 0


def examine_machine(cards: Mapping[str, Card], environ: Mapping[str, str]) -> Health:
    """Look at this machine; writes nothing."""
    extras = list(_extras())
    missing = {extra for extra, condition in extras if condition.state == "missing"}
    conditions = (_python(), *(condition for _, condition in extras), _confinement(), _keys(environ), *_folders())
    return Health(
        version=hauberk.__version__,
        conditions=conditions,
        cannot_run={card.id: _why(card, missing) for card in cards.values() if missing.intersection(card.needs)},
    )


def _why(card: Card, missing: set[str]) -> str:
    return "not evaluated: " + ", ".join(f"pip install 'hauberk[{one}]'" for one in card.needs if one in missing)


def _python() -> Condition:
    said = f"{platform.python_implementation()} {platform.python_version()} on {platform.system()} {platform.machine()}"
    if sys.version_info[:2] > _NEWEST:
        newest = ".".join(map(str, _NEWEST))
        return Condition(name="Python", state="limited", says=said, remedy=f"hauberk is tested on 3.11 to {newest}")
    return Condition(name="Python", state="ok", says=said)


def _extras() -> Iterator[tuple[str, Condition]]:
    """Each extra with what of it is installed, as the distribution's own metadata declares it."""
    wanted: dict[str, list[str]] = {}
    for line in _requirements():
        match = _REQUIREMENT.match(line)
        if match and match[2] not in _NOT_FOR_RULES:
            wanted.setdefault(match[2], []).append(match[1])
    for extra, names in sorted(wanted.items()):
        found = {name: _installed(name) for name in names}
        absent = sorted(name for name, number in found.items() if not number)
        said = ", ".join(f"{name} {number}" for name, number in sorted(found.items()) if number)
        if absent:
            said = f"without {', '.join(absent)}" + (f"; has {said}" if said else "")
        line = f"pip install 'hauberk[{extra}]'" if absent else ""
        yield extra, Condition(name=f"extra {extra}", state="missing" if absent else "ok", says=said, remedy=line)


def _requirements() -> list[str]:
    try:
        return requires("hauberk") or []
    except PackageNotFoundError:
        return []


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _confinement() -> Condition:
    offered = describe()
    said = f"{offered} ({offered.system})"
    if offered.holds:
        return Condition(name="confinement", state="ok", says=said)
    remedy = "what needs a confined child is Unable here: use Linux 5.13 or newer on x86-64 or aarch64"
    return Condition(name="confinement", state="limited", says="; ".join((said, *offered.lacks)), remedy=remedy)


def _keys(environ: Mapping[str, str]) -> Condition:
    folder = key_folder(environ)
    if not folder.is_dir():
        said = f"none yet in {plain(str(folder))}; assess makes one where none is"
        return Condition(name="keys", state="ok" if _writable(folder) else "limited", says=said)
    try:
        names = [f"{identity.name} ({identity.id})" for identity in list_identities(folder=folder)]
    except HauberkError as error:
        return Condition(name="keys", state="limited", says=plain(error.message), remedy=plain(error.remedy))
    said = f"{count(len(names), 'identity', 'identities')} in {plain(str(folder))}: {', '.join(names) or 'none'}"
    if folder.stat().st_mode & 0o022:
        return Condition(
            name="keys", state="limited", says=f"{said}; others can write the folder", remedy="chmod go-w it"
        )
    return Condition(name="keys", state="ok", says=said)


def _folders() -> Iterator[Condition]:
    wanted = (
        ("cache", cache_folder(), "scans are not cached"),
        ("here", Path.cwd(), "assess and init cannot write here"),
    )
    for name, folder, otherwise in wanted:
        if _writable(folder):
            yield Condition(name=name, state="ok", says=f"{plain(str(folder))} can be written")
        else:
            yield Condition(name=name, state="limited", says=f"{plain(str(folder))} cannot be written: {otherwise}")


def _writable(folder: Path) -> bool:
    """Whether the folder, or the nearest one above it that exists, lets this user write."""
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    return os.access(nearest, os.W_OK | os.X_OK)


def _page(health: Health, shown: Screen) -> str:
    marks = {"ok": ("✓", "green"), "missing": ("○", "yellow"), "limited": ("○", "yellow")}
    lines = [shown.paint(f"hauberk {health.version}", "bold"), ""]
    for condition in health.conditions:
        mark, style = marks[condition.state] if shown.unicode else (condition.state, "dim")
        first, *rest = wrap(plain(condition.says), max(shown.width - 20, 30))
        lines.append(f"  {shown.paint(mark, style)} {condition.name:<14}  {first}")
        lines.extend(" " * 20 + line for line in (*rest, *filter(None, [condition.remedy])))
    lines.append("")
    if health.cannot_run:
        lines.append(f"{count(len(health.cannot_run), 'rule')} cannot run here:")
        lines.extend(f"  {rule}  {why}" for rule, why in health.cannot_run.items())
    else:
        lines.append("Every rule can run here.")
    return "\n".join(lines) + "\n"
