# SPDX-License-Identifier: Apache-2.0
"""``hauberk scan``: every static check on any path."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from hauberk.cli.baseline import known_before
from hauberk.cli.options import Format, Json, Manifest, NoCache, Output, Quiet, Workers
from hauberk.cli.progress import Progress
from hauberk.cli.show import show
from hauberk.engine.scan import examine_all, prepare
from hauberk.manifest.load import load


def scan(  # noqa: PLR0913  the options that users see
    path: Annotated[Path, Parameter(help="A folder or a file.")] = Path(),
    /,
    *,
    manifest: Manifest = None,
    only: Annotated[tuple[str, ...], Parameter(help="Run only this rule; repeatable.", negative="")] = (),
    format: Format = "terminal",  # noqa: A002  the option's name
    out: Output = None,
    json: Json = False,
    quiet: Quiet = False,
    all: Annotated[bool, Parameter(negative="", help="Enter .git, environments and other pruned folders too.")] = False,  # noqa: A002
    history: Annotated[bool, Parameter(help="Look for secrets in the repository's history too.")] = True,
    changed: Annotated[str, Parameter(help="Look only at what differs from this revision of git.")] = "",
    baseline: Annotated[Path | None, Parameter(help="Findings known before, from hauberk baseline.")] = None,
    no_cache: NoCache = False,
    workers: Workers = None,
) -> int:
    """Run every static check on a path.

    Needs no manifest, loads no plugin, opens no socket, writes nothing below the path. Every file met is examined,
    could not be examined (and why), or is listed as known to no rule.

    With -m the manifest's policy, exclusions and assets count. Its paths are relative to its own folder where PATH lies
    inside it, else to PATH. What only assess can judge, such as a limit on a measurement, is "not looked at" (exit 3).

    Where PATH is the folder of a git repository, secrets are looked for in its history too: in all that branches, tags
    and other references lead to, of which each run reads only what is new. A secret that a file of today still holds is
    told once, at the file.

    With --changed BASE only files are looked at that differ, in the working tree, the index or a commit, from where
    BASE and HEAD part, and code that imports connect with them: of its findings those whose path touches such a file.

    With --baseline F findings that F holds are shown as known, and do not fail, until the day that F names.

    Example: hauberk scan . --format sarif --out hauberk.sarif
    """
    system = load(manifest) if manifest else None
    with Progress(quiet=quiet or json) as progress:
        examination = prepare(
            path,
            system=system,
            base=manifest.parent if manifest else None,
            only=only,
            enter_all=all,
            cached=not no_cache,
            workers=workers,
            changed=changed,
            history=history,
        )
        progress.expect(examination.expected)
        evidence = examine_all(examination, lambda one: progress.step(f"{one.card} {one.asset.uri}", len(one.findings)))
    today = datetime.now(UTC).date()
    known = known_before(baseline, evidence, today, quiet=quiet or json) if baseline else ()
    document = examination.document(evidence, known, today)
    return show(document, format="json" if json else format, out=out, quiet=quiet)
