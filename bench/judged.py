# SPDX-License-Identifier: Apache-2.0
"""Fifty findings drawn by a seed from other people's packages, judged one by one by two readers.

``--draw SEED`` scans the unpacked wheels below ``.venvs/judged`` (fetched there first; ``--packages`` names others than
those of the issue), draws, logs the draw and writes the sheet ``bench/data/judged/SEED.json``; a reader writes ``SEED-one.json`` or ``SEED-two.json`` beside it, without having seen the
other's. Without options: the share that is right, the disagreements, and whether 80 % are right.
"""

import argparse
import hashlib
import json
import random
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
DATA = ROOT / "bench" / "data" / "judged"
PLACE = ROOT / ".venvs" / "judged"
PACKAGES = ("scikit-learn==1.9.0", "fairlearn==0.15.0", "transformers==5.24.0")
DRAWN = 50
BAR = 0.80
AROUND = 6
"""Lines of code shown before and after the place of a finding."""


def fetch(packages: tuple[str, ...]) -> dict[str, Path]:
    """The wheels, unpacked and not installed; nothing of them is run."""
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    found = {}
    for requirement in packages:
        name = requirement.partition("==")[0]
        wheels, folder = PLACE / "wheels" / name, PLACE / name
        if not list(wheels.glob("*.whl")):
            subprocess.run([*pip, "--only-binary", ":all:", "--dest", str(wheels), requirement], check=True)
        if not folder.is_dir():
            with zipfile.ZipFile(next(wheels.glob("*.whl"))) as archive:
                archive.extractall(folder)
        found[requirement] = folder
    return found


def scan(folder: Path) -> list:
    """Evidence of every static rule on a folder: what ``hauberk scan`` runs, in this process."""
    from hauberk.core.target import Target
    from hauberk.engine.examine import examine
    from hauberk.engine.scan import prepare
    from hauberk.engine.source import FolderSource

    examination = prepare(folder, cached=False)
    source = FolderSource(examination.discovery.root)
    return [examine(job.card, Target(asset=job.asset, source=source)) for job in examination.plan.jobs]


def row(package: str, folder: Path, finding) -> dict:
    """A finding as a reader sees it, with the code around it."""
    from hauberk.report.text import where

    place, shown = finding.place, []
    line, path = getattr(place, "line", None), folder / getattr(place, "path", "")
    if line and path.is_file():
        lines = path.read_text("utf-8", "replace").split("\n")
        first = max(line - 1 - AROUND, 0)
        shown = [f"{first + at + 1}: {text[:160]}" for at, text in enumerate(lines[first : line + AROUND])]
    return {
        "package": package,
        "rule": finding.card,
        "severity": finding.severity.value,
        "confidence": finding.confidence.value,
        "where": where(place),
        "message": finding.message,
        "path": [f"{where(step.place)}: {step.message}" for step in finding.trace],
        "code": shown,
    }


def draw(seed: int, packages: tuple[str, ...], leave_out: str) -> None:
    """Scan, draw, write the sheet and log it: a draw that was made is never taken back."""
    if (DATA / f"{seed}.json").exists():
        raise SystemExit(f"seed {seed} was drawn")
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    rows, counts, wheels = [], {}, {}
    for package, folder in fetch(packages).items():
        if leave_out and package.startswith(leave_out):
            continue
        evidence = scan(folder)
        found = [row(package, folder, finding) for one in evidence for finding in one.findings]
        outcomes = Counter(one.outcome.value for one in evidence)
        counts[package] = {"findings": len(found), "rules": dict(Counter(one["rule"] for one in found)), **outcomes}
        wheel = next((PLACE / "wheels" / package.partition("==")[0]).glob("*.whl"))
        wheels[wheel.name] = hashlib.sha256(wheel.read_bytes()).hexdigest()
        rows += found
        print(package, counts[package], flush=True)
    rows.sort(key=lambda one: (one["package"], one["where"], one["rule"], one["message"]))
    chosen = random.Random(seed).sample(rows, min(DRAWN, len(rows)))
    sheet = {
        "seed": seed,
        "left_out": leave_out,
        "commit": commit.strip(),
        "wheels": wheels,
        "counts": counts,
        "findings": [{"n": n, **one} for n, one in enumerate(chosen, 1)],
    }
    DATA.mkdir(parents=True, exist_ok=True)
    (DATA / f"{seed}.json").write_text(json.dumps(sheet, indent=1, ensure_ascii=False) + "\n")
    with (DATA / "draws.log").open("a") as log:
        log.write(f"{seed}\n")
    blank = [{"n": one["n"], "right": None, "why": ""} for one in sheet["findings"]]
    (DATA / f"{seed}-blank.json").write_text(json.dumps(blank, indent=1) + "\n")


def verdicts(seed: int, reader: str) -> dict[int, dict] | None:
    path = DATA / f"{seed}-{reader}.json"
    if not path.is_file():
        return None
    given = {one["n"]: one for one in json.loads(path.read_text())}
    wanted = {one["n"] for one in json.loads((DATA / f"{seed}.json").read_text())["findings"]}
    if given.keys() != wanted or not all(isinstance(one["right"], bool) for one in given.values()):
        raise SystemExit(f"{path.name}: every finding needs right: true or false")
    return given


def report(seed: int) -> bool | None:
    """Print one draw; whether its bar is met, None where a reader is missing."""
    sheet = json.loads((DATA / f"{seed}.json").read_text())
    findings = {one["n"]: one for one in sheet["findings"]}
    total = sum(one["findings"] for one in sheet["counts"].values())
    print(f"\ndraw by seed {seed}: {len(findings)} of {total} findings, rules of commit {sheet['commit'][:12]}")
    for package, counts in sheet["counts"].items():
        print(f"  {package}: {counts['findings']} findings, {counts.get('unable', 0)} unable")
    if sheet.get("left_out"):
        print(f"  {sheet['left_out']}: NOT drawn from")
    readers = {name: verdicts(seed, name) for name in ("one", "two")}
    for name, given in readers.items():
        if given is None:
            print(f"reader {name}: missing (second reader missing)" if name == "two" else f"reader {name}: missing")
            continue
        right = sum(one["right"] for one in given.values())
        print(f"reader {name}: {right} of {len(given)} right ({right / len(given):.0%})")
        by_rule = Counter((findings[n]["rule"], one["right"]) for n, one in given.items())
        for rule in sorted({rule for rule, _ in by_rule}):
            print(f"    {rule}: {by_rule[rule, True]} right, {by_rule[rule, False]} wrong")
        for n, one in sorted(given.items()):
            if not one["right"]:
                print(f"    wrong {n}: {findings[n]['rule']} {findings[n]['where']}: {one['why']}")
    one, two = readers["one"], readers["two"]
    if one and two:
        apart = [n for n in sorted(one) if one[n]["right"] != two[n]["right"]]
        print(f"disagreements: {len(apart)}")
        for n in apart:
            print(f"    {n}: {findings[n]['where']}: one says {one[n]['right']}: {one[n]['why']}; two: {two[n]['why']}")
    known = [given for given in (one, two) if given]
    if not known:
        return None
    least = min(sum(x["right"] for x in given.values()) / len(given) for given in known)
    return least >= BAR if len(known) > 1 else (False if least < BAR else None)


def of_the_issue(seed: int) -> bool:
    """Whether a draw was made from all the packages that the bar is about."""
    sheet = json.loads((DATA / f"{seed}.json").read_text())
    return not sheet.get("left_out") and set(sheet["counts"]) == set(PACKAGES)


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("--draw", type=int)
    options.add_argument("--packages", nargs="+", default=PACKAGES, help="requirements with versions, name==version")
    options.add_argument("--leave-out", default="", help="a package that is not drawn from; the report says so")
    options.add_argument("--quick", action="store_true")
    given = options.parse_args()
    if given.draw is not None:
        draw(given.draw, tuple(given.packages), given.leave_out)
        return 0
    seeds = [int(path.stem) for path in DATA.glob("*.json") if path.stem.isdigit()]
    order = [int(line.split()[0]) for line in (DATA / "draws.log").read_text().splitlines() if line.strip()]
    if sorted(order) != sorted(seeds):
        raise SystemExit("draws.log does not list the draws that are there")
    outcomes = {seed: report(seed) for seed in order}
    last = next((seed for seed in reversed(order) if of_the_issue(seed)), None)
    met = outcomes.get(last) if last is not None else None
    word = {True: "PASS", False: "FALLS SHORT", None: "FALLS SHORT"}[met]
    why = " (second reader missing)" if met is None else ""
    print(f"\n{word}: at least {BAR:.0%} right by both readers in the last draw of {', '.join(PACKAGES)}, {last}{why}")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
