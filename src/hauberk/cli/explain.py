# SPDX-License-Identifier: Apache-2.0
"""``hauberk explain``: the page of a rule, an error code or a model file, or the list of all rules."""

import os
import sys
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

import hauberk
from hauberk.cli.explain_file import explain_file, write_certificate
from hauberk.cli.options import Json, Output
from hauberk.core.card import Card
from hauberk.core.codec import encode_pretty
from hauberk.core.errors import Misuse
from hauberk.engine.catalogue import card, catalogue
from hauberk.report import page
from hauberk.report.terminal import screen

_SAMPLES = 40
"""Paths listed on a page, at most."""


def explain(
    subject: str = "",
    /,
    *,
    json: Json = False,
    format: Annotated[Literal["terminal", "html"], Parameter(help="Of a file's page.")] = "terminal",  # noqa: A002
    out: Output = None,
    reveal: Annotated[bool, Parameter(negative="", help="Show texts in a file's program, on the terminal.")] = False,
    certificate: Annotated[bool, Parameter(negative="", help="Only a file's certificate, as its bytes.")] = False,
) -> int:
    """Print the page of a rule (HBK-MOD-001), an error code (HBK-E-003) or a model file; else list all rules.

    Of a file it says what it is, who wrote it with what, what it would run, the program in words, which loaders would
    run it, and its certificate; with --certificate only that, as the bytes whose digest a scan attaches. The file is
    never loaded. Exits 0 whatever was found: scan judges.

    Example: hauberk explain HBK-DEP-001
    """
    if certificate:
        return write_certificate(Path(subject), out)
    if _is_file(subject):
        html = format == "html" or (out is not None and out.suffix.lower() in (".html", ".htm"))
        return explain_file(
            Path(subject), form="json" if json else "html" if html else "terminal", out=out, reveal=reveal
        )
    if out is not None or reveal or format != "terminal":
        raise Misuse(f"{subject or 'the list of rules'} is no file", remedy="--format, --out and --reveal are of files")
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


def _is_file(subject: str) -> bool:
    try:
        return bool(subject) and Path(subject).is_file()
    except (OSError, ValueError):
        return False


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
