# SPDX-License-Identifier: Apache-2.0
"""Loads every file of ``fresh.py`` in a process of its own, and says what ran.

``python -m tests.corpora.models.fresh_proof FOLDER [NAME=PYTHON ...]`` builds the corpus and loads it. Each file is
loaded by a forked process whose working folder is new and is thrown away; an audit hook notes commands, connections and
removals, and a malicious file has run if its canary is there, or if what it was to read or remove was. Readers that the
tool's own environment lacks are given by name: ``readers`` (keras==3.8.0, h5py, skops==0.11.0, hydra-core==1.3.2, gguf,
lightgbm, xgboost, beside torch and scikit-learn), ``keras311`` (keras==3.11.1, h5py, torch), ``onnx`` (onnx==1.13.0) and ``tensorflow`` (tensorflow-cpu): old
versions where the newer ones refuse. Files whose reader is not given are counted as not looked at.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SECRET = b"OUTSIDE!"
WORKERS = {
    "main": ("pickle", "joblib", "torch", "torch.jit", "torch.package", "numpy", "pandas", "tar", "xml", "json", "jinja", "tokenizer"),
    "readers": ("keras", "keras, unsafe", "h5", "skops", "hydra", "gguf", "safetensors", "lightgbm", "xgboost"),
    "keras311": ("keras, 3.11",),
    "onnx": ("onnx",),
    "tensorflow": ("savedmodel",),
}  # fmt: skip
PRELOADED = {
    "main": "numpy scipy.stats scipy.sparse joblib sklearn.ensemble sklearn.pipeline pandas torch torch.package lxml.etree jinja2",
    "readers": "numpy joblib sklearn.ensemble torch keras h5py skops.io hydra.utils omegaconf jinja2 gguf",
    "keras311": "torch keras",
    "onnx": "onnx",
    "tensorflow": "tensorflow",
}
NOTED = (
    "os.system",
    "subprocess.Popen",
    "socket.connect",
    "os.exec",
    "os.posix_spawn",
    "os.remove",
    "os.spawn",
    "pty.spawn",
)
TURNS = {
    "messages": [{"role": "user", "content": "hello"}],
    "bos_token": "",
    "eos_token": "",
    "add_generation_prompt": True,
}
_ran: list[str] = []


def note(event: str, arguments: tuple) -> None:
    if event in NOTED and "uname" not in str(arguments):
        _ran.append(f"{event} {str(arguments)[:60]}")


# --- the loaders -------------------------------------------------------------------------------------------------


def rendered(template: str):
    import jinja2

    def raise_exception(message):
        raise ValueError(message)

    return (
        jinja2.Environment(trim_blocks=True, lstrip_blocks=True)
        .from_string(template)
        .render(raise_exception=raise_exception, **TURNS)
    )  # noqa: S701


def of_tokenizer(path: Path):
    found = json.loads(path.read_text())["chat_template"]
    return [rendered(one) for one in ([found] if isinstance(found, str) else [part["template"] for part in found])]


def of_gguf(path: Path):
    import gguf

    fields = gguf.GGUFReader(path).fields
    return [rendered(bytes(field.parts[-1]).decode()) for name, field in fields.items() if "chat_template" in name]


def of_hydra(path: Path):
    """What the libraries of the published work do: instantiate what the configuration holds."""
    import tarfile

    import hydra.utils
    import omegaconf

    if path.suffix == ".nemo":
        with tarfile.open(path) as archive:
            member = next(one for one in archive.getmembers() if one.name.endswith("model_config.yaml"))
            config = omegaconf.OmegaConf.create(archive.extractfile(member).read().decode())
    elif path.suffix == ".safetensors":
        import safetensors

        with safetensors.safe_open(path, "numpy") as opened:
            config = omegaconf.OmegaConf.create(json.loads(opened.metadata()["config"]))
    else:
        config = omegaconf.OmegaConf.create(json.loads(path.read_text()))
    return hydra.utils.instantiate(config)


def of_h5(path: Path):
    import h5py

    kept = []
    with h5py.File(path) as opened:

        def walk(group):
            for key in group:
                one = group.get(key)
                if isinstance(one, h5py.Dataset):
                    kept.append(one[()].tobytes())
                elif one is not None:
                    walk(one)

        walk(opened)
    return kept


def of_xml(path: Path):
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=True, load_dtd=True, no_network=True, huge_tree=True)
    tree = etree.parse(path, parser)
    tree.xinclude()
    return etree.tostring(tree)


def of_saved_model(path: Path):
    import tensorflow as tf

    tf.compat.v1.disable_eager_execution()
    session = tf.compat.v1.Session()
    tf.compat.v1.saved_model.loader.load(session, ["serve"], str(path.parent))
    return session


def of_tar(path: Path):
    import tarfile

    Path("inner").mkdir()
    with tarfile.open(path) as archive:
        archive.extractall("inner", filter="fully_trusted")


def of_lightgbm(path: Path):
    import lightgbm

    return lightgbm.Booster(model_file=path)


def of_xgboost(path: Path):
    import xgboost

    model = xgboost.XGBClassifier()
    model.load_model(path)
    return model


def of_onnx(path: Path):
    import onnx

    model = onnx.load(str(path))
    return [tensor.raw_data for tensor in model.graph.initializer]


def of_skops(path: Path):
    import skops.io

    return skops.io.load(path, trusted=skops.io.get_untrusted_types(file=path))


def of_keras(path: Path, *, safe: bool = True):
    import keras

    if path.suffix == ".zip":
        path = Path(shutil.copy(path, "renamed.keras"))
    return keras.models.load_model(path, safe_mode=safe)


def of_module(path: Path):
    import torch.package

    return torch.package.PackageImporter(str(path)).load_pickle("model", "model.pkl")


def load(loader: str, path: Path):  # noqa: PLR0911
    import pickle

    match loader:
        case "pickle":
            with path.open("rb") as opened:
                return pickle.load(opened)
        case "joblib":
            import joblib

            return joblib.load(path)
        case "torch":
            import torch

            return torch.load(path, weights_only=False)
        case "torch.jit":
            import torch

            return torch.jit.load(path)
        case "numpy":
            import numpy

            return numpy.load(path, allow_pickle=True)
        case "pandas":
            import pandas

            return pandas.read_pickle(path)
        case "json":
            return json.loads(path.read_text())
        case "safetensors":
            import safetensors.torch

            return safetensors.torch.load_file(path)
        case "jinja":
            return rendered(path.read_text())
        case "keras, 3.11":
            return of_keras(path)
        case "keras, unsafe":
            return of_keras(path, safe=False)
        case _:
            named = {
                "tokenizer": of_tokenizer, "gguf": of_gguf, "hydra": of_hydra, "h5": of_h5, "xml": of_xml, "tar": of_tar,
                "savedmodel": of_saved_model, "lightgbm": of_lightgbm, "xgboost": of_xgboost, "onnx": of_onnx,
                "skops": of_skops, "keras": of_keras, "torch.package": of_module,
            }  # fmt: skip
            return named[loader](path)


# --- the worker --------------------------------------------------------------------------------------------------


def used(use: str, thing) -> None:
    if use in ("network", "removed", "linked", "external"):
        return
    if use.endswith(":0"):
        if SECRET in repr(thing.run(use)).encode() or b"victim" in repr(thing.run(use)).encode():
            Path("canary").touch()
    else:
        exec(use, {"obj": thing})  # noqa: S102


def attempt(row: dict) -> dict:
    """In the forked process: load, use, and run what waits for the end."""
    import atexit
    import gc
    import threading

    Path("victim").write_bytes(SECRET)
    (Path.cwd().parent / "outside.bin").write_bytes(SECRET)
    for name, content in (("outside.txt", "CANARY"), ("outside.dtd", '<!ENTITY t "CANARY">'), ("outside.bin", SECRET)):
        Path(name).write_bytes(content.encode() if isinstance(content, str) else content)
    path = Path(row["path"])
    if row["loader"] in ("onnx", "h5", "xml") and row["malicious"]:
        place = Path.cwd() / "model"
        place.mkdir()
        path = place / path.name
        path.write_bytes(Path(row["path"]).read_bytes())
        for name in ("outside.txt", "outside.dtd", "outside.bin", "outside.h5"):
            if Path(name).exists():
                (place / name).write_bytes(Path(name).read_bytes())
        if row["loader"] == "onnx":
            (place / "outside.bin").unlink()
            (place / "data").mkdir()
        if row["loader"] == "h5":
            os.chdir(place)
            import h5py

            with h5py.File("outside.h5", "w") as beside:
                beside["secret"] = list(SECRET)
                beside["secret8"] = bytes(SECRET)
    error, thing = "", None
    sys.addaudithook(note)
    try:
        thing = load(row["loader"], path)
        if row["use"]:
            used(row["use"], thing)
    except BaseException as problem:  # noqa: BLE001
        error = f"{type(problem).__name__}: {str(problem)[:160]}"
    seen = b""
    if row["loader"] in ("onnx", "h5", "xml"):
        seen = repr(thing).encode() if not isinstance(thing, bytes) else thing
    found = any(mark in seen for mark in (b"OUTSIDE!"[:4], b"CANARY", b"O\\x00\\x00"))
    if row["loader"] == "onnx" and row["malicious"] and thing and thing[0] not in (b"", b"\0\0\0\0"):
        found = True
    host = Path("/etc/hostname").read_bytes()[:4]
    found = found or (row["loader"] == "onnx" and host in seen)
    thing = None
    gc.collect()
    try:
        threading._shutdown()
        atexit._run_exitfuncs()
    except BaseException as problem:  # noqa: BLE001
        error = error or f"{type(problem).__name__}: {str(problem)[:160]}"
    time.sleep(0.05)
    here = Path(row["folder"])
    if row["use"] == "removed":
        found = not (here / "victim").exists()
    if row["use"] == "linked":
        found = (here / "victim").stat().st_nlink > 1
    if row["use"] == "network":
        found = any(one.startswith("socket.connect") for one in _ran)
    return {
        "error": error,
        "ran": found or (here / "canary").exists() or (here.parent / "canary").exists(),
        "noted": _ran[:3],
    }


def worker(name: str) -> None:
    import importlib
    import warnings

    os.environ.update(
        KERAS_BACKEND="torch", TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD="1", OMP_NUM_THREADS="1", TF_CPP_MIN_LOG_LEVEL="3"
    )
    os.environ["TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD"] = "1"
    os.environ["PAGER"] = "cat"
    warnings.simplefilter("ignore")
    rows = json.loads(sys.stdin.read())
    answers = sys.stdout
    if name != "tensorflow":
        for one in PRELOADED[name].split():
            try:
                importlib.import_module(one)
            except ImportError:
                print(json.dumps({"missing": one}), file=answers, flush=True)
    for row in rows:
        outer = tempfile.mkdtemp()  # no finaliser: the forked process runs what waits for its end
        row["folder"] = str(Path(outer) / "work")
        Path(row["folder"]).mkdir()
        said = Path(outer) / "said.json"
        child = os.fork()
        if not child:
            try:
                os.chdir(row["folder"])
                quiet = os.open(os.devnull, os.O_RDWR)
                for number in (0, 1, 2):
                    os.dup2(quiet, number)
                said.write_text(json.dumps(attempt(row)))
            except BaseException as problem:  # noqa: BLE001
                said.write_text(json.dumps({"error": f"the proof itself: {problem!r}", "noted": []}))
            finally:
                os._exit(0)
        ended = time.monotonic() + 60
        while os.waitpid(child, os.WNOHANG)[0] == 0:
            if time.monotonic() > ended:
                os.kill(child, 9)
                os.waitpid(child, 0)
                break
            time.sleep(0.02)
        try:
            answer = json.loads(said.read_text())
        except (OSError, ValueError):
            answer = {"error": "the process ended", "noted": []}
        answer["ran"] = answer.get("ran", False) or (Path(outer) / "work" / "canary").exists()
        print(json.dumps({"path": row["path"], **answer}), file=answers, flush=True)
        shutil.rmtree(outer)


def proofs(made: list, pythons: dict[str, str]) -> dict[Path, dict]:
    """What was seen of each file."""
    found = {}
    for name, loaders in WORKERS.items():
        chosen = [one for one in made if one.loader in loaders]
        rich = [one for one in chosen if "lightgbm" in str(one.path) or "xgboost" in str(one.path)]
        if name == "main" and "readers" in pythons:
            chosen = [one for one in chosen if one not in rich]
        if name == "readers":
            chosen = [
                *chosen,
                *(
                    one
                    for one in made
                    if one.loader in WORKERS["main"]
                    and ("honest/lightgbm" in str(one.path) or "honest/xgboost" in str(one.path))
                ),
            ]
        if name not in pythons:
            continue
        rows = [
            {"path": str(one.path), "loader": one.loader, "use": one.use, "malicious": one.malicious} for one in chosen
        ]
        command = [pythons[name], str(Path(__file__).resolve()), "--worker", name]
        answer = subprocess.run(command, input=json.dumps(rows), capture_output=True, text=True, check=False)  # noqa: S603
        for line in answer.stdout.splitlines():
            if line.startswith('{"path"'):
                said = json.loads(line)
                found[Path(said.pop("path"))] = said
            elif line.startswith('{"missing"'):
                print(name, line)
        if answer.returncode:
            print(name, answer.stderr[-2000:])
    return found


def main() -> int:
    from tests.corpora.models.fresh import build

    pythons = {"main": sys.executable, **dict(one.split("=", 1) for one in sys.argv[2:])}
    made = build(Path(sys.argv[1]).resolve())
    found = proofs(made, pythons)
    counts = dict.fromkeys(
        ("ran", "ran, though marked unproven", "unproven", "did not run", "loaded", "did not load", "not looked at"), 0
    )
    for one in made:
        said = found.get(one.path)
        if said is None:
            word = "unproven" if one.malicious and not one.proven else "not looked at"
        elif one.malicious:
            word = (
                ("ran" if one.proven else "ran, though marked unproven")
                if said["ran"]
                else ("did not run" if one.proven else "unproven")
            )
        else:
            word = "did not load" if said["error"] or said["ran"] or said["noted"] else "loaded"
        counts[word] += 1
        about = (
            one.reason
            if word == "unproven"
            else f"{said['noted'][:1]} {said['error']}"
            if said and word not in ("loaded",)
            else ""
        )
        print(f"{word:12}  {one.family}/{one.path.name}  {about}"[:260])
    print(counts)
    return bool(counts["did not run"] or counts["did not load"])


if __name__ == "__main__":
    if sys.argv[1:2] == ["--worker"]:
        worker(sys.argv[2])
    else:
        raise SystemExit(main())
