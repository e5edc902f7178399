# SPDX-License-Identifier: Apache-2.0
"""Our rules and the peers on the same labelled flows in one run; speed with taint on beside a bare parse.

``--peers`` needs ``.venvs/bandit`` and ``.venvs/semgrep`` (pip install bandit==1.9.4, semgrep); ruff is of the dev extra.
A peer finds a case if it reports anything of the case's CWE (bandit, semgrep) or of the S rules that speak of it (ruff).
Writes ``bench/results/scanners.txt``.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from importlib import util
from pathlib import Path

import tree_sitter
import tree_sitter_python

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.corpora.flows import Flow, chains, flows
from tests.corpora.flows.judged import findings
from tests.corpora.flows.sinks import PRESENT, SINKS

from hauberk.core.target import Target
from hauberk.engine.catalogue import catalogue
from hauberk.engine.examine import examine
from hauberk.engine.source import FolderSource

CWES = {category: int(cwe.partition("-")[2]) for category, (cwe, _) in (SINKS | PRESENT).items()}
ALSO = {
    "code": {94, 95, 78},
    "hash": {327, 328},
    "cipher": {327},
    "random": {330, 338},
    "tls": {295},
    "cookie": {614, 1004},
    "template": {94, 1336, 79},
    "xml": {20, 611, 776},
    "hub": {494},
    "archive": {22},
    "load": {502, 20, 95},
    "pickled": {502},
}
RUFF = {
    "command": "S602 S603 S604 S605 S606 S607",
    "code": "S102 S307",
    "load": "S301 S302 S506 S403",
    "pickled": "S301",
    "sql": "S608 S610 S611",
    "ssrf": "S310",
    "template": "S701 S702",
    "xss": "S308 S704",
    "xml": "S313 S314 S315 S316 S317 S318 S319 S320",
    "hash": "S303 S324",
    "cipher": "S304 S305",
    "random": "S311",
    "tls": "S323 S501 S502 S503 S504 S507",
    "archive": "S202",
}
LINES: list[str] = []


def say(text: str = "") -> None:
    print(text, flush=True)
    LINES.append(text)


def write(cases: list[Flow], folder: Path) -> None:
    for at, case in enumerate(cases):
        for name, text in case.files.items():
            path = folder / f"c{at:04}" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)


def number(path: str) -> int:
    return int(next(part for part in Path(path).parts if part[:1] == "c" and part[1:].isdigit())[1:])


def ours(cases: list[Flow], folder: Path) -> set[int]:
    return {at for at, case in enumerate(cases) if findings(case, folder / f"o{at}")}


def matches(case: Flow, cwes: set[int]) -> bool:
    return bool(cwes & (ALSO.get(case.category, set()) | {CWES[case.category]}))


def bandit(cases: list[Flow], folder: Path) -> set[int] | None:
    program = ROOT / ".venvs/bandit/bin/bandit"
    if not program.exists():
        return None
    told = subprocess.run([program, "-q", "-r", folder, "-f", "json"], capture_output=True, text=True, check=False)
    results = json.loads(told.stdout)["results"]
    return {
        number(one["filename"])
        for one in results
        if matches(cases[number(one["filename"])], {one.get("issue_cwe", {}).get("id", 0)})
    }


def ruff(cases: list[Flow], folder: Path) -> set[int] | None:
    program = Path(sys.executable).parent / "ruff"
    command = [
        program,
        "check",
        "--isolated",
        "--preview",
        "--select",
        "S",
        "--output-format",
        "json",
        "--no-cache",
        folder,
    ]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    return {
        number(one["filename"])
        for one in json.loads(told.stdout)
        if one["code"] in RUFF.get(cases[number(one["filename"])].category, "").split()
    }


def semgrep(cases: list[Flow], folder: Path) -> set[int] | None:
    program, rules = ROOT / ".venvs/semgrep/bin/semgrep", ROOT / ".venvs/semgrep-rules"
    if not program.exists() or not rules.exists():
        return None
    command = [
        program,
        "scan",
        "--config",
        rules,
        "--json",
        "--metrics=off",
        "--disable-version-check",
        "--no-git-ignore",
        folder,
    ]
    told = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1200)
    found = set()
    for one in json.loads(told.stdout)["results"]:
        named = one["extra"].get("metadata", {}).get("cwe", [])
        cwes = {int(word.split(":")[0].removeprefix("CWE-")) for word in ([named] if isinstance(named, str) else named)}
        if matches(cases[number(one["path"])], cwes):
            found.add(number(one["path"]))
    return found


def rates(cases: list[Flow], found: set[int]) -> tuple[float, float]:
    bad = [at in found for at, case in enumerate(cases) if case.vulnerable]
    good = [at in found for at, case in enumerate(cases) if not case.vulnerable]
    return sum(bad) / max(len(bad), 1), sum(good) / max(len(good), 1)


def judged(cases: list[Flow], folder: Path) -> None:
    write(cases, folder)
    tools = {"hauberk": ours(cases, folder.parent / "ours")}
    for name, run in (("bandit", bandit), ("ruff -S", ruff), ("semgrep", semgrep)):
        found = run(cases, folder)
        if found is None:
            say(f"{name}: not run (no venv, or none of its rules can be had without the network)")
        else:
            tools[name] = found
    say(f"\n{len(cases)} held-out cases, half of them safe twins")
    say(f"{'tool':10} {'recall':>7} {'false':>7} {'Youden':>7}")
    for name, found in tools.items():
        recall, false = rates(cases, found)
        say(f"{name:10} {recall:7.2f} {false:7.2f} {recall - false:7.2f}")
    say(f"\n{'category':10} {'n':>4}  " + "  ".join(f"{name:>12}" for name in tools) + "   recall/false")
    for category in sorted({case.category for case in cases}):
        part = [at for at, case in enumerate(cases) if case.category == category]
        cells = []
        for found in tools.values():
            recall, false = rates([cases[at] for at in part], {index for index, at in enumerate(part) if at in found})
            cells.append(f"{recall:.2f}/{false:.2f}")
        say(f"{category:10} {len(part):4}  " + "  ".join(f"{cell:>12}" for cell in cells))


def depths(folder: Path) -> None:
    cases = list(chains())
    found = ours(cases, folder / "chains")
    table: dict[tuple[int, int], list[bool]] = defaultdict(list)
    for at, case in enumerate(cases):
        if case.vulnerable:
            table[case.depth, case.crossed].append(at in found)
    _, false = rates(cases, found)
    say("\nrecall by calls between source and sink (rows) and files (columns); six categories each")
    say("depth  " + "  ".join(f"{files} file{'s' if files > 1 else ' '}" for files in range(1, 5)))
    for depth in range(1, 7):
        say(f"{depth:5}  " + "  ".join(f"{sum(table[depth, n]) / len(table[depth, n]):7.2f}" for n in range(1, 5)))
    say(f"false alarms on the {len(cases) // 2} safe twins: {false:.2f}")


def speed() -> None:
    say("\nspeed of all rules on Python with taint on, one process, nothing cached (process time)")
    say(
        f"{'package':14} {'files':>6} {'lines':>8} {'s':>6} {'lines/s':>8} {'bare parse s':>12} {'ratio':>6} {'unable':>6}"
    )
    cards = [card for card in catalogue().values() if "python" in card.formats and "system" not in card.needs]
    for name in ("sklearn", "pandas", "fastapi", "torch.nn", "transformers"):
        found = util.find_spec(name)
        if found is None or found.origin is None:
            say(f"{name:14} not installed")
            continue
        source = FolderSource(Path(found.origin).parent)
        assets = source.all(".py")
        data = [source.data(asset) for asset in assets]
        lines = sum(one.count(b"\n") for one in data)
        parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_python.language()))
        begun = time.process_time()
        for one in data:
            parser.parse(one)
        bare = time.process_time() - begun
        begun, unable = time.process_time(), set()
        for asset in assets:
            for card in cards:
                if examine(card, Target(asset=asset, source=source)).outcome.value == "unable":
                    unable.add(asset.uri)
        took = time.process_time() - begun
        say(
            f"{name:14} {len(assets):6} {lines:8} {took:6.1f} {lines / took:8.0f} {bare:12.1f} {took / bare:6.1f} {len(unable):6}"
        )


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        judged([case for case in flows() if case.held_out], Path(name) / "flows")
        depths(Path(name))
    speed()
    out = ROOT / "bench" / "results" / "scanners.txt"
    out.parent.mkdir(exist_ok=True)
    out.write_text("\n".join(LINES) + "\n")


if __name__ == "__main__":
    main()
