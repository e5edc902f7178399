# SPDX-License-Identifier: Apache-2.0
"""Where models come from: who made them, of what, from whom; read from facts, and from flows where facts say nothing.

People write down the same thing in two ways: that a process has a model among its ``outputs``, or that a flow leads
from the process to the model. Both count. A flow brings a model itself when it says so (``carries: [model]``), when it
comes from what makes the model, or from what the model's ``source`` names; any other flow into a model asks it.
"""

import functools
import re
from collections import defaultdict

from hauberk.core.scales import Kind
from hauberk.core.system import Declared, Flow, System
from hauberk.manifest.blank import blank

DATA = frozenset({Kind.DATASET, Kind.DOCUMENT})
STORES = frozenset({Kind.CLOUD, Kind.IMAGE, Kind.MANIFEST, Kind.OTHER})
"""Where a model is kept or packed on its way from its maker to its use."""
_TESTS = frozenset({"test", "validation"})


def _names(text: str, name: str) -> bool:
    """Whether a text names something, word for word: ``public model hub`` names ``model hub``."""
    words, wanted = (re.findall(r"\w+", one.casefold()) for one in (text, name))
    return bool(wanted) and any(words[at : at + len(wanted)] == wanted for at in range(len(words) - len(wanted) + 1))


class Lineage:
    """A system's makers, lessons and deliveries of models."""

    def __init__(self, system: System) -> None:
        """Index assets and flows."""
        self._system = system
        self._assets = {asset.id: asset for asset in system.assets}
        self._into: dict[str, list[Flow]] = defaultdict(list)
        for flow in system.flows:
            self._into[flow.target].append(flow)

    def brings(self, flow: Flow) -> bool:
        """Whether a flow brings a model, and not a question."""
        target = self._assets.get(flow.target)
        if "model" in flow.carries or target is None or target.kind is not Kind.MODEL:
            return "model" in flow.carries
        source = self._assets.get(flow.source)
        names = [flow.source] if source is None else [source.id, source.facts.serves]
        if source is None or source.kind in {Kind.MODEL, Kind.ENDPOINT}:
            return any(_names(target.facts.source, one) for one in names)
        return source.kind in {Kind.PROCESS, Kind.CODE} and self._makes(source, target)

    def _makes(self, process: Declared, model: Declared) -> bool:
        declared = model.facts.trained_by == process.id or model.id in process.facts.outputs
        return declared or _names(model.facts.source, process.id) or bool(self._fed_by(process, lessons=True))

    def _fed_by(self, process: Declared, *, lessons: bool = False) -> list[Declared]:
        """Data that flows into a process, but for tests; only what is marked as lessons where asked so."""
        ends = (self._assets.get(flow.source) for flow in self._into.get(process.id, ()))
        found = [one for one in ends if one is not None and one.kind in DATA and one.facts.split not in _TESTS]
        return [one for one in found if one.facts.split == "train"] if lessons else found

    def maker(self, model: Declared) -> Declared | None:
        """The process that trains a model: by its own word, by the process's, by a flow; of a copy, its original's."""
        return self._makers.get(model.id)

    @functools.cached_property
    def _makers(self) -> dict[str, Declared]:
        found = {made: one for one in reversed(self._system.assets) for made in one.facts.outputs}
        models = [one for one in self._system.assets if one.kind is Kind.MODEL]
        for model in models:
            named = self._assets.get(model.facts.trained_by)
            if named is not None:
                found[model.id] = named
        for model in models:
            maker = self._made_by_flow(model)
            if model.id not in found and maker is not None:
                found[model.id] = maker
        for _ in models:  # a copy of a copy is as many steps away as there are models
            for model in models:
                original = next((one for one in self._originals(model) if one in found), None)
                if model.id not in found and original is not None:
                    found[model.id] = found[original]
        return found

    def _made_by_flow(self, model: Declared) -> Declared | None:
        seen, waiting = {model.id}, [flow for flow in self._into.get(model.id, ()) if self.brings(flow)]
        while waiting:
            source = self._assets.get(waiting.pop(0).source)
            if source is not None and source.kind is Kind.PROCESS:
                return source
            if source is not None and source.kind in STORES and source.id not in seen:
                seen.add(source.id)
                waiting.extend(self._into.get(source.id, ()))
        return None

    def _originals(self, model: Declared) -> list[str]:
        """Ids of the models that a model is a copy of, by the flows that bring it."""
        sources = (self._assets.get(flow.source) for flow in self._into.get(model.id, ()) if self.brings(flow))
        kept = [one for one in sources if one is not None]
        return [one.facts.serves if one.kind is Kind.ENDPOINT else one.id for one in kept]

    def learned_from(self, model: Declared) -> list[Declared]:
        """Data sets that a model was trained on, here or where updates of it were made."""
        maker = self.maker(model)
        found = [self._assets.get(one) for one in (*model.facts.trained_on, *(maker.facts.inputs if maker else ()))]
        if maker is not None:
            found += self._fed_by(maker)
            for flow in self._into.get(maker.id, ()):
                source = self._assets.get(flow.source)
                if source is not None and self.update(flow):
                    found += self._fed_by(source)
        return list({one.id: one for one in found if one is not None and one.kind in DATA}.values())

    def ingredients(self, model: Declared) -> list[Declared]:
        """What a model is made from: data that it learned from, whatever its maker reads, and other models."""
        maker = self.maker(model)
        read = (self._assets.get(one) for one in (maker.facts.inputs if maker else ()))
        fed = [flow.source for flow in self._into.get(maker.id, ())] if maker is not None else []
        bases = (self._assets.get(one) for one in (*self._originals(model), *fed))
        models = [one for one in bases if one is not None and one.kind is Kind.MODEL]
        return list({one.id: one for one in (*self.learned_from(model), *read, *models) if one is not None}.values())

    def foreign(self, model: Declared) -> bool:
        """Whether a model was made by others: it has a source, or comes in from outside, and nothing here trains it."""
        flows = [flow for flow in self._into.get(model.id, ()) if self.brings(flow)]
        comes = any(flow.source not in self._assets for flow in flows)
        return self.maker(model) is None and (comes or not blank(model.facts.source))

    def trains(self, process: Declared) -> bool:
        """Whether a process makes a model, or sends updates of one."""
        made = (self._assets.get(one) for one in process.facts.outputs)
        learns = any(flow.source == process.id and self.update(flow) for flow in self._system.flows)
        makes = any(one is not None and one.kind is Kind.MODEL for one in made)
        return learns or makes or process.id in {one.id for one in self._makers.values()}

    def update(self, flow: Flow) -> bool:
        """Whether a flow brings what others learned at their place, to be put together with what more others did."""
        source, target = self._assets.get(flow.source), self._assets.get(flow.target)
        if target is None or (source is not None and (not source.zone or source.zone == target.zone)):
            return False
        given = (flow.source if source is None else source.zone) in self._given_models
        if target.kind is Kind.PROCESS and source is not None and source.kind is Kind.PROCESS:
            learned = bool(self._fed_by(source, lessons=True))
            return target.id in self._merging and (learned or (given and "model" in flow.carries))
        maker = self._makers.get(target.id) if target.kind is Kind.MODEL else None
        common = maker is not None and maker.id != flow.source
        return given and "model" in flow.carries and (common or target.kind in {Kind.PROCESS, *DATA})

    @functools.cached_property
    def _merging(self) -> frozenset[str]:
        """Processes to which work from elsewhere comes, and from which a model goes."""
        declared = {one.facts.trained_by for one in self._system.assets}
        declared |= {one.id for one in self._system.assets for made in one.facts.outputs if made in self._assets}
        flows = {flow.source for flow in self._system.flows if self.brings(flow)}
        return frozenset(declared | flows)

    @functools.cached_property
    def _given_models(self) -> frozenset[str]:
        """Outside parties and zones that the system sends models to."""
        sent = [flow for flow in self._system.flows if flow.source in self._assets and self.brings(flow)]
        zones = {one.zone for flow in sent if (one := self._assets.get(flow.target)) is not None}
        return frozenset({flow.target for flow in sent} | (zones - {""}))
