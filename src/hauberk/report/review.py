# SPDX-License-Identifier: Apache-2.0
"""A review as Markdown for a comment on a change set, and as text for a terminal; no string of the tree is markup."""

from collections.abc import Iterator

from hauberk.core.finding import Finding
from hauberk.engine.review import Review
from hauberk.engine.touched import Touched
from hauberk.report.markdown import MOST, literal
from hauberk.report.text import count, where

_ROWS = 30


def render(one: Review) -> str:
    """Markdown that ends with a newline; the rest is left out, with a word, beyond MOST characters."""
    text = "\n".join(_lines(one)) + "\n"
    if len(text) <= MOST:
        return text
    return text[: text.rfind("\n", 0, MOST)] + "\n\nThe rest is left out here: it exceeds the size of a comment.\n"


def line(one: Review) -> str:
    """The review in one line."""
    areas = ", ".join(sorted({item.area for item in one.touched})) or "nothing that is asked about"
    return (
        f"{_word(one)}: {count(len(one.changed), 'file')} changed since {one.since[:12]}, {len(one.new)} new and "
        f"{len(one.fixed)} fixed findings, touches {areas}, {len(one.signed.unsigned)} of {one.signed.commits} commits "
        f"unsigned, {count(len(one.asked), 'approval')} asked for"
    )


def _word(one: Review) -> str:
    return {0: "passed", 1: "failed"}.get(one.verdict.exit_code, "not all looked at")


def _lines(one: Review) -> Iterator[str]:
    yield f"## hauberk review: {_word(one)}"
    yield ""
    since = f"`{one.since[:12]}` ({literal(one.base)})"
    yield f"{count(len(one.changed), 'file')} changed since {since}, head `{one.head[:12]}`."
    yield from _findings("New findings", one.new)
    yield from _findings("Fixed findings", one.fixed)
    yield from _touched(one.touched)
    yield from _approvals(one)
    yield from _signatures(one)
    yield from _left(one)


def _findings(title: str, found: tuple[Finding, ...]) -> Iterator[str]:
    yield ""
    yield f"### {title}: {len(found):,}"
    yield ""
    for one in found[:_ROWS]:
        yield f"- {one.severity.value}: {literal(one.card)} at {literal(where(one.place))}: {literal(one.message, 300)}"
    yield from _rest(len(found))


def _touched(found: tuple[Touched, ...]) -> Iterator[str]:
    yield f"### Touched: {len(found):,}"
    yield ""
    for one in found[:_ROWS]:
        detail = f": {literal(one.detail)}" if one.detail else ""
        yield f"- {one.area} {one.how}: {literal(one.name)} in {literal(one.path)}{detail}"
    yield from _rest(len(found))


def _approvals(one: Review) -> Iterator[str]:
    yield "### Who must approve"
    yield ""
    for asked in one.asked[:_ROWS]:
        holders = ", ".join(literal(name) for name in asked.holders) or "nobody holds it yet"
        who = f"{asked.eyes} of role {literal(asked.role)} ({holders})"
        yield f"- {literal(asked.approval)}: {who}, because of {', '.join(asked.because)}"
    if not one.asked:
        yield "The manifest, as it was before this change, asks for nobody."
    yield ""


def _signatures(one: Review) -> Iterator[str]:
    signed = one.signed
    yield "### Signatures and protection"
    yield ""
    kinds = ", ".join(f"{number} {kind}" for kind, number in sorted(signed.signed.items())) or "none"
    unsigned = f"unsigned {len(signed.unsigned)}"
    yield f"- {count(signed.commits, 'commit')}: signed {kinds}; {unsigned}; no signature is verified here"
    for oid in signed.unsigned[:_ROWS]:
        yield f"  - unsigned: `{oid[:12]}`"
    if signed.uncommitted:
        yield "- some of the change is not committed: nobody can have signed it"
    yield "- whether the branch is protected is not proven by git:"
    yield from (f"  - {literal(sign)}" for sign in one.protection.signs)
    yield ""


def _left(one: Review) -> Iterator[str]:
    unable, notes = one.verdict.unable, one.notes
    if not (unable or notes):
        return
    yield "### Not looked at, or not compared"
    yield ""
    rows = [f"{item.card} {item.asset}: {item.reason}" for item in unable] + list(notes)
    yield from (f"- {literal(row, 300)}" for row in rows[:_ROWS])
    yield from _rest(len(rows))


def _rest(total: int) -> Iterator[str]:
    if total > _ROWS:
        yield f"- {total - _ROWS:,} more are in the JSON document"
    yield ""
