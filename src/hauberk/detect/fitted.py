# SPDX-License-Identifier: Apache-2.0
"""All detectors of one model together: fitted on training and held-in rows, calibrated, and as one file of arrays.

Thresholds are cross-conformal (Vovk 2015): each held-in row is scored by a fit that has not seen it, so that all of
them calibrate. Law: ``unpack(pack(fitted))`` scores as ``fitted`` does.
"""

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from hauberk.core.errors import CannotLook, Malformed
from hauberk.detect import campaign, edges, neighbours, stream
from hauberk.detect.calibrate import threshold_beyond
from hauberk.detect.choose import Choice, choose
from hauberk.detect.choose import fit as fit_score
from hauberk.detect.held import Floats, Held
from hauberk.detect.layout import Block, scales
from hauberk.detect.outlier import Score, msp

CAPACITY = 4096
"""Rows that the memory of campaigns holds."""
STREAMS = ("strange", "doubtful", "distant")
"""What a client's stream is bet on: the chosen score, the model's doubt, the distance to the training rows."""
_WAYS = 3
"""In which a row may be adversarial; they share the rate."""
_FOLDS = 5
_WIDE = 64
"""Columns that scores are fitted on, at most."""
_BANK = 4096
"""Training rows that neighbours are looked for among, at most."""


@dataclass(frozen=True, kw_only=True)
class Space:
    """Standardised columns; of many, their principal components and how much lies outside them."""

    mean: Floats
    scale: Floats
    basis: Floats
    """(width, components); (width, 0) where there are so few columns that all are kept."""

    def flat(self, rows: Floats) -> Floats:
        """Standardised columns, all of them."""
        found: Floats = (rows - self.mean) * self.scale
        return found

    def __call__(self, rows: Floats) -> Floats:
        """(rows, width) to what scores are fitted on."""
        flat = self.flat(rows)
        if not self.basis.shape[1]:
            return flat
        laid = flat @ self.basis
        rest = np.sqrt(np.maximum((flat**2).sum(axis=1) - (laid**2).sum(axis=1), 0.0))
        found: Floats = np.concatenate([laid, rest[:, None]], axis=1)
        return found

    @classmethod
    def of(cls, rows: Floats) -> "Space":
        """Of training rows."""
        mean, scale = scales(rows)
        width = rows.shape[1]
        if width <= _WIDE:
            return cls(mean=mean, scale=scale, basis=np.zeros((width, 0)))
        flat = (rows - mean) * scale
        _, vectors = np.linalg.eigh(flat.T @ flat / len(flat))
        return cls(mean=mean, scale=scale, basis=np.ascontiguousarray(vectors[:, ::-1][:, :_WIDE]))


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Rows and what the model makes of them."""

    rows: Floats
    """(rows, width): as ``layout.matrix`` gives them."""
    logits: Floats
    features: Floats | None = None
    """What the model makes of a row before its last layer, where that is to be had."""

    def held(self, space: "Space") -> Held:
        """As scores take it; without features of the model its columns stand for them."""
        features = space(self.rows) if self.features is None else self.features
        return Held(features=features, logits=self.logits, labels=self.logits.argmax(axis=1).astype(np.int64))


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """What a guard needs to watch one model."""

    blocks: tuple[Block, ...]
    classes: tuple[str, ...]
    """Labels, of a model that gives no scores."""
    space: Space
    chosen: str
    """Name of the out-of-distribution score."""
    fitted: Held
    reference: Held
    strange_from: float
    near: neighbours.Neighbours
    disagrees_from: float
    distant_from: float
    edges: edges.Edges
    strays_from: float
    """Share of cells beyond their edges."""
    campaign: campaign.Terms
    gauges: Mapping[str, stream.Gauge]
    featured: bool
    """Whether the model's own features were fitted on."""

    def strangeness(self) -> Score:
        """The chosen score, fitted."""
        return fit_score(self.chosen, self.fitted, self.reference)


def fit(  # noqa: PLR0913  each is one thing that it is fitted on
    blocks: Sequence[Block],
    held: Sample,
    training: Sample,
    strange: Mapping[str, Sample],
    *,
    classes: tuple[str, ...] = (),
    key: bytes,
    rate: float,
    seed: int = 0,
) -> tuple[Fitted, Choice]:
    """Fit and calibrate; ``rate`` of false alarms is what each detector may have, a row (a client for streams).

    ``held`` are rows that the model was not trained on, ``strange`` rows of trials, ``key`` stays secret. Raises
    CannotLook where rows are too few.
    """
    space = Space.of(training.rows)
    known = held.held(space)
    try:
        choice = choose(known, {name: one.held(space) for name, one in strange.items()}, seed)
    except ValueError as error:
        raise CannotLook(str(error)) from error
    half = np.random.default_rng(seed).permutation(len(known))
    fitted, reference = known.take(np.sort(half[::2])), known.take(np.sort(half[1::2]))
    apart = _apart(choice.name, known, seed)
    picked = np.random.default_rng(seed).permutation(len(training.rows))[:_BANK]
    near = neighbours.fit(space.flat(training.rows[picked]), training.logits[picked].argmax(axis=1).astype(np.int64))
    disagreement, distance = near.score(space.flat(held.rows), known.labels)
    doubt, bounds = msp(known)(known), edges.fit(training.rows)
    bets = {"strange": apart, "doubtful": doubt, "distant": distance}
    made = Fitted(
        blocks=tuple(blocks),
        classes=classes,
        space=space,
        chosen=choice.name,
        fitted=fitted,
        reference=reference,
        strange_from=threshold_beyond(apart, rate),
        near=near,
        disagrees_from=threshold_beyond(disagreement, rate / _WAYS),
        distant_from=threshold_beyond(distance, rate / _WAYS),
        edges=bounds,
        strays_from=threshold_beyond(_strays(bounds, training.rows, held.rows, seed), rate / _WAYS),
        campaign=campaign.calibrate(np.concatenate([training.rows, held.rows]), key, CAPACITY),
        gauges={
            name: stream.gauge(bets[name], known.labels, known.logits.shape[1], rate / len(STREAMS)) for name in STREAMS
        },
        featured=held.features is not None,
    )
    return made, choice


def _apart(name: str, known: Held, seed: int) -> Floats:
    """Each row's score by a fit on the other folds."""
    fold = np.random.default_rng(seed + 7).permutation(len(known)) % _FOLDS
    found = np.empty(len(known))
    for one in range(_FOLDS):
        rest = known.take(fold != one)
        half = np.arange(len(rest)) % 2 == 0
        score = fit_score(name, rest.take(half), rest.take(~half))
        found[fold == one] = score(known.take(fold == one))
    return found


def _strays(bounds: edges.Edges, training: Floats, held: Floats, seed: int) -> Floats:
    """Shares of cells beyond their edges; no model has a say in them, so training rows tell as well, fold by fold."""
    fold = np.random.default_rng(seed + 8).permutation(len(training)) % _FOLDS
    parts = [edges.fit(training[fold != one]).beyond(training[fold == one]) for one in range(_FOLDS)]
    return np.concatenate([bounds.beyond(held), *parts])


_HELD = ("features", "logits", "labels")
_GAUGE = ("ordered", "middles", "spreads")


def pack(fitted: Fitted) -> bytes:
    """As one file without any object in it."""
    terms, arrays = fitted.campaign, io.BytesIO()
    facts = {
        "blocks": fitted.blocks,
        "classes": fitted.classes,
        "chosen": fitted.chosen,
        "strange_from": fitted.strange_from,
        "disagrees_from": fitted.disagrees_from,
        "distant_from": fitted.distant_from,
        "strays_from": fitted.strays_from,
        "featured": fitted.featured,
        "ratio": terms.ratio,
        "least": terms.least,
        "longest": terms.longest,
        "capacity": terms.capacity,
        "leap": terms.leap,
        "gauges": {name: (one.rate, one.horizon) for name, one in fitted.gauges.items()},
    }
    named: dict[str, Any] = {
        "facts": np.frombuffer(msgspec.json.encode(facts), dtype=np.uint8),
        "mean": fitted.space.mean,
        "scale": fitted.space.scale,
        "basis": fitted.space.basis,
        "near_basis": fitted.near.basis,
        "near_rows": fitted.near.rows,
        "near_labels": fitted.near.labels,
        "edges_low": fitted.edges.low,
        "edges_high": fitted.edges.high,
        "laid_mean": terms.projection.mean,
        "laid_scale": terms.projection.scale,
        "laid_directions": terms.projection.directions,
        "laid_bank": terms.bank.rows,
        **{f"fitted_{part}": getattr(fitted.fitted, part) for part in _HELD},
        **{f"reference_{part}": getattr(fitted.reference, part) for part in _HELD},
        **{f"{part}_{name}": getattr(one, part) for name, one in fitted.gauges.items() for part in _GAUGE},
    }
    np.savez(arrays, **named)
    return arrays.getvalue()


class _Facts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    blocks: tuple[Block, ...]
    classes: tuple[str, ...]
    chosen: str
    strange_from: float
    disagrees_from: float
    distant_from: float
    strays_from: float
    featured: bool
    ratio: float
    least: int
    longest: int
    capacity: int
    leap: bool
    gauges: dict[str, tuple[float, int]]


def unpack(data: bytes) -> Fitted:
    """From the file; raises Malformed for any other bytes."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            facts = msgspec.json.decode(arrays["facts"].tobytes(), type=_Facts)
            projection = campaign.Projection(
                mean=arrays["laid_mean"], scale=arrays["laid_scale"], directions=arrays["laid_directions"]
            )
            bank = arrays["laid_bank"]
            return Fitted(
                blocks=facts.blocks,
                classes=facts.classes,
                space=Space(mean=arrays["mean"], scale=arrays["scale"], basis=arrays["basis"]),
                chosen=facts.chosen,
                fitted=Held(**{part: arrays[f"fitted_{part}"] for part in _HELD}),
                reference=Held(**{part: arrays[f"reference_{part}"] for part in _HELD}),
                strange_from=facts.strange_from,
                near=neighbours.Neighbours(
                    basis=arrays["near_basis"], rows=arrays["near_rows"], labels=arrays["near_labels"]
                ),
                disagrees_from=facts.disagrees_from,
                distant_from=facts.distant_from,
                edges=edges.Edges(low=arrays["edges_low"], high=arrays["edges_high"]),
                strays_from=facts.strays_from,
                campaign=campaign.Terms(
                    projection=projection,
                    bank=campaign.Laid(bank, np.einsum("ij,ij->i", bank, bank)),
                    ratio=facts.ratio,
                    least=facts.least,
                    longest=facts.longest,
                    capacity=facts.capacity,
                    leap=facts.leap,
                ),
                gauges={
                    name: stream.Gauge(
                        **{part: arrays[f"{part}_{name}"] for part in _GAUGE}, rate=rate, horizon=horizon
                    )
                    for name, (rate, horizon) in facts.gauges.items()
                },
                featured=facts.featured,
            )
    except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile, msgspec.DecodeError) as error:
        raise Malformed("no terms of detectors") from error
