# SPDX-License-Identifier: Apache-2.0
"""What ``/metrics`` says, as OpenMetrics 1.0 text: counters of stages, outcomes of groups with intervals."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from hauberk.guard.counters import STAGES
from hauberk.guard.tally import Count
from hauberk.stats.intervals import wilson

_HELP: Final = {
    "unknown": "Requests without a credential that is known.",
    "forbidden": "Requests whose key lacks the scope.",
    "throttled": "Requests beyond a rate or a quota.",
    "malformed": "Requests that are no well-formed question to the model.",
    "refused": "Requests that a detector, or one that failed, refused.",
    "failed": "Requests that the model or the upstream did not answer.",
    "unspooled": "Requests that were not answered because they could not be recorded.",
    "detections": "Detections.",
    "held": "Requests that wait for a person.",
    "queued": "Requests in the queue of people, held or sampled.",
}


def metrics(counts: Mapping[str, int], outcomes: Sequence[Count], gauges: Mapping[str, tuple[str, float]]) -> bytes:
    """The whole page; gauges are by name: what they mean, and their value."""
    lines = [line for name, count in counts.items() for line in _counter(name, count)]
    lines += _outcomes([one for one in outcomes if one.rows])
    for name, (what, value) in gauges.items():
        lines += [f"# TYPE hauberk_guard_{name} gauge", f"# HELP hauberk_guard_{name} {what}"]
        lines.append(f"hauberk_guard_{name} {value:g}")
    return ("\n".join(lines) + "\n# EOF\n").encode()


def _counter(name: str, count: int) -> Iterator[str]:
    what = f"Requests that passed the stage {name}." if name in STAGES else _HELP.get(name, f"Counted as {name}.")
    yield f"# TYPE hauberk_guard_{name} counter"
    yield f"# HELP hauberk_guard_{name} {what}"
    yield f"hauberk_guard_{name}_total {count}"


def _outcomes(counted: Sequence[Count]) -> Iterator[str]:
    if not counted:
        return
    for name, what, field in (
        ("rows", "Rows answered, by group.", "rows"),
        ("favourable", "... of which with the favourable outcome.", "favourable"),
    ):
        yield f"# TYPE hauberk_guard_outcome_{name} counter"
        yield f"# HELP hauberk_guard_outcome_{name} {what}"
        for one in counted:
            yield f'hauberk_guard_outcome_{name}_total{{group="{one.group}"}} {getattr(one, field)}'
    yield "# TYPE hauberk_guard_outcome_share gauge"
    yield "# HELP hauberk_guard_outcome_share Share of favourable outcomes, and its 95 % interval (Wilson)."
    for one in counted:
        low, high = wilson(one.favourable, one.rows)
        for end, value in (("low", low), ("value", one.favourable / one.rows), ("high", high)):
            yield f'hauberk_guard_outcome_share{{group="{one.group}",end="{end}"}} {value:.6f}'
