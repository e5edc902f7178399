# SPDX-License-Identifier: Apache-2.0
"""Where a value comes from, as far as one module shows; ``flow`` asks the same of a whole project."""

from tree_sitter import Node

from hauberk.analysis.flow import Flow
from hauberk.analysis.flow_names import Origin
from hauberk.analysis.flow_values import Source
from hauberk.analysis.project import Project
from hauberk.assets.scopes import Scope

__all__ = ["Origin", "Source", "trace"]


def trace(node: Node, scope: Scope) -> Source:
    """Where the value of an expression comes from, the module alone being known."""
    return Flow(Project({})).trace(node, scope)
