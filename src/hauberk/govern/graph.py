# SPDX-License-Identifier: Apache-2.0
"""A manifest as a graph: who reaches what, what is learned from whom, where people's data lies.

Everything is read from what the manifest states; a fact that it leaves out is never assumed to be harmless.
"""

import functools
from collections import defaultdict

from hauberk.checks.design.jurisdiction import free
from hauberk.checks.design.zones import crossed, regions, said
from hauberk.core.scales import Kind
from hauberk.core.system import Declared, Flow, System
from hauberk.manifest.blank import blank

PRIVATE = frozenset({"personal", "sensitive"})
DATA = frozenset({Kind.DATASET, Kind.DOCUMENT})
SEALED = frozenset({"tls", "mtls", "https", "ssh", "vpn", "wireguard", "ipsec", "encrypted-file", "signed"})
"""Protections under which a change on the way shows."""


class Graph:
    """A system with its edges indexed; frozen once made."""

    def __init__(self, system: System) -> None:
        """Index flows by their ends."""
        self.system = system
        self._into: dict[str, list[Flow]] = defaultdict(list)
        self._from: dict[str, list[Flow]] = defaultdict(list)
        self._assets = {asset.id: asset for asset in system.assets}
        for flow in system.flows:
            self._into[flow.target].append(flow)
            self._from[flow.source].append(flow)

    def into(self, asset: Declared) -> list[Flow]:
        """Flows that end at an asset."""
        return self._into[asset.id]

    def out_of(self, asset: Declared) -> list[Flow]:
        """Flows that start at an asset."""
        return self._from[asset.id]

    def asset(self, end: str) -> Declared | None:
        """The asset at an end of a flow, or None for an outside party."""
        return self._assets.get(end)

    def is_outside(self, end: str) -> bool:
        """Whether an end of a flow is an outside party."""
        return end not in self._assets

    def crosses(self, flow: Flow) -> str:
        """What a flow crosses, in words; empty where nothing says that it crosses anything."""
        return crossed(self.system, flow)

    def sealed(self, flow: Flow) -> bool:
        """Whether a declared protection makes a change on the way show."""
        return bool(said(flow.protection) & SEALED)

    def abroad(self, flow: Flow) -> tuple[str, str] | None:
        """The two regions of a flow that leaves a legal area; None where it does not, or nobody says where it goes."""
        source, target = regions(self.system, flow)
        return (source, target) if source and target and not free(source, target) else None

    # models

    def endpoints(self, model: Declared) -> list[Declared]:
        """Endpoints that serve a model."""
        return self._doors.get(model.id, [])

    @functools.cached_property
    def _doors(self) -> dict[str, list[Declared]]:
        found: dict[str, list[Declared]] = {}
        for one in self.system.assets:
            if one.kind is Kind.ENDPOINT:
                found.setdefault(one.facts.serves, []).append(one)
        return found

    def maker(self, model: Declared) -> Declared | None:
        """The process that trains a model, by its own word or the process's."""
        named = self.asset(model.facts.trained_by)
        return named or self._makers.get(model.id)

    @functools.cached_property
    def _makers(self) -> dict[str, Declared]:
        return {made: one for one in reversed(self.system.assets) for made in one.facts.outputs}

    def questions(self, model: Declared) -> list[Flow]:
        """Flows that ask a model, directly or through an endpoint that serves it."""
        maker = self.maker(model)
        own = [one for one in self.into(model) if maker is None or one.source != maker.id]
        asked = [one for one in own if "model" not in one.carries]
        return asked + [flow for endpoint in self.endpoints(model) for flow in self.into(endpoint)]

    def asked(self, model: Declared) -> bool:
        """Whether anything asks a model."""
        return bool(self.endpoints(model) or self.questions(model))

    def generates(self, asset: Declared | None) -> bool:
        """Whether an asset is a model that generates, or an endpoint that serves one."""
        if asset is None:
            return False
        if asset.kind is Kind.ENDPOINT:
            asset = self.asset(asset.facts.serves)
        return asset is not None and asset.kind is Kind.MODEL and asset.facts.task == "generate"

    def learned_from(self, model: Declared) -> list[Declared]:
        """Data sets that a model was trained on, by its own word or its maker's."""
        maker = self.maker(model)
        ids = dict.fromkeys((*model.facts.trained_on, *(maker.facts.inputs if maker else ())))
        found = (self.asset(one) for one in ids)
        return [one for one in found if one is not None and one.kind in DATA]

    def foreign(self, model: Declared) -> bool:
        """Whether a model was made by others: it has a source, or comes in from outside, and nothing here trains it."""
        comes = any(self.is_outside(flow.source) and "model" in flow.carries for flow in self.into(model))
        return self.maker(model) is None and (comes or not blank(model.facts.source))

    # data

    def teaches(self, data: Declared) -> bool:
        """Whether a data set is trained on."""
        return data.facts.split == "train" or data.id in self._lessons

    @functools.cached_property
    def _lessons(self) -> frozenset[str]:
        models = (one for one in self.system.assets if one.kind is Kind.MODEL)
        return frozenset(data.id for model in models for data in self.learned_from(model))

    def trains(self, process: Declared) -> bool:
        """Whether a process makes a model."""
        made = (self.asset(one) for one in process.facts.outputs)
        return process.id in self._trainers or any(one is not None and one.kind is Kind.MODEL for one in made)

    @functools.cached_property
    def _trainers(self) -> frozenset[str]:
        return frozenset(one.facts.trained_by for one in self.system.assets)

    def run_to_train(self, code: Declared) -> bool:
        """Whether a training process runs this code."""
        return code.id in self._training_code

    @functools.cached_property
    def _training_code(self) -> frozenset[str]:
        processes = (one for one in self.system.assets if one.kind is Kind.PROCESS and self.trains(one))
        return frozenset(one.facts.code for one in processes)

    @functools.cached_property
    def serves_anything(self) -> bool:
        """Whether the system has an endpoint."""
        return any(one.kind is Kind.ENDPOINT for one in self.system.assets)

    def feeds(self, data: Declared) -> bool:
        """Whether a generating model reads from this data, directly or through other data."""
        return data.id in self._read_by_generators

    @functools.cached_property
    def _read_by_generators(self) -> frozenset[str]:
        found: set[str] = set()
        waiting = [one for one in self.system.assets if one.kind is Kind.MODEL and self.generates(one)]
        while waiting:
            for flow in self.into(waiting.pop()):
                source = self.asset(flow.source)
                if source is not None and source.kind in DATA and source.id not in found:
                    found.add(source.id)
                    waiting.append(source)
        return frozenset(found)

    def private(self, asset: Declared) -> frozenset[str]:
        """``personal`` and ``sensitive``, as far as an asset holds or handles such data."""
        words = {"personal" for column in asset.facts.columns if column.personal}
        words |= {"sensitive" for column in asset.facts.columns if column.sensitive}
        for flow in (*self.into(asset), *self.out_of(asset)):
            words |= PRIVATE & set(flow.carries)
        if asset.kind is Kind.MODEL:
            for other in (*self.learned_from(asset), *self.endpoints(asset)):
                words |= self.private(other)
        return frozenset(words)

    # people

    def outsiders(self, asset: Declared) -> tuple[str, ...]:
        """Outside parties from whom flows lead to an asset, through other assets too."""
        return self._reach[asset.id]

    @functools.cached_property
    def _reach(self) -> dict[str, tuple[str, ...]]:
        leads: dict[str, list[str]] = defaultdict(list)
        for flow in self.system.flows:
            leads[flow.source].append(flow.target)
        for asset in self.system.assets:
            if asset.facts.serves:
                leads[asset.id].append(asset.facts.serves)
        found: dict[str, set[str]] = defaultdict(set)
        for party in [source for source in leads if self.is_outside(source)]:
            seen, waiting = {party}, [party]
            while waiting:
                for target in leads.get(waiting.pop(), ()):
                    if target not in seen:
                        seen.add(target)
                        waiting.append(target)
            for one in seen:
                found[one].add(party)
        return {asset.id: tuple(sorted(found[asset.id])) for asset in self.system.assets}

    def unauthenticated(self, asset: Declared) -> bool:
        """Whether an endpoint, or one that serves this model, is declared to let anyone in."""
        doors = [asset] if asset.kind is Kind.ENDPOINT else self.endpoints(asset)
        return any(blank(door.facts.authentication) for door in doors)

    def people(self, *subjects: Declared) -> str:
        """Who the data is about, as the manifest names them: senders of personal data, else data sets."""
        senders = [flow.source for flow in self.system.flows if PRIVATE & set(flow.carries)]
        named = sorted({one for one in senders if self.is_outside(one)})
        if named:
            return " and ".join(named)
        held = [one.id for one in (*subjects, *self.system.assets) if one.kind in DATA and self.private(one)]
        return f"the people in {held[0]}" if held else ""
