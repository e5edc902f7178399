# SPDX-License-Identifier: Apache-2.0
"""A model file's page on a terminal."""

from collections.abc import Iterator

from hauberk.core.scales import Outcome
from hauberk.report.dossier import MOST_NAMES, Dossier, Told, who
from hauberk.report.terminal import Screen
from hauberk.report.text import clip, count, plain, where, wrap

_INDENT = 13
VERDICTS = {
    0: "no rule found anything at the gate's level",
    1: "do not load it: a rule found something at the gate's level",
    3: "not all of it could be looked at",
}
"""What the exit codes of a scan mean for one file."""
STATED = "as the file says of itself; nobody has checked it"
SILENT = "the file does not say"


def render(one: Dossier, shown: Screen) -> str:
    """The page as text."""
    lines = [shown.paint(plain(one.asset.uri), "bold"), *wrap(VERDICTS.get(one.code, ""), shown.width), ""]
    lines.extend(_field("is", one.what, shown))
    lines.extend(_field("size", f"{one.size:,} bytes", shown))
    lines.extend(_field("digest", one.asset.digest or "", shown))
    written = "; ".join(f"{name} {value}" for name, value in one.writer)
    lines.extend(_field("written by", f"{plain(written)} ({STATED})" if written else SILENT, shown))
    for part in (_findings, _disassembly, _loaders, _proof, _rules):
        lines.extend(part(one, shown))
    text = "\n".join(line.rstrip() for line in lines) + "\n"
    return text if shown.unicode else text.encode("ascii", "backslashreplace").decode()


def message(one: Dossier, text: str) -> str:
    """A finding's message without the words on loaders, which have a part of their own."""
    return plain(text.removesuffix(f"; {who(one)}"))


def _field(name: str, text: str, shown: Screen) -> Iterator[str]:
    first, *rest = wrap(text, max(shown.width - _INDENT, 20))
    yield shown.paint(name.ljust(_INDENT), "dim") + first
    yield from (" " * _INDENT + line for line in rest)


def _head(words: str, shown: Screen) -> list[str]:
    return ["", shown.paint(words, "bold")]


def _findings(one: Dossier, shown: Screen) -> Iterator[str]:
    yield from _head("What it would do", shown)
    if not one.findings:
        yield "  nothing that a rule knows of"
    for finding in one.findings:
        yield from _field(f"  {finding.severity.value}", message(one, finding.message), shown)
        yield from _field("", clip(where(finding.place), 200), shown)
    if one.left:
        yield f"  {count(one.left, 'more finding')}: hauberk scan shows all"


def _disassembly(one: Dossier, shown: Screen) -> Iterator[str]:
    if one.told:
        yield from _head("The program, in words (texts are told by their length; --reveal shows them)", shown)
    for part in one.told:
        yield f"  {_of(part)}"
        if part.reason:
            yield f"    {plain(part.reason)}"
        for line in part.lines:
            first, *rest = wrap(plain(line.words), max(shown.width - 16, 20))
            words = shown.paint(first, "red") if line.grave else first
            yield f"  {line.offset:>9}  {'>' if line.grave else ' '} {words}"
            yield from (" " * 15 + more for more in rest)


def _of(part: Told) -> str:
    return plain(part.member) if part.member else "the file itself"


def _loaders(one: Dossier, shown: Screen) -> Iterator[str]:
    if not one.loaders:
        return
    yield from _head("What loaders do with a program that is not allowed", shown)
    for path in one.loaders:
        call = f"{path.call} {path.versions}".strip()
        yield from _field(f"  {path.verdict}", f"{call}: {path.note} ({path.source})", shown)


def _proof(one: Dossier, shown: Screen) -> Iterator[str]:
    yield from _head("Certificate", shown)
    if one.proof.certificate is None:
        yield from _field("  none", plain(one.proof.against), shown)
        return
    for name, value in one.proof.facts:
        yield from _field(f"  {name}", value, shown)
    names = one.proof.names
    listed = ", ".join(names[:MOST_NAMES]) + (f" and {len(names) - MOST_NAMES} more" if names[MOST_NAMES:] else "")
    yield from _field("  globals", plain(listed) or "none", shown)


def _rules(one: Dossier, shown: Screen) -> Iterator[str]:
    yield from _head("Rules that looked", shown)
    if not one.ran:
        yield "  none: no rule knows this format"
    for ran in one.ran:
        found = {Outcome.CLEAN: "green", Outcome.FOUND: "red", Outcome.UNABLE: "yellow"}[ran.outcome]
        yield f"  {ran.rule}  {shown.paint(ran.outcome.value.ljust(7), found)} {plain(ran.title)}"
        if ran.reason:
            yield from (f"  {line}" for line in _field("", plain(ran.reason), shown))
