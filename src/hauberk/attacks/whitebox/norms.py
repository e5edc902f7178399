# SPDX-License-Identifier: Apache-2.0
"""Balls in Linf, L2, L1 and L0: size, projection, steepest step, random start. Batches first; pure functions."""

import enum

import torch
from torch import Tensor

SPARSITY = 0.05
"""Share of coordinates that one L1 step moves (Tramer and Boneh, NeurIPS 2019, use such quantiles)."""
_TINY = 1e-12


class Norm(enum.Enum):
    """What a change costs."""

    LINF = "linf"
    L2 = "l2"
    L1 = "l1"
    L0 = "l0"


def flat(x: Tensor) -> Tensor:
    """Each sample as one row."""
    return x.flatten(1)


def spread(values: Tensor, like: Tensor) -> Tensor:
    """One number a sample, shaped so that it multiplies samples."""
    return values.reshape(-1, *([1] * (like.dim() - 1)))


def size(delta: Tensor, norm: Norm) -> Tensor:
    """The norm of each change; L0 counts the coordinates that are not zero."""
    rows = flat(delta)
    if norm is Norm.LINF:
        return rows.abs().amax(1)
    if norm is Norm.L2:
        return rows.square().sum(1).sqrt()
    if norm is Norm.L1:
        return rows.abs().sum(1)
    return (rows != 0).sum(1).to(rows.dtype)


def dual_size(slope: Tensor, norm: Norm) -> Tensor:
    """The dual norm: how much a change of size one can gain along a slope (for L0: in its largest coordinate)."""
    return size(slope, {Norm.LINF: Norm.L1, Norm.L2: Norm.L2, Norm.L1: Norm.LINF, Norm.L0: Norm.LINF}[norm])


def project(delta: Tensor, norm: Norm, eps: Tensor) -> Tensor:
    """The nearest change of at most eps (one number a sample); the largest coordinates are kept in L0."""
    if norm is Norm.LINF:
        bound = spread(eps, delta)
        return torch.minimum(torch.maximum(delta, -bound), bound)
    if norm is Norm.L2:
        return delta * spread((eps / size(delta, norm).clamp_min(_TINY)).clamp_max(1), delta)
    rows = flat(delta)
    if norm is Norm.L1:
        return _onto_l1(rows, eps).reshape_as(delta)
    order = rows.abs().argsort(1, descending=True).argsort(1)
    return torch.where(order < eps.floor().unsqueeze(1), rows, 0).reshape_as(delta)


def _onto_l1(rows: Tensor, eps: Tensor) -> Tensor:
    """Euclidean projection onto the L1 ball by sorting (Duchi et al., ICML 2008)."""
    sizes = rows.abs()
    ordered = sizes.sort(1, descending=True).values
    excess = ordered.cumsum(1) - eps.unsqueeze(1)
    rank = torch.arange(1, rows.shape[1] + 1, dtype=rows.dtype, device=rows.device)
    last = (ordered * rank > excess).sum(1, keepdim=True).clamp_min(1)
    threshold = (excess.gather(1, last - 1) / last).clamp_min(0)
    inside = sizes.sum(1, keepdim=True) <= eps.unsqueeze(1)
    return torch.where(inside, rows, rows.sign() * (sizes - threshold).clamp_min(0))


def steepest(slope: Tensor, norm: Norm, room: Tensor | None = None) -> Tensor:
    """The change of size one that gains most along a slope; in L1 it is shared by the steepest coordinates.

    ``room`` is how far each coordinate may still move that way: where it is zero, L1 does not step.
    """
    if norm is Norm.LINF:
        return slope.sign()
    if norm is Norm.L2:
        return slope / spread(size(slope, norm).clamp_min(_TINY), slope)
    rows = flat(slope)
    gain = rows.abs() if room is None else torch.where(flat(room) > 0, rows.abs(), 0)
    count = max(1, int(SPARSITY * rows.shape[1])) if norm is Norm.L1 else 1
    threshold = gain.topk(count, dim=1).values[:, -1:]
    step = torch.where((gain >= threshold) & (gain > 0), rows.sign(), 0)
    return (step / step.abs().sum(1, keepdim=True).clamp_min(1)).reshape_as(slope)


def random_change(like: Tensor, norm: Norm, eps: Tensor, generator: torch.Generator) -> Tensor:
    """A random change of at most eps: uniform in Linf, a random direction and radius in the others."""
    if norm is Norm.LINF:
        draw = torch.rand(like.shape, generator=generator, dtype=like.dtype).to(like.device)
        return (2 * draw - 1) * spread(eps, like)
    draw = torch.randn(like.shape, generator=generator, dtype=like.dtype).to(like.device)
    radius = torch.rand(len(like), generator=generator, dtype=like.dtype).to(like.device)
    scaled = draw * spread(eps * radius / size(draw, norm).clamp_min(_TINY), like)
    return scaled if norm is not Norm.L0 else project(draw, norm, eps)
