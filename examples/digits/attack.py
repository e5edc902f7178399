"""Attack the guarded digits endpoint over HTTP, as anybody with a key could: python attack.py --key-file a.key.

HopSkipJump asks for labels alone and looks for the nearest picture that is read as another digit. Behind the guard it
is stopped: the answers end before it has found one. Exit code 0: stopped; 1: it found one; 2: no answer at all.
"""

import argparse
import gzip
import http.client
import json
import sys
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np

from hauberk.attacks.decision import hopskipjump
from hauberk.attacks.siege import Limits, Siege

HERE = Path(__file__).resolve().parent
EPS = 1.5
"""How far, in L2 of 784 pixels from 0 to 1, a picture may be changed for it to count."""


class StoppedError(Exception):
    """The endpoint does not answer this client any more."""


class Endpoint:
    """One connection, kept; counts what was answered."""

    def __init__(self, url: str, key: str) -> None:
        """Connect when first asked."""
        parts = urlsplit(url)
        self._wire = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
        self._path, self._key, self.answered = parts.path, key, 0

    def labels(self, pictures: np.ndarray) -> np.ndarray:
        """The digit that each picture is read as; one request a picture. Raises StoppedError."""
        return np.array([self._label(picture) for picture in pictures])

    def _label(self, picture: np.ndarray) -> int:
        headers = {"authorization": f"Bearer {self._key}", "content-type": "application/json"}
        rows = [[float(pixel) for pixel in picture.ravel()]]
        self._wire.request("POST", self._path, json.dumps({"rows": rows}), headers)
        answer = self._wire.getresponse()
        body = json.loads(answer.read())
        if answer.status != http.client.OK:
            raise StoppedError(f"{answer.status} {body.get('error', '')}")
        self.answered += 1
        return int(np.argmax(body["rows"][0]["logits"]))


def main() -> int:
    """Attack one picture of the test data."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8417/predict")
    parser.add_argument("--key-file", type=Path, required=True)
    parser.add_argument("--picture", type=int, default=7)
    parser.add_argument("--queries", type=int, default=2000)
    given = parser.parse_args()
    with gzip.open(HERE / "as-written" / "data" / "test.csv.gz", "rt") as lines:
        table = np.loadtxt(lines, delimiter=",", skiprows=1)
    rows = [given.picture, *np.flatnonzero(table[:, -1] != table[given.picture, -1])[:3]]
    pictures = table[rows, :-1].astype(np.float32).reshape(-1, 1, 28, 28)
    endpoint = Endpoint(given.url, given.key_file.read_text().strip())
    limits = Limits(norm="l2", eps=EPS, queries=given.queries)
    found = []

    def watched(points: np.ndarray) -> np.ndarray:
        labels = endpoint.labels(points)
        near = np.linalg.norm((points - pictures[0]).reshape(len(points), -1), axis=1) <= EPS
        found.extend(np.flatnonzero(near & (labels != table[given.picture, -1])))
        return labels

    try:
        hopskipjump(Siege(watched, pictures, table[rows, -1], limits), np.random.default_rng(0))
    except StoppedError as stopped:
        outcome = "after it had found a picture" if found else "before it had found anything"
        sys.stdout.write(f"stopped after {endpoint.answered} answers, {outcome}: {stopped}\n")
        return 1 if found else 0
    except OSError as error:
        sys.stderr.write(f"{given.url} does not answer: {error}\n")
        return 2
    sys.stdout.write(f"never stopped: {endpoint.answered} answers, {len(found)} pictures found\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
