# SPDX-License-Identifier: Apache-2.0
"""Mutated pickles, judged by hauberk and loaded by CPython: no stream that we call clean reaches what is not allowed.

A million streams (``--quick``: 20,000; ``--streams=N``: as many, into a file of their own) are mutated from honest pickles and from the attacks of the tests. Each is judged
here, then loaded by CPython's C unpickler, its Python unpickler and joblib in a confined child under an audit hook
(``bench/peers/reach.py``). A hole is a stream called clean in which a global that is not on the allow-list is looked
up, or in which allowed ones open, run, import or connect. Streams that make CPython allocate gigabytes, which are
found already, are not loaded.
"""

import collections
import datetime as dt
import functools
import io
import pickle
import platform
import random
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import joblib
import msgspec
import numpy as np
import pandas as pd
import scipy.sparse
import sklearn
from bench.peers.reach import Seen, Work
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tests.analysis.attacks import ATTACKS
from tests.fuzz.mutations import mutate, touch

from hauberk.analysis import allowlist
from hauberk.analysis.program_files import Inert, Part, pieces
from hauberk.confine.pool import ConfinedPool, Task
from hauberk.core.errors import CannotLook

STREAMS, QUICK = 1_000_000, 20_000
BATCH = 1000
AHEAD = 3
"""Batches under way in children."""
SEED = 4
RESULTS = ROOT / "bench" / "results"
REACHED = 0.20
"""Share of the streams that must reach a global in CPython, so that the mutations test more than the parser."""


def seeds() -> list[bytes]:
    """Honest pickles in every protocol, joblib's files, and the attacks."""
    data, target = np.random.RandomState(0).rand(12, 2), np.arange(12) % 2
    values = [
        {"a": [1, 2.5, "x", b"y"], "b": (1, 2), "c": {3}},
        collections.OrderedDict(a=dt.datetime(2026, 1, 1, tzinfo=dt.UTC), b=collections.deque([1, 2])),
        np.arange(4.0),
        [np.array(["a", 1], dtype=object), np.float64(2), np.random.RandomState(1).get_state()[0]],
        functools.partial(collections.Counter, a=1),
        pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}),
        scipy.sparse.csr_matrix(data),
        LogisticRegression().fit(data, target),
        make_pipeline(StandardScaler(), LogisticRegression()).fit(data, target),
        RandomForestClassifier(1, max_depth=1, random_state=0).fit(data, target),
    ]
    made = [pickle.dumps(value, protocol) for value in values for protocol in range(6)]
    for value in values:
        buffer = io.BytesIO()
        joblib.dump(value, buffer)
        made.append(buffer.getvalue())
    return made + list(ATTACKS.values())


def streams(batch: int, corpus: list[bytes], count: int = BATCH) -> list[bytes]:
    """The mutated streams of one batch; its number is their seed."""
    chance = random.Random(SEED * 1_000_003 + batch)
    made = []
    for _ in range(count):
        change = touch if chance.random() < 0.5 else mutate
        made.append(change(chance.choice(corpus), corpus, chance))
    return made


def judged(data: bytes) -> tuple[bool, bool]:
    """Whether we call it clean, and whether CPython can be let at it."""
    found = list(pieces(data))
    clean = all(
        not (piece.program.faults or piece.program.stopped) if isinstance(piece, Part) else isinstance(piece, Inert)
        for piece in found
    )
    greedy = any(
        fault.subject == "memory" for piece in found if isinstance(piece, Part) for fault in piece.program.faults
    )
    return clean, not greedy


def allowed() -> set[str]:
    """Every allowed global; nested classes are looked up by dotted names."""
    return {f"{module}.{name}" for module, names in allowlist.allowed().globals.items() for name in names}


def pool() -> ConfinedPool:
    """Children that hold the watching loader."""
    return ConfinedPool(workers=2, readable=[ROOT], path=[ROOT / "bench" / "peers"], preload=["reach"])


class Tally:
    """What was seen so far."""

    def __init__(self) -> None:
        self.streams = self.loaded = self.clean = self.reached = self.clean_reached = 0
        self.fell: list[tuple[bytes, bool, str]] = []
        self.holes: list[tuple[bytes, list[str]]] = []

    def take(self, work: Work, seen: list[Seen]) -> None:
        """Count a batch."""
        for data, clean, one in zip(work.streams, work.clean, seen, strict=True):
            self.loaded += 1
            self.clean += clean
            self.reached += one.reached
            self.clean_reached += clean and one.reached
            if one.holes:
                self.holes.append((data, one.holes))


def batch(number: int, corpus: list[bytes], tally: Tally, rights: set[str], count: int = BATCH) -> Work:
    """Judge a batch; what may be loaded of it."""
    made = [(data, *judged(data)) for data in streams(number, corpus, count)]
    tally.streams += len(made)
    safe = [(data, clean) for data, clean, loadable in made if loadable]
    return Work([data for data, _ in safe], [clean for _, clean in safe], rights)


class Sent:
    """A batch under way in a child."""

    def __init__(self, children: ConfinedPool, work: Work) -> None:
        self.work, self.last = work, 0
        payload = msgspec.msgpack.encode(work)
        self.future = children.submit(
            Task(call="reach:reach", payload=payload, seconds=90, memory=3 << 30, progress=self._note)
        )

    def _note(self, number: bytes) -> None:
        self.last = int(number)


def collect(children: ConfinedPool, sent: Sent, tally: Tally) -> None:
    """Count an answer; where a stream ended the child, keep it, and load the others again."""
    try:
        tally.take(sent.work, msgspec.msgpack.decode(sent.future.result(), type=list[Seen]))
    except CannotLook as error:
        work = sent.work
        tally.fell.append((work.streams.pop(sent.last), work.clean.pop(sent.last), str(error)))
        collect(children, Sent(children, work), tally)


def fuzz(total: int, note=lambda _: None) -> Tally:
    """All batches, two under way in children while the next is judged."""
    corpus, tally, rights = seeds(), Tally(), allowed()
    waiting: collections.deque = collections.deque()
    with pool() as children:
        for number in range(-(-total // BATCH)):
            work = batch(number, corpus, tally, rights, min(BATCH, total - number * BATCH))
            waiting.append(Sent(children, work))
            while len(waiting) > AHEAD:
                collect(children, waiting.popleft(), tally)
                note(tally)
        while waiting:
            collect(children, waiting.popleft(), tally)
    return tally


def main() -> int:
    """Run, print, judge the bars."""
    quick = "--quick" in sys.argv
    asked = next((int(one.partition("=")[2]) for one in sys.argv if one.startswith("--streams=")), 0)
    total = asked or (QUICK if quick else STREAMS)
    begun = time.monotonic()

    def note(tally: Tally) -> None:
        if tally.streams % 50_000 == 0:
            print(
                f"  {tally.streams} streams, {time.monotonic() - begun:.0f} s, {len(tally.holes)} holes",
                file=sys.stderr,
                flush=True,
            )

    tally = fuzz(total, note)
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    ended = sum(clean for _, clean, _ in tally.fell)
    share = tally.reached / max(1, tally.streams)
    lines = [
        (
            f"pickle fuzz: commit {commit.stdout.strip()}, seed {SEED}, python {platform.python_version()}, numpy {np.__version__}, "
            f"pandas {pd.__version__}, scikit-learn {sklearn.__version__}, joblib {joblib.__version__}"
        ),
        f"allow-list {allowlist.digest()}",
        (
            f"{tally.streams} mutated streams in {time.monotonic() - begun:.0f} s; {tally.loaded} loaded by CPython, "
            f"{tally.streams - tally.loaded - len(tally.fell)} not loaded (they would make it allocate, and are found), "
            f"{len(tally.fell)} ended the child, of which {ended} are called clean"
        ),
        f"{tally.reached} ({share:.1%}) reach a global in CPython",
        f"{tally.clean} called clean, of which {tally.clean_reached} reach a global",
        f"{len(tally.holes)} holes",
        *(f"  ended the child ({why}): {data.hex()[:400]}" for data, clean, why in tally.fell[:10] if clean),
        *(f"  hole: {what} in {data.hex()[:400]}" for data, what in tally.holes[:10]),
    ]
    judged_bars = {
        f"streams >= {QUICK if quick else STREAMS}": tally.streams >= (QUICK if quick else STREAMS),
        f"streams that reach a global >= {REACHED:.0%}": share >= REACHED,
        "streams called clean in which CPython reaches what is not allowed = 0": not tally.holes,
        "streams called clean that reach a global > 0": tally.clean_reached > 0,
        "streams called clean that end CPython = 0": not ended,
    }
    lines += [f"{'PASS' if met else 'FALLS SHORT'}: {name}" for name, met in judged_bars.items()]
    text = "\n".join(lines) + "\n"
    sys.stdout.write(text)
    (RESULTS / f"pickle_fuzz{'_part' if asked else '_quick' if quick else ''}.txt").write_text(text)
    return 0 if all(judged_bars.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
