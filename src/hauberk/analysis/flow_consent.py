# SPDX-License-Identifier: Apache-2.0
"""Places that are reached only where whoever runs a program has let foreign code run, as by ``trust_remote_code``."""

from itertools import islice
from typing import TYPE_CHECKING

from tree_sitter import Node

from hauberk.analysis.flow_names import STRANGERS
from hauberk.assets.scopes import Scope

if TYPE_CHECKING:
    from hauberk.analysis.flow import Flow

_RUNNING = frozenset({"load", "code", "command", "any"})
"""Kinds of sinks that run what they are given: an option to run foreign code is no leave for these."""
_MOST = 4


def agreed(flow: "Flow", use: Node, scope: Scope) -> bool:
    """Whether such an option stands before a place, and no stranger sets it: then that place opens nothing more."""
    if flow.kind in _RUNNING:
        return False
    if use.id not in flow.agreed:
        flow.keep.append(scope)
        flow.agreed[use.id] = False  # while it is being asked
        options = islice(flow.guards.consents(use, scope), _MOST)
        flow.agreed[use.id] = any(STRANGERS.isdisjoint(flow.settle(flow.of(one, scope))) for one in options)
    return flow.agreed[use.id]
