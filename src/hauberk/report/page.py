# SPDX-License-Identifier: Apache-2.0
"""Pages of ``hauberk explain``: one rule, one error code, or the list of all rules."""

from collections.abc import Iterator, Mapping, Sequence

from hauberk.core.card import Card
from hauberk.core.errors import HauberkError
from hauberk.core.scales import Basis, Stage
from hauberk.report.terminal import Screen
from hauberk.report.text import cells, paragraph, plain, wrap

_BASIS = {
    Basis.EXAMINED: "the thing itself is examined",
    Basis.MEASURED: "its behaviour is measured",
    Basis.DECLARED: "only what the manifest declares is read: declared, not verified",
}
_INDENT = 12


def rule(card: Card, samples: Sequence[str], shown: Screen) -> str:
    """A rule's page; ``samples`` are paths of files that show it, bad and good."""
    lines = [shown.paint(f"{card.id}  {plain(card.title)}", "bold"), ""]
    for text in card.why.split("\n\n"):
        lines.extend((*wrap(paragraph(text), shown.width), ""))
    needs = [need for need in card.needs if need != "system"]
    fields = [
        ("do", paragraph(card.remedy)),
        ("severity", card.severity.value),
        ("stage", card.stage.value),
        ("basis", _BASIS[card.basis]),
        ("looks at", ", ".join(kind.value for kind in card.kinds) + _formats(card)),
        ("limits", "; ".join(f"{limit} ({limit.severity.value})" for limit in card.limits)),
        ("needs", "a manifest: -m hauberk.yaml" if "system" in card.needs else ""),
        ("", ", ".join(f"pip install 'hauberk[{need}]'" for need in needs)),
        ("ceilings", f"{card.seconds:g} s and {card.memory >> 20:,} MiB in a confined child"),
        ("references", ", ".join(plain(reference) for reference in card.references)),
        ("version", str(card.version)),
    ]
    for name, text in fields:
        lines.extend(_field(name, text, shown) if text else ())
    if samples:
        lines.extend(("", "Samples: the bad ones are found by this rule, the good ones are not"))
        lines.extend(f"  {plain(path)}" for path in samples)
    return "\n".join(lines) + "\n"


def _formats(card: Card) -> str:
    return f" ({', '.join(card.formats)})" if card.formats else ""


def _field(name: str, text: str, shown: Screen) -> Iterator[str]:
    first, *rest = wrap(text, max(shown.width - _INDENT, 20))
    yield shown.paint(name.ljust(_INDENT), "dim") + first
    yield from (" " * _INDENT + line for line in rest)


def rules(cards: Mapping[str, Card], shown: Screen) -> str:
    """All rules by stage, one line each; stages without a rule say so."""
    lines = []
    for stage in Stage:
        members = [card for card in cards.values() if card.stage is stage]
        lines.append(shown.paint(stage.value, "bold") + ("" if members else shown.paint("  no rule yet", "dim")))
        lines.extend(_line(card, shown) for card in members)
    lines.extend(("", "hauberk explain RULE prints a rule's page."))
    return "\n".join(lines) + "\n"


def _line(card: Card, shown: Screen) -> str:
    title = wrap(plain(card.title), max(shown.width - 24, 20))
    head = f"  {card.id}  {card.severity.value:<8}  "
    return ("\n" + " " * cells(head)).join([head + title[0], *title[1:]])


def error(kind: type[HauberkError], shown: Screen) -> str:
    """An error code's page."""
    title, _, rest = (kind.__doc__ or "").partition("\n")
    lines = [shown.paint(f"{kind.code}  {title}", "bold"), ""]
    if rest.strip():
        lines.extend((*wrap(paragraph(rest), shown.width), ""))
    lines.extend(_field("exit code", f"{kind.exit_code}: {MEANINGS[kind.exit_code]}", shown))
    lines.extend(_field("raised as", kind.__name__, shown))
    parents = [parent.code for parent in kind.__mro__[1:] if issubclass(parent, HauberkError)]
    lines.extend(_field("is a", ", ".join(parents), shown) if parents else ())
    return "\n".join(lines) + "\n"


MEANINGS = {
    0: "passed",
    1: "the gate failed: a verdict, not a crash",
    2: "misuse, or a manifest with faults",
    3: "something could not be looked at, and nothing else failed",
    4: "a ledger, signature or bundle does not verify",
}
"""What each exit code says, in the words of docs/reference/exit-codes.md."""


def errors() -> dict[str, type[HauberkError]]:
    """Every error of hauberk by its code, in order."""
    kinds: list[type[HauberkError]] = [HauberkError]
    for kind in kinds:
        kinds.extend(kind.__subclasses__())
    stating = (kind for kind in kinds if "code" in vars(kind))  # a refinement shares its parent's page
    return {kind.code: kind for kind in sorted(stating, key=lambda kind: (kind.code, kind.__name__), reverse=True)}
