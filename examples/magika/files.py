# SPDX-License-Identifier: Apache-2.0
"""Files of this machine as magika reads them, one a row, for ``hauberk attack``: python files.py files.csv.

magika (Apache-2.0) tells kinds of files apart; nobody here trained it. Its package is looked for on the path and not
imported; printed is where its model lies. Files are longer than what the model reads, so that each of its 2,048 numbers
is one byte of the file.
"""

import csv
import importlib.util
import json
import sys
import sysconfig
from collections import Counter
from pathlib import Path

import numpy as np

KINDS = {
    ".py": "python", ".h": "c", ".so": "elf", ".pyc": "pythonbytecode", ".html": "html", ".js": "javascript",
    ".png": "png", ".json": "json", ".xml": "xml", ".css": "css", ".gz": "gzip", ".zip": "zip", ".rst": "rst",
}  # fmt: skip
EACH = 15
BLOCK, SIDE = 4096, 1024
MODEL, CONFIG = "models/standard_v3_3/model.onnx", "models/standard_v3_3/config.min.json"


def tokens(data: bytes) -> np.ndarray:
    """The bytes that magika reads of a file: the first and the last 1,024, without white space at the ends."""
    return np.frombuffer(data[:BLOCK].lstrip()[:SIDE] + data[-BLOCK:].rstrip()[-SIDE:], dtype=np.uint8)


def victims(labels: list[str]) -> tuple[list[tuple[bytes, int]], dict[str, int]]:
    """Files, at most so many of each kind, with the place of their kind among the labels; and how many of each."""
    found: list[tuple[bytes, int]] = []
    counts: Counter[str] = Counter()
    for root in (sysconfig.get_path("stdlib"), sysconfig.get_path("purelib"), "/usr/include", "/usr/share"):
        for path in sorted(Path(root).rglob("*")):
            kind = KINDS.get(path.suffix)
            if kind is None or counts[kind] >= EACH or path.is_symlink() or not path.is_file():
                continue
            data = path.read_bytes()
            if len(data) >= 2 * BLOCK and len(tokens(data)) == 2 * SIDE:
                counts[kind] += 1
                found.append((data, labels.index(kind)))
    return found, dict(counts)


def write(path: Path, files: list[tuple[bytes, int]]) -> None:
    """One file a row, its kind last."""
    with path.open("w", newline="") as out:
        table = csv.writer(out)
        table.writerow([*(f"b{place}" for place in range(2 * SIDE)), "label"])
        table.writerows([*tokens(data).tolist(), label] for data, label in files)


def main() -> int:
    """Write the table, and print where the model lies."""
    spec = importlib.util.find_spec("magika")
    if spec is None or not spec.submodule_search_locations:
        sys.stderr.write("magika is not installed: pip install --no-deps magika==1.0.3\n")
        return 2
    package = Path(spec.submodule_search_locations[0])
    files, counts = victims(json.loads((package / CONFIG).read_text())["target_labels_space"])
    write(Path(sys.argv[1]), files)
    sys.stderr.write(f"{len(files)} files: {counts}\n")
    sys.stdout.write(f"{package / MODEL}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
