# SPDX-License-Identifier: Apache-2.0
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hauberk.core.limit import Limit
from hauberk.core.measurement import Measurement
from hauberk.report import plot
from hauberk.report.summary import Measured
from tests.report.strategies import limits, measurements
from tests.report.worked import WORKED


def row(value, low=None, high=None, limit=None):
    measurement = Measurement(name="x", value=value, low=low, high=high, note="" if value is not None else "none")
    return Measured(measurement=measurement, evidence=WORKED.evidence[0], limit=limit, by_policy=False)


@pytest.mark.parametrize(
    ("numbers", "ticks"),
    [
        ((0.3, 0.8), (0.0, 0.2, 0.4, 0.6, 0.8)),
        ((-0.02, 0.0126), (-0.02, -0.01, 0.0, 0.01, 0.02)),
        ((57.0, 57.0), (0.0, 20.0, 40.0, 60.0)),
        ((0.0, 0.0), (0.0, 0.5, 1.0)),
    ],
)
def test_ticks_are_nice_and_hold_all_values(numbers, ticks):
    assert plot.scale(row(number) for number in numbers).ticks == pytest.approx(ticks)


@given(
    st.lists(
        st.builds(
            lambda m, limit: Measured(measurement=m, evidence=WORKED.evidence[0], limit=limit, by_policy=True),
            measurements(),
            st.one_of(st.none(), limits),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_whatever_is_measured_is_drawn_within_the_strip_and_in_order(rows):
    axis = plot.scale(rows)
    for one in rows:
        drawn = plot.strip(one, axis)
        places = [place for place in (drawn.low, drawn.value, drawn.high) if place is not None]
        assert all(0 <= place <= plot.WIDTH for place in places)
        assert places == sorted(places)
        assert (drawn.value is None) == (one.measurement.value is None)
    assert all(0 <= x <= plot.WIDTH for x, _ in axis.marks)


def test_the_forbidden_side_is_below_a_least_and_above_a_most():
    least, most = Limit(measurement="x", at_least=0.5), Limit(measurement="x", at_most=0.5)
    axis = plot.scale([row(1.0, 0.9, 1.0)])
    below, above = plot.strip(row(0.4, limit=least), axis), plot.strip(row(0.4, limit=most), axis)
    assert below.forbidden == (0.0, below.limit)
    assert above.forbidden == (above.limit, plot.WIDTH - above.limit)


def test_an_open_end_is_drawn_to_the_edge_without_a_cap():
    drawn = plot.strip(row(0.5, low=0.2), plot.scale([row(0.5, low=0.2)]))
    assert (drawn.open_low, drawn.open_high) == (False, True)
    assert drawn.high == plot.WIDTH - plot.MARGIN
