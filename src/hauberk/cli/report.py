# SPDX-License-Identifier: Apache-2.0
"""``hauberk report``: the last closed assessment, or a scan document, in the form that is asked for."""

import importlib
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, get_args

import msgspec
from cyclopts import Parameter

from hauberk.cli.options import Format, Manifest, Output, Quiet
from hauberk.cli.show import rendered, write
from hauberk.cli.subject import named_manifest
from hauberk.core.codec import LIMIT, decode
from hauberk.core.document import Scan
from hauberk.core.errors import CannotLook, Misuse
from hauberk.engine.recall import recall
from hauberk.manifest.load import load
from hauberk.signing.keystore import load_public

Source = Annotated[Path | None, Parameter(name="--from", help="A scan document (JSON) instead of the ledger.")]
Keys = Annotated[
    tuple[Path, ...], Parameter(name=["--key", "-k"], negative="", help="Public keys to accept instead of your own.")
]
_SUFFIXES: dict[str, Format] = {
    ".html": "html",
    ".htm": "html",
    ".md": "md",
    ".sarif": "sarif",
    ".xml": "junit",
    ".json": "json",
    ".txt": "terminal",
}


def report(
    *,
    format: Format | None = None,  # noqa: A002  the option's name
    out: Output = None,
    manifest: Manifest = None,
    source: Source = None,
    key: Keys = (),
    quiet: Quiet = False,
) -> int:
    """Write the last closed assessment as HTML, Markdown, SARIF, JUnit or JSON; exits 0 whatever the verdict.

    Without --format the name of --out decides. With --from, a document that scan, demo, assess or gate printed with
    --json is rendered instead; what it says of a ledger is then not verified here.

    Example: hauberk report --out report.html
    """
    chosen = format or (_by_name(out) if out else "terminal")
    document = read(source) if source else _recalled(manifest, key)
    further = _further(manifest, key, document) if chosen == "html" and not source else ""
    text = rendered(document, chosen, judged=False, further=further)
    if out is None:
        sys.stdout.write(text)
        return 0
    write(out, text)
    if not quiet:
        sys.stdout.write(f"written: {out} ({len(text.encode()):,} bytes of {chosen})\n")
    return 0


def _by_name(out: Path) -> Format:
    if out.suffix.lower() not in _SUFFIXES:
        known = ", ".join(get_args(Format))
        raise Misuse(f"{out}: its name does not tell the format", remedy=f"give --format, one of {known}")
    return _SUFFIXES[out.suffix.lower()]


def _recalled(manifest: Path | None, keys: tuple[Path, ...]) -> Scan:
    path = named_manifest(manifest)
    accepted = tuple(load_public(one) for one in keys)
    return recall(path.parent, load(path), keys=accepted, today=datetime.now(UTC).date())


def _further(manifest: Path | None, keys: tuple[Path, ...], scan: Scan) -> str:
    """The sections that hauberk govern computes; imported only where they are asked for."""
    module = importlib.import_module("hauberk.cli.report_sections")
    text: str = module.sections(named_manifest(manifest), keys, scan)
    return text


def read(path: Path) -> Scan:
    """A scan document from a file; its words on integrity are marked as not verified.

    Raises Misuse where the file cannot be read or holds something else.
    """
    try:
        with path.open("rb") as file:
            document = decode(file.read(LIMIT + 1), Scan)
    except OSError as error:
        raise Misuse(f"cannot read {path}: {error.strerror}", remedy="name a file made with --json") from error
    except CannotLook as error:
        raise Misuse(f"{path}: {error}", remedy="name a document that hauberk printed with --json") from error
    said = f"not verified here; the document says: {document.integrity}" if document.integrity else ""
    return msgspec.structs.replace(document, integrity=said)
