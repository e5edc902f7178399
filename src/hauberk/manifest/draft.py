# SPDX-License-Identifier: Apache-2.0
"""Writes a proposal as a commented ``hauberk.yaml`` that the loader accepts as it stands."""

import json
import re
from collections.abc import Iterator

from hauberk.core.scales import Kind
from hauberk.manifest.discover import SORTS, Item, Proposal
from hauberk.manifest.roles import Sketch
from hauberk.manifest.tree import resolve

COLUMNS = 60
"""Columns of a wider table are written out only where their name suggests something."""

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./-]*(?: [A-Za-z0-9_./-]+)*")

_HEAD = """\
# A first draft, written by `hauberk init` from what the files show. Nothing in it was verified by a person:
# read it, correct it, answer what is marked "undecided", and delete what is not yours.
# All keys: docs/reference/manifest.md. Check it with: hauberk scan . -m hauberk.yaml
schema: hauberk/manifest/1
"""

_SYSTEM = """\

# undecided: what is the system for, in one sentence?
# purpose: ""

# undecided: who answers for it? A person, or a team with a contact.
# owners:
#   - {name: "", role: "", contact: ""}

# undecided: does it advise or decide about people? Left out means none.
# effect: advises
# oversight:
#   by: ""
#   can: [stop, overturn]
#   contest: ""

# undecided: countries where it runs and where its data is kept.
# regions: []
"""

_FLOWS = """\

# undecided: what data comes in and goes out, across which trust boundaries, how protected?
# boundaries:
#   - {name: internet, between: [public, service]}
# flows:
#   - {name: requests, source: caller, target: ENDPOINT, carries: [personal], crosses: [internet], protection: [tls]}

# undecided: which threats were considered (ids of MITRE ATLAS), and what was decided?
# threats:
#   - {id: AML.T0015, asset: MODEL, treatment: "mitigate: ..."}

# Without a policy, findings of severity high and confidence medium fail. To draw the line elsewhere:
# policy:
#   rules:
#     - {id: severe, severity: high}
"""


def draft(proposal: Proposal) -> str:
    """The text of the manifest."""
    parts = [_HEAD, f"name: {quoted(proposal.name)}\n", _SYSTEM]
    if proposal.items:
        parts.append("\nassets:\n" + "\n".join(_assets(proposal)))
    else:
        parts.append("\n# undecided: no model, data set, notebook, service or image was found.\nassets: []\n")
    flows = _FLOWS
    for word, sort in (("ENDPOINT", "endpoints"), ("MODEL", "models")):
        ids = [item.id for item in proposal.of(sort)]
        flows = flows.replace(word, quoted(ids[0]) if ids else word)
    parts.append(flows)
    return "".join(parts)


def quoted(text: str) -> str:
    """A text as a YAML scalar: plain where that is unambiguous, else in double quotes."""
    if _PLAIN.fullmatch(text) and isinstance(resolve(text), str):
        return text
    return json.dumps(text, ensure_ascii=False)


def _assets(proposal: Proposal) -> Iterator[str]:
    for sort in SORTS:
        items = proposal.of(sort)
        if items:
            total = proposal.counts.get(sort, len(items))
            more = f" (the first {len(items)} of {total})" if total > len(items) else ""
            yield f"  # {sort}{more}"
            for item in items:
                yield from _asset(item)
                yield from _behind(item, proposal)


def _behind(item: Item, proposal: Proposal) -> Iterator[str]:
    """What runs from this code: the training run, the endpoint."""
    models = proposal.of("models")
    for other in proposal.items:
        if other.code != item.id:
            continue
        yield f"  - id: {quoted(other.id)}"
        yield f"    kind: {other.kind.value}"
        if other.kind is Kind.PROCESS:
            yield "    # undecided: what it reads and writes, and its seed"
            yield "    #   inputs: []"
            yield "    #   outputs: []"
            yield "    #   seed: 0"
            yield "    facts:"
            yield f"      code: {quoted(other.code)}"
        else:
            serves = quoted(models[0].id) if len(models) == 1 else "MODEL"
            yield f"    # served by {item.uri}; undecided: its address and who may call it"
            yield '    # uri: "https://"'
            yield f"    # facts: {{serves: {serves}, authentication: '', rate_limit: ''}}"
        yield ""


def _asset(item: Item) -> Iterator[str]:
    yield f"  - id: {quoted(item.id)}"
    yield f"    kind: {item.kind.value}  # {item.format}"
    yield f"    uri: {quoted(item.uri)}"
    if item.sort == "models":
        yield "    # undecided: facts: {trained_on: [], tested_on: [], trained_by: ''}"
    if item.sort == "data sets":
        yield from _dataset(item)
    yield ""


def _dataset(item: Item) -> Iterator[str]:
    if item.split:
        yield f"    # undecided: its name suggests split: {item.split}"
    columns = item.sketch
    if columns is None or not any(name.isprintable() for name in columns.columns):
        unread = "" if columns is None else " (the file has no header)"
        yield f"    # undecided: facts: {{split: train, label: '', columns: []}}{unread}"
        return
    if columns.label.isprintable() and columns.label:
        yield f"    # undecided: the label may be: {quoted(columns.label)}"
    else:
        yield "    # undecided: which column is the label"
    yield "    facts:"
    shown = [name for name in columns.columns if name.isprintable()]
    if len(shown) > COLUMNS:
        suspected = [name for name in shown if name in columns.suspected]
        yield f"      # {len(columns.columns)} columns; written out are those whose name suggests something"
        if not suspected:
            yield "      columns: []"
            return
        shown = suspected
    yield "      columns:"
    for name in shown:
        yield f"        - {{name: {quoted(name)}}}{_hint(name, columns)}"


def _hint(name: str, columns: Sketch) -> str:
    suspicion = columns.suspected.get(name)
    return f"  # confirm: {suspicion}" if suspicion else ""
