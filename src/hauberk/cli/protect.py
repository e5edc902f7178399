# SPDX-License-Identifier: Apache-2.0
"""``hauberk protect``: safer artefacts."""

import contextlib
import os
import sys
import tempfile
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from hauberk.assets.notebook import LARGEST
from hauberk.cli.ledger_folder import STDIN, read_file, write_file
from hauberk.cli.options import Json, Output, Quiet
from hauberk.core.codec import encode_pretty
from hauberk.core.errors import CannotLook, Misuse
from hauberk.protect.notebook import Keep, Stripped, strip
from hauberk.report.text import count, plain

app = App(name="protect", help="Safer artefacts out of what people work with.")


@app.command
def notebook(
    *notebooks: Annotated[Path, Parameter(allow_leading_hyphen=True, help="Files, or - for standard input.")],
    out: Output = None,
    check: Annotated[
        bool, Parameter(negative="", help="Write nothing; exit 1 where something is to be stripped.")
    ] = False,
    keep: Annotated[tuple[Keep, ...], Parameter(help="What may stay; repeatable.", negative="")] = (),
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Strip notebooks of outputs, execution counts, metadata, attachments and widget state; sources are never edited.

    Replaces each file in one step, and only where something is to be stripped; ``-`` reads standard input and writes
    standard output, as a filter of git does. A notebook that cannot be read stays as it is, and the exit code is 3.
    With --keep outputs, those stay in which no secret, no personal data and no picture is found.

    Example: hauberk protect notebook explore.ipynb --check
    """
    if not notebooks:
        raise Misuse("no notebook to strip", remedy="name files, or - for standard input")
    if out is not None and len(notebooks) != 1:
        raise Misuse("--out takes one notebook", remedy="leave it out: each file is replaced in its place")
    rows = [_one(path, out, keep, check=check) for path in notebooks]
    piped = STDIN in notebooks and not check and out is None
    if json and not piped:
        sys.stdout.write(encode_pretty({"schema": "hauberk/protected/1", "notebooks": rows}) + "\n")
    elif not quiet:
        (sys.stderr if piped else sys.stdout).writelines(f"{_line(row, check=check)}\n" for row in rows)
    if any(row["unable"] for row in rows):
        return 3
    return 1 if check and any(row["removed"] for row in rows) else 0


app.command("hauberk.cli.harden:harden", name="harden")


def _one(path: Path, out: Path | None, keep: tuple[Keep, ...], *, check: bool) -> dict[str, object]:
    """Strip one notebook; what was done, as a row of the answer."""
    row: dict[str, object] = {"path": str(path), "removed": {}, "left_in_source": 0, "unable": ""}
    if out is None and path != STDIN and path.is_symlink():
        return row | {"unable": "a link: name the file itself, so that nothing else is replaced"}
    try:
        stripped = strip(read_file(path, LARGEST), keep)
    except CannotLook as error:
        return row | {"unable": error.message}
    if not check:
        _write(path, out, stripped)
    return row | {"removed": stripped.removed, "left_in_source": stripped.left_in_source}


def _write(path: Path, out: Path | None, stripped: Stripped) -> None:
    """The stripped notebook to where it belongs; a file that has nothing to lose is not touched."""
    target = out or path
    if target == path and path != STDIN:
        if stripped.removed:
            _replace(path, stripped.data)
        return
    write_file(None if target == STDIN else target, stripped.data)


def _replace(path: Path, data: bytes) -> None:
    """New content in place of the old in one step, by a file of a name that nobody could prepare.

    Raises OSError; the old content is then still there.
    """
    descriptor, name = tempfile.mkstemp(prefix=".hauberk-", dir=path.parent)
    fresh = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(descriptor)
        fresh.chmod(path.stat().st_mode & 0o777)
        fresh.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            fresh.unlink()
        raise


def _line(row: dict[str, object], *, check: bool) -> str:
    removed, left = row["removed"], row["left_in_source"]
    if row["unable"]:
        said = f"cannot be stripped, and was left as it is: {row['unable']}"
    elif isinstance(removed, dict) and removed:
        listed = ", ".join(f"{number:,} {what}" for what, number in removed.items())
        said = f"{'to be stripped' if check else 'stripped'}: {listed}"
    else:
        said = "nothing to strip"
    if isinstance(left, int) and left:
        said += f"; {count(left, 'secret')} in its sources: revoke, and read from the environment"
    return plain(f"{row['path']}: {said}")
