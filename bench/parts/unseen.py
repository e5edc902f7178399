# SPDX-License-Identifier: Apache-2.0
"""Whether a client can tell from outside that it was flagged: ``hauberk guard run`` on loopback, detectors at ``allow``.

Detectors that the comparison is not about are off, so that nothing else is flagged. Two pairs of samples whose payloads are alike and as long, number for number. ``campaign``: pictures sent again and again
with grain, so faint that they are linked even where honest pictures lie dense (with stronger grain some are no chain, and the second
sample is not what it is to be); as many as lie below the length of a chain that is flagged, and the same number that are flagged.
``adversarial``: pictures with faint specks on the ground, as many in either sample, too faint to count and just not.

The test is Mann and Whitney's, as an area: how often a flagged answer takes longer than another. With n and m answers
its standard error under the null is sqrt((n + m + 1) / (12 n m)). The bar is one of equivalence: the 99 % interval of
the area lies within 0.5 +- 0.05. A shift of that size is told at the level of 1 % with the power that is printed, and
so is the least constant delay, added to the flagged answers, that the same test tells: the proof that it can see.
Status, headers and shape of bodies must be the same, and detections are counted by the guard.
"""

import http.client
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from statistics import NormalDist

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
HAUBERK = ROOT / ".venv" / "bin" / "hauberk"
DIGITS = ROOT / "examples" / "digits" / "hardened"
MARGIN = 0.05
Z = NormalDist().inv_cdf(0.995)
GRAIN, FAINT, SPECK = 0.004, 0.04, 0.16


class Guard:
    """The example behind a guard that flags and answers; ``detect`` says what is done, detector by detector."""

    def __init__(self, **detect):
        self._detect = json.dumps(detect)

    def __enter__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="unseen-"))
        system = self.folder / "system"
        shutil.copytree(DIGITS, system)
        manifest = system / "hauberk.yaml"
        told = manifest.read_text().replace("{campaign: quarantine}", self._detect)
        manifest.write_text(told.replace("6000/minute", "600000/minute"))
        run = {"cwd": system, "env": {**os.environ, "HAUBERK_KEYS": str(self.folder / "keys")}, "text": True}
        subprocess.run([HAUBERK, "guard", "learn", "-q"], stdout=-3, check=True, **run)
        self.least = int(re.search(r"chains of (\d+)", (system / "hauberk.lock").read_text())[1])
        scopes = ["--scope", "infer", "--scope", "metrics"]
        made = subprocess.run(
            [HAUBERK, "guard", "key", "new", "--name", "a", *scopes, "-q"], stdout=-1, check=True, **run
        )
        self.process = subprocess.Popen([HAUBERK, "guard", "run", "--port", "0"], stdout=-1, **run)
        port = int(re.search(r":(\d+)/", self.process.stdout.readline())[1])
        self._wire = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self._head = {"authorization": f"Bearer {made.stdout.strip()}", "content-type": "application/json"}
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(30)
        shutil.rmtree(self.folder)

    def ask(self, picture):
        """Seconds until the whole answer is there, and what can be seen of it."""
        body = b'{"rows": [[' + ", ".join([f"{cell:.4f}" for cell in picture]).encode() + b"]]}"
        begun = time.perf_counter()
        self._wire.request("POST", "/predict", body, self._head)
        answer = self._wire.getresponse()
        text = answer.read()
        took = time.perf_counter() - begun
        return took, (
            answer.status,
            tuple(sorted(name.lower() for name, _ in answer.getheaders())),
            shape(json.loads(text)),
        )

    def detections(self):
        self._wire.request("GET", "/metrics", headers=self._head)
        text = self._wire.getresponse().read().decode()
        return int(re.search(r"^hauberk_guard_detections_total (\d+)", text, re.MULTILINE)[1])


def shape(value):
    """A document without its values."""
    if isinstance(value, dict):
        return tuple((name, shape(one)) for name, one in sorted(value.items()))
    return tuple(shape(one) for one in value) if isinstance(value, list) else type(value).__name__


def chains(guard, pictures, rng):
    """Answers below the chain's length, and from there on; detections that were counted."""
    samples, before = ([], []), guard.detections()
    for picture in pictures:
        for at in range(1, 2 * guard.least - 1):
            answer = guard.ask(np.clip(picture + GRAIN * rng.standard_normal(784), 0, 1))
            if at > 1:
                samples[at >= guard.least].append(answer)
    return samples, guard.detections() - before


def specks(guard, pictures, count, rng):
    """Answers to pictures with faint specks, and with such that count, in turns; detections that were counted."""
    samples, before = ([], []), guard.detections()
    for turn, clean in enumerate(pictures):
        picture, ground = clean.copy(), np.flatnonzero(clean == 0)
        picture[rng.choice(ground, min(count, len(ground)), replace=False)] = (FAINT, SPECK)[turn % 2]
        samples[turn % 2].append(guard.ask(picture))
    return samples, guard.detections() - before


def compare(name, samples, counted):
    """Print one comparison; its bars."""
    low, high = (np.array([took for took, _ in sample]) for sample in samples)
    area, error = shifted(low, high, 0.0), np.sqrt((len(low) + len(high) + 1) / (12 * len(low) * len(high)))
    least = next(
        (
            us
            for us in (5, 10, 20, 30, 50, 75, 100, 150, 200, 300, 500, 1000)
            if shifted(low, high, us) - Z * error > 0.5
        ),
        None,
    )
    power = NormalDist().cdf(MARGIN / error - Z)
    seen = {what for sample in samples for _, what in sample}
    print(
        f"unseen {name:<12} {len(low)} answers not flagged, median {np.median(low) * 1e6:.0f} us; {len(high)} flagged, {np.median(high) * 1e6:.0f} us;"
        f" area {area:.3f} ({area - Z * error:.3f} to {area + Z * error:.3f}); power {power:.4f} against 0.55; a delay of {least} us would be told;"
        f" {len(seen)} kind of status, headers and body; {counted} detections"
    )
    return [
        (f"unseen, {name}: flagged answers look as others do", len(seen) == 1),
        (f"unseen, {name}: area of latencies within 0.5 +- {MARGIN} at 99 %", abs(area - 0.5) + Z * error <= MARGIN),
        (f"unseen, {name}: these were flagged and the others not, but for 2 %", abs(counted / len(high) - 1) <= 0.02),
    ]


def shifted(low, high, us):
    """How often an answer of the second sample takes longer, were each of them so much slower."""
    ranks = np.argsort(np.argsort(np.concatenate([low, high + us * 1e-6])))
    return float((ranks[len(low) :].mean() - (len(high) - 1) / 2) / len(low))


def unseen(pictures, edges, from_, count, seed):
    """Both comparisons, ``count`` answers a sample at most; ``edges`` and ``from_`` say how many specks are flagged."""
    rng, bars = np.random.default_rng(seed), []
    free = (np.full(784, SPECK) > edges.high).mean()
    many = round(784 * 2.0 * from_ / free)
    with Guard(campaign="off", distribution="off", extraction="off") as guard:
        for picture in pictures[:50]:
            guard.ask(picture)
        bars += compare("adversarial", *specks(guard, pictures[rng.integers(len(pictures), size=2 * count)], many, rng))
    with Guard(adversarial="off", distribution="off", extraction="off") as guard:
        for picture in pictures[:50]:
            guard.ask(picture)
        bars += compare(
            "campaign", *chains(guard, pictures[rng.permutation(len(pictures))[: 1 + count // (guard.least - 2)]], rng)
        )
    return bars
