# SPDX-License-Identifier: Apache-2.0
"""``hauberk explain``: the page of a rule or an error code, or the list of all rules."""

import os
import sys
from pathlib import Path

import hauberk
from hauberk.cli.options import Json
from hauberk.core.card import Card
from hauberk.core.codec import encode_pretty
from hauberk.core.errors import Misuse
from hauberk.engine.catalogue import card, catalogue
from hauberk.report import page
from hauberk.report.terminal import screen

_SAMPLES = 40
"""Paths listed on a page, at most."""


def explain(subject: str = "", /, *, json: Json = False) -> int:
    """Print the page of a rule (HBK-MOD-001) or of an error code (HBK-E-003); without one, list all rules.

    Example: hauberk explain HBK-DEP-001
    """
    name = subject.upper()
    shown = screen(sys.stdout, os.environ)
    if name.startswith("HBK-E-"):
        kinds = page.errors()
        if name not in kinds:
            raise Misuse(f"no error is called {subject}", remedy=f"known are {', '.join(sorted(kinds))}")
        kind = kinds[name]
        facts: object = {"code": kind.code, "name": kind.__name__, "exit_code": kind.exit_code, "says": kind.__doc__}
        text = page.error(kind, shown)
    elif name:
        facts = described(card(name))
        text = page.rule(card(name), samples(name), shown)
    else:
        facts = [described(one) for one in catalogue().values()]
        text = page.rules(catalogue(), shown)
    sys.stdout.write(encode_pretty(facts) + "\n" if json else text)
    return 0


def described(one: Card) -> dict[str, object]:
    """A card's fields as plain values, without its functions."""
    return {
        "id": one.id,
        "version": one.version,
        "stage": one.stage,
        "title": one.title,
        "severity": one.severity,
        "why": one.why,
        "remedy": one.remedy,
        "references": one.references,
        "kinds": one.kinds,
        "formats": one.formats,
        "needs": one.needs,
        "basis": one.basis,
        "limits": one.limits,
    }


def samples(rule: str) -> list[str]:
    """Relative paths of the rule's samples, where this is a checkout that has them; an installed wheel carries none."""
    root = Path(hauberk.__file__).resolve().parents[2]
    found = sorted(path for path in (root / "samples" / rule).rglob("*") if path.is_file())
    return [path.relative_to(root).as_posix() for path in found[:_SAMPLES]]
