# SPDX-License-Identifier: Apache-2.0
"""A model that takes one tensor and can only be asked: ONNX in the runtime, or an endpoint of Open Inference v2.

Both are ``query(points) -> scores``. A query that an endpoint does not answer, in time and in form, is a row of NaN:
never a label, never robust.
"""

import http.client
import json
import math
import time
from typing import Any, Final
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from hauberk.core.errors import CannotLook, Misuse
from hauberk.core.seams import seam
from hauberk.models.onnx_rule import certify

Points = NDArray[np.float32]
Scores = NDArray[np.float64]

BATCH = 512
MOST_ANSWER: Final = 64 << 20
"""Largest answer of an endpoint that is read, in bytes."""
_TABLE = 2


_FLOATS = {"tensor(float)": np.float32, "tensor(double)": np.float64}
_WHOLE = {"tensor(int32)": np.int32, "tensor(int64)": np.int64, "tensor(uint8)": np.uint8}


class OnnxScores:
    """The scores of an ONNX model with one float input; loads only what carries no code."""

    def __init__(self, data: bytes, *, whole: bool = False) -> None:
        """Open; ``whole`` takes an input of whole numbers too, which is then asked with whole numbers only.

        Raises CannotLook where the model has not one such input, or no table of scores.
        """
        certify(data)
        self._session = seam("hauberk.models.session", extra="ml").Session(data)
        inputs = self._session.inputs
        known = _FLOATS | (_WHOLE if whole else {})
        if len(inputs) != 1 or inputs[0][1] not in known:
            raise CannotLook(
                f"the model has {len(inputs)} inputs, and this attack needs one tensor of floats",
                remedy="for a table model declare it in hauberk.yaml and run hauberk assess (HBK-ATK-001); one tensor "
                "of whole numbers is attacked with --norm l0",
            )
        self._input, kind, self._shape = inputs[0]
        self.whole = kind in _WHOLE
        """Whether it takes whole numbers."""
        self._kind: Any = known[kind]
        scores = [
            (name, shape[-1]) for name, kind, shape in self._session.outputs if kind in _FLOATS and len(shape) == _TABLE
        ]
        if not scores:
            raise CannotLook("no output of the model is a table of scores", remedy="export its logits or probabilities")
        self.output: str = scores[0][0]
        self.asked = 0
        """Samples asked so far."""

    @property
    def sample(self) -> tuple[int, ...] | None:
        """Shape of one sample; None where the model leaves it open."""
        open_ = any(not isinstance(size, int) for size in self._shape[1:])
        return None if open_ else tuple(self._shape[1:])

    def __call__(self, points: Points) -> Scores:
        """Scores of a batch."""
        self.asked += len(points)
        one_by_one = isinstance(self._shape[0], int) and self._shape[0] != len(points)
        size = self._shape[0] if one_by_one else BATCH
        if one_by_one and len(points) % size:
            raise CannotLook(f"the model takes exactly {size} samples at once", remedy="export it with an open batch")
        if self.whole and not (points == np.rint(points)).all():
            raise CannotLook("the model takes whole numbers, and was asked with others")
        parts = [
            self._session.run(self.output, {self._input: points[start : start + size].astype(self._kind)})
            for start in range(0, len(points), size)
        ]
        return np.concatenate(parts).astype(np.float64) if parts else np.empty((0, 1))


class Wire:
    """One kept connection to an address; counts requests, keeps to a rate, and knows when there was no answer."""

    def __init__(self, url: str, *, timeout: float, rate: float, what: str) -> None:
        """``rate`` is the most samples a second; raises Misuse for an address that is no http(s) URL."""
        parts = urlsplit(url.rstrip("/"))
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Misuse(f"{url[:200]!r} is no http address", remedy=f"give it as {what}")
        self.parts, self._timeout, self._rate = parts, timeout, rate
        self._connection: http.client.HTTPConnection | None = None

    def wait(self, samples: int) -> None:
        """Keep to the rate."""
        if math.isfinite(self._rate):
            time.sleep(samples / self._rate)

    def exchange(self, method: str, path: str, body: Any) -> Any:
        """One request over the kept connection; raises what http.client and json raise."""
        if self._connection is None:
            kind = http.client.HTTPSConnection if self.parts.scheme == "https" else http.client.HTTPConnection
            self._connection = kind(self.parts.hostname or "", self.parts.port, timeout=self._timeout)
        try:
            text = None if body is None else json.dumps(body)
            self._connection.request(method, path, text, {"Content-Type": "application/json"})
            answer = self._connection.getresponse()
            data = answer.read(MOST_ANSWER + 1)
        except (OSError, http.client.HTTPException):
            self._connection.close()
            self._connection = None
            raise
        if answer.status != http.client.OK or len(data) > MOST_ANSWER:
            raise ValueError(f"status {answer.status}")
        return json.loads(data)


class Endpoint:
    """A model behind the Open Inference Protocol v2 (``http://host:port/v2/models/NAME``)."""

    def __init__(self, url: str, *, timeout: float = 10.0, rate: float = math.inf, output: str = "") -> None:
        """Ask for the model's metadata; ``rate`` is the most samples a second.

        Raises Misuse for an address that is no http(s) URL, CannotLook where the metadata cannot be read.
        """
        self._wire = Wire(url, timeout=timeout, rate=rate, what="http://host:port/v2/models/NAME")
        self.asked = self.unanswered = 0
        """Samples asked, and those without an answer."""
        try:
            described = self._wire.exchange("GET", self._wire.parts.path, None)
            item = described["inputs"][0]
            self._name, self._datatype = str(item["name"]), str(item["datatype"])
            self._shape = tuple(int(size) for size in item["shape"])
            outputs = {str(one["name"]): int(one["shape"][-1]) for one in described["outputs"]}
        except (OSError, http.client.HTTPException, ValueError, LookupError, TypeError) as error:
            raise CannotLook(
                f"the endpoint does not describe its model: {type(error).__name__}",
                remedy="give the model's address in Open Inference v2: http://host:port/v2/models/NAME",
            ) from error
        if self._datatype not in ("FP32", "FP64"):
            raise CannotLook(f"the endpoint takes {self._datatype[:20]}, and this attack needs floats")
        self._output = output or next(iter(outputs), "")
        self._classes = max(outputs.get(self._output, 0), _TABLE)

    @property
    def sample(self) -> tuple[int, ...] | None:
        """Shape of one sample; None where the endpoint leaves it open."""
        return None if any(size < 1 for size in self._shape[1:]) else self._shape[1:]

    def __call__(self, points: Points) -> Scores:
        """Scores of a batch; rows of NaN where no answer came."""
        self.asked += len(points)
        self._wire.wait(len(points))
        body = {
            "inputs": [
                {
                    "name": self._name,
                    "shape": list(points.shape),
                    "datatype": self._datatype,
                    "data": points.ravel().astype(np.float64).tolist(),
                }
            ],
            "outputs": [{"name": self._output}],
        }
        try:
            return self._scores(self._wire.exchange("POST", f"{self._wire.parts.path}/infer", body), len(points))
        except (OSError, http.client.HTTPException, ValueError, LookupError, TypeError):
            self.unanswered += len(points)
            return np.full((len(points), self._classes), np.nan)

    def _scores(self, answer: Any, n: int) -> Scores:
        output = next(one for one in answer["outputs"] if one["name"] == self._output)
        scores = np.asarray(output["data"], dtype=np.float64).reshape([int(size) for size in output["shape"]])
        if scores.ndim != _TABLE or len(scores) != n or scores.shape[1] < _TABLE or not np.isfinite(scores).all():
            raise ValueError("not one row of scores for each sample")
        self._classes = scores.shape[1]
        return scores


HOLE = "$samples"


class Route:
    """A model behind any JSON route: a template of the request, and where in the answer the scores are.

    In the template the text ``"$samples"`` stands for the samples, as nested lists. ``answer`` is a path of keys and
    places, such as ``predictions`` or ``result.0.scores``; what lies there is one row of scores, or one number (the
    score of the second of two classes), for each sample.
    """

    def __init__(
        self, url: str, template: str, answer: str, *, timeout: float = 10.0, rate: float = math.inf, each: bool = False
    ) -> None:
        """``each`` asks for one sample a request, which then stands in the template's hole by itself.

        Raises Misuse for a template that is no JSON or has no hole.
        """
        self._wire = Wire(url, timeout=timeout, rate=rate, what="http://host:port/path")
        try:
            held = json.loads(template)
        except ValueError as error:
            raise Misuse("the template is no JSON", remedy='such as {"instances": "$samples"}') from error
        if json.dumps(held).count(json.dumps(HOLE)) != 1:
            raise Misuse("the template has not one place for samples", remedy='such as {"instances": "$samples"}')
        self._template, self._path, self._each = json.dumps(held), [one for one in answer.split(".") if one], each
        self._classes = _TABLE
        self.asked = self.unanswered = self.requests = 0
        """Samples asked, those without an answer, and requests sent."""

    @property
    def sample(self) -> tuple[int, ...] | None:
        """A route does not tell its shape."""
        return None

    def __call__(self, points: Points) -> Scores:
        """Scores of a batch; rows of NaN where no answer came."""
        if self._each and len(points) > 1:
            rows = [self(point[None]) for point in points]
            width = max(row.shape[1] for row in rows)
            return np.concatenate([row if row.shape[1] == width else np.full((1, width), np.nan) for row in rows])
        self.asked += len(points)
        self.requests += 1
        self._wire.wait(len(points))
        given = points.astype(np.float64).tolist()
        body = self._template.replace(json.dumps(HOLE), json.dumps(given[0] if self._each else given))
        try:
            return self._scores(self._wire.exchange("POST", self._target, json.loads(body)), len(points))
        except (OSError, http.client.HTTPException, ValueError, LookupError, TypeError):
            self.unanswered += len(points)
            return np.full((len(points), self._classes), np.nan)

    @property
    def _target(self) -> str:
        parts = self._wire.parts
        return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    def _scores(self, answer: Any, n: int) -> Scores:
        for key in self._path:
            answer = answer[int(key)] if isinstance(answer, list) else answer[key]
        scores = np.asarray(answer, dtype=np.float64)
        scores = scores.reshape(n, -1) if n == 1 else scores
        if scores.shape in ((n,), (n, 1)):
            flat = scores.reshape(n)
            scores = np.stack([1 - flat, flat], axis=1)
        if scores.ndim != _TABLE or len(scores) != n or not np.isfinite(scores).all():
            raise ValueError("not one row of scores for each sample")
        self._classes = scores.shape[1]
        return scores
