# SPDX-License-Identifier: Apache-2.0
"""One module under examination within its project: questions on its values, for every kind of sink."""

from tree_sitter import Node

from hauberk.analysis.callers import Callers
from hauberk.analysis.definitions import Definitions
from hauberk.analysis.flow import Flow
from hauberk.analysis.flow_names import Origin
from hauberk.analysis.flow_values import Source
from hauberk.analysis.project import Project, project
from hauberk.assets import python
from hauberk.assets.scopes import Scope
from hauberk.core import target


class Flows:
    """Questions about one module; the rest of the project is read only where an answer needs it."""

    def __init__(self, source: target.Source, uri: str, module: python.Module) -> None:
        """Questions about the module at a path."""
        self._source, self._uri, self.module = source, uri, module
        self._alone: dict[str, Flow] = {}
        self._whole: dict[str, Flow] = {}
        self._single = Project({})
        self._single.enter(uri, module)
        self._near, self._far = Callers(Definitions(self._single)), list[Callers]()

    def belongs(self, source: target.Source, uri: str) -> bool:
        """Whether the questions are about this path of this source."""
        return self._source is source and self._uri == uri

    def trace(self, node: Node, scope: Scope, kind: str) -> Source:
        """Where a value comes from. The module alone is asked first: what it fixes, nobody else can change."""
        if kind not in self._alone:
            self._alone[kind] = Flow(self._single, kind, self._near)
        near = self._alone[kind].trace(node, scope)
        return near if near.origin is Origin.FIXED else self.trace_whole(node, scope, kind)

    def trace_whole(self, node: Node, scope: Scope, kind: str) -> Source:
        """The same without asking the module alone first."""
        definitions = self.definitions()
        if kind not in self._whole:
            self._whole[kind] = Flow(definitions.project, kind, self._far[0])
        return self._whole[kind].trace(node, scope)

    def definitions(self) -> Definitions:
        """Definitions of the whole project, this module among it."""
        self._source.all(".py")  # each rule's outcome rests on all of them, whoever asked first
        if not self._far:
            whole = project(self._source)
            whole.enter(self._uri, self.module)
            self._far.append(Callers(Definitions(whole)))
        return self._far[0].definitions


_last: list[Flows] = []


def flows(source: target.Source, uri: str, module: python.Module) -> Flows:
    """Questions about a module; the last is kept, so that the rules on one file share the answers."""
    if not (_last and _last[0].module is module and _last[0].belongs(source, uri)):
        _last[:] = [Flows(source, uri, module)]
    return _last[0]
