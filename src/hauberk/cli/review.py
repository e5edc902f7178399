# SPDX-License-Identifier: Apache-2.0
"""``hauberk review``: what a change set does, and who must approve it."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from hauberk.cli.options import Json, NoCache, Output, Quiet
from hauberk.cli.progress import Progress
from hauberk.cli.show import write
from hauberk.core.codec import encode_pretty
from hauberk.engine.review import review as compare
from hauberk.report import review as words


def review(
    base: str,
    path: Annotated[Path, Parameter(help="The system's folder in a working tree.")] = Path(),
    /,
    *,
    out: Output = None,
    json: Json = False,
    quiet: Quiet = False,
    no_cache: NoCache = False,
) -> int:
    """Say what a change set does: findings that come and go, what it touches, who signed it, who must approve it.

    Compares the working tree with the commit where it and BASE, a revision of git, part. What judges (policy,
    exclusions, roles, approvals) is the manifest as it was there. Exits 1 where a new finding fails the policy, 3 where
    a changed file could not be looked at. Prints Markdown, as for a comment on the change.

    Example: hauberk review origin/main --out review.md
    """
    with Progress(quiet=quiet or json) as progress:
        found = compare(
            path,
            base,
            today=datetime.now(UTC).date(),
            step=lambda one: progress.step(f"{one.card} {one.asset.uri}", len(one.findings)),
            cached=not no_cache,
        )
    text = encode_pretty(found) + "\n" if json else words.render(found)
    if out is not None:
        write(out, text)
    if out is None and not quiet:
        sys.stdout.write(text)
    elif not json:
        sys.stdout.write(words.line(found) + "\n")
    return found.verdict.exit_code
