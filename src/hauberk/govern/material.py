# SPDX-License-Identifier: Apache-2.0
"""What documents are made of: the manifest, the last assessment, the threats, and what people wrote beside them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from hauberk.core.canonical import digest
from hauberk.core.document import Scan
from hauberk.core.errors import Malformed, TooLarge
from hauberk.core.evidence import Evidence
from hauberk.core.measurement import Measurement
from hauberk.core.scales import Kind, Outcome
from hauberk.core.system import Declared, System
from hauberk.govern import cite
from hauberk.govern.attest import NARRATIVE, Statements, weigh
from hauberk.govern.graph import Graph
from hauberk.govern.paper import Origin, Slot, gap
from hauberk.govern.threat import Threat, ThreatModel
from hauberk.manifest.blank import blank

LARGEST = 64 << 10
"""Bytes of one narrative file."""
FOLDER = "docs/narrative"
_TELLING = ("column", "group", "attack", "eps", "norm", "fpr", "distance", "threat_model", "train")
"""Parameters that tell measurements of one name from each other."""


@dataclass(frozen=True, kw_only=True)
class Material:
    """All that a document may draw on."""

    system: System
    scan: Scan
    threats: ThreatModel
    told: dict[str, tuple[str, str]]
    """Narrative by name: its text and its digest."""
    said: Statements
    """What people have signed."""
    day: date
    """On which a signature must stand."""

    @property
    def graph(self) -> Graph:
        """The manifest as a graph."""
        return Graph(self.system)

    def of_kind(self, kind: Kind) -> list[Declared]:
        """Declared assets of a kind."""
        return [one for one in self.system.assets if one.kind is kind]

    def declared(self, label: str, value: str | Sequence[str], missing: str) -> Slot:
        """A slot from the manifest; a GAP where the value is empty or a placeholder."""
        lines = tuple(line for line in ([value] if isinstance(value, str) else value) if not blank(line))
        return Slot(label=label, origin=Origin.MANIFEST, lines=lines) if lines else gap(label, missing)

    @staticmethod
    def recorded(label: str, value: Sequence[str], missing: str) -> Slot:
        """A slot from what the assessment recorded about itself or the things it met."""
        lines = tuple(filter(None, value))
        return Slot(label=label, origin=Origin.LEDGER, lines=lines) if lines else gap(label, missing)

    def written(self, label: str, name: str) -> Slot:
        """A slot that a person fills by a file; a GAP where it is absent."""
        if name not in self.told:
            return gap(label, f"a person writes {FOLDER}/{name}.md")
        text, proof = self.told[name]
        lines = tuple(" ".join(part.split()) for part in text.split("\n\n") if part.strip())
        where = f"From {FOLDER}/{name}.md, {proof}; {self._signed(name, proof)}"
        return Slot(label=label, origin=Origin.PERSON, lines=(*lines, where))

    def _signed(self, name: str, proof: str) -> str:
        """Who stands for the words of a narrative as they are, or why nobody does."""
        held = weigh(self.system, self.said, f"{NARRATIVE}{name}", proof, self.day)
        standing = [f"{one.who} as {one.role} until {one.until}" for one in held if not one.doubt]
        if standing:
            return "signed by " + ", ".join(standing)
        doubts = "; ".join(dict.fromkeys(one.doubt for one in held))
        return f"NOT SIGNED ({doubts or f'hauberk attest {NARRATIVE}{name}'})"

    def either(self, label: str, name: str, value: str | Sequence[str], missing: str) -> Slot:
        """What a person wrote where there is such a file, else what the manifest declares."""
        return self.written(label, name) if name in self.told else self.declared(label, value, missing)

    def measured(self, label: str, names: Iterable[str], keep: Callable[[Evidence], bool] = lambda _: True) -> Slot:
        """Every measurement of these names; a GAP where nothing was measured."""
        wanted = tuple(names)
        lines = [
            f"{_told(one)}: {cite.measured(evidence, index)}"
            for evidence in self.scan.evidence
            if keep(evidence)
            for index, one in enumerate(evidence.measurements)
            if one.name in wanted
        ]
        if not lines:
            return gap(label, f"no evidence holds {' or '.join(wanted)}; hauberk assess measures it where a rule can")
        return Slot(label=label, origin=Origin.LEDGER, lines=tuple(lines))

    def examined(self, label: str, cards: Iterable[str], missing: str, assets: Iterable[str] = ()) -> Slot:
        """How rules ended and what they found; a GAP where none of them ran."""
        wanted, only = tuple(cards), set(assets)
        lines = [
            self._ended(one)
            for card in wanted
            for one in self.scan.evidence
            if one.card == card and (not only or one.asset.id in only)
        ]
        return Slot(label=label, origin=Origin.LEDGER, lines=tuple(lines)) if lines else gap(label, missing)

    def ended(self, label: str, outcome: Outcome, none: str) -> Slot:
        """All evidence that ended in one way; ``none`` where there is none of it."""
        cards = sorted({one.card for one in self.scan.evidence if one.outcome is outcome})
        lines = [
            self._ended(one)
            for card in cards
            for one in self.scan.evidence
            if one.card == card and one.outcome is outcome
        ]
        return Slot(label=label, origin=Origin.LEDGER, lines=tuple(lines) or (none,))

    @staticmethod
    def _ended(one: Evidence) -> str:
        said = cite.findings(one) if one.outcome is Outcome.FOUND else cite.outcome(one)
        reason = f" because {one.reason}" if one.reason else ""
        return f"Looked for on {one.asset.id}: {_within(one.title)} ({one.card}): {said}{reason}"

    def risks(self, label: str, keep: Callable[[str], bool] = lambda _: True, most: int = 12) -> Slot:
        """Threats, worst first, with how each stands."""
        chosen = [one for one in self.threats.threats if keep(one.category.value)]
        lines = [
            f"{one.id} ({one.severity.value}, {one.standing.value}): {one.title}{_elsewhere(one)}; "
            f"harmed: {one.harmed or 'not named'}"
            + (f"; accepted until {one.accepted.until} by {one.accepted.who}" if one.accepted else "")
            for one in chosen[:most]
        ]
        if len(chosen) > most:
            lines.append(f"{len(chosen) - most} more: hauberk govern threats")
        if not lines:
            return gap(label, "the manifest declares nothing that a threat could be about")
        return Slot(label=label, origin=Origin.COMPUTED, lines=tuple(lines))


def _told(one: Measurement) -> str:
    plain = one.name == "accuracy"  # of the rows as they are, whatever attack follows
    about = (
        []
        if plain
        else [f"{name} {one.parameters[name]}" for name in _TELLING if one.parameters.get(name) not in {None, ""}]
    )
    return (
        one.name.replace("_", " ")
        + (f" ({', '.join(about)})" if about else "")
        + (f" in {one.unit}" if one.unit else "")
    )


def narrative(folder: Path) -> dict[str, tuple[str, str]]:
    """Every narrative file beside a manifest, by name; links are not followed.

    Raises TooLarge beyond LARGEST bytes and Malformed where a file is not UTF-8.
    """
    found = {}
    for path in sorted((folder / FOLDER).glob("*.md")):
        if path.is_symlink() or not path.is_file():
            continue
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise TooLarge(f"{FOLDER}/{path.name}: more than {LARGEST} bytes")
        try:
            found[path.stem] = (data.decode(), digest(data))
        except UnicodeDecodeError as error:
            raise Malformed(f"{FOLDER}/{path.name}: not UTF-8 at byte {error.start}") from error
    return found


def _within(title: str) -> str:
    """A title within a sentence: its first letter small, unless it begins with an abbreviation."""
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]


def _elsewhere(threat: Threat) -> str:
    return f", at {', '.join(threat.places)} too" if threat.places else ""
