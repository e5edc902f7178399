# SPDX-License-Identifier: Apache-2.0
"""One attack on one model from order to measurements: what ``hauberk attack`` and the robustness rules run.

``serve`` is called in a confined child, since it opens the model; an endpoint is attacked by ``attack_query`` in the
caller's process, since a child has no network and no model is opened.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from hauberk.attacks.asking import Counted, besiege, usual
from hauberk.attacks.figures import by_queries, cost, curve, shares
from hauberk.attacks.gallery import Example, smallest_changes
from hauberk.attacks.journal import Journal, pieces
from hauberk.attacks.methods import METHODS, fitting
from hauberk.attacks.siege import Flags, Limits, Points, Query, Siege, Spoils, labels_of, measure
from hauberk.attacks.spoilt import spoil
from hauberk.attacks.validity import Verdict, asked, enough, judged, verdict
from hauberk.core.codec import decode, encode
from hauberk.core.errors import CannotLook, MissingExtra, Misuse
from hauberk.core.measurement import Measurement, Parameter
from hauberk.core.seams import seam
from hauberk.core.value import Value
from hauberk.models.asked import OnnxScores

Norm = Literal["linf", "l2", "l1"]
Progress = Callable[[str, int, int], None]
"""What is going on, samples decided, samples in all."""

WHITEBOX, SINGLE = "hauberk.attacks.whitebox.campaign", "hauberk.attacks.whitebox.single"
LEAST_QUERIES = 20
POINTS = 11
"""Of a curve over eps."""
WHOLE, MORE = b"\0", b"\1"
"""First byte of a message from ``serve`` that ends, or does not end, a piece of the journal; others are progress."""
PART = 48 << 10
"""Bytes of a piece in one message."""


class Order(Value, frozen=True, kw_only=True):
    """What is to be attacked, and how hard."""

    model: bytes = b""
    """The file; empty for an endpoint."""
    format: str = "onnx"
    """``onnx``, ``safetensors``, ``torchscript`` or ``pt2``."""
    factory: str = ""
    """``module:function`` that the user granted, for safetensors."""
    pin: str = ""
    """Digest that the user pinned, for torchscript and pt2."""
    samples: bytes
    """Little-endian float32, one sample after the other."""
    shape: tuple[int, ...]
    """Of one sample."""
    labels: tuple[int, ...]
    norm: Norm | Literal["l0"] = "linf"
    eps: float
    """Largest change; in ``l0`` the most values that are changed."""
    low: float = 0.0
    high: float = 1.0
    budget: int = 1000
    """Forwards (white box) or queries (black box) for each sample."""
    black_box: bool = False
    labels_only: bool = False
    public: bool = False
    """The samples are public pictures, which a report may show."""
    corruptions: bool = False
    """Spoil the samples at graded severities instead of attacking them."""
    transfer: bytes = b""
    """Points that were made on a surrogate (as ``samples``), to be tried on the model."""
    method: str = ""
    """One attack by its name in ``methods``; empty for those that fit best, one after the other."""
    steps: int = 0
    """Of the method, from each start; 0 for as many as published."""
    restarts: int = 0
    target: int = -1
    """The class that samples are to be taken for; -1 for any but their own."""
    seed: int = 0
    journal: str = ""
    """Path of the journal that is resumed; read where the attack runs, written by its caller."""
    price: int = 0
    """Of a query, in millionths of the currency's unit."""
    currency: str = ""

    @property
    def key(self) -> bytes:
        """All that shapes the attack: what its journal belongs to."""
        return encode(msgspec.structs.replace(self, journal="", public=False, price=0, currency=""))

    @property
    def x(self) -> Points:
        """The samples."""
        return np.frombuffer(self.samples, dtype="<f4").reshape(len(self.labels), *self.shape).astype(np.float32)

    @property
    def sloped(self) -> bool:
        """Whether the attack may use slopes, as far as it is for the order to say."""
        if self.black_box or self.corruptions or self.transfer:
            return False
        return METHODS[self.method].sees == "slopes" if self.method else self.norm != "l0"

    @property
    def y(self) -> NDArray[np.intp]:
        """Their labels."""
        return np.asarray(self.labels, dtype=np.intp)

    @property
    def aims(self) -> NDArray[np.intp]:
        """What a siege is given: the labels to be left, or the one to be reached."""
        return self.y if self.target < 0 else np.full(len(self.labels), self.target, dtype=np.intp)


class Row(Value, frozen=True, kw_only=True):
    """What one attack of the campaign did."""

    attack: str
    tried: int
    fooled: int
    forwards: int = 0
    backwards: int = 0
    queries: int = 0


class Judgement(Value, frozen=True, kw_only=True):
    """One of the seventeen checks on the evaluation."""

    number: int
    name: str
    state: str
    says: str


class Outcome(Value, frozen=True, kw_only=True):
    """What an attack has shown; the verdict on the evaluation stands first."""

    schema: Literal["hauberk/attack/1"] = "hauberk/attack/1"
    valid: bool
    verdict: str
    checks: tuple[Judgement, ...]
    threat_model: str
    why: str = ""
    """Why the attack had no slopes, where it could have had some."""
    measurements: tuple[Measurement, ...]
    attacks: tuple[Row, ...]
    curve: tuple[tuple[float, float, float, float], ...] = ()
    """Eps, share that stays right at it, and its 95 % interval."""
    by_queries: tuple[tuple[float, float, float, float], ...] = ()
    """Black box: queries for a sample, share that is still right after them, and its 95 % interval."""
    examples: tuple[Example, ...] = ()
    """The smallest successful changes."""


def serve(payload: bytes, emit: Callable[[bytes], None]) -> bytes:
    """Run an encoded order; answers an encoded outcome and emits encoded progress."""
    last = [-1]

    def progress(what: str, done: int, total: int) -> None:
        if done != last[0]:
            last[0] = done
            emit(encode([what, done, total]))

    order = decode(payload, Order)
    past = pieces(Path(order.journal), order.key) if order.journal else iter(())
    return encode(attack_file(order, progress, Journal(past, lambda piece: send(piece, emit))))


def send(piece: bytes, emit: Callable[[bytes], None]) -> None:
    """A piece of the journal in parts that a message holds; the first byte says whether more follow."""
    for start in range(0, len(piece), PART):
        part = piece[start : start + PART]
        emit((MORE if start + PART < len(piece) else WHOLE) + part)


def attack_file(order: Order, progress: Progress, journal: Journal | None = None) -> Outcome:
    """Attack a model file with slopes where it has some, else by asking; what the journal holds is not done again.

    Raises CannotLook where it can be neither.
    """
    journal = journal or Journal()
    if order.format != "onnx":
        whitebox = seam(WHITEBOX, extra="torch")
        if not order.sloped:
            return attack_query(order, whitebox.query_of(order), progress, journal)
        return _with_slopes(order, None, None, progress, journal)
    scores = OnnxScores(order.model, whole=order.norm == "l0" and not order.sloped)
    if not order.sloped:
        return attack_query(order, scores, progress, journal, whole=scores.whole)
    try:
        whitebox = seam(WHITEBOX, extra="torch")
        module = whitebox.convert(order, scores.output, scores)
    except (CannotLook, MissingExtra) as error:
        if order.method:
            others = ", ".join(fitting(order.norm, "scores", aimed=order.target >= 0)) or "none"
            raise CannotLook(f"{order.method} needs slopes: {error}", remedy=f"without slopes: {others}") from error
        return _by_asking(order, journal.query(scores), f"black box: {error}", progress)
    return _with_slopes(order, module, scores, progress, journal)


def _with_slopes(order: Order, module: Any, scores: Query | None, progress: Progress, journal: Journal) -> Outcome:
    """All that fits, or the one method; the one that aims best where a class is aimed at."""
    if order.target >= 0 and not order.method:
        order = msgspec.structs.replace(order, method="pgd" if order.norm == "l1" else "apgd-ce")
    whitebox = seam(SINGLE if order.method else WHITEBOX, extra="torch")
    outcome: Outcome = whitebox.attack(order, module, scores, progress, journal)
    return outcome


def attack_query(
    order: Order, query: Query, progress: Progress, journal: Journal | None = None, *, whole: bool = False
) -> Outcome:
    """Attack whatever answers queries; what the journal holds is not asked again. ``whole`` asks in whole numbers."""
    query = (journal or Journal()).query(query)
    if order.corruptions:
        return _spoilt(order, query, progress)
    if order.transfer:
        return _transferred(order, query)
    why = "no slopes are used in L0" if order.norm == "l0" else "black box, as asked for" if order.model else ""
    why = f"{order.method} alone, as asked for" if order.method else why
    return _by_asking(order, query, why, progress, whole=whole)


def _spoilt(order: Order, query: Query, progress: Progress) -> Outcome:
    """Accuracy on spoilt samples; judged by how many there are, and by what asking twice says."""
    x, y = order.x, order.y
    twice = bool((labels_of(query(x[:32])) == labels_of(query(x[:32]))).all())

    def told(done: int, total: int) -> None:
        progress("corruptions", done, total)

    measured, points = spoil(query, x, y, (order.low, order.high), order.seed, told)
    right = round((measured[0].value or 0) * len(y))
    says = "the model answers alike twice" if twice else "the model answers at random"
    held = verdict(iter([judged(8, not twice, says), enough(right, len(y))]))
    return Outcome(
        valid=held.valid,
        verdict=str(held),
        checks=judgements(held),
        threat_model="no attacker: corruptions",
        measurements=tuple(measured),
        attacks=(),
        curve=points,
    )


def craft(payload: bytes) -> bytes:
    """Points made on the encoded order's model, which is a surrogate: called in a confined child."""
    order = decode(payload, Order)
    whitebox = seam(WHITEBOX, extra="torch")
    module = None
    if order.format == "onnx":
        scores = OnnxScores(order.model)
        module = whitebox.convert(order, scores.output, scores)
    points: bytes = whitebox.craft(order, module).astype("<f4").tobytes()
    return points


def _transferred(order: Order, query: Query) -> Outcome:
    """Two queries a sample: as it is, and as it fools the surrogate."""
    query = Counted(query)
    siege = Siege(query, order.x, order.aims, _limits(order, 2))
    points = np.frombuffer(order.transfer, dtype="<f4").reshape(order.x.shape)
    if (measure(points - order.x, order.norm) > order.eps * (1 + 1e-4)).any():
        raise CannotLook("points of the surrogate lie outside of eps")
    rows = siege.undecided()
    rows = rows[siege.given[rows] == order.y[rows]]
    siege.ask(rows, points[rows])
    spoils = _spoils(order, siege)
    won = spoils.right & ~spoils.robust & ~spoils.unanswered
    given = asked(siege, query, wins_late=0)
    shared: dict[str, Parameter] = parameters(order, "black box: transfer from a surrogate", given) | {
        "attack": "mi-fgsm on a surrogate", "unanswered": int(spoils.unanswered.sum()),
        "queries": int(siege.queries.sum()), "asked": query.asked, "steps": 1, "restarts": 1,
    }  # fmt: skip
    row = Row(attack="transfer", tried=len(rows), fooled=int(won.sum()), queries=int(siege.queries.sum()))
    return Outcome(
        valid=given.valid,
        verdict=str(given),
        checks=judgements(given),
        threat_model="black box: transfer from a surrogate",
        why="an upper bound: other surrogates may do better",
        measurements=(
            *shares(spoils.right, spoils.robust, shared),
            *cost(siege.queries[won].astype(float), order.price, order.currency, shared),
        ),
        attacks=(row,),
        curve=curve(spoils.right, spoils.distance, (0.0, order.eps)),
        examples=gallery(order, spoils.adversarial, spoils.right, spoils.distance),
    )


def _limits(order: Order, queries: int) -> Limits:
    aimed = order.target >= 0
    return Limits(norm=order.norm, eps=order.eps, low=order.low, high=order.high, queries=queries, targeted=aimed)


def _spoils(order: Order, siege: Siege) -> Spoils:
    """What was found; right is who was right, whatever the attack aims at."""
    return replace(siege.spoils(), right=siege.given == order.y)


def _by_asking(order: Order, query: Query, why: str, progress: Progress, *, whole: bool = False) -> Outcome:
    """The order's method, or the one that fits what an outsider sees."""
    if order.norm == "l1":
        raise Misuse("no black-box attack in L1", remedy="ask for linf or l2")
    if order.norm == "l0" and (order.labels_only or order.eps < 1):
        raise Misuse("an attack in L0 needs scores, and an eps of one value or more", remedy="such as --eps 16")
    if order.budget < LEAST_QUERIES:
        raise Misuse(f"{order.budget} queries for a sample", remedy=f"give at least {LEAST_QUERIES}")
    name = order.method or usual(order.norm, labels_only=order.labels_only)
    counted = Counted(query)
    blind = order.labels_only or METHODS[name].sees == "labels"
    seen: Query = (lambda points: labels_of(counted(points))) if blind else counted
    siege = Siege(
        seen, order.x, order.aims, _limits(order, order.budget),
        progress=lambda done, total: progress(name, done, total),
    )  # fmt: skip
    if siege.unanswered.all():
        raise CannotLook("no query was answered", remedy="check the address, --body and --answer")
    most = max(int(order.y.max()), order.target)
    if siege.scored and most >= siege.first.shape[1]:
        raise CannotLook(f"a label is {most}, and the model scores {siege.first.shape[1]} classes")
    if METHODS[name].sees == "scores" and not siege.scored:
        raise CannotLook(f"{name} needs scores, and the model answers with labels", remedy="--method hopskipjump")
    besiege(siege, name, np.random.default_rng(order.seed), whole=whole)
    spoils = _spoils(order, siege)
    won = spoils.right & ~spoils.robust & ~spoils.unanswered
    late = int((won & (siege.queries > 0.75 * order.budget)).sum())
    given = asked(siege, seen, wins_late=late)
    threat = "black box: scores" if siege.scored else "black box: labels"
    shared: dict[str, Parameter] = parameters(order, threat, given) | {
        "attack": name,
        "steps": order.budget,
        "restarts": 1,
        "unanswered": int(spoils.unanswered.sum()),
        "queries": int(siege.queries.sum()),
        "asked": counted.asked,
    }
    lost = f"{int(spoils.unanswered.sum())} samples had a query without an answer, and count as not robust"
    measured = [
        *shares(spoils.right, spoils.robust, shared, lost if spoils.unanswered.any() else ""),
        *cost(siege.queries[won].astype(np.float64), order.price, order.currency, shared),
    ]
    tried = int(spoils.right.sum())
    row = Row(attack=name, tried=tried, fooled=int(won.sum()), queries=int(siege.queries.sum()))
    return Outcome(
        valid=given.valid,
        verdict=str(given),
        checks=judgements(given),
        threat_model=threat,
        why=why,
        measurements=tuple(measured),
        attacks=(row,),
        curve=curve(spoils.right, spoils.distance, tuple(np.linspace(0, order.eps, POINTS).tolist())),
        by_queries=by_queries(spoils.right, won, siege.queries, order.budget),
        examples=gallery(order, spoils.adversarial, spoils.right, spoils.distance),
    )


def gallery(order: Order, found: Points, right: Flags, distance: NDArray[np.float64]) -> tuple[Example, ...]:
    """The smallest successful changes of an order's samples."""
    return smallest_changes(order.x, found, right, distance, box=(order.low, order.high), public=order.public)


def parameters(order: Order, threat: str, verdict: Verdict) -> dict[str, Parameter]:
    """What shaped every number of a campaign."""
    return {
        "threat_model": threat,
        "norm": order.norm,
        "eps": order.eps,
        "low": order.low,
        "high": order.high,
        "budget": order.budget,
        "seed": order.seed,
        **({"target": order.target} if order.target >= 0 else {}),
        "verdict": str(verdict)[:300],
    }


def judgements(verdict: Verdict) -> tuple[Judgement, ...]:
    """The checks as values."""
    return tuple(
        Judgement(number=check.number, name=check.name, state=check.state, says=check.says) for check in verdict.checks
    )
