# SPDX-License-Identifier: Apache-2.0
"""HBK-COD-010 to HBK-COD-020: a stranger's text becomes a query, a path, an address, a page. Rows of one table.

The rules differ in their sinks (``analysis/injections.py``) and in their words; what finds them is one function.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from hauberk.analysis.flow_names import Origin
from hauberk.analysis.injections import FLOW, Place, places
from hauberk.checks.code import Reading, cautious, matters, opened
from hauberk.core.card import Card, check
from hauberk.core.finding import Hit
from hauberk.core.scales import Confidence, Severity
from hauberk.core.target import Target


@dataclass(frozen=True, slots=True)
class _Words:
    """What one of these rules says."""

    title: str
    why: str
    verb: str
    remedy: str
    references: tuple[str, ...]


def _rule(number: str, kind: str, severity: Severity, words: _Words) -> Card:
    def run(target: Target) -> Iterator[Hit]:
        reading = opened(target)
        for place in places(reading.module).get(kind, ()):
            hit = _hit(target, reading, place, severity, words.verb)
            if hit is not None:
                yield hit
        reading.complain()

    run.__doc__ = f"{words.title}.\n\n{words.why}"
    return check(
        f"HBK-COD-{number}",
        stage="develop",
        kinds=("code", "notebook"),
        formats=("python", "notebook"),
        severity=severity,
        remedy=words.remedy,
        references=words.references,
    )(run)


def _hit(target: Target, reading: Reading, place: Place, severity: Severity, verb: str) -> Hit | None:
    source = reading.flows.trace(place.node, place.scope, FLOW.get(place.kind, place.kind))
    least = Origin.CALLER if place.kind == "native" else Origin.ANSWERED
    if source.origin is Origin.ANSWERED:
        severity = Severity.LOW if FLOW.get(place.kind) == "url" else list(Severity)[severity.rank - 1]
    far = _LOW_FAR if severity <= Severity.LOW else _FAR
    if source.origin < least or not matters(target, severity) or len(source.way) > far:
        return None
    return Hit(
        message=f"{place.name} {verb} that {_WHO[source.origin]}",
        place=reading.place(place.at),
        severity=cautious(target, severity),
        confidence=Confidence.HIGH if len(source.way) <= _NEAR else Confidence.MEDIUM,
        context=reading.written.context(place.at, place.scope),
        trace=reading.steps(source, place.at, place.name),
    )


_WHO = {
    Origin.CALLER: "the caller decides",
    Origin.OPERATOR: "the command line or the environment decides",
    Origin.ANSWERED: "the answer of another server decides",
    Origin.OUTSIDE: "a request, an upload, a download or a model decides",
}
_NEAR = 12
"""Steps up to which a way is as good as seen."""

_FAR = 20
"""Steps beyond which a way is not told: at each one of them an object stands for all that it was made of."""
_LOW_FAR = 10
"""The same for what a reviewer would want to know and no more."""

sql = _rule(
    "010",
    "sql",
    Severity.HIGH,
    _Words(
        title="A query is put together from what a stranger sends",
        why="A quote or an operator in the value changes what the query does: it reads, changes or deletes any "
        "row, and with them training data, labels and accounts.",
        verb="runs a query",
        remedy="pass values as parameters (execute(sql, (value,))), choose names of tables and columns from a "
        "list, and take only the fields you expect from a JSON filter",
        references=("CWE-89", "CWE-943", "OWASP-API:2023:API8"),
    ),
)
path = _rule(
    "011",
    "path",
    Severity.HIGH,
    _Words(
        title="A stranger chooses which file is opened",
        why="With ../ or an absolute path the request leaves the folder that was meant: it reads keys and data, "
        "or overwrites the model that is served.",
        verb="opens a path",
        remedy="take only the base name (secure_filename, Path(x).name), or resolve the path and refuse what is "
        "not is_relative_to the folder; better, look the file up by an id",
        references=("CWE-22", "CWE-73", "ATLAS:AML.T0010"),
    ),
)
ssrf = _rule(
    "012",
    "ssrf",
    Severity.HIGH,
    _Words(
        title="A stranger chooses which address the server calls",
        why="The server reaches what the stranger cannot: the cloud's metadata service with its credentials, "
        "internal model servers and stores, which trust whoever is inside.",
        verb="calls an address",
        remedy="compare the host with a list before the call, refuse private and link-local addresses after "
        "resolving, and follow no redirect",
        references=("CWE-918", "OWASP-API:2023:API7"),
    ),
)
template = _rule(
    "013",
    "template",
    Severity.CRITICAL,
    _Words(
        title="A stranger writes the template",
        why="Templates are programs: an expression in them reaches the interpreter's own classes and from there "
        "a shell.",
        verb="renders a template",
        remedy="keep templates in files and pass values to render; where users write templates, use the sandboxed "
        "environment in a confined process",
        references=("CWE-1336", "CWE-94"),
    ),
)
html = _rule(
    "014",
    "html",
    Severity.MEDIUM,
    _Words(
        title="A page repeats what a stranger sends",
        why="Markup in the value runs as script in the browser of whoever opens the page, with that person's "
        "session; a model's answer that was steered by its input does the same.",
        verb="shows text",
        remedy="render through a template that escapes, or html.escape the value; answer JSON from an API",
        references=("CWE-79", "OWASP-LLM:2025:LLM05"),
    ),
)
redirect = _rule(
    "015",
    "redirect",
    Severity.MEDIUM,
    _Words(
        title="A stranger chooses where a visitor is sent",
        why="A link to this site then leads to another that looks like it, and tokens in the address go along.",
        verb="sends the visitor to an address",
        remedy="redirect to names of your own routes (url_for), or compare the host with a list first",
        references=("CWE-601",),
    ),
)
ldap = _rule(
    "016",
    "ldap",
    Severity.HIGH,
    _Words(
        title="A directory search is put together from what a stranger sends",
        why="A star or a bracket in the value changes whom the search finds, and so who is let in.",
        verb="searches by a filter",
        remedy="escape the value with ldap.filter.escape_filter_chars or ldap3.utils.conv.escape_filter_chars",
        references=("CWE-90",),
    ),
)
xpath = _rule(
    "017",
    "xpath",
    Severity.HIGH,
    _Words(
        title="An XPath is put together from what a stranger sends",
        why="A quote in the value changes which nodes are found: another user's record, or all of them.",
        verb="selects by a path",
        remedy="pass the value as a variable (tree.xpath('//u[@n=$n]', n=value))",
        references=("CWE-643",),
    ),
)
log = _rule(
    "019",
    "log",
    Severity.LOW,
    _Words(
        title="A stranger writes lines into the log",
        why="With a line break in the value somebody adds entries that never happened, or breaks the record "
        "that an incident is judged by.",
        verb="writes text",
        remedy="log structured fields, or pass the value as an argument with %r",
        references=("CWE-117",),
    ),
)
trust = _rule(
    "020",
    "trust",
    Severity.LOW,
    _Words(
        title="The session keeps what a stranger sends",
        why="Code that reads the session later takes the value for checked: a role, a user or a model's name "
        "that the visitor chose.",
        verb="keeps a value",
        remedy="check the value against what is allowed before it is kept",
        references=("CWE-501",),
    ),
)
native = _rule(
    "025",
    "native",
    Severity.HIGH,
    _Words(
        title="A native library is loaded by a path that is not fixed",
        why="The library's initialiser runs as machine code in this process as soon as it is loaded; whoever "
        "chooses or can write the path needs no other fault.",
        verb="loads a library",
        remedy="load libraries by a fixed path inside the package, installed with a pinned hash",
        references=("CWE-114", "CWE-427", "ATLAS:AML.T0010"),
    ),
)
