# SPDX-License-Identifier: Apache-2.0
"""A deployed classifier that nobody here trained: how few bytes of a file make magika call it something else.

    python bench/deployed.py [--quick]

magika 1.0.3 (Apache-2.0) is downloaded by pip into .venvs/magika and never installed: only its ONNX file is taken out of
the wheel, and attacked by ``hauberk attack --norm l0`` with scores alone. Victims are files of this machine's Python
installation and header files, longer than what the model reads, so that each of its 2,048 bytes is one byte of the file.
A success is checked once more here: the edited file is read anew as magika reads files, and the model is asked again.
"""

import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import onnxruntime

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "examples" / "magika"))
from files import BLOCK, CONFIG, MODEL, SIDE, tokens, victims, write

CACHE = ROOT / ".venvs" / "magika"
WHEEL = "magika==1.0.3"
EPS, SEED = 32, 0


def wheel():
    """magika's model and its labels."""
    CACHE.mkdir(parents=True, exist_ok=True)
    if not list(CACHE.glob("magika-*.whl")):
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
        subprocess.run([*pip, "--dest", str(CACHE), WHEEL], check=True)
    with zipfile.ZipFile(next(CACHE.glob("magika-*.whl"))) as held:
        return held.read(f"magika/{MODEL}"), json.loads(held.read(f"magika/{CONFIG}"))["target_labels_space"]


def attack(folder, files, rows, budget):
    """``hauberk attack``: its exit code under a gate, and what it says."""
    write(folder / "files.csv", files)
    command = [
        sys.executable,
        "-m",
        "hauberk",
        "attack",
        str(folder / "model.onnx"),
        "--data",
        str(folder / "files.csv"),
    ]
    options = [
        "--norm",
        "l0",
        "--eps",
        str(EPS),
        "--box",
        "0,255",
        "--budget-queries",
        str(budget),
        "--rows",
        str(rows),
    ]
    gate = ["--seed", str(SEED), "--at-least", "0.8", "--json"]
    ran = subprocess.run([*command, *options, *gate], capture_output=True, text=True, check=False)
    if not ran.stdout:
        sys.exit(ran.stderr)
    return ran.returncode, json.loads(ran.stdout)


def truly(folder, files, rows, examples):
    """How many of the told changes, made in the files themselves, make the model give another label."""
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"))
    name, chosen = session.get_inputs()[0].name, np.sort(np.random.default_rng(SEED).permutation(len(files))[:rows])

    def label(data):
        return int(session.run(None, {name: tokens(data)[None].astype(np.int32)})[0].argmax())

    fooled = 0
    for one in examples:
        changes = [(int(delta["place"].strip("b[]")), round(delta["by"])) for delta in one["deltas"]]
        for at in chosen:
            data, true = files[at]
            edited = made(data, changes)
            if edited is not None and label(data) == true and label(edited) != true:
                fooled += 1
                break
    return fooled


def made(data, changes):
    """The file with these changes of bytes; None where they do not fit it."""
    edited, lead = bytearray(data), len(data[:BLOCK]) - len(data[:BLOCK].lstrip())
    end = len(data) - (len(data[-BLOCK:]) - len(data[-BLOCK:].rstrip())) - SIDE
    for place, by in changes:
        at = lead + place if place < SIDE else end + place - SIDE
        if not 0 <= edited[at] + by <= 255:
            return None
        edited[at] += by
    return bytes(edited)


def main():
    quick = "--quick" in sys.argv
    rows, budget = (30, 100) if quick else (60, 400)
    model, labels = wheel()
    files, counts = victims(labels)
    print(f"{WHEEL}, {len(files)} files: {counts}; l0 {EPS} of {2 * SIDE} bytes, {budget} queries a file, seed {SEED}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "model.onnx").write_bytes(model)
        code, found = attack(folder, files, rows, budget)
        told = [one for one in found["examples"] if len(one["deltas"]) == one["changed"]]
        checked = truly(folder, files, rows, told)
    print(f"evaluation {found['verdict']}; {found['threat_model']}; exit code with --at-least 0.8: {code}")
    held = {one["name"]: one for one in found["measurements"]}
    for one in held.values():
        print(f"{one['name']:22} {one['value']:.3f} [{one['low']:.3f}, {one['high']:.3f}] n={one['n']}")
    for what, points in (("bytes", found["curve"]), ("queries", found["by_queries"])):
        print(f"right after {what}: " + ", ".join(f"{at:g}: {share:.2f}" for at, share, *_ in points))
    print(f"told changes made in the files: {checked} of {len(told)} that are told whole fool the model again")
    robust, clean = held["robust_accuracy"]["value"], held["accuracy"]["value"]
    bars = {
        "right before on at least 0.8 of the files": clean >= 0.8,
        "some files fall": robust < clean,
        "every told change, made in a file, fools the model again": checked == len(told) > 0,
    }
    for bar, kept in bars.items():
        print(f"{'PASS' if kept else 'FALLS SHORT'}: {bar}")
    short = [bar for bar, kept in bars.items() if not kept]
    if short:
        sys.exit(f"falls short: {'; '.join(short)}")


if __name__ == "__main__":
    main()
