# SPDX-License-Identifier: Apache-2.0
"""Our rules and the peers on the same labelled flows in one run; speed with taint on beside a bare parse.

``--peers`` needs ``.venvs/bandit`` and ``.venvs/semgrep`` (pip install bandit==1.9.4, semgrep); ruff is of the dev extra.
The transformers sources are those of the wheel, unpacked by this script into ``.venvs/sources`` (pip download, no deps).
``--speed`` is ``hauberk scan`` of transformers, cold and warm, with and without filters, and the rules on one core;
it writes ``bench/results/scanners_speed.txt``.
``--quick`` leaves out the peers, the flows and all packages but fastapi: secrets and personal data remain, under a minute.
A peer finds a case if it reports anything of the case's CWE (bandit, semgrep) or of the S rules that speak of it (ruff).
Writes ``bench/results/scanners.txt``.
"""

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter, defaultdict
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


BARS: list[tuple[bool, str]] = []


def bar(*, holds: bool, text: str) -> None:
    BARS.append((holds, text))
    say(f"{'PASS' if holds else 'FALLS SHORT'}: {text}")


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


def recall_less_false(cases: list[Flow], found: set[int]) -> float:
    recall, false = rates(cases, found)
    return recall - false


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
        if name == "hauberk":
            ours_text = f"Youden {recall - false:.2f} at least 0.80 with {false:.2f} false, at most 0.10"
    bar(
        holds=rates(cases, tools["hauberk"])[1] <= 0.10 and recall_less_false(cases, tools["hauberk"]) >= 0.80,
        text=ours_text,
    )
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
    deep = sum(table[4, 3]) / len(table[4, 3])
    bar(holds=deep >= 0.60, text=f"recall {deep:.2f} at depth four over three files, at least 0.60")


TRANSFORMERS = "5.23.0"


def unpacked() -> Path | None:
    """The transformers sources, downloaded once without what they depend on."""
    folder = ROOT / ".venvs" / "sources" / "transformers"
    if not folder.exists():
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", f"transformers=={TRANSFORMERS}"]
        done = subprocess.run([*command, "-d", str(folder.parent)], capture_output=True, check=False)
        wheels = list(folder.parent.glob("transformers-*.whl"))
        if done.returncode or not wheels:
            return None
        zipfile.ZipFile(wheels[0]).extractall(folder)
    return folder


def located(name: str) -> Path | None:
    if name == "transformers":
        return unpacked()
    found = util.find_spec(name)
    return Path(found.origin).parent if found is not None and found.origin else None


def speed(names: tuple[str, ...]) -> None:
    say("\nspeed of all rules on Python with taint on, one process, nothing cached (process time)")
    say(
        f"{'package':14} {'files':>6} {'lines':>8} {'s':>6} {'lines/s':>8} {'bare parse s':>12} {'ratio':>6} {'unable':>6}"
    )
    cards = [card for card in catalogue().values() if "python" in card.formats and "system" not in card.needs]
    for name in names:
        folder = located(name)
        if folder is None:
            say(f"{name:14} not to be had")
            continue
        source = FolderSource(folder)
        assets = source.all(".py")
        data = [source.data(asset) for asset in assets]
        lines = sum(one.count(b"\n") for one in data)
        parse = bare(data)
        begun, unable = time.process_time(), set()
        for asset in assets:
            for card in cards:
                if examine(card, Target(asset=asset, source=source)).outcome.value == "unable":
                    unable.add(asset.uri)
        took = time.process_time() - begun
        say(
            f"{name:14} {len(assets):6} {lines:8} {took:6.1f} {lines / took:8.0f} {parse:12.1f} {took / parse:6.1f} {len(unable):6}"
        )
        if name in ("sklearn", "transformers"):
            bar(
                holds=lines / took >= 20_000,
                text=f"{name}: {lines / took:.0f} lines a second on one core, at least 20000",
            )
            bar(holds=took / parse <= 13, text=f"{name}: {took / parse:.1f} times a bare tree-sitter parse, at most 13")


def bare(data: list[bytes]) -> float:
    """Seconds of process time for nothing but tree-sitter's parse."""
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_python.language()))
    begun = time.process_time()
    for one in data:
        parser.parse(one)
    return time.process_time() - begun


def scanned(folder: Path, cache: str) -> tuple[float, float, int, bytes]:
    """Wall and CPU seconds of ``hauberk scan`` as people run it, its tracebacks, and its document."""
    command = [str(Path(sys.executable).parent / "hauberk"), "scan", str(folder), "--json", "--quiet", "--workers", "2"]
    begun, used = time.perf_counter(), os.times()
    told = subprocess.run(command, capture_output=True, check=False, env={**os.environ, "XDG_CACHE_HOME": cache})
    took, now = time.perf_counter() - begun, os.times()
    cpu = now.children_user + now.children_system - used.children_user - used.children_system
    return took, cpu, told.stderr.count(b"Traceback"), told.stdout


def whole() -> None:
    """Cold, then warm, with an empty cache of its own; a bare parse before and after, since the load changes."""
    folder = unpacked()
    if folder is None:
        say("transformers: not to be had")
        return
    data = [path.read_bytes() for path in sorted(folder.rglob("*.py"))]
    lines = sum(one.count(b"\n") for one in data)
    say(f"\nhauberk scan of transformers {TRANSFORMERS}, two workers; load average before {os.getloadavg()[0]:.1f}")
    documents = []
    with tempfile.TemporaryDirectory() as cache:
        before = bare(data)
        for run, most in (("cold", 40.0), ("warm", 5.0)):
            took, cpu, traces, document = scanned(folder, cache)
            documents.append(document)
            say(
                f"{run}: {took:.1f} s, {cpu:.1f} s of CPU ({lines / cpu:.0f} lines a second of one core), "
                f"{traces} tracebacks; load average {os.getloadavg()[0]:.1f}"
            )
            bar(holds=took < most, text=f"{run} scan of {lines} lines in {took:.1f} s, under {most:.0f}")
            if run == "cold":
                parse, whole_cpu = (before + bare(data)) / 2, cpu
        size = sum(path.stat().st_size for path in Path(cache).rglob("*") if path.is_file())
    say(f"bare tree-sitter parse: {parse:.1f} s (mean of before and after the cold run); cache: {size / 1e6:.0f} MB")
    ratio = whole_cpu / parse
    bar(holds=ratio <= 13, text=f"the cold scan, start and report included, is {ratio:.1f} bare parses, at most 13")
    bar(holds=documents[0] == documents[1], text="the warm scan's document is the cold one's, byte for byte")


def same() -> None:
    """Skimming by a query against walking every node: what both note of each file, and the time of each."""
    from tests.assets.test_scopes_reader import PARSER, everything

    from hauberk.assets.scopes_reader import Reader

    folder = unpacked()
    if folder is None:
        return
    count, differ, walking, skimming = 0, 0, 0.0, 0.0
    for path in sorted(folder.rglob("*.py")):
        root = PARSER.parse(path.read_bytes()).root_node
        walked, skimmed = Reader(root), Reader(root)
        begun = time.process_time()
        walked.walk()
        between = time.process_time()
        skimmed.run()
        walking, skimming = walking + between - begun, skimming + time.process_time() - between
        count += 1
        differ += everything(walked) != everything(skimmed)
    say(
        f"\nreading of {count} files of transformers: every node {walking:.1f} s, by a query {skimming:.1f} s, {differ} differ"
    )
    bar(holds=differ == 0, text="skimming notes what walking every node notes, on all of transformers")


def filters() -> None:
    """All rules on Python with what they leave out by names, and without leaving anything out: findings and times."""
    from hauberk.analysis import flows as asked
    from hauberk.analysis import project
    from hauberk.assets import python

    folder = unpacked()
    if folder is None:
        return
    cards = [card for card in catalogue().values() if "python" in card.formats and "system" not in card.needs]

    def everything_found() -> tuple[float, list[tuple[str, str, str, object]]]:
        for known in (python._held, python._last, project._last, asked._last):  # noqa: SLF001  each run begins anew
            known.clear()
        source = FolderSource(folder)
        begun, told = time.process_time(), []
        for asset in source.all(".py"):
            for card in cards:
                one = examine(card, Target(asset=asset, source=source))
                told.append((asset.uri, card.id, one.reason, one.findings))
        return time.process_time() - begun, told

    took, found = everything_found()
    holds, uses = python.Module.holds, project.Project.uses
    python.Module.holds = lambda *_: True
    project.Project.uses = lambda *_: True
    slow, all_found = everything_found()
    python.Module.holds, project.Project.uses = holds, uses
    differ = sum(one != other for one, other in zip(found, all_found, strict=True))
    count = sum(len(one[3]) for one in found)
    say(
        f"\nall rules on transformers: {took:.1f} s with filters by name, {slow:.1f} s without any; "
        f"{len(found)} outcomes, {count} findings with their paths, {differ} outcomes differ"
    )
    bar(holds=differ == 0, text="filters by name change no outcome on all of transformers")


CALL_RULES = ("HBK-COD-001", "HBK-COD-002", "HBK-COD-025", "HBK-COD-026", "HBK-COD-027")


def unsafe_calls() -> None:
    """Unsafe calls of ML libraries and their safe twins: any finding of the five rules on loading and running counts."""
    from tests.corpora.calls import cases, fresh

    cards = [catalogue()[rule] for rule in CALL_RULES]
    told: dict[tuple[str, bool, bool], list[bool]] = defaultdict(list)
    for case in cases():
        told[case.library, case.unsafe, case.held].append(_told(cards, case.text))
    fresh_calls(lambda text: _told(cards, text), list(fresh.cases()))
    say("\nunsafe calls of ML libraries (tests/corpora/calls): found of unsafe, flagged of safe twins; visible | held")
    for library in sorted({library for library, _, _ in told}):
        cells = [
            f"{sum(found)}/{len(found)}" if (found := told[library, unsafe, held]) else "-"
            for held in (False, True)
            for unsafe in (True, False)
        ]
        say(f"  {library:22} {cells[0]:>5} {cells[1]:>5} | {cells[2]:>5} {cells[3]:>5}")
    for held in (False, True):
        name = "held" if held else "visible"
        bad = [one for (_, unsafe, half), found in told.items() if unsafe and half is held for one in found]
        good = [one for (_, unsafe, half), found in told.items() if not unsafe and half is held for one in found]
        recall, false = sum(bad) / len(bad), sum(good) / len(good)
        bar(holds=recall >= 0.95, text=f"{recall:.3f} of {len(bad)} unsafe calls found, {name} half, at least 0.95")
        bar(holds=false <= 0.03, text=f"{false:.3f} of {len(good)} safe twins flagged, {name} half, at most 0.03")


def _told(cards, text: str) -> bool:
    """Whether any of these rules finds anything."""
    from tests.checks.trial import on_files

    with tempfile.TemporaryDirectory() as folder:
        return any(one.findings for card in cards for one in on_files(card, Path(folder), {"app.py": text}))


def fresh_calls(is_told, cases) -> None:
    """The same on texts by somebody who had not seen the rules (``tests/corpora/calls/fresh.py``)."""
    found = {True: [], False: []}
    for case in cases:
        found[case.unsafe].append((case.library, is_told(case.text)))
    bad, good = ([told for _, told in found[unsafe]] for unsafe in (True, False))
    say("\nunsafe calls by another hand (tests/corpora/calls/fresh.py); spent: the first run found 33 of 81 (LOG.md)")
    say(f"  missed: {', '.join(library for library, told in found[True] if not told) or 'none'}")
    say(f"  safe and flagged: {', '.join(library for library, told in found[False] if told) or 'none'}")
    recall, false = sum(bad) / len(bad), sum(good) / len(good)
    bar(
        holds=recall >= 0.95,
        text=f"{recall:.3f} of {len(bad)} unsafe calls found, by another hand, spent, at least 0.95",
    )
    bar(
        holds=false <= 0.03, text=f"{false:.3f} of {len(good)} safe twins flagged, by another hand, spent, at most 0.03"
    )


def secrets() -> None:
    from tests.corpora.secrets.judge import rates as judged_secrets

    from hauberk.analysis.secret_places import by_re2
    from hauberk.analysis.secrets import judge

    say("\nsecrets: corpus of published forms (tests/corpora/secrets), held half, seed 20261124")
    recall, false, missed, alarms = judged_secrets(20261124, held=True)
    both = judged_secrets(20261124, held=None)
    say(f"held half: recall {recall:.3f}, false alarms {false:.3f}; both halves: {both[0]:.3f}, {both[1]:.3f}")
    say(f"missed: {dict(missed)}; alarms: {dict(alarms)}")
    bar(holds=recall >= 0.95, text=f"recall {recall:.3f} on the held half, at least 0.95")
    bar(holds=false <= 0.02, text=f"false alarms {false:.3f} on the held half, at most 0.02")
    folder = unpacked()
    if folder is None:
        return
    data = [path.read_bytes() for path in sorted(folder.rglob("*.py"))]
    size = sum(map(len, data)) / 1e6
    begun = time.process_time()
    by = [list(judge(one, by_re2(one), bare=False)) for one in data]
    say(
        f"RE2: {size / (time.process_time() - begun):.0f} MB/s, {sum(map(len, by))} findings on {size:.0f} MB of transformers"
    )
    bar(holds=sum(map(len, by)) <= 2, text=f"{sum(map(len, by))} findings on the transformers sources, at most 2")
    if util.find_spec("hyperscan") is None:
        say("hyperscan: not installed (extra fast)")
        return
    from hauberk.analysis import secret_hyperscan

    database = secret_hyperscan.database()
    begun, hits = time.process_time(), 0

    def met(*_: object) -> None:
        nonlocal hits
        hits += 1

    for one in data:
        database.scan(one, match_event_handler=met)
    own = time.process_time() - begun
    begun = time.process_time()
    fast = [list(judge(one, secret_hyperscan.places(one), bare=False)) for one in data]
    took = time.process_time() - begun
    say(f"hyperscan's own: {size / own:.0f} MB/s with {hits} positions; ours end to end: {size / took:.0f} MB/s")
    bar(holds=own / took >= 0.5, text=f"{own / took:.2f} of hyperscan's own speed end to end, at least 0.5")
    bar(holds=fast == by, text="Hyperscan and RE2 find the same secrets on all of transformers")


def real_text() -> None:
    """Findings on every text file of the installed packages: written by others, and none of it chosen for this."""
    from hauberk.analysis.secret_history import LARGEST, secrets_in

    folder = Path(tree_sitter.__file__).parents[1]
    files, size, alarmed, keys = 0, 0, set[str](), 0
    kinds: Counter[tuple[str, str]] = Counter()
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_file() or path.suffix in (".so", ".pyc", ".a"):
            continue
        data = path.read_bytes() if path.stat().st_size <= LARGEST else b"\0"
        if b"\0" in data[:2048]:
            continue
        name = str(path.relative_to(folder))
        files, size = files + 1, size + len(data)
        for secret, _ in secrets_in(name, data):
            kinds[secret.kind, secret.confidence.value] += 1
            if secret.kind == "private key":
                keys += 1
            else:
                alarmed.add(name)
    say(
        f"\nreal text: {files} text files of {len(list(folder.glob('*.dist-info')))} installed packages, {size / 1e6:.0f} MB"
    )
    for (kind, sure), count in kinds.most_common():
        say(f"  {count:3} {kind}, {sure} confidence")
    say(
        f"{keys} are private keys of tests, as found; all else counts as false: in {len(alarmed)} files, {sorted(alarmed)}"
    )
    share = len(alarmed) / files
    bar(holds=share <= 0.02, text=f"{share:.5f} of real text files with a false alarm, at most 0.02")


def personal() -> None:
    from tests.corpora.personal import documents
    from tests.corpora.personal.judge import rates as judged_documents

    from hauberk.analysis.personal_text import find

    made = list(documents(20261124, 60))
    recall, precision, missed, alarms, held = judged_documents(made)
    say(f"\npersonal data: {len(made)} generated documents of 22 countries, seed 20261124, {held.total()} values")
    say(f"recall {recall:.4f}, precision {precision:.4f}; missed {dict(missed)}; alarms {dict(alarms)}")
    bar(
        holds=recall >= 0.98, text=f"recall {recall:.4f} of structured types, at least 0.98 (precision {precision:.4f})"
    )
    text = "".join(one.text for one in made)
    begun = time.process_time()
    count = sum(1 for _ in find(text))
    dense = len(text.encode()) / 1e6 / (time.process_time() - begun)
    folder = unpacked()
    sources = (
        "".join(path.read_text(errors="replace") for path in sorted(folder.rglob("*.py"))[:600]) if folder else text
    )
    begun = time.process_time()
    few = sum(1 for _ in find(sources))
    sparse = len(sources.encode()) / 1e6 / (time.process_time() - begun)
    say(
        f"{sparse:.1f} MB/s on source text ({few} found), {dense:.1f} MB/s on nothing but such documents ({count} found)"
    )
    bar(holds=sparse >= 20, text=f"{sparse:.1f} MB/s on ordinary text, at least 20")
    bar(holds=dense >= 20, text=f"{dense:.1f} MB/s on documents made of personal data, at least 20")


def main() -> None:
    quick = "--quick" in sys.argv
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    say(
        f"commit {commit.stdout.strip()}, Python {platform.python_version()}, tree-sitter {tree_sitter.__version__ if hasattr(tree_sitter, '__version__') else ''}, "
        f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}"
    )
    if "--speed" in sys.argv:
        same()
        filters()
        whole()
        speed(("sklearn", "transformers"))
        (ROOT / "bench" / "results" / "scanners_speed.txt").write_text("\n".join(LINES) + "\n")
        sys.exit("\n".join(text for holds, text in BARS if not holds) or None)
    unsafe_calls()
    secrets()
    if not quick:
        real_text()
    personal()
    if not quick:
        with tempfile.TemporaryDirectory() as name:
            judged([case for case in flows() if case.held_out], Path(name) / "flows")
            depths(Path(name))
        same()
        filters()
        whole()
    speed(("fastapi",) if quick else ("sklearn", "fastapi", "torch.nn", "transformers"))
    short = [text for holds, text in BARS if not holds]
    say(f"\n{len(BARS) - len(short)} bars hold, {len(short)} fall short")
    if quick:
        sys.exit(1 if short else 0)
    out = ROOT / "bench" / "results" / "scanners.txt"
    out.parent.mkdir(exist_ok=True)
    out.write_text("\n".join(LINES) + "\n")
    sys.exit("\n".join(short) or None)


if __name__ == "__main__":
    main()
