# SPDX-License-Identifier: Apache-2.0
"""``hauberk govern posture``: the duties of laws and standards, each with what backs it."""

import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from hauberk.cli.options import Json, Manifest, Output, Quiet
from hauberk.cli.show import write
from hauberk.cli.subject import named_manifest
from hauberk.core.codec import encode_pretty
from hauberk.core.document import Scan
from hauberk.core.errors import Broken, KeyUnavailable, Misuse
from hauberk.core.system import System
from hauberk.engine.recall import accepted, recall
from hauberk.govern import oscal, posture_page, posture_text
from hauberk.govern.attest import APPOINTMENT, ATTESTATION, Appointment, Attestation, Statements
from hauberk.govern.framework import framework as read_framework
from hauberk.govern.framework import names
from hauberk.govern.kept import Kept, kept
from hauberk.govern.posture import Posture
from hauberk.govern.posture import posture as backed
from hauberk.govern.signed import signed
from hauberk.manifest.load import load
from hauberk.signing.key import PublicKey
from hauberk.signing.keystore import load_public

Form = Literal["text", "json", "md", "html", "oscal"]
Keys = Annotated[
    tuple[Path, ...], Parameter(name=["--key", "-k"], negative="", help="Public keys to accept instead of your own.")
]
BROKEN = 4
_Known = tuple[Scan | None, Statements, tuple[Kept, ...], str]


def posture(  # noqa: PLR0913  the options of the command
    *,
    framework: Annotated[str, Parameter(help="A framework, or a .toml file of one; without it, all.")] = "",
    as_of: Annotated[str, Parameter(name="--as-of", help="Day asked about, YYYY-MM-DD; by default today.")] = "",
    format: Form = "text",  # noqa: A002  the option's name
    out: Output = None,
    key: Keys = (),
    manifest: Manifest = None,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Say of each duty of a law or standard what backs it: executed checks, people, or nothing.

    Which laws apply, and which tier the system may fall into, follows from the manifest, and is shown.
    Evidence counts only from a ledger that verifies: if it does not, every duty is BROKEN and the exit code is 4.
    Otherwise it exits 0 whatever it finds.

    Example: hauberk govern posture --framework ai-act --as-of 2027-12-02 --format html --out posture.html
    """
    path = named_manifest(manifest)
    system, day = load(path), _day(as_of)
    chosen = "json" if json else format
    if not framework and chosen not in {"text", "json"}:
        raise Misuse(f"all frameworks at once have no format {chosen}", remedy="name one: --framework")
    scan, said, held, broken = _record(path.parent, system, tuple(load_public(one) for one in key))
    asked = (framework,) if framework else names()
    found = [
        backed(read_framework(one), system, day=day, scan=scan, said=said, held=held, broken=broken) for one in asked
    ]
    text = _rendered(found, chosen, whole=not framework, quiet=quiet and out is None)
    if out is None:
        sys.stdout.write(text)
    else:
        write(out, text)
        if not quiet:
            sys.stdout.write(f"{posture_text.tally(found[0])}\nwritten: {out}\n")
    return BROKEN if broken else 0


def section(path: Path, key: tuple[Path, ...]) -> str:
    """A section of the report: the matrix of every law that applies, or may, today."""
    system, day = load(path), _day("")
    scan, said, held, broken = _record(path.parent, system, tuple(load_public(one) for one in key))
    found = [
        backed(read_framework(one), system, day=day, scan=scan, said=said, held=held, broken=broken) for one in names()
    ]
    return posture_page.section(found, day.isoformat())


def _day(text: str) -> date:
    if not text:
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Misuse(f"{text!r} is not a date", remedy="--as-of YYYY-MM-DD") from None


def _record(folder: Path, system: System, keys: tuple[PublicKey, ...]) -> _Known:
    """The last assessment, what people signed and which entries there are; or why the ledger does not verify."""
    ledger = folder / ".hauberk" / "ledger"
    if not (ledger / "log").is_dir():
        return None, Statements(), (), ""
    trusted = accepted(ledger, keys)
    try:
        said = Statements(
            attestations=signed(folder, trusted, ATTESTATION, Attestation),
            appointments=signed(folder, trusted, APPOINTMENT, Appointment),
        )
        return _recalled(folder, system, trusted), said, kept(folder, trusted), ""
    except Broken as error:
        return None, Statements(), (), f"{error.code}: {error.message}"


def _recalled(folder: Path, system: System, trusted: tuple[PublicKey, ...]) -> Scan | None:
    try:
        return recall(folder, system, keys=trusted, today=datetime.now(UTC).date())
    except KeyUnavailable:
        raise
    except Misuse:
        return None  # nothing was assessed yet: what people signed is all that the ledger holds


def _rendered(found: list[Posture], chosen: str, *, whole: bool, quiet: bool) -> str:
    if chosen == "json":
        return encode_pretty(found if whole else found[0]) + "\n"
    if whole:
        return posture_text.overview(found)
    one = found[0]
    if chosen == "md":
        return posture_text.markdown(one)
    if chosen == "html":
        return posture_page.html(one)
    if chosen == "oscal":
        return oscal.results(one)
    return posture_text.tally(one) + "\n" if quiet else posture_text.text(one)
