# SPDX-License-Identifier: Apache-2.0
"""Threats to things that the manifest calls ``other``: meters, sensors, cameras and what else stands in the world.

Devices that are bent or forged after Petit et al. (Black Hat Europe 2015) and Liu, Ning and Reiter (CCS 2009).
"""

from hauberk.core.system import Declared
from hauberk.govern import ways
from hauberk.govern.graph import Graph
from hauberk.govern.row import Row, Touch
from hauberk.govern.threat import Category


def _reports(graph: Graph, thing: Declared) -> bool:
    """Something else in the system goes by what it sends."""
    return any(not graph.is_outside(flow.target) and not graph.brings(flow) for flow in graph.out_of(thing))


def _nameless(graph: Graph, thing: Declared) -> bool:
    return _reports(graph, thing) and not all(graph.named(flow) for flow in graph.out_of(thing))


DEVICES: tuple[Row[Declared], ...] = (
    Row(
        rule="opened-device",
        category=Category.TAMPERING,
        title="Whoever can reach {name} opens, moves or changes it, and what it reports is taken for true",
        techniques=("AML.T0010.000", "AML.T0041", "CWE-345", "STRIDE:tampering"),
        touches=(Touch.PEOPLE, Touch.SERVICE),
        when=_reports,
        once=True,
        within=("made-up-world",),
        answer="seals and checks on site, values that no place can have refused, a second source that must agree",
        supplied=True,
    ),
    Row(
        rule="false-device",
        category=Category.SPOOFING,
        title="Something passes for {name} and reports what its sender wants",
        techniques=("CWE-345", "CWE-290", "AML.T0088", "AML.T0073", "STRIDE:spoofing", "CWE-294"),
        touches=(Touch.PEOPLE, Touch.SERVICE),
        when=_nameless,
        along=ways.sent,
        within=("false-sense",),
        answer="a key in each device, and what it reports signed with it",
        supplied=True,
    ),
)
