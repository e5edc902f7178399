# SPDX-License-Identifier: Apache-2.0
"""How much processor time the front door costs, as a ratio to ``python -c pass`` in the same run.

``--quick`` takes 5 runs instead of 30.
"""

import os
import platform
import resource
import statistics
import subprocess
import sys
from pathlib import Path

BAR = 8.0
"""Most times the CPU of ``python -c pass`` that ``hauberk --version`` may cost."""
HAUBERK = Path(sys.executable).parent / "hauberk"
COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "hauberk --version": [HAUBERK, "--version"],
    "hauberk --help": [HAUBERK, "--help"],
}


def cpu(command) -> float:
    """User and system seconds of one process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> int:
    """Print the table and judge the bar."""
    runs = 5 if "--quick" in sys.argv[1:] else 30
    seconds = {name: [] for name in COMMANDS}
    for _ in range(runs):
        for name, command in COMMANDS.items():
            seconds[name].append(cpu(command))
    anchor = statistics.median(seconds["python -c pass"])
    print(f"python {platform.python_version()}, {os.cpu_count()} cores, {runs} interleaved runs, CPU milliseconds")
    print(f"{'command':<20} {'min':>7} {'median':>7} {'max':>7} {'ratio':>6}")
    for name, all_of in seconds.items():
        middle = statistics.median(all_of)
        print(
            f"{name:<20} {min(all_of) * 1e3:7.0f} {middle * 1e3:7.0f} {max(all_of) * 1e3:7.0f} {middle / anchor:6.1f}"
        )
    ratio = statistics.median(seconds["hauberk --version"]) / anchor
    held = ratio <= BAR
    print(
        f"{'PASS' if held else 'FALLS SHORT'}: start: hauberk --version costs {ratio:.1f} times python -c pass, bar {BAR:g} ({runs} runs)"
    )
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
