# SPDX-License-Identifier: Apache-2.0
"""``hauberk guard outcomes``: what groups get, while it happens."""

import sys
from typing import Annotated

from cyclopts import Parameter

from hauberk.cli.guard_state import state_of
from hauberk.cli.options import Json, Manifest, Quiet
from hauberk.cli.subject import named_manifest
from hauberk.core.codec import encode_pretty
from hauberk.core.measurement import Measurement
from hauberk.guard.begin import keep_model
from hauberk.guard.settings import settings_of
from hauberk.guard.tally import ALL, Count, Outcomes, tally_of
from hauberk.manifest.load import load
from hauberk.stats.intervals import newcombe, wilson


def outcomes(
    *,
    endpoint: Annotated[str, Parameter(help="Asset id of the endpoint, where the manifest has several.")] = "",
    manifest: Manifest = None,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Say which share of each group's rows got the favourable outcome so far, and how it differs from the others'.

    Counted by the guard as it answers, for the model and the groups of the manifest as they are now; no row is kept.

    Example: hauberk guard outcomes
    """
    path = named_manifest(manifest)
    state = state_of(path)
    settings = keep_model(settings_of(load(path), path.absolute().parent, endpoint=endpoint), state)
    counted = tally_of(settings, state, 0).totals()
    found = [one for count in counted if count.rows for one in _measured(count, counted[0])]
    if json:
        sys.stdout.write(encode_pretty(Outcomes(measurements=tuple(found))) + "\n")
        return 0
    for one in found:
        value = "-" if one.value is None else f"{one.value:.3f}"
        interval = "" if one.low is None or one.high is None else f" [{one.low:.3f}, {one.high:.3f}]"
        sys.stdout.write(f"{one.parameters['group']}  {one.name}  {value}{interval}  n={one.n}\n")
    if not found and not quiet:
        sys.stderr.write(
            "nothing was counted yet; facts.guard.groups names groups, favourable of the data the outcome\n"
        )
    return 0


def _measured(count: Count, everybody: Count) -> list[Measurement]:
    """The group's share, and its difference from the share of all others."""
    low, high = wilson(count.favourable, count.rows)
    share = Measurement(
        name="favourable_share", value=count.favourable / count.rows, low=low, high=high, n=count.rows,
        parameters={"group": count.group, "interval": "wilson"},
    )  # fmt: skip
    others = (everybody.favourable - count.favourable, everybody.rows - count.rows)
    if count.group == ALL or not others[1]:
        return [share]
    low, high = newcombe((count.favourable, count.rows), others)
    return [
        share,
        Measurement(
            name="favourable_difference", value=count.favourable / count.rows - others[0] / others[1],
            low=low, high=high, n=everybody.rows, parameters={"group": count.group, "interval": "newcombe"},
        ),
    ]  # fmt: skip
