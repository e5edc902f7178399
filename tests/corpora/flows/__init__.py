# SPDX-License-Identifier: Apache-2.0
"""Labelled flows: each vulnerable program has a safe twin; half of the families are a holdout.

The tables were written and committed before the analysis and the rules that they judge, by the same author, from CWE
pages and the libraries' documentation. A family is a sink of a category or a way of propagation; which half it is in
is the parity of a digest of its name, so that nobody chose.
"""

import hashlib
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.corpora.flows.sinks import PRESENT, SINKS
from tests.corpora.flows.ways import ACROSS, SOURCES, V, H, WAYS

SPREAD = ("command", "code", "load", "sql", "path", "ssrf", "template", "xpath")
"""Categories that ways of propagation take in turn."""


@dataclass(frozen=True, slots=True)
class Flow:
    """One small program and whether it is vulnerable."""

    name: str
    category: str
    family: str
    files: dict[str, str]
    vulnerable: bool
    depth: int = 0
    """Calls between source and sink, where that is what is measured."""
    crossed: int = 0

    @property
    def held_out(self) -> bool:
        """Whether its family is in the holdout."""
        return bool(hashlib.sha256(self.family.encode()).digest()[0] & 1)


def _fill(text: str, imports: str, sink: str, source: tuple[str, str]) -> str:
    def put(match: "re.Match[str]") -> str:
        held = match[2]
        body = re.sub(r"\bX\b", f"({held})" if not held.isidentifier() else held, sink.replace("R ", "return "))
        return match[1] + body.replace("\n    ", "\n" + match[1])

    text = re.sub(r"^( *)SINK\((.*)\)$", put, text, flags=re.M)
    return text.replace("IMPS", source[0]).replace("IMP", imports).replace("SRC", source[1])


def flows() -> Iterator[Flow]:
    """Every case, in a fixed order."""
    sources = itertools.cycle(SOURCES.items())
    for category, (_, sinks) in SINKS.items():
        for number, (imports, bad, good) in enumerate(sinks):
            name, source = next(sources)
            for verdict, sink in ((True, bad), (False, good)):
                text = _fill(H + V + "    SINK(v)\n", imports, sink, source)
                family = f"sink {category} {number}"
                yield Flow(f"{family} {name} {'bad' if verdict else 'good'}", category, family, {"app.py": text}, verdict)
    for category, (_, pairs) in PRESENT.items():
        for number, pair in enumerate(pairs):
            for verdict, text in zip((True, False), pair, strict=True):
                family = f"present {category} {number}"
                yield Flow(f"{family} {'bad' if verdict else 'good'}", category, family, {"app.py": text + "\n"}, verdict)
    turn = itertools.cycle(SPREAD)
    for way, pair in itertools.chain(WAYS.items(), ACROSS.items()):
        for category in (next(turn), next(turn), next(turn)):
            imports, sink, _ = SINKS[category][1][0]
            name, source = next(sources)
            for verdict, files in zip((True, False), pair, strict=True):
                files = {"app.py": files} if isinstance(files, str) else files
                filled = {
                    path.replace("MAIN", "app.py"): _fill(text, imports, sink, source) for path, text in files.items()
                }
                label = f"way {way} {category} {name} {'bad' if verdict else 'good'}"
                yield Flow(label, category, f"way {way}", filled, verdict)


def chains() -> Iterator[Flow]:
    """Calls of depth one to six over one to four files, for six categories; all are held out."""
    for category in ("command", "code", "load", "sql", "path", "ssrf"):
        imports, sink, _ = SINKS[category][1][0]
        for depth, crossed in itertools.product(range(1, 7), range(1, 5)):
            for verdict in (True, False):
                yield Flow(
                    f"chain {category} depth {depth} files {crossed} {'bad' if verdict else 'good'}",
                    category,
                    f"chain {depth} {crossed}",
                    _chain(imports, sink, depth, crossed, verdict),
                    verdict,
                    depth,
                    crossed,
                )


def _chain(imports: str, sink: str, depth: int, crossed: int, verdict: bool) -> dict[str, str]:
    files: dict[str, list[str]] = {f"part{number}.py": [] for number in range(crossed)}
    for step in range(depth, 0, -1):
        here = step * crossed // (depth + 1)
        lines = files[f"part{here}.py"]
        after = (step + 1) * crossed // (depth + 1)
        if step < depth and after != here:
            lines.append(f"from part{after} import step{step + 1}")
        style = step % 3
        call = f"step{step + 1}(x)" if step < depth else ""
        if step == depth:
            lines += [imports, f"def step{step}(x):", _fill("    SINK(x)\n", imports, sink, ("", ""))]
        elif style == 0:
            lines += [f"def step{step}(x):", "    y = x.strip()", f"    return {call.replace('(x)', '(y)')}"]
        elif style == 1:
            lines += [f"def step{step}(x, other=None):", f"    if x:", f"        {call}"]
        else:
            lines += [f"class Part{step}:", "    def __init__(self, x):", "        self.x = x", "    def go(self):", f"        {call.replace('(x)', '(self.x)')}", f"def step{step}(x):", f"    Part{step}(x).go()"]
    first = 1 * crossed // (depth + 1)
    given = "request.args['q']" if verdict else "'a'"
    head = ["from flask import Flask, request", "app = Flask(__name__)"]
    if first != 0:
        head.append(f"from part{first} import step1")
    files["part0.py"] = [*head, *files["part0.py"], "@app.route('/')", "def view():", "    q = request.args['q']", f"    step1({given})"]
    return {name: "\n".join(lines) + "\n" for name, lines in files.items()}
