# SPDX-License-Identifier: Apache-2.0
"""``hauberk init``: looks at a repository and writes a commented manifest."""

import os
import re
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from hauberk.assets.recognise import HEAD, recognise
from hauberk.cli.options import Json, Quiet
from hauberk.core.codec import encode_pretty
from hauberk.core.document import Pruned
from hauberk.core.errors import CannotLook, Misuse
from hauberk.core.value import Value
from hauberk.engine.walk import Step, Walk, walk
from hauberk.manifest.discover import SORTS, Proposal, Seen, propose
from hauberk.manifest.draft import draft
from hauberk.manifest.load import NAME, parse
from hauberk.report.terminal import Screen, screen
from hauberk.report.text import count, plain, wrap

_PROJECT = 1 << 20


class Proposed(Value, frozen=True, kw_only=True):
    """One asset of the first manifest."""

    id: str
    kind: str
    uri: str
    format: str


class Init(Value, frozen=True, kw_only=True):
    """What ``hauberk init --json`` prints."""

    schema: Literal["hauberk/init/1"] = "hauberk/init/1"
    manifest: str
    name: str
    files: int
    """Files met."""
    assets: tuple[Proposed, ...]
    undecided: tuple[str, ...]
    pruned: tuple[Pruned, ...]


def init(
    path: Path = Path(),
    /,
    *,
    force: Annotated[bool, Parameter(negative="", help="Overwrite a hauberk.yaml that is there.")] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Look at a repository and write a commented hauberk.yaml.

    Judges files by content, runs none of them, and lists what it could not decide. Never overwrites without --force.

    Example: hauberk init .
    """
    if not path.is_dir():
        raise Misuse(f"{path}: not a folder", remedy="name the folder of the repository")
    target = path / NAME
    if os.path.lexists(target) and not force:
        raise Misuse(f"{target} is there already", remedy="edit it, or write a new one over it with --force")
    met = walk(path)
    files = _Files(path)
    proposal = propose(_name(path), files.seen(met), files.read, passed_over=sum(map(_passed_over, met.files)))
    text = draft(proposal)
    parse(text.encode(), NAME)
    _write(target, text)
    shown = screen(sys.stdout, os.environ)
    document = _document(proposal, target, met)
    sys.stdout.write(encode_pretty(document) + "\n" if json else _page(document, proposal, shown, quiet=quiet))
    return 0


@dataclass(frozen=True)
class _Files:
    """Bounded reads below one root; no link out of it is followed (the walk marks those)."""

    root: Path

    def read(self, uri: str, most: int) -> bytes:
        """At most so many bytes; raises CannotLook."""
        try:
            with os.fdopen(os.open(self.root / uri, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
                return file.read(most)
        except OSError as error:
            raise CannotLook(f"cannot be read: {error.strerror}") from error

    def seen(self, met: Walk) -> Iterator[Seen]:
        """Every readable file as what its content says."""
        for step in met.files:
            if _passed_over(step) or step.uri == NAME:
                continue
            try:
                kind, content_format = recognise(step.uri, self.read(step.uri, HEAD))
            except CannotLook:
                kind, content_format = recognise(step.uri, b"")
            yield Seen(uri=step.uri, kind=kind, format=content_format)


def _passed_over(step: Step) -> bool:
    """Whether a file cannot be opened as one, or not under a name that is text."""
    return bool(step.special or step.raw)


def _name(path: Path) -> str:
    """The project's name as pyproject.toml says it, else the folder's."""
    try:
        with (path / "pyproject.toml").open("rb") as file:
            said = tomllib.loads(file.read(_PROJECT).decode()).get("project", {}).get("name", "")
    except (OSError, ValueError, RecursionError, AttributeError):
        said = ""
    name = said if isinstance(said, str) and re.fullmatch(r"[A-Za-z0-9._-]{1,100}", said) else path.resolve().name
    return "".join(character for character in name if character.isprintable()).strip() or "system"


def _write(target: Path, text: str) -> None:
    """Write beside the target first, so that an interruption leaves either the old file or the new one."""
    try:
        with tempfile.NamedTemporaryFile(
            "w", dir=target.parent, prefix=".hauberk-", delete=False, encoding="utf-8"
        ) as new:
            new.write(text)
        written = Path(new.name)
        written.chmod(0o644)
        written.replace(target)
    except OSError as error:
        raise Misuse(
            f"{target} cannot be written: {error.strerror}", remedy="choose a folder that you may write"
        ) from error


def _document(proposal: Proposal, target: Path, met: Walk) -> Init:
    return Init(
        manifest=str(target),
        name=proposal.name,
        files=len(met.files),
        assets=tuple(
            Proposed(id=item.id, kind=item.kind.value, uri=item.uri, format=item.format) for item in proposal.items
        ),
        undecided=proposal.undecided,
        pruned=met.pruned,
    )


def _page(document: Init, proposal: Proposal, shown: Screen, *, quiet: bool) -> str:
    wrote = f"{plain(document.manifest)}: {count(len(document.assets), 'asset')} from {count(document.files, 'file')}"
    if quiet:
        return f"{wrote}, {len(document.undecided)} undecided\n"
    lines = [shown.paint(wrote, "bold"), ""]
    for sort in SORTS:
        items = proposal.of(sort)
        if items:
            first = ", ".join(plain(item.uri) for item in items[:3])
            more = f" and {proposal.counts[sort] - 3} more" if proposal.counts[sort] > 3 else ""  # noqa: PLR2004
            lines += _row(f"  {sort:<12}{proposal.counts[sort]:>4}  ", first + more, shown)
    suspected = sum(len(item.sketch.suspected) for item in proposal.items if item.sketch)
    if suspected:
        text = f"{count(suspected, 'column')} may hold personal or sensitive data; confirm them in the file"
        lines += _row("  look at        ", text, shown)
    if document.pruned:
        reasons = sorted({one.reason for one in document.pruned})
        lines += _row("  not entered    ", f"{count(len(document.pruned), 'folder')} ({', '.join(reasons)})", shown)
    lines += ["", shown.paint(f'Could not decide ({len(document.undecided)}); marked "undecided" in the file:', "bold")]
    for question in document.undecided:
        lines += _row("  - ", plain(question), shown)
    lines += [
        "",
        "Next: answer them in the file, then",
        f"  hauberk scan {plain(str(Path(document.manifest).parent))} -m {plain(document.manifest)}",
    ]
    return "\n".join(lines) + "\n"


def _row(lead: str, text: str, shown: Screen) -> list[str]:
    rows = wrap(text, max(shown.width - len(lead), 20)) or [""]
    return [lead + rows[0], *(" " * len(lead) + row for row in rows[1:])]
