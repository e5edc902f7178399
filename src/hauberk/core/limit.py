# SPDX-License-Identifier: Apache-2.0
"""A limit on a measurement: the line that policy draws, not the check."""

from hauberk.core.measurement import Measurement
from hauberk.core.scales import Confidence, Severity
from hauberk.core.value import Value


class Limit(Value, frozen=True, kw_only=True):
    """``measurement`` must be at least, or at most, a number; exactly one of the two bounds is given."""

    measurement: str
    """Name of the measurement, such as ``robust_accuracy``."""
    at_least: float | None = None
    """Lowest value that keeps the limit, in the measurement's own unit."""
    at_most: float | None = None
    """Highest value that keeps the limit."""
    severity: Severity = Severity.HIGH
    """Severity of the finding where it is broken."""
    worse_end: bool = False
    """Judge the end of the interval that is nearer to breaking the limit, not the value: what is not shown to keep the
    limit breaks it. A measurement without an interval is judged by its value."""

    def __post_init__(self) -> None:
        """Refuse a limit that bounds nothing or both ways."""
        if (self.at_least is None) == (self.at_most is None):
            message = f"limit on {self.measurement}: give at_least or at_most"
            raise ValueError(message)

    def broken_by(self, measurement: Measurement) -> Confidence | None:
        """How surely a measurement breaks this limit; None where it keeps it or has no value.

        HIGH when the whole interval lies beyond the bound, MEDIUM when only the value does, or only its worse end where
        that is what the limit asks about.
        """
        value = measurement.value
        if measurement.name != self.measurement or value is None:
            return None
        low = value if measurement.low is None else measurement.low
        high = value if measurement.high is None else measurement.high
        if self.at_least is not None:
            beyond, surely = (low if self.worse_end else value) < self.at_least, high < self.at_least
        else:
            bound = self.at_most if self.at_most is not None else value
            beyond, surely = (high if self.worse_end else value) > bound, low > bound
        if not beyond:
            return None
        return Confidence.HIGH if surely else Confidence.MEDIUM

    def __str__(self) -> str:
        """The limit as words: ``robust_accuracy at least 0.6``."""
        bound = f"at least {self.at_least:g}" if self.at_least is not None else f"at most {self.at_most:g}"
        end = " at the worse end of its interval" if self.worse_end else ""
        return f"{self.measurement} {bound}{end}"


class Regression(Value, frozen=True, kw_only=True):
    """``measurement`` may be worse than in the last release by so much and no more; exactly one of the two is given.

    The worse ends of both intervals are compared, so that a release that was measured on less does not look better.
    """

    measurement: str
    """Name of the measurement, such as ``robust_accuracy``."""
    may_drop: float | None = None
    """More is better: the interval's lower end may be lower by this, in the measurement's own unit."""
    may_rise: float | None = None
    """Less is better: the interval's upper end may be higher by this."""

    def __post_init__(self) -> None:
        """Refuse one that bounds nothing or both ways, or a bound below zero."""
        bound = self.may_drop if self.may_rise is None else self.may_rise
        if (self.may_drop is None) == (self.may_rise is None) or bound is None or not bound >= 0:
            message = f"regression of {self.measurement}: give may_drop or may_rise, zero or more"
            raise ValueError(message)

    def worse_by(self, before: Measurement, now: Measurement) -> float | None:
        """How much worse the worse end is than it was; None where either has no value."""
        if before.value is None or now.value is None:
            return None
        if self.may_drop is not None:
            ends = [one.value if one.low is None else one.low for one in (before, now)]
            return (ends[0] or 0.0) - (ends[1] or 0.0)
        ends = [one.value if one.high is None else one.high for one in (before, now)]
        return (ends[1] or 0.0) - (ends[0] or 0.0)

    @property
    def allowed(self) -> float:
        """How much worse it may be."""
        return (self.may_drop if self.may_rise is None else self.may_rise) or 0.0

    def __str__(self) -> str:
        """The regression as words: ``robust_accuracy no worse than in the last release by more than 0.02``."""
        return f"{self.measurement} no worse than in the last release by more than {self.allowed:g}"
