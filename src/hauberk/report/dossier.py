# SPDX-License-Identifier: Apache-2.0
"""What is known of one model file: what it is, whose, what it would run, in words, by which loaders, and its proof."""

from collections.abc import Iterator
from typing import NamedTuple

from hauberk.analysis import loaders
from hauberk.analysis.certificate import Certificate, assemble
from hauberk.analysis.checker.check import check
from hauberk.analysis.checker.source import Source
from hauberk.analysis.disassembly import Extent, Line, tell
from hauberk.analysis.program_files import SCRIPT, Inert, Part, Piece, pieces
from hauberk.analysis.provenance import provenance
from hauberk.analysis.unwrapped import unwrapped
from hauberk.assets.formats import FORMATS
from hauberk.core.asset import Asset
from hauberk.core.codec import encode
from hauberk.core.content import Content
from hauberk.core.document import Scan
from hauberk.core.errors import CannotLook, NotCertified
from hauberk.core.finding import Finding
from hauberk.core.scales import Outcome

MOST_PARTS = 8
MOST_FINDINGS = 100
MOST_NAMES = 40
"""Globals of a certificate that are listed by name."""


class Told(NamedTuple):
    """One program of the file, told in words around what matters; or why it is not told."""

    member: str
    lines: tuple[Line, ...]
    reason: str = ""


class Ran(NamedTuple):
    """One rule that looked at the file, and what came of it."""

    rule: str
    title: str
    outcome: Outcome
    reason: str


class Proof(NamedTuple):
    """The certificate in numbers, or why there is none."""

    certificate: Certificate | None
    against: str

    @property
    def names(self) -> list[str]:
        """Every global that the file's programs name, once, sorted."""
        programs = self.certificate.programs if self.certificate else ()
        return sorted({name for one in programs for name in one.globals})

    @property
    def facts(self) -> list[tuple[str, str]]:
        """What the certificate states."""
        held = self.certificate
        if held is None:
            return []
        inert = sum(one.end - one.start for one in held.inert)
        uses = sum(sum(one.uses.values()) for one in held.programs)
        own = any(name.startswith("__torch__.") for name in self.names)
        known = "on the allow-list or a class of the archive's own," if own else "on the allow-list"
        return [
            ("programs", f"{len(held.programs):,}, of {sum(one.operations for one in held.programs):,} operations"),
            ("uses", f"{uses:,} of {len(self.names):,} globals, each {known} with its contract kept"),
            ("data only", f"{len(held.inert):,} ranges, {inert:,} bytes"),
            ("holds for", held.digest),
            ("allow-list", held.allowlist),
            ("checked", "by a second reader, which made the same certificate of the file"),
        ]


class Dossier(NamedTuple):
    """One model file."""

    asset: Asset
    size: int
    what: str
    """What the format is, in words."""
    writer: tuple[tuple[str, str], ...]
    ran: tuple[Ran, ...]
    findings: tuple[Finding, ...]
    left: int
    """Findings that are not kept here."""
    told: tuple[Told, ...]
    loaders: tuple[loaders.Path, ...]
    proof: Proof
    code: int
    """Exit code that a scan of the file has."""


def dossier(scan: Scan, asset: Asset, data: Content, *, reveal: bool = False) -> Dossier:
    """Everything on a file that a scan has examined; ``reveal`` shows texts in its programs."""
    evidence = [one for one in scan.evidence if one.asset.uri == asset.uri]
    findings = sorted(
        (f for one in evidence for f in one.findings), key=lambda f: (-f.severity.rank, f.card, f.message)
    )
    pickled = any(one.card == "HBK-MOD-001" for one in evidence)
    found = tuple(pieces(data)) if pickled else ()
    kind = _kind(asset.format, found)
    family = loaders.family(kind, asset.uri.rpartition(".")[2].lower())
    return Dossier(
        asset=asset,
        size=len(data),
        what=FORMATS.get(kind, "a file of no format that a rule on models opens"),
        writer=provenance(kind, data) if kind in FORMATS else (),
        ran=tuple(Ran(one.card, one.title, one.outcome, one.reason) for one in evidence),
        findings=tuple(findings[:MOST_FINDINGS]),
        left=max(0, len(findings) - MOST_FINDINGS),
        told=tuple(_told(data, found, reveal=reveal)),
        loaders=loaders.paths(family) if kind in FORMATS else (),
        proof=_proof(data, found, asset.digest or "")
        if pickled
        else Proof(None, "certificates are of pickles, and this is none"),
        code=scan.verdict.exit_code,
    )


def who(one: Dossier) -> str:
    """The words on loaders that a finding's message may end with."""
    family = one.loaders[0].family if one.loaders else ""
    return loaders.sentence(family) if family else ""


def _kind(content_format: str, found: tuple[Piece, ...]) -> str:
    """The format, where an archive that begins like any other turns out to be torch's."""
    if content_format == "zip" and any(isinstance(one, Inert) and one.why == SCRIPT for one in found):
        return "torchscript"
    if content_format == "zip" and any(isinstance(one, Part) and one.member.endswith("/data.pkl") for one in found):
        return "torch-zip"
    return content_format


def _told(data: Content, found: tuple[Piece, ...], *, reveal: bool) -> Iterator[Told]:
    count = 0
    for piece in found:
        if not (isinstance(piece, Part) and piece.program.faults and piece.program.operations):
            continue
        count += 1
        if count > MOST_PARTS:
            yield Told(piece.member, (), "further programs are not told here")
            return
        program = piece.program
        try:
            lines = tell(
                unwrapped(data, piece.member),
                Extent(program.start, program.end, _arrays(found, piece.member)),
                offsets=[fault.offset for fault in program.faults],
                subjects=[fault.subject for fault in program.faults],
                reveal=reveal,
            )
        except CannotLook as error:
            yield Told(piece.member, (), str(error))
        else:
            yield Told(piece.member, tuple(lines))


def _arrays(found: tuple[Piece, ...], member: str) -> tuple[tuple[int, int], ...]:
    return tuple((one.start, one.end) for one in found if isinstance(one, Inert) and one.member == member)


def _proof(data: Content, found: tuple[Piece, ...], digest: str) -> Proof:
    """The certificate, where the checker has made the same one of the file."""
    try:
        made = assemble(found, digest, len(data))
        check(Source(data.read, len(data)), encode(made))
    except (CannotLook, NotCertified) as error:
        return Proof(None, str(error).removeprefix("no certificate: "))
    return Proof(made, "")
