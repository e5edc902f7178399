# SPDX-License-Identifier: Apache-2.0
"""The single attacks by name: what each needs to see, in which norms it moves, and whether it can aim at one class."""

from dataclasses import dataclass
from typing import Literal

from hauberk.core.errors import Misuse

Sight = Literal["slopes", "scores", "labels", "surrogate"]


@dataclass(frozen=True, kw_only=True)
class Method:
    """One attack."""

    sees: Sight
    norms: tuple[str, ...]
    aims: bool = True
    """Whether it can aim at one class."""
    nearest: bool = False
    """It looks for the smallest change, wherever that is; else it is content with one within eps."""
    steps: int = 0
    """From each start, as published; 0 for what goes on until the queries are spent."""
    restarts: int = 1


METHODS = {
    "fgsm": Method(sees="slopes", norms=("linf", "l2", "l1"), steps=1),
    "bim": Method(sees="slopes", norms=("linf", "l2", "l1"), steps=10),
    "mi-fgsm": Method(sees="slopes", norms=("linf", "l2", "l1"), steps=10),
    "pgd": Method(sees="slopes", norms=("linf", "l2", "l1"), steps=40),
    "apgd-ce": Method(sees="slopes", norms=("linf", "l2"), steps=33, restarts=3),
    "apgd-dlr": Method(sees="slopes", norms=("linf", "l2"), steps=33, restarts=3),
    "apgd-t": Method(sees="slopes", norms=("linf", "l2"), steps=100, aims=False),
    "fab-t": Method(sees="slopes", norms=("linf", "l2"), steps=50, aims=False, nearest=True),
    "deepfool": Method(sees="slopes", norms=("linf", "l2"), steps=50, aims=False, nearest=True),
    "carlini-wagner": Method(sees="slopes", norms=("l2",), steps=50, nearest=True),
    "ddn": Method(sees="slopes", norms=("l2",), steps=100, nearest=True),
    "fmn": Method(sees="slopes", norms=("linf", "l2", "l1", "l0"), steps=100, nearest=True),
    "sigma-zero": Method(sees="slopes", norms=("l0",), steps=100, nearest=True),
    "saliency": Method(sees="slopes", norms=("l0",), steps=100, aims=False, nearest=True),
    "square": Method(sees="scores", norms=("linf",)),
    "nes": Method(sees="scores", norms=("linf",)),
    "simba": Method(sees="scores", norms=("l2",)),
    "edits": Method(sees="scores", norms=("l0",)),
    "hopskipjump": Method(sees="labels", norms=("linf", "l2")),
    "boundary": Method(sees="labels", norms=("l2",)),
    "transfer": Method(sees="surrogate", norms=("linf", "l2", "l1")),
    "capgd": Method(sees="slopes", norms=("gower",), aims=False),
    "evolutionary": Method(sees="scores", norms=("gower",), aims=False),
    "label-only": Method(sees="labels", norms=("gower",), aims=False),
}
"""By name; those in ``gower`` change rows of mixed columns."""

_SEEN: dict[Sight, tuple[Sight, ...]] = {
    "slopes": ("slopes", "scores", "labels"),
    "scores": ("scores", "labels"),
    "labels": ("labels",),
    "surrogate": ("surrogate",),
}


def fitting(norm: str, seen: Sight, *, aimed: bool = False) -> tuple[str, ...]:
    """The methods that fit a norm, what the attacker sees, and whether one class is aimed at."""
    return tuple(
        name
        for name, one in METHODS.items()
        if norm in one.norms and one.sees in _SEEN[seen] and (one.aims or not aimed)
    )


def check(name: str, norm: str, seen: Sight, *, aimed: bool = False) -> Method:
    """The method of this name; raises Misuse, with the fitting ones, for one that is unknown or does not fit."""
    here = fitting(norm, seen, aimed=aimed)
    remedy = f"fitting here: {', '.join(here) or 'none'}"
    if name not in METHODS:
        raise Misuse(f"no attack is called {name[:40]!r}", remedy=remedy)
    if name in here:
        return METHODS[name]
    one = METHODS[name]
    if norm not in one.norms:
        why = f"it moves in {', '.join(one.norms)}, not in {norm}"
    elif one.sees not in _SEEN[seen]:
        why = f"it needs {'a surrogate' if one.sees == 'surrogate' else one.sees}, and the attacker here has {seen}"
    else:
        why = "it cannot aim at one class"
    raise Misuse(f"{name} does not fit: {why}", remedy=remedy)
