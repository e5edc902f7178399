# SPDX-License-Identifier: Apache-2.0
"""What is known of one model file: what it is, whose, what it would run, in words, by which loaders, and its proof."""

from collections.abc import Iterator
from typing import NamedTuple

from hauberk.analysis import loaders
from hauberk.analysis.certificate import Certificate, certify
from hauberk.analysis.disassembly import Line, tell
from hauberk.analysis.program_files import Part, pieces
from hauberk.analysis.provenance import provenance
from hauberk.analysis.unwrapped import unwrapped
from hauberk.assets.formats import FORMATS
from hauberk.core.asset import Asset
from hauberk.core.content import Content
from hauberk.core.document import Scan
from hauberk.core.errors import CannotLook
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
        return [
            ("programs", f"{len(held.programs):,}, of {sum(one.operations for one in held.programs):,} operations"),
            ("uses", f"{uses:,} of {len(self.names):,} globals, each on the allow-list with its contract kept"),
            ("data only", f"{len(held.inert):,} ranges, {inert:,} bytes"),
            ("holds for", held.digest),
            ("allow-list", held.allowlist),
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
    family = loaders.family(asset.format, asset.uri.rpartition(".")[2].lower())
    pickled = any(one.card == "HBK-MOD-001" for one in evidence)
    return Dossier(
        asset=asset,
        size=len(data),
        what=FORMATS.get(asset.format, "a file of no format that a rule on models opens"),
        writer=provenance(asset.format, data) if asset.format in FORMATS else (),
        ran=tuple(Ran(one.card, one.title, one.outcome, one.reason) for one in evidence),
        findings=tuple(findings[:MOST_FINDINGS]),
        left=max(0, len(findings) - MOST_FINDINGS),
        told=tuple(_told(data, reveal=reveal)) if pickled else (),
        loaders=loaders.paths(family) if asset.format in FORMATS else (),
        proof=_proof(data) if pickled else Proof(None, "certificates are of pickles, and this is none"),
        code=scan.verdict.exit_code,
    )


def who(one: Dossier) -> str:
    """The words on loaders that a finding's message may end with."""
    family = one.loaders[0].family if one.loaders else ""
    return loaders.sentence(family) if family else ""


def _told(data: Content, *, reveal: bool) -> Iterator[Told]:
    count = 0
    for piece in pieces(data):
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
                program.start,
                offsets=[fault.offset for fault in program.faults],
                subjects=[fault.subject for fault in program.faults],
                reveal=reveal,
            )
        except CannotLook as error:
            yield Told(piece.member, (), str(error))
        else:
            yield Told(piece.member, tuple(lines))


def _proof(data: Content) -> Proof:
    try:
        return Proof(certify(data), "")
    except CannotLook as error:
        return Proof(None, str(error).removeprefix("no certificate: "))
