# SPDX-License-Identifier: Apache-2.0
"""``hauberk govern``: threats, and who lives with which of them."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from hauberk.cli.options import Json, Manifest, Quiet
from hauberk.cli.show import write
from hauberk.cli.subject import named_manifest
from hauberk.core.codec import encode_pretty
from hauberk.core.errors import Misuse
from hauberk.core.system import System
from hauberk.engine.catalogue import catalogue
from hauberk.engine.recall import accepted, recall
from hauberk.engine.seal import open_ledger
from hauberk.govern import pages
from hauberk.govern.accept import KIND, acceptance, accepted_in, covered
from hauberk.govern.compare import compare
from hauberk.govern.diagram import draw
from hauberk.govern.find import find
from hauberk.govern.standing import weigh
from hauberk.govern.threat import ThreatModel
from hauberk.manifest.load import load
from hauberk.signing.key import PublicKey
from hauberk.signing.keystore import default_identity, load_public
from hauberk.signing.keystore import load as load_identity
from hauberk.signing.statement import seal

app = App(name="govern", help="Threats, documents, posture: computed from the manifest and the ledger.")

ThreatFormat = Literal["text", "json", "md", "html", "svg"]
Keys = Annotated[
    tuple[Path, ...], Parameter(name=["--key", "-k"], negative="", help="Public keys to accept instead of your own.")
]
Out = Annotated[Path | None, Parameter(name=["--out", "-o"], help="Write to this file.")]


@app.command
def threats(
    *,
    format: ThreatFormat = "text",  # noqa: A002  the option's name
    against: Annotated[Path | None, Parameter(help="Another manifest: what came and went since.")] = None,
    out: Out = None,
    key: Keys = (),
    manifest: Manifest = None,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Derive the threats of a system from its manifest, with what the ledger says of each.

    Needs no code and no ledger: at the design stage each threat is a GAP. With a ledger beside the manifest each says
    which evidence speaks for or against it, and who has accepted it until when. Exits 0 whatever it finds.

    Example: hauberk govern threats --format html --out threats.html
    """
    path = named_manifest(manifest)
    system = load(path)
    chosen = "json" if json else format
    if against is not None:
        comparison = compare(find(load(against)), find(system))
        if chosen not in {"json", "text"}:
            raise Misuse(f"--against has no format {chosen}", remedy="use --format text or --json")
        _give(encode_pretty(comparison) + "\n" if chosen == "json" else pages.compared(comparison), out, quiet=quiet)
        return 0
    model = _judged(path.parent, system, tuple(load_public(one) for one in key))
    if quiet and out is None and chosen == "text":
        sys.stdout.write(pages.tally(model.threats) + "\n")
        return 0
    _give(_rendered(model, system, chosen), out, quiet=quiet)
    return 0


@app.command
def accept(
    threat: str,
    /,
    *,
    until: str = "",
    reason: str = "",
    signer: Annotated[str, Parameter(name="--as", help="Name of the identity that signs; by default your own.")] = "",
    manifest: Manifest = None,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Sign that somebody lives with one threat until a date, and seal it in the ledger.

    Refused without a reason, without an end date, with one more than 366 days away, and for a threat that the manifest
    does not have. It no longer holds once the threat is more severe than it was when it was accepted.

    Example: hauberk govern accept T-0f2c4b1a77 --until 2027-01-31 --reason "one branch only, watched by hand"
    """
    path = named_manifest(manifest)
    chosen = next((one for one in find(load(path)).threats if one.id == threat), None)
    if chosen is None:
        raise Misuse(f"the manifest has no threat {threat!r}", remedy="copy its id from hauberk govern threats")
    identity = load_identity(signer) if signer else default_identity()
    today = datetime.now(UTC).date()
    one = acceptance(chosen, who=identity.name, reason=reason, until=until, today=today)
    with open_ledger(path.parent, default_identity()) as ledger:
        ledger.append(KIND, seal(one, identity, KIND).data)
    if json:
        sys.stdout.write(encode_pretty(one) + "\n")
    elif not quiet:
        what = f"{one.threat}, {one.category.value} of {one.subject}"
        sys.stdout.write(f"accepted until {one.until} by {one.who}: {what}\n")
    return 0


def _judged(folder: Path, system: System, keys: tuple[PublicKey, ...]) -> ThreatModel:
    """Threats with their standing; without a ledger, each is a GAP."""
    model = find(system)
    ledger = folder / ".hauberk" / "ledger"
    if not (ledger / "log").is_dir():
        return model
    today = datetime.now(UTC).date()
    trusted = accepted(ledger, keys)
    model = covered(model, accepted_in(folder, trusted), today)
    try:
        scan = recall(folder, system, keys=trusted, today=today)
    except Misuse:
        return model  # nothing was assessed yet: the acceptances are all that the ledger holds
    return weigh(model, system, scan, catalogue())


def _rendered(model: ThreatModel, system: System, chosen: ThreatFormat) -> str:
    if chosen == "json":
        return encode_pretty(model) + "\n"
    if chosen == "md":
        return pages.markdown(model)
    if chosen == "svg":
        return draw(system, model)
    return pages.html(model, draw(system, model)) if chosen == "html" else pages.text(model)


def _give(text: str, out: Path | None, *, quiet: bool) -> None:
    if out is None:
        sys.stdout.write(text)
        return
    write(out, text)
    if not quiet:
        sys.stdout.write(f"written: {out} ({len(text.encode()):,} bytes)\n")
