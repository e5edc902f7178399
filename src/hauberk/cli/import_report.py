# SPDX-License-Identifier: Apache-2.0
"""``hauberk import``: another tool's findings, as theirs, into the ledger."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from hauberk.cli.ledger_folder import read_file
from hauberk.cli.options import Json, Manifest, Quiet
from hauberk.cli.subject import named_manifest
from hauberk.core.codec import encode_pretty
from hauberk.core.errors import CannotLook, Misuse
from hauberk.engine.adopt import adopt, seal
from hauberk.engine.seal import open_ledger
from hauberk.report.text import count, plain
from hauberk.signing.keystore import default_identity
from hauberk.wire.foreign import LARGEST, parse

Form = Literal["bandit", "gitleaks", "trivy", "modelscan", "sarif"]


def import_report(
    file: Path,
    /,
    *,
    form: Annotated[
        Form | None, Parameter(name="--as", help="What the file is; by default its content decides.")
    ] = None,
    root: Annotated[Path | None, Parameter(help="Folder that the tool looked at; by default the manifest's.")] = None,
    manifest: Manifest = None,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Put the findings of another tool into the ledger as that tool's, so that the policy judges them with ours.

    Their rules are called TOOL:RULE, as in bandit:B301, and a policy may name them. The last report of a tool replaces
    those before it. A file that the tool could not read, or that has changed since, counts as not looked at. What the
    report quotes (code, matches, secrets) is not kept. Exits 0 whatever it holds: hauberk gate judges.

    Example: hauberk import bandit.json -m hauberk.yaml
    """
    path = named_manifest(manifest)
    data = read_file(file, LARGEST)
    try:
        report = parse(data, form or "")
    except CannotLook as error:
        raise Misuse(f"{file}: {error.message}", remedy="name a JSON report, and its tool with --as") from error
    now = datetime.now(UTC)
    evidence = adopt(report, data, path.parent, root or path.parent, now)
    with open_ledger(path.parent, default_identity()) as ledger:
        done = seal(ledger, report, data, evidence, now)
    if json:
        sys.stdout.write(encode_pretty(done) + "\n")
    elif not quiet:
        unread = f", {count(len(report.unread), 'thing')} that it could not look at" if report.unread else ""
        absent = sum(one.asset.format == "missing" and bool(one.findings) for one in evidence)
        lost = f"; {count(absent, 'file')} of it not found here: --root names the folder" if absent else ""
        said = f"{report.tool} {report.version}: {count(len(report.seen), 'finding')}{unread}{lost}"
        sys.stdout.write(plain(said) + "\n")
    return 0
