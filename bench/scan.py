# SPDX-License-Identifier: Apache-2.0
"""A repository of 200 foreign Python files: how long a scan takes, what it leaves unread; bandit beside it.

The files are scikit-learn's own sources as installed. bandit is a peer in its own venv (``.venvs/bandit``), installed by
this script. The two look for different things, so the ratio says what a user waits, not which is the better engine.
``--quick`` takes 1 run instead of 5.
"""

import json
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from importlib import metadata, util
from pathlib import Path

FILES = 200
BAR = 15.0
"""Most seconds of wall time for 200 files on two cores, nothing cached."""
ROOT = Path(__file__).parents[1]
PEER = ROOT / ".venvs" / "bandit"
HAUBERK = Path(sys.executable).parent / "hauberk"


def repository(folder: Path) -> None:
    """Copy the first 200 Python files of scikit-learn."""
    source = Path(util.find_spec("sklearn").origin).parent
    for path in sorted(source.rglob("*.py"))[:FILES]:
        target = folder / path.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)


def peer() -> Path:
    """bandit in a venv of its own."""
    program = PEER / "bin" / "bandit"
    if not program.exists():
        subprocess.run([sys.executable, "-m", "venv", PEER], check=True)
        subprocess.run([PEER / "bin" / "pip", "install", "--quiet", "bandit==1.9.4"], check=True)
    return program


def timed(command) -> tuple[float, str]:
    """Wall seconds and standard output."""
    begun = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return time.perf_counter() - begun, done.stdout


def main() -> int:
    """Print the table and judge the bar."""
    runs = 1 if "--quick" in sys.argv[1:] else 5
    bandit = peer()
    with tempfile.TemporaryDirectory() as name:
        repository(Path(name))
        ours, theirs = [], []
        for _ in range(runs):
            seconds, out = timed([HAUBERK, "scan", name, "--no-cache", "--json"])
            ours.append(seconds)
            seconds, peer_out = timed([bandit, "-q", "-r", name, "-f", "json"])
            theirs.append(seconds)
    coverage = json.loads(out)["coverage"]
    skipped = len(json.loads(peer_out)["errors"])
    print(
        f"python {platform.python_version()}, scikit-learn {metadata.version('scikit-learn')}, {FILES} files, {runs} runs, wall seconds"
    )
    print(f"{'tool':<10} {'min':>6} {'median':>7} {'max':>6}  unread")
    print(
        f"{'hauberk':<10} {min(ours):6.1f} {statistics.median(ours):7.1f} {max(ours):6.1f}  {coverage['unable']} unable, {len(coverage['no_rule'])} without a rule"
    )
    print(f"{'bandit':<10} {min(theirs):6.1f} {statistics.median(theirs):7.1f} {max(theirs):6.1f}  {skipped} errors")
    middle = statistics.median(ours)
    print(f"ratio hauberk / bandit: {middle / statistics.median(theirs):.1f}")
    held = middle <= BAR and coverage["examined"] >= FILES - coverage["unable"]
    print(f"{'PASS' if held else 'FALLS SHORT'}: scan: {FILES} files in {middle:.1f} s, bar {BAR:g} s ({runs} runs)")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
