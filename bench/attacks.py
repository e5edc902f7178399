# SPDX-License-Identifier: Apache-2.0
# long on purpose: one script, which each peer's environment enters again
"""Our attacks and the usual libraries on the same models, samples and budget, in one run; counted forwards first.

Victims: the two networks of examples/digits. Peers live in their own environment, made by::

    python3 -m venv .venvs/attacks && .venvs/attacks/bin/pip install torch==2.13.0 numpy==2.4.6 scipy scikit-learn
    .venvs/attacks/bin/pip install --no-deps foolbox==3.3.4 torchattacks==3.5.1 adv-lib==0.2.8 pyautoattack==0.2.0 \\
        adversarial-robustness-toolbox==1.20.1 cleverhans==4.0.0 attackbenchlib==2.0.2
    .venvs/attacks/bin/pip install eagerpy GitPython requests six tqdm absl-py

which this script does where it is missing. Of attackbenchlib only the file of its metric is loaded.

adv-lib imports visdom and torchvision, which do not install beside torch 2.13 on a CPU: both are replaced by stubs. A peer
that is not there, or crashes, is printed; the bar then falls short. ``--quick`` takes 20 samples of one seed and
three libraries; without it three seeds are run and the worst counts. ``--peer NAME`` is how a peer's environment is entered.
"""

import argparse
import importlib.machinery
import importlib.util
import json
import struct
import subprocess
import sys
import tempfile
import time
import traceback
import types
from pathlib import Path

import numpy as np
import torch
from torch import nn

ROOT = Path(__file__).resolve().parents[1]
DIGITS = ROOT / "examples" / "digits"
PEER_PYTHON = ROOT / ".venvs" / "attacks" / "bin" / "python"
PINNED = (
    "foolbox==3.3.4", "torchattacks==3.5.1", "adv-lib==0.2.8", "pyautoattack==0.2.0", "cleverhans==4.0.0",
    "adversarial-robustness-toolbox==1.20.1", "attackbenchlib==2.0.2",
)  # fmt: skip
PEERS = ("foolbox", "torchattacks", "advlib", "art", "cleverhans", "pyautoattack")
EPS = {"as-written": 0.1, "hardened": 0.2}
OPTIMAL = {
    "linf": ("fmn linf 100", "tr linf 100", "pdpgd linf 100"),
    "l2": ("ddn 100", "fmn l2 100", "tr l2 100", "alma l2 100"),
    "l0": ("sigma-zero 100", "fmn l0 100", "saliency 100", "vfga"),
}
"""Attacks that look for the smallest change, by norm: what AttackBench's optimality ranks."""
QUICK = ("fgsm", "pgd 40", "apgd-ce 100", "ddn 100", "fmn linf 100", "sigma-zero 100")
QUICK_LIBRARIES = ("hauberk", "foolbox", "advlib")
"""What --quick runs, on the hardened digits alone; the other libraries take longer to import than that."""
PLAIN = "plain"
"""A third victim, for optimality alone: one hidden layer, trained here in a second."""
HOP_QUERIES = (400, 440, 470, 500, 700)
"""Our budgets: a peer is set beside the largest that does not exceed what it took."""
HOP_SAMPLES, HOP_RUNS = 20, 5


class Counting(nn.Module):
    """Counts samples forwards and slopes backwards, whoever asks; keeps what was said to who asks without slopes."""

    def __init__(self, inner) -> None:
        super().__init__()
        self.inner, self.forwards, self.backwards, self.said = inner, 0, 0, []

    def forward(self, x):
        self.forwards += len(x)
        out = self.inner(x)
        if out.requires_grad:
            out.register_hook(self.count)
        else:
            self.said.append(out)
        return out

    def count(self, slope) -> None:
        self.backwards += len(slope)


class Replayed(nn.Module):
    """Says again what was said, at no cost: the CPU of such a run is that of the attack outside the model.

    A clock around each call of the model would cost more than what it measures. Raises RuntimeError where it is asked
    otherwise than before.
    """

    def __init__(self, said) -> None:
        super().__init__()
        self.said = iter(said)

    def forward(self, x):
        out = next(self.said, None)
        if out is None or len(out) != len(x):
            raise RuntimeError("a second run with the same seed asks otherwise")
        return out


def run(attack, model, given, seed):
    """The model, the points and the CPU seconds of one run."""
    torch.manual_seed(seed)
    np.random.seed(seed)  # noqa: NPY002  what peers draw from
    began = time.process_time()
    points = attack(model, *given).detach()
    return model, points, round(time.process_time() - began, 4)


def plain():
    """A network of one hidden layer on the digits' training set; the same bits in each process."""
    sys.path.insert(0, str(DIGITS / "as-written"))
    from digits import load

    sys.path.pop(0)
    torch.set_num_threads(1)
    torch.manual_seed(0)
    x, y = load("train")
    net = nn.Sequential(nn.Flatten(), nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10))
    adam = torch.optim.Adam(net.parameters(), lr=3e-3)
    for _ in range(10):
        for part in torch.randperm(len(x)).split(128):
            adam.zero_grad()
            nn.functional.cross_entropy(net(x[part]), y[part]).backward()
            adam.step()
    return net.eval().requires_grad_(requires_grad=False)


def victim(name):
    if name == PLAIN:
        return plain()
    sys.path.insert(0, str(DIGITS / name))
    from network import network

    sys.path.pop(0)
    data = (DIGITS / name / "models" / "digits.safetensors").read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    header, base = json.loads(data[8 : 8 + size]), 8 + size
    made = network()
    made.load_state_dict(
        {
            key: torch.frombuffer(
                bytearray(data[base + one["data_offsets"][0] : base + one["data_offsets"][1]]), dtype=torch.float32
            ).reshape(one["shape"])
            for key, one in header.items()
        }
    )
    return made.eval().requires_grad_(requires_grad=False)


def samples(n, seed):
    sys.path.insert(0, str(DIGITS / "as-written"))
    from digits import load

    x, y = load("test")
    chosen = torch.randperm(len(x), generator=torch.Generator().manual_seed(seed))[:n]
    return x[chosen], y[chosen]


# what each library runs: name of the attack -> (norm, function of model, samples, labels, eps -> points)


def ours():
    from hauberk.attacks.decision import hopskipjump
    from hauberk.attacks.siege import Limits, Siege
    from hauberk.attacks.whitebox import ascent, cascade, nearest
    from hauberk.attacks.whitebox.hunt import Hunt, Terms
    from hauberk.attacks.whitebox.norms import Norm

    def climb(recipe):
        def run(m, x, y, eps):
            hunt = Hunt(m, x, y, Terms(eps=eps))
            ascent.ascend(hunt, recipe)
            return hunt.best

        return run

    def walk(norm, attack):
        def run(m, x, y, _):
            hunt = Hunt(m, x, y, Terms(norm=norm))
            attack(hunt)
            return hunt.best

        return run

    def auto(m, x, y, eps):
        hunt = Hunt(m, x, y, Terms(eps=eps))
        cascade.run(hunt)
        return hunt.best

    def hop(queries):
        return lambda m, x, y, _: hop_by(m, x, y, queries)

    def hop_by(m, x, y, queries):
        def query(points):
            with torch.no_grad():
                return m(torch.from_numpy(points)).argmax(1).numpy()

        siege = Siege(query, x.numpy(), y.numpy(), Limits(norm="l2", queries=queries))
        hopskipjump(siege, np.random.default_rng(0))
        return torch.from_numpy(siege.best)

    return {
        "fgsm": ("linf", climb(ascent.FGSM)),
        "pgd 40": ("linf", climb(ascent.PGD)),
        "apgd-ce 100": ("linf", climb(ascent.APGD_CE)),
        "deepfool 50": ("l2", walk(Norm.L2, nearest.deepfool)),
        "ddn 100": ("l2", walk(Norm.L2, nearest.ddn)),
        "fmn l2 100": ("l2", walk(Norm.L2, nearest.fmn)),
        "fmn linf 100": ("linfmin", walk(Norm.LINF, nearest.fmn)),
        "c&w 5x50": ("l2", walk(Norm.L2, nearest.carlini_wagner)),
        "sigma-zero 100": ("l0", walk(Norm.L0, nearest.sigma_zero)),
        "fmn l0 100": ("l0", walk(Norm.L0, nearest.fmn)),
        "saliency 100": ("l0", walk(Norm.L0, nearest.saliency)),
        **{f"hopskipjump l2 @{queries}": ("l2", hop(queries)) for queries in HOP_QUERIES},
        "autoattack": ("linf", auto),
    }


def foolbox():
    import foolbox as fb

    def run(attack, *, eps=False):
        def go(m, x, y, size):
            model = fb.PyTorchModel(m, bounds=(0, 1), device="cpu")
            return attack(model, x, y, epsilons=size if eps else None)[1]

        return go

    a = fb.attacks
    return {
        "fgsm": ("linf", run(a.LinfFastGradientAttack(random_start=False), eps=True)),
        "pgd 40": ("linf", run(a.LinfPGD(steps=40, rel_stepsize=0.1), eps=True)),
        "deepfool 50": ("l2", run(a.L2DeepFoolAttack(steps=50))),
        "ddn 100": ("l2", run(a.DDNAttack(steps=100))),
        "fmn l2 100": ("l2", run(a.L2FMNAttack(steps=100))),
        "fmn linf 100": ("linfmin", run(a.LInfFMNAttack(steps=100))),
        "c&w 5x50": (
            "l2",
            run(a.L2CarliniWagnerAttack(binary_search_steps=5, steps=50, stepsize=0.01, initial_const=1.0)),
        ),
        "hopskipjump l2": (
            "l2",
            run(a.HopSkipJumpAttack(steps=6, initial_gradient_eval_steps=30, max_gradient_eval_steps=300)),
        ),
    }


def torchattacks():
    import torchattacks as ta

    return {
        "fgsm": ("linf", lambda m, x, y, e: ta.FGSM(m, eps=e)(x, y)),
        "pgd 40": ("linf", lambda m, x, y, e: ta.PGD(m, eps=e, alpha=e / 10, steps=40)(x, y)),
        "apgd-ce 100": ("linf", lambda m, x, y, e: ta.APGD(m, eps=e, steps=100)(x, y)),
        "deepfool 50": ("l2", lambda m, x, y, _: ta.DeepFool(m, steps=50)(x, y)),
        "c&w 5x50": ("l2", lambda m, x, y, _: ta.CW(m, c=1, steps=250, lr=0.01)(x, y)),
    }


def advlib():
    for name in ("visdom", "torchvision", "torchvision.transforms", "torchvision.utils", "torchvision.datasets"):
        stub = types.ModuleType(name)
        stub.__spec__ = importlib.machinery.ModuleSpec(name, None)
        stub.__getattr__ = lambda _: object
        sys.modules[name] = stub
    from adv_lib import attacks as a
    from adv_lib.attacks.deepfool import df
    from adv_lib.attacks.sigma_zero import sigma_zero
    from adv_lib.attacks.stochastic_sparse_attacks import vfga

    return {
        "pgd 40": (
            "linf",
            lambda m, x, y, e: a.pgd_linf(m, x, y, ε=e, steps=40, random_init=True, restarts=1, relative_step_size=0.1),
        ),
        "apgd-ce 100": ("linf", lambda m, x, y, e: a.apgd(m, x, y, eps=e, norm=float("inf"), n_iter=100)),
        "deepfool 50": ("l2", lambda m, x, y, _: df(m, x, y, steps=50)),
        "ddn 100": ("l2", lambda m, x, y, _: a.ddn(m, x, y, steps=100)),
        "fmn l2 100": ("l2", lambda m, x, y, _: a.fmn(m, x, y, norm=2, steps=100)),
        "fmn linf 100": ("linfmin", lambda m, x, y, _: a.fmn(m, x, y, norm=float("inf"), steps=100)),
        "c&w 5x50": (
            "l2",
            lambda m, x, y, _: a.carlini_wagner_l2(
                m, x, y, max_iterations=50, binary_search_steps=5, initial_const=1.0
            ),
        ),
        "sigma-zero 100": ("l0", lambda m, x, y, _: sigma_zero(m, x, y, num_steps=100)),
        "fmn l0 100": ("l0", lambda m, x, y, _: a.fmn(m, x, y, norm=0, steps=100)),
        "vfga": ("l0", lambda m, x, y, _: vfga(m, x, y, targeted=False)),
        "tr l2 100": ("l2", lambda m, x, y, _: a.tr(m, x, y, p=2, iter=100)),
        "tr linf 100": ("linfmin", lambda m, x, y, _: a.tr(m, x, y, p=float("inf"), iter=100)),
        "alma l2 100": ("l2", lambda m, x, y, _: a.alma(m, x, y, distance="l2", num_steps=100)),
        "pdpgd linf 100": ("linfmin", lambda m, x, y, _: a.pdpgd(m, x, y, norm=float("inf"), num_steps=100)),
    }


def art():
    from art.attacks import evasion as e
    from art.estimators.classification import PyTorchClassifier

    def run(make):
        def go(m, x, y, eps):
            wrapped = PyTorchClassifier(
                m, nn.CrossEntropyLoss(), tuple(x.shape[1:]), 10, clip_values=(0, 1), device_type="cpu"
            )
            return torch.from_numpy(
                make(wrapped, eps).generate(x.numpy(), nn.functional.one_hot(y, 10).numpy())
            ).float()

        return go

    return {
        "fgsm": ("linf", run(lambda c, s: e.FastGradientMethod(c, eps=s))),
        "pgd 40": (
            "linf",
            run(
                lambda c, s: e.ProjectedGradientDescent(
                    c, eps=s, eps_step=s / 10, max_iter=40, num_random_init=1, verbose=False
                )
            ),
        ),
        "apgd-ce 100": (
            "linf",
            run(
                lambda c, s: e.AutoProjectedGradientDescent(
                    c, eps=s, eps_step=2 * s, max_iter=100, nb_random_init=1, loss_type="cross_entropy", verbose=False
                )
            ),
        ),
        "deepfool 50": ("l2", run(lambda c, _: e.DeepFool(c, max_iter=50, verbose=False))),
        "hopskipjump l2": (
            "l2",
            run(lambda c, _: e.HopSkipJump(c, max_iter=6, max_eval=300, init_eval=30, verbose=False)),
        ),
    }


def cleverhans():
    from cleverhans.torch.attacks.carlini_wagner_l2 import carlini_wagner_l2
    from cleverhans.torch.attacks.fast_gradient_method import fast_gradient_method
    from cleverhans.torch.attacks.hop_skip_jump_attack import hop_skip_jump_attack
    from cleverhans.torch.attacks.projected_gradient_descent import projected_gradient_descent

    inf = float("inf")
    return {
        "fgsm": ("linf", lambda m, x, y, e: fast_gradient_method(m, x, e, inf, 0, 1, y=y)),
        "pgd 40": ("linf", lambda m, x, y, e: projected_gradient_descent(m, x, e, e / 10, 40, inf, 0, 1, y=y)),
        "c&w 5x50": (
            "l2",
            lambda m, x, y, _: carlini_wagner_l2(
                m, x, 10, y, lr=0.01, initial_const=1.0, binary_search_steps=5, max_iterations=50
            ),
        ),
        "hopskipjump l2": (
            "l2",
            lambda m, x, _y, _e: hop_skip_jump_attack(
                m, x, 2, initial_num_evals=30, max_num_evals=300, num_iterations=6, verbose=False
            ),
        ),
    }


def pyautoattack():
    from pyautoattack import AutoAttack

    def auto(m, x, y, eps):
        attack = AutoAttack(m, eps=eps, norm="Linf", version="standard", seed=0)
        found = attack.run_standard_evaluation(x, y, batch_size=250)
        return found[0] if isinstance(found, tuple) else found

    return {"autoattack": ("linf", auto)}


LIBRARIES = {"hauberk": ours, **{name: globals()[name] for name in PEERS}}


def measure(library, which, n, seed, only):
    """Run each attack of a library on one victim; one JSON line each."""
    torch.set_num_threads(1)
    net = victim(which)
    for name, (norm, attack) in LIBRARIES[library]().items():
        if only and name not in only:
            continue
        x, y = samples(HOP_SAMPLES if name.startswith("hop") else n, seed)
        right = net(x).argmax(1) == y
        if name.startswith("hop"):
            x, y, right = x[right], y[right], right[right]
        row = {"library": library, "victim": which, "attack": name, "n": len(x), "seed": seed}
        try:
            counting, points, row["cpu"] = run(attack, Counting(net), (x, y, EPS.get(which, 0.1)), seed)
            if name.startswith("hop"):
                replays = [
                    run(attack, Replayed(counting.said), (x, y, EPS.get(which, 0.1)), seed)[2] for _ in range(HOP_RUNS)
                ]
                row["outside"] = sorted(replays)[HOP_RUNS // 2]
        except Exception as error:  # noqa: BLE001  a peer's crash is a result
            place = traceback.extract_tb(error.__traceback__)[-1]
            row["crash"] = f"{type(error).__name__}: {str(error)[:90]} ({Path(place.filename).name}:{place.lineno})"
            print(json.dumps(row), flush=True)
            continue
        row["forwards"], row["backwards"] = counting.forwards / len(x), counting.backwards / len(x)
        with torch.no_grad():
            fooled = (net(points).argmax(1) != y) & right
        delta = (points - x).flatten(1)
        size = {"l2": delta.norm(dim=1), "l0": (delta != 0).sum(1).float()}.get(norm, delta.abs().amax(1))
        if norm == "linf":
            fooled &= size <= EPS.get(which, 0.1) * (1 + 1e-5)
        distance = torch.where(fooled, size, torch.inf)[right]
        row["robust"] = float((right & ~fooled).double().mean())
        row["success"] = float(fooled[right].double().mean())
        row["correct"] = right.tolist()
        row["distances"] = torch.where(fooled, size, torch.where(right, torch.inf, 0.0)).tolist()
        row["median"] = float(distance.median()) if distance.numel() else None
        row["left"] = (right & ~fooled).nonzero().squeeze(1).tolist() if name == "autoattack" else []
        if name == "fgsm":
            row["points"] = str(Path(tempfile.gettempdir()) / f"fgsm-{library}-{which}-{seed}.pt")
            torch.save((points, fooled), row["points"])
        print(json.dumps(row), flush=True)


def collect(library, which, n, seed, only):
    python = sys.executable if library == "hauberk" else str(PEER_PYTHON)
    if not Path(python).exists():
        return [{"library": library, "victim": which, "attack": "*", "crash": "not installed"}]
    command = [
        python,
        "-W",
        "ignore",
        __file__,
        "--peer",
        library,
        "--victim",
        which,
        "--n",
        str(n),
        "--seed",
        str(seed),
    ]
    done = subprocess.run([*command, *(["--only", *only] if only else [])], capture_output=True, text=True, check=False)
    rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no output"])[-1]
        rows.append({"library": library, "victim": which, "attack": "*", "crash": last[:120]})
    return rows


def show(rows):
    print(
        f"{'attack':<15} {'victim':<11} {'library':<13} {'n':>4} {'fwd/ex':>8} {'bwd/ex':>8} {'cpu s':>8} {'robust':>7} {'success':>8} {'median':>8}"
    )
    for row in sorted(rows, key=lambda r: (r["attack"], r["victim"], r["library"] != "hauberk", r["library"])):
        head = f"{row['attack']:<15} {row['victim']:<11} {row['library']:<13}"
        if "crash" in row:
            print(f"{head} CRASH {row['crash']}")
            continue
        print(
            f"{head} {row['n']:>4} {row['forwards']:>8.1f} {row['backwards']:>8.1f} {row['cpu']:>8.2f} {row['robust']:>7.3f} "
            f"{row['success']:>8.3f} {row['median'] if row['median'] is not None else float('nan'):>8.4f}"
        )


def judge(rows):
    """Each bar of the issue on these rows: name, held (None: its peer is missing), words."""
    by = {(r["attack"], r["victim"], r["library"]): r for r in rows}

    def got(attack, which, library):
        row = by.get((attack, which, library))
        return row if row and "crash" not in row else None

    def peers(attack, which):
        return [row for name in PEERS if (row := got(attack, which, name))]

    for which in EPS:
        own = got("fgsm", which, "hauberk")
        if own is None:
            continue
        points, fooled = torch.load(own["points"])
        apart = {
            r["library"]: float((torch.load(r["points"])[0] - points)[fooled].abs().max()) for r in peers("fgsm", which)
        }
        yield (
            f"fgsm identical, {which}",
            bool(apart) and max(apart.values()) < 1e-6,
            f"largest difference of a pixel {apart}",
        )
        for attack in ("pgd 40", "apgd-ce 100"):
            own, others = got(attack, which, "hauberk"), peers(attack, which)
            if not others:
                yield f"{attack} {which}", None, "no peer"
                continue
            best = min(others, key=lambda r: r["robust"])
            yield (
                f"{attack} robust, {which}",
                own["robust"] <= best["robust"],
                f"{own['robust']:.3f}; best peer {best['library']} {best['robust']:.3f}",
            )
        own, other = got("apgd-ce 100", which, "hauberk"), got("apgd-ce 100", which, "art")
        if other:
            yield (
                f"apgd forwards of ART, {which}",
                own["forwards"] <= other["forwards"] / 2,
                f"{own['forwards']:.0f} against {other['forwards']:.0f}",
            )
        own, other = got("deepfool 50", which, "hauberk"), got("deepfool 50", which, "art")
        if other:
            ratio = other["cpu"] / own["cpu"]
            held = ratio >= 30 and own["median"] <= other["median"] * 1.0001
            yield (
                f"deepfool against ART, {which}",
                held,
                f"{ratio:.1f} times less CPU; median {own['median']:.4f} against {other['median']:.4f}",
            )
        for attack in ("ddn 100", "fmn l2 100", "fmn linf 100", "sigma-zero 100"):
            own, other = got(attack, which, "hauberk"), got(attack, which, "advlib")
            if other:
                yield (
                    f"{attack} against adv-lib, {which}",
                    own["median"] <= other["median"] * 1.0001,
                    f"{own['median']:.4f} against {other['median']:.4f}",
                )
            else:
                yield f"{attack} against adv-lib, {which}", None, "no peer"
        own, others = got("c&w 5x50", which, "hauberk"), peers("c&w 5x50", which)
        if others:
            best = min(others, key=lambda r: r["median"])
            held = own["success"] >= 0.99 and own["median"] <= 1.02 * best["median"]
            yield (
                f"c&w, {which}",
                held,
                f"success {own['success']:.3f}, median {own['median']:.4f}; best peer {best['library']} {best['success']:.3f}, {best['median']:.4f}",
            )
        for other in peers("hopskipjump l2", which):
            mine = [row for q in HOP_QUERIES if (row := got(f"hopskipjump l2 @{q}", which, "hauberk"))]
            own = max(
                (row for row in mine if row["forwards"] <= other["forwards"]),
                key=lambda r: r["forwards"],
                default=mine[0],
            )
            held = (
                own["median"] <= other["median"]
                and own["forwards"] <= other["forwards"] * 1.01
                and own["outside"] <= other["outside"] / 5
            )
            yield (
                f"hopskipjump against {other['library']}, {which}",
                held,
                (
                    f"median {own['median']:.3f} at {own['forwards']:.0f} queries against {other['median']:.3f} at {other['forwards']:.0f}; "
                    f"CPU outside the model {own['outside']:.2f} against {other['outside']:.2f} s"
                ),
            )
        own, other = got("pgd 40", which, "hauberk"), got("pgd 40", which, "cleverhans")
        if which == "as-written" and other:
            yield (
                "pgd on a weak model: half a plain loop's forwards",
                own["forwards"] <= other["forwards"] / 2,
                f"{own['forwards']:.1f} against {other['forwards']:.1f}",
            )


def optimality(rows, which):
    """AttackBench's local optimality of each attack on a victim, by norm; its metric is loaded alone, from its file."""
    place = PEER_PYTHON.parents[1] / "lib"
    found = next(place.glob("python3*/site-packages/attackbench/metrics/distances.py"), None)
    if found is None:
        yield from ((norm, None) for norm in OPTIMAL)
        return
    spec = importlib.util.spec_from_file_location("attackbench_distances", found)
    metric = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(metric)
    for norm, names in OPTIMAL.items():
        held = [r for r in rows if r["victim"] == which and r["attack"] in names and "crash" not in r]
        if held:
            best = np.minimum.reduce([np.array(r["distances"]) for r in held])
            clean = float(np.mean(held[0]["correct"]))
            scores = {
                (r["library"], r["attack"]): metric.eval_optimality(np.array(r["distances"]), best, clean) for r in held
            }
            yield norm, dict(sorted(scores.items(), key=lambda one: -one[1]))


def judge_optimality(rows):
    """First, or within .005 of the first, in each norm on each victim."""
    for which in (*EPS, PLAIN):
        for norm, scores in optimality(rows, which):
            name = f"attackbench optimality {norm}, {which}"
            if scores is None or len({library for library, _ in scores}) < 2:
                yield name, None, "no peer, or no metric"
                continue
            mine = max((score for (library, _), score in scores.items() if library == "hauberk"), default=0.0)
            best = next(iter(scores.values()))
            words = ", ".join(f"{library} {attack} {score:.3f}" for (library, attack), score in scores.items())
            yield name, mine >= best - 0.005, words


def judge_auto(rows):
    """The bar on the ensemble."""
    by = {(r["attack"], r["victim"], r["library"]): r for r in rows if "crash" not in r}
    for which in EPS:
        own, other = (by.get(("autoattack", which, name)) for name in ("hauberk", "pyautoattack"))
        if own and other:
            apart, share = abs(own["robust"] - other["robust"]), own["forwards"] / other["forwards"]
            bar = 0.2 if which == "as-written" else 0.5
            yield (
                f"autoattack, {which}",
                apart <= 0.005 and share <= bar,
                (
                    f"robust {own['robust']:.4f} against {other['robust']:.4f} (n={own['n']}); {own['forwards']:.0f} forwards against "
                    f"{other['forwards']:.0f}: {share:.2f}, bar {bar}; {len(set(own['left']) ^ set(other['left']))} samples judged otherwise"
                ),
            )


def install():
    """The peers' environment."""
    if PEER_PYTHON.exists():
        return
    subprocess.run([sys.executable, "-m", "venv", PEER_PYTHON.parents[1]], check=True)
    pip = [str(PEER_PYTHON), "-m", "pip", "install", "--quiet"]
    subprocess.run([*pip, "torch==2.13.0", "numpy==2.4.6", "scipy", "scikit-learn"], check=True)
    subprocess.run([*pip, "--no-deps", *PINNED], check=True)
    subprocess.run([*pip, "eagerpy", "GitPython", "requests", "six", "tqdm", "absl-py"], check=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--peer")
    parser.add_argument("--victim", default="as-written")
    parser.add_argument("--n", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--auto", type=int, default=1000, help="samples for AutoAttack")
    given = parser.parse_args()
    if given.peer:
        measure(given.peer, given.victim, given.n, given.seed, given.only)
        return 0
    install()
    print(f"torch {torch.__version__}, one thread; eps {EPS}; samples of the test set of examples/digits")
    if given.quick:
        rows = [row for library in QUICK_LIBRARIES for row in collect(library, "hardened", 20, 0, QUICK)]
        show(rows)
        for name, held, words in judge(rows):
            print(f"{'PASS' if held else 'FALLS SHORT'}: {name}: {words}")
        print("a quick look at a few samples judges nothing: the bars are those of the full run")
        return 0
    seeds, n = (0, 1, 2), given.n
    if given.only == ["autoattack"]:
        rows = [
            row
            for which in EPS
            for library in ("hauberk", "pyautoattack")
            for row in collect(library, which, given.auto, 0, given.only)
        ]
        show(rows)
        for name, held, words in judge_auto(rows):
            print(f"{'PASS' if held else 'FALLS SHORT'}: {name}: {words}")
        return 0
    near = sorted({name for names in OPTIMAL.values() for name in names})
    usual = ["hopskipjump l2", *near, *(name for name in ours() if name != "autoattack")]
    outcomes = {}
    for seed in seeds:
        rows = [
            row
            for which in EPS
            for library in LIBRARIES
            if library != "pyautoattack"
            for row in collect(library, which, n, seed, given.only or usual)
        ]
        if given.auto and seed == 0 and not given.only:
            rows += [
                row
                for which in EPS
                for library in ("hauberk", "pyautoattack")
                for row in collect(library, which, given.auto, seed, ["autoattack"])
            ]
        if not given.only:
            rows += [
                row for library in ("hauberk", "advlib", "foolbox") for row in collect(library, PLAIN, n, seed, near)
            ]
        print(f"\nseed {seed}")
        show(rows)
        for name, held, words in (*judge(rows), *judge_optimality(rows), *judge_auto(rows)):
            outcomes.setdefault(name, []).append((held, f"seed {seed}: {words}"))
    print("\nbars (the worst seed counts)")
    failed = False
    for name, results in outcomes.items():
        held = all(one for one, _ in results)
        failed |= not held
        print(f"{'PASS' if held else 'FALLS SHORT'}: {name}: {'; '.join(words for _, words in results)}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
