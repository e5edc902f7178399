# SPDX-License-Identifier: Apache-2.0
"""Prints or writes a document in the format asked for, and gives the verdict's exit code."""

import importlib
import io
import os
import sys
from pathlib import Path

from hauberk.cli.options import Format
from hauberk.core.codec import encode_pretty
from hauberk.core.document import Scan
from hauberk.core.errors import Misuse
from hauberk.engine.catalogue import catalogue
from hauberk.report import terminal

RENDERERS = {"terminal": "terminal", "html": "html", "md": "markdown", "sarif": "sarif", "junit": "junit"}


def show(document: Scan, *, format: Format, out: Path | None, quiet: bool, judged: bool = True) -> int:  # noqa: A002  the option's name
    """Print the document (or write it to ``out`` and print the first screen); its verdict's exit code.

    ``judged=False`` is for a command whose own exit code is not the verdict's.
    """
    if out is not None:
        write(out, rendered(document, format, judged=judged))
    if quiet and (format == "terminal" or out is not None):
        sys.stdout.write(verdict_line(document) + "\n")
    elif out is not None:
        sys.stdout.write(f"{rendered(document, 'terminal', judged=judged)}written: {out}\n")
    else:
        text = rendered(document, format, judged=judged)
        if format != "terminal" and isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8")  # what machines read is UTF-8, whatever the terminal speaks
        sys.stdout.write(text if text.endswith("\n") else text + "\n")
    return document.verdict.exit_code


def rendered(document: Scan, format: Format, *, judged: bool = True, further: str = "") -> str:  # noqa: A002  the option's name
    """The document as text; only the module of the format asked for is imported. ``further``: sections, as HTML."""
    if format == "json":
        return encode_pretty(document)
    renderer = importlib.import_module(f"hauberk.report.{RENDERERS[format]}")
    if format != "terminal":
        text: str = renderer.render(document, catalogue(), *([further] if further else []))
        return text
    shown = terminal.screen(sys.stdout, os.environ)
    return terminal.render(
        document, catalogue(), colour=shown.colour, width=shown.width, unicode=shown.unicode, judged=judged
    )


def verdict_line(document: Scan) -> str:
    """One line: the verdict and what it rests on."""
    verdict, coverage = document.verdict, document.coverage
    findings = sum(len(one.findings) for one in document.evidence)
    word = "passed" if verdict.passed else "failed"
    failed = ", ".join(gate.rule for gate in verdict.gates if not gate.passed) or "none"
    return (
        f"{word}: policy {verdict.policy}, failed rules: {failed}, findings: {findings}, not looked at: "
        f"{len(verdict.unable)}, files: {coverage.files} met, {coverage.examined} examined, "
        f"{coverage.unable} unable, {len(coverage.no_rule)} without a rule"
    )


def write(out: Path, text: str) -> None:
    """Write a report; raises Misuse where the file cannot be written."""
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Misuse(
            f"cannot write {out}: {error.strerror}", remedy="name a file in a folder that you can write"
        ) from error
