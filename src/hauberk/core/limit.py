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
