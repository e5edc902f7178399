# SPDX-License-Identifier: Apache-2.0
"""``hauberk baseline``: what is found today, who answers for it and until when it may stay."""

import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from hauberk.cli.ledger_folder import read_file
from hauberk.cli.options import Json, Manifest, NoCache, Quiet, Workers
from hauberk.cli.progress import Progress
from hauberk.cli.show import write
from hauberk.core.codec import LIMIT, decode, encode_pretty
from hauberk.core.errors import CannotLook, Misuse
from hauberk.core.evidence import Evidence
from hauberk.core.verdict import Waiver
from hauberk.engine.scan import examine_all, prepare
from hauberk.manifest.load import load
from hauberk.policy import baseline as baselines
from hauberk.policy.baseline import Baseline
from hauberk.report.text import count, plain


def baseline(  # noqa: PLR0913  the options that users see
    path: Annotated[Path, Parameter(help="A folder or a file.")] = Path(),
    /,
    *,
    owner: Annotated[str, Parameter(help="Who answers for working the findings off.")] = "",
    until: Annotated[str, Parameter(help="Last day on which it holds, YYYY-MM-DD; at most 366 days away.")] = "",
    reason: Annotated[str, Parameter(help="Why they cannot be worked off at once.")] = "",
    out: Annotated[Path, Parameter(name=["--out", "-o"], help="The file to write.")] = Path("hauberk-baseline.json"),
    manifest: Manifest = None,
    json: Json = False,
    quiet: Quiet = False,
    no_cache: NoCache = False,
    workers: Workers = None,
) -> int:
    """Write down what a scan finds today, so that hauberk scan --baseline fails on new findings only.

    Refused without an owner, a reason and an end. From the day after its end all of it counts again. It is not signed:
    keep it where changes are reviewed; hauberk waive signs a decision on one finding.

    Example: hauberk baseline . --owner ada --until 2027-01-31 --reason "found when hauberk came; worked off by then"
    """
    today = datetime.now(UTC).date()
    baselines.baseline((), owner=owner, until=until, reason=reason, today=today)  # refused before anything is examined
    system = load(manifest) if manifest else None
    with Progress(quiet=quiet or json) as progress:
        examination = prepare(
            path,
            system=system,
            base=manifest.parent if manifest else None,
            cached=not no_cache,
            workers=workers,
            history=True,
        )
        progress.expect(examination.expected)
        evidence = examine_all(examination, lambda one: progress.step(f"{one.card} {one.asset.uri}", len(one.findings)))
    made = baselines.baseline(evidence, owner=owner, until=until, reason=reason, today=today)
    write(out, encode_pretty(made) + "\n")
    if json:
        sys.stdout.write(encode_pretty(made) + "\n")
    elif not quiet:
        said = f"{count(len(made.findings), 'finding')} known until {made.until}, {made.owner} answers for them: {out}"
        sys.stdout.write(plain(said) + "\n")
    return 0


def known_before(path: Path, evidence: Sequence[Evidence], today: date, *, quiet: bool) -> tuple[Waiver, ...]:
    """What a baseline excuses today; says where it has ended, or holds what is no longer found.

    Raises Misuse where the file is no baseline, or names no owner, reason or end.
    """
    try:
        given = decode(read_file(path, LIMIT), Baseline)
    except CannotLook as error:
        raise Misuse(f"{path}: {error.message}", remedy="name a file that hauberk baseline wrote") from error
    held = baselines.held(given, today)
    if not quiet:
        whose = plain(f"the baseline of {given.owner}")
        if baselines.ended(given, today):
            said = count(len(given.findings), "finding")
            sys.stderr.write(f"{whose} ended on {given.until}: its {said} count again\n")
        elif over := baselines.gone(given, evidence):
            sys.stderr.write(f"{whose} holds {count(over, 'finding')} no longer found here: write it anew\n")
    return held
