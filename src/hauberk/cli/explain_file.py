# SPDX-License-Identifier: Apache-2.0
"""The page of a model file, for ``hauberk explain FILE``."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import hauberk
from hauberk.analysis.certificate import certify
from hauberk.analysis.checker.check import check
from hauberk.cli.show import write
from hauberk.core.canonical import digest
from hauberk.core.codec import encode, encode_pretty
from hauberk.core.errors import Misuse
from hauberk.engine.scan import prepare
from hauberk.engine.source import FolderSource
from hauberk.models.loading import content, opened
from hauberk.report import model_html, model_page
from hauberk.report.dossier import Dossier, dossier
from hauberk.report.terminal import screen

Form = Literal["terminal", "html", "json"]


def explain_file(path: Path, *, form: Form, out: Path | None, reveal: bool) -> int:
    """Print the page of one file, or write it to ``out``; exits 0 whatever was found. Nothing in the file is run.

    Raises Misuse where texts would be revealed elsewhere than on the terminal, CannotLook where it cannot be read.
    """
    if reveal and (form != "terminal" or out is not None):
        raise Misuse(
            "texts of a file are shown on the terminal only", remedy="leave out --reveal, or --out and --format"
        )
    examination = prepare(path, workers=1)
    evidence = list(examination.runner.run(examination.plan))
    document = examination.document(evidence, (), datetime.now(UTC).date())
    asset = examination.discovery.assets[0]
    found = dossier(document, asset, FolderSource(examination.discovery.root).content(asset), reveal=reveal)
    if form == "html":
        text = model_html.render(found, f"hauberk {hauberk.__version__}")
    elif form == "json":
        text = encode_pretty(described(found)) + "\n"
    else:
        text = model_page.render(found, screen(sys.stdout, os.environ))
    if out is None:
        sys.stdout.write(text)
    else:
        write(out, text)
        sys.stdout.write(f"written: {out} ({len(text.encode()):,} bytes of {form})\n")
    return 0


def write_certificate(path: Path, out: Path | None) -> int:
    """Print a file's certificate, or write it to ``out``, as the bytes whose digest is in the evidence of HBK-MOD-001.

    The checker has re-verified it. Raises Misuse for what is no file, CannotLook where there is no certificate,
    NotCertified where the checker refuses, TooLarge for a file that is not held in memory.
    """
    if not path.is_file():
        raise Misuse(f"{path} is no file", remedy="name a model file")
    with opened(path) as file:
        made = encode(certify(content(file)))
        check(file, made)
    if out is None:
        sys.stdout.write(made.decode() + "\n")
    else:
        write(out, made.decode())
        sys.stdout.write(f"written: {out} ({len(made):,} bytes; {digest(made)})\n")
    return 0


def described(one: Dossier) -> dict[str, object]:
    """The dossier as plain values."""
    return {
        "uri": one.asset.uri,
        "digest": one.asset.digest,
        "size": one.size,
        "format": one.asset.format,
        "is": one.what,
        "written_by": dict(one.writer),
        "exit_code": one.code,
        "findings": one.findings,
        "program": [
            {"member": part.member, "reason": part.reason, "lines": [line._asdict() for line in part.lines]}
            for part in one.told
        ],
        "loaders": [path._asdict() for path in one.loaders],
        "certificate": one.proof.certificate,
        "no_certificate": one.proof.against,
        "rules": [{"rule": ran.rule, "outcome": ran.outcome, "reason": ran.reason} for ran in one.ran],
    }
