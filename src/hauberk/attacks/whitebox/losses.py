# SPDX-License-Identifier: Apache-2.0
"""What an attack climbs: one number a sample, larger where the goal is nearer. All take logits.

``goal`` holds the true label, or for targeted losses the wanted one too. DLR and its targeted form: Croce and Hein,
ICML 2020; the margin is that of Carlini and Wagner, S&P 2017.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

Loss = Callable[[Tensor, Tensor, Tensor], Tensor]
"""Logits, true labels, wanted labels (-1: any other) to one number a sample."""

_TINY = 1e-12


def best_other(logits: Tensor, labels: Tensor) -> Tensor:
    """The largest logit that is not the label's."""
    return logits.scatter(1, labels.unsqueeze(1), -torch.inf).amax(1)


def likeliest(logits: Tensor) -> Tensor:
    """The classes of each sample by falling logit; ties in the order of the classes."""
    return logits.sort(dim=1, descending=True, stable=True).indices


def of(logits: Tensor, labels: Tensor) -> Tensor:
    """The logit of each sample's label."""
    return logits.gather(1, labels.unsqueeze(1)).squeeze(1)


def ce(logits: Tensor, labels: Tensor, wanted: Tensor) -> Tensor:
    """Cross-entropy of the true label; less that of the wanted one where there is one."""
    if bool((wanted < 0).all()):
        return cross_entropy(logits, labels, reduction="none")
    return -cross_entropy(logits, wanted, reduction="none")


def margin(logits: Tensor, labels: Tensor, wanted: Tensor) -> Tensor:
    """The best other logit less the true one: positive exactly where the sample is misclassified.

    With a wanted label: its logit less the best other one.
    """
    if bool((wanted < 0).all()):
        return best_other(logits, labels) - of(logits, labels)
    return of(logits, wanted) - best_other(logits, wanted)


def dlr(logits: Tensor, labels: Tensor, wanted: Tensor) -> Tensor:
    """Difference of logits ratio: a margin that no rescaling of the logits changes; needs three classes."""
    ordered = logits.sort(1, descending=True).values
    if logits.shape[1] < 3:  # noqa: PLR2004  the ratio divides by the distance to the third
        return margin(logits, labels, wanted)
    if bool((wanted < 0).all()):
        return margin(logits, labels, wanted) / (ordered[:, 0] - ordered[:, 2]).clamp_min(_TINY)
    lowest = ordered[:, 3] if logits.shape[1] > 3 else ordered[:, 2]  # noqa: PLR2004  the mean of third and fourth
    scale = ordered[:, 0] - (ordered[:, 2] + lowest) / 2
    return (of(logits, wanted) - of(logits, labels)) / scale.clamp_min(_TINY)


def towards(logits: Tensor, labels: Tensor, wanted: Tensor) -> Tensor:
    """The wanted logit less the true one; the best other where none is wanted."""
    if bool((wanted < 0).all()):
        return margin(logits, labels, wanted)
    return of(logits, wanted) - of(logits, labels)


LOSSES: dict[str, Loss] = {"ce": ce, "dlr": dlr, "margin": margin, "towards": towards}
"""By the name that a record carries."""
