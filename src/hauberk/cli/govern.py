# SPDX-License-Identifier: Apache-2.0
"""``hauberk govern``: threats and who lives with which of them, documents and whether they say what the ledger says."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from hauberk.cli.options import Json, Manifest, Quiet
from hauberk.cli.show import write
from hauberk.cli.subject import named_manifest
from hauberk.cli.tradeoff import weighed
from hauberk.core.codec import encode_pretty
from hauberk.core.errors import Misuse
from hauberk.core.system import System
from hauberk.engine.catalogue import catalogue
from hauberk.engine.recall import accepted, recall
from hauberk.engine.seal import open_ledger
from hauberk.govern import pages
from hauberk.govern.accept import KIND, acceptance, accepted_in, covered
from hauberk.govern.attest import APPOINTMENT, ATTESTATION, Appointment, Attestation, Statements
from hauberk.govern.cite import citations, numbers
from hauberk.govern.compare import compare
from hauberk.govern.diagram import draw
from hauberk.govern.fairness import fairness as measured
from hauberk.govern.fairness_text import text as fairness_text
from hauberk.govern.find import find
from hauberk.govern.material import Material, narrative
from hauberk.govern.measure_pages import fairness_page
from hauberk.govern.paper import Drafted, Drafts, Paper
from hauberk.govern.paper_forms import FORMS, render
from hauberk.govern.paper_text import LARGEST
from hauberk.govern.papers import KINDS, paper
from hauberk.govern.signed import signed
from hauberk.govern.standing import weigh
from hauberk.govern.threat import ThreatModel
from hauberk.govern.tradeoff_text import svg as tradeoff_svg
from hauberk.govern.tradeoff_text import text as tradeoff_text
from hauberk.govern.verify import Verification, check
from hauberk.manifest.load import load
from hauberk.report.text import plain
from hauberk.signing.key import PublicKey
from hauberk.signing.keystore import default_identity, load_public
from hauberk.signing.keystore import load as load_identity
from hauberk.signing.statement import seal

app = App(name="govern", help="Threats, documents, posture: computed from the manifest and the ledger.")

app.command("hauberk.cli.posture:posture", name="posture")
app.command("hauberk.cli.explain_model:explain", name="explain")
app.command("hauberk.cli.attest:appoint", name="appoint")

PaperFormat = Literal["md", "html", "docx"]
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
    model = judged(path.parent, system, tuple(load_public(one) for one in key))
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


@app.command
def docs(
    *,
    only: Annotated[tuple[str, ...], Parameter(help="Only this document; repeatable.", negative="")] = (),
    format: Annotated[tuple[PaperFormat, ...], Parameter(help="Form; repeatable; by default all.", negative="")] = (),  # noqa: A002
    out: Annotated[Path | None, Parameter(name=["--out", "-o"], help="Folder to write to.")] = None,
    key: Keys = (),
    manifest: Manifest = None,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Draft documents from the last assessment: cards, datasheet, DPIA, FRIA, Annex IV, ethics, notice, incident.

    Every number is followed by its evidence; what nobody measured, declared or wrote says GAP. What only a person can
    say is read from docs/narrative/NAME.md beside the manifest, with who signed those words (hauberk attest
    narrative:NAME). By default they go to .hauberk/documents.

    Example: hauberk govern docs --format html --out review
    """
    path = named_manifest(manifest)
    system = load(path)
    unknown = sorted(set(only) - set(KINDS))
    if unknown:
        raise Misuse(f"no document is called {', '.join(unknown)}", remedy=f"one of: {', '.join(KINDS)}")
    keys = tuple(load_public(one) for one in key)
    today = datetime.now(UTC).date()
    scan = recall(path.parent, system, keys=keys, today=today)
    model = judged(path.parent, system, keys)
    trusted = accepted(path.parent / ".hauberk" / "ledger", keys)
    said = Statements(
        attestations=signed(path.parent, trusted, ATTESTATION, Attestation),
        appointments=signed(path.parent, trusted, APPOINTMENT, Appointment),
    )
    material = Material(system=system, scan=scan, threats=model, told=narrative(path.parent), said=said, day=today)
    folder = out or path.parent / ".hauberk" / "documents"
    folder.mkdir(parents=True, exist_ok=True)
    written = tuple(_drafted(paper(name, material), folder, format or FORMS) for name in only or KINDS)
    if json:
        sys.stdout.write(encode_pretty(Drafts(folder=str(folder), documents=written)) + "\n")
        return 0
    lines = [
        f"{one.name:<16} {one.slots:>3} points, {one.gaps:>3} GAP, {one.numbers:>4} numbers"
        for one in (() if quiet else written)
    ]
    slots, gaps = sum(one.slots for one in written), sum(one.gaps for one in written)
    sys.stdout.write("\n".join([*lines, f"{folder}: {gaps} GAP of {slots} points ({gaps / slots:.0%})"]) + "\n")
    return 0


def _drafted(one: Paper, folder: Path, forms: Sequence[str]) -> Drafted:
    for form in forms:
        _store(folder / f"{one.name}.{form}", render(one, form))
    cited = [citation for slot in one.slots for line in slot.lines for citation in citations(line)]
    return Drafted(
        name=one.name,
        slots=len(one.slots),
        gaps=one.gaps,
        citations=len(cited),
        numbers=sum(map(numbers, cited)),
    )


def _store(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise Misuse(f"cannot write {path}: {error.strerror}", remedy="name a folder that you can write to") from error


@app.command(name="verify-docs")
def verify_docs(
    *files: Path, key: Keys = (), manifest: Manifest = None, json: Json = False, quiet: Quiet = False
) -> int:
    """Compare documents with the ledger; exit 1 where a number, an outcome or any other character is not as written.

    Without FILES, those in .hauberk/documents beside the manifest.

    Example: hauberk govern verify-docs model-card.docx dpia.html
    """
    path = named_manifest(manifest)
    keys = tuple(load_public(one) for one in key)
    scan = recall(path.parent, None, keys=keys, today=datetime.now(UTC).date())
    chosen = files or tuple(sorted((path.parent / ".hauberk" / "documents").glob("*.*")))
    if not chosen:
        raise Misuse("no document to verify", remedy="name files, or draft them: hauberk govern docs")
    checked = tuple(check(str(one), _read(one), one.suffix.lower(), scan.evidence) for one in chosen)
    assessment = scan.assessment.id if scan.assessment else ""
    result = Verification(assessment=assessment, integrity=scan.integrity, documents=checked)
    if json:
        sys.stdout.write(encode_pretty(result) + "\n")
    else:
        sys.stdout.write(_verified(result, quiet=quiet))
    return 0 if result.holds else 1


@app.command
def fairness(  # noqa: PLR0913  the options that users see
    *,
    trade_off: Annotated[str, Parameter(help="Weigh mitigations for the groups of this column.")] = "",
    format: Literal["text", "html", "svg"] = "text",  # noqa: A002  the option's name
    model: Annotated[str, Parameter(help="Id of the model to weigh, where there are several.")] = "",
    out: Out = None,
    key: Keys = (),
    manifest: Manifest = None,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Compute every measure of fairness from the last assessment, with intervals and what cannot hold together.

    From the counts that HBK-FAI-002 sealed: rates of each group, differences, ratios and indices with intervals that
    allow for all pairs of groups; which definitions the base rates set against each other; the subgroups that
    HBK-FAI-003 found to fare worst. Exits 0 whatever it finds: hauberk gate judges.

    With --trade-off COLUMN the model is asked in a confined child instead, and what fairer decisions would cost is
    measured on the test data: thresholds by group, reweighing, exponentiated gradient, each with accuracy, fairness,
    robustness and privacy in one row; of a predicted number shifts and lines by group, weights and bounded group loss.
    --format svg draws the frontier.

    Example: hauberk govern fairness -m examples/credit/hardened/hauberk.yaml
    """
    path = named_manifest(manifest)
    if format == ("html" if trade_off else "svg"):
        raise Misuse(f"no {format} of this", remedy="svg is of --trade-off, html of every measure")
    if trade_off:
        weighing = weighed(path.parent, load(path), trade_off, model)
        shown = tradeoff_svg(weighing) if format == "svg" else tradeoff_text(weighing)
        _give(encode_pretty(weighing) + "\n" if json else shown, out, quiet=quiet)
        return 0
    if model:
        raise Misuse("--model belongs to --trade-off", remedy="give --trade-off COLUMN as well")
    keys = tuple(load_public(one) for one in key)
    report = measured(recall(path.parent, load(path), keys=keys, today=datetime.now(UTC).date()))
    if not (report.comparisons or report.worst or report.numbers):
        raise Misuse(
            "the last assessment holds no evidence of fairness",
            remedy="declare facts.tested_on, facts.favourable and sensitive columns, and run hauberk assess",
        )
    page = fairness_page(report) if format == "html" else fairness_text(report)
    _give(encode_pretty(report) + "\n" if json else page, out, quiet=quiet)
    return 0


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST + 1)
    except OSError as error:
        raise Misuse(f"cannot read {path}: {error.strerror}", remedy="name a .md, .html or .docx file") from error


def _verified(result: Verification, *, quiet: bool) -> str:
    lines = []
    for one in result.documents:
        if not quiet or one.faults:
            said = f"{len(one.faults)} wrong" if one.faults else "as in the ledger"
            lines.append(f"{one.file}: {one.citations} citations, {one.numbers} numbers, {said}")
        lines += [f"  {fault}" for fault in one.faults[:20]]
    total = sum(one.numbers for one in result.documents)
    word = "verified" if result.holds else "NOT verified"
    lines.append(f"{word}: {total} numbers against assessment {result.assessment}; {result.integrity}")
    return "\n".join(map(plain, lines)) + "\n"


def judged(folder: Path, system: System, keys: tuple[PublicKey, ...]) -> ThreatModel:
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
