# SPDX-License-Identifier: Apache-2.0
"""A network trained as usual beside the same one trained against the attack: what is gained, and what it costs.

``serve`` is called in a confined child, where the granted code that makes the network runs.
"""

from collections.abc import Callable
from typing import Literal

import numpy as np

from hauberk.attacks.campaign import Order, Outcome
from hauberk.attacks.siege import NormName
from hauberk.core.codec import decode, encode
from hauberk.core.errors import Misuse
from hauberk.core.measurement import Measurement
from hauberk.core.seams import seam
from hauberk.core.value import Value

_SEAM = "hauberk.protect.training"


class Hardening(Value, frozen=True, kw_only=True):
    """What is to be trained, against what, and on what it is judged."""

    factory: str
    """``module:function`` that the user granted."""
    samples: bytes
    """Of training: little-endian float32, one sample after the other."""
    shape: tuple[int, ...]
    labels: tuple[int, ...]
    judged: Order
    """The attack on held-out samples that judges both networks; its norm, box and seed are those of training too."""
    eps: float
    """Largest change in training; often somewhat more than the eps that is judged."""
    epochs: int = 20
    steps: int = 7


class Side(Value, frozen=True, kw_only=True):
    """One of the two networks."""

    name: str
    accuracy: Measurement
    robust_accuracy: Measurement
    verdict: str
    valid: bool
    passes: int
    """Forwards and backwards of samples in training."""
    seconds: float
    """CPU seconds of training."""


class Hardened(Value, frozen=True, kw_only=True):
    """Both networks, and the weights of the one that was trained against the attack."""

    norm: NormName
    eps: float
    """Change that was judged."""
    seed: int
    sides: tuple[Side, Side]
    weights: bytes
    """As safetensors."""

    def table(self, written: str) -> "Table":
        """What is told of it, once the weights are written somewhere."""
        return Table(norm=self.norm, eps=self.eps, seed=self.seed, sides=self.sides, written=written)


class Table(Value, frozen=True, kw_only=True):
    """Two trainings of one network side by side."""

    schema: Literal["hauberk/hardened/1"] = "hauberk/hardened/1"
    norm: NormName
    eps: float
    """Change that was judged."""
    seed: int
    """Of both trainings and of the attack."""
    sides: tuple[Side, Side]
    """As usual, and against the attack."""
    written: str
    """Where the weights of the second are."""


def serve(payload: bytes, emit: Callable[[bytes], None]) -> bytes:
    """Run an encoded hardening; answers an encoded result and emits encoded progress."""
    last = [("", -1)]

    def progress(what: str, done: int, total: int) -> None:
        if (what, done) != last[0]:
            last[0] = (what, done)
            emit(encode([what, done, total]))

    return encode(harden(decode(payload, Hardening), progress))


def harden(order: Hardening, progress: Callable[[str, int, int], None]) -> Hardened:
    """Train twice from the same start, judge both; raises Misuse for an eps or epochs of nothing."""
    if not order.eps > 0 or order.epochs < 1 or order.steps < 1:
        raise Misuse("nothing to train against", remedy="give --train-eps, --epochs and --steps above zero")
    training = seam(_SEAM, extra="torch")
    x = np.frombuffer(order.samples, dtype="<f4").reshape(len(order.labels), *order.shape).astype(np.float32)
    points, labels = training.torch.from_numpy(x), training.torch.tensor(order.labels)
    judged = order.judged
    sides, net = [], None
    for name, eps in (("as usual", 0.0), ("against the attack", order.eps)):
        recipe = training.Recipe(
            norm=training.Norm(judged.norm),
            eps=eps,
            low=judged.low,
            high=judged.high,
            steps=order.steps,
            epochs=order.epochs,
            seed=judged.seed,
        )
        made = training.train(order.factory, points, labels, recipe, progress)
        net = made.net
        sides.append(_side(name, made, training.evaluate(net, judged, progress)))
    weights = seam("hauberk.models.gradient.weights", extra="torch").write(net.state_dict()) if net else b""
    return Hardened(norm=judged.norm, eps=judged.eps, seed=judged.seed, sides=(sides[0], sides[1]), weights=weights)


def _side(name: str, made: "object", outcome: Outcome) -> Side:
    found = {one.name: one for one in outcome.measurements}
    return Side(
        name=name,
        accuracy=found["accuracy"],
        robust_accuracy=found["robust_accuracy"],
        verdict=outcome.verdict,
        valid=outcome.valid,
        passes=int(getattr(made, "passes", 0)),
        seconds=float(getattr(made, "seconds", 0.0)),
    )
