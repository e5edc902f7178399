# SPDX-License-Identifier: Apache-2.0
"""A measured quantity with its interval, sample size and parameters."""

import math

import msgspec

from hauberk.core.value import Value

Parameter = str | int | float | bool | None


class Measurement(Value, frozen=True, kw_only=True):
    """A number that carries how sure it is and how it was obtained."""

    name: str
    """The field's standard name, such as ``robust_accuracy`` or ``demographic_parity_difference``."""
    value: float | None
    """None where it cannot be estimated; ``note`` then says why."""
    low: float | None = None
    high: float | None = None
    level: float = 0.95
    """Confidence level of the interval [low, high]."""
    unit: str = ""
    n: int = 0
    """Sample size that the interval rests on."""
    parameters: dict[str, Parameter] = msgspec.field(default_factory=dict)
    """Everything that shaped the value: norm, eps, queries, seed, method of the interval ..."""
    note: str = ""

    def __post_init__(self) -> None:
        """Refuse NaN, infinity, an interval that does not hold its value, and None without a reason."""
        for number in (self.value, self.low, self.high):
            if number is not None and not math.isfinite(number):
                message = f"measurement {self.name}: numbers in evidence are finite or None"
                raise ValueError(message)
        if self.value is None and not self.note:
            message = f"measurement {self.name}: a value of None needs a note"
            raise ValueError(message)
        if self.low is not None and self.high is not None and self.low > self.high:
            message = f"measurement {self.name}: low {self.low} exceeds high {self.high}"
            raise ValueError(message)
