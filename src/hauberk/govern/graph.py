# SPDX-License-Identifier: Apache-2.0
"""A manifest as a graph: who reaches what, what is learned from whom, where people's data lies.

Everything is read from what the manifest states; a fact that it leaves out is never assumed to be harmless.
"""

import functools
from collections import Counter, defaultdict
from collections.abc import Iterator

from hauberk.checks.design.jurisdiction import free
from hauberk.checks.design.zones import crossed, regions, said
from hauberk.core.scales import Kind
from hauberk.core.system import Declared, Effect, Flow, System
from hauberk.govern.lineage import DATA as DATA  # noqa: PLC0414  where rules read it
from hauberk.govern.lineage import Lineage
from hauberk.manifest.blank import blank

PRIVATE = frozenset({"personal", "sensitive"})
SEALED = frozenset({"tls", "mtls", "https", "ssh", "vpn", "wireguard", "ipsec", "encrypted-file", "signed"})
"""Protections under which a change on the way shows."""
NAMED = frozenset({"authenticated", "mtls", "signed", "ssh", "vpn", "wireguard", "ipsec", "api-key", "jwt", "password"})
"""Protections under which the receiver knows who sent it."""
HANDS_ON = frozenset(
    word
    for line in (
        "health healthcare medical medicine care transport transportation automotive mobility aviation rail shipping",
        "energy utilities water chemical nuclear dams industry industrial manufacturing food agriculture robotics",
        "mining construction emergency defence defense",
    )
    for word in line.split()
)
"""Words of a sector in which a wrong answer hurts bodies or land: critical sectors of CISA and of AI Act Annex III."""


def _embeds(asset: Declared) -> bool:
    """Turns texts into vectors, through which what they say comes to whoever reads those; a face's is a judgement."""
    return asset.kind is Kind.MODEL and asset.facts.task == "embed" and asset.facts.modality not in {"image", "audio"}


class Graph:
    """A system with its edges indexed; frozen once made."""

    def __init__(self, system: System) -> None:
        """Index flows by their ends."""
        self.system = system
        self._into: dict[str, list[Flow]] = defaultdict(list)
        self._from: dict[str, list[Flow]] = defaultdict(list)
        self.lineage = Lineage(system)
        self._learned: dict[str, list[Declared]] = {}
        self._asking: dict[str, list[Flow]] = {}
        self._told: dict[str, frozenset[str]] = {}
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

    def is_stranger(self, end: str) -> bool:
        """Whether an end is an outside party, and not the role that the manifest names as the one who reviews."""
        return self.is_outside(end) and end != (self.system.oversight.by if self.system.oversight else "")

    def in_other_hands(self, data: Declared) -> bool:
        """Whether data is kept where nothing of the system runs, such as at a broker."""
        runs = {one.zone for one in self.system.assets if one.kind not in DATA}
        return bool(data.zone) and data.zone not in runs

    @functools.cached_property
    def home(self) -> str:
        """The zone in which most of the system is; empty where none is named."""
        zones = Counter(one.zone for one in self.system.assets if one.zone)
        return zones.most_common(1)[0][0] if zones else ""

    def crosses(self, flow: Flow) -> str:
        """What a flow crosses, in words; empty where nothing says that it crosses anything."""
        return crossed(self.system, flow)

    def sealed(self, flow: Flow) -> bool:
        """Whether a declared protection makes a change on the way show."""
        return bool(said(flow.protection) & SEALED)

    def named(self, flow: Flow) -> bool:
        """Whether a declared protection tells the receiver who sent it."""
        return bool(said(flow.protection) & NAMED)

    def apart(self, one: str, other: str) -> bool:
        """Whether two ends are in different hands: an outside party and an asset, or assets of two stated zones."""
        first, second = self.asset(one), self.asset(other)
        if first is None or second is None:
            return first is not second
        return bool(first.zone and second.zone) and first.zone != second.zone

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
        """The process that trains a model."""
        return self.lineage.maker(model)

    def brings(self, flow: Flow) -> bool:
        """Whether a flow brings a model, and not a question."""
        return flow in self._deliveries

    @functools.cached_property
    def _deliveries(self) -> frozenset[Flow]:
        return frozenset(flow for flow in self.system.flows if self.lineage.brings(flow))

    def questions(self, model: Declared) -> list[Flow]:
        """Flows that ask a model, directly or through an endpoint that serves it; a test is no question."""
        maker = self.maker(model)
        own = [one for one in self.into(model) if maker is None or one.source != maker.id]
        ends = [(flow, self.asset(flow.source)) for flow in own if not self.brings(flow)]
        asked = [flow for flow, end in ends if end is None or end.facts.split not in {"test", "validation"}]
        return asked + [flow for endpoint in self.endpoints(model) for flow in self.into(endpoint)]

    def asked(self, model: Declared) -> bool:
        """Whether anything asks a model; an endpoint from which copies are only fetched does not."""
        return bool(self._asked_at(model) or self.questions(model))

    def _asked_at(self, model: Declared) -> list[Declared]:
        return [one for one in self.endpoints(model) if not self._hands_out(one)]

    def _hands_out(self, endpoint: Declared) -> bool:
        flows = self.out_of(endpoint)
        return bool(flows) and not self.into(endpoint) and all(self.brings(flow) for flow in flows)

    def asking(self, model: Declared) -> list[Flow]:
        """Flows from outside parties with which a model is asked, through whatever stands between."""
        if model.id not in self._asking:
            self._asking[model.id] = list(self._upstream(model))
        return self._asking[model.id]

    def _upstream(self, model: Declared) -> Iterator[Flow]:
        seen, waiting = {model.id}, list(self.questions(model))
        while waiting:
            flow = waiting.pop()
            source = self.asset(flow.source)
            if source is None:
                yield flow
            elif source.id not in seen:
                seen.add(source.id)
                waiting.extend(one for one in self.into(source) if not self.brings(one))

    def askers(self, model: Declared) -> frozenset[str]:
        """Outside parties with whose data a model is asked."""
        return frozenset(flow.source for flow in self.asking(model))

    def told(self, model: Declared) -> frozenset[str]:
        """Ids and outside parties that a model's answers reach."""
        if model.id not in self._told:
            seen = {model.id, *(one.id for one in self.endpoints(model))}
            waiting = list(seen)
            while waiting:
                for flow in self._from.get(waiting.pop(), ()):
                    if not self.brings(flow) and flow.target not in seen:
                        seen.add(flow.target)
                        waiting.extend(() if self.is_outside(flow.target) else (flow.target,))
            self._told[model.id] = frozenset(seen)
        return self._told[model.id]

    def returning(self, model: Declared) -> list[Flow]:
        """Flows by which a model's answers, or whoever asks it or hears them, come back into what it learns from."""
        near = self.told(model) | self.askers(model)
        return [flow for data in self.learned_from(model) for flow in self.into(data) if flow.source in near]

    def senses(self, model: Declared) -> bool:
        """Whether a model sees, hears or measures the world: what it is asked with is made there, not typed in."""
        doors = {one.id for one in self.endpoints(model)}
        if model.facts.modality == "image":
            return any(flow.target not in doors for flow in self.asking(model))
        return model.facts.modality in {"audio", "series"} and bool(self.asking(model))

    def embedded(self, model: Declared) -> bool:
        """Whether a model runs in other hands than those that made it, with no endpoint between."""
        maker = self.maker(model)
        sent = any(self.brings(flow) and self.is_outside(flow.target) for flow in self.out_of(model))
        return sent or (maker is not None and self.apart(maker.id, model.id) and not self._asked_at(model))

    def update(self, flow: Flow) -> bool:
        """Whether a flow brings what others learned at their place, to be put together with what more others did."""
        return self.lineage.update(flow)

    @functools.cached_property
    def hands_on(self) -> bool:
        """Whether the sector is one in which a wrong answer hurts bodies or land."""
        return bool(HANDS_ON & set(self.system.sector.casefold().replace("-", " ").replace(",", " ").split()))

    @property
    def felt(self) -> bool:
        """Whether the system advises on people or decides about them."""
        return self.system.effect is not Effect.NONE

    def exposed(self, asset: Declared) -> bool:
        """Whether an outside party's flow ends at the asset or at a neighbour in its zone."""
        return asset.zone in self._entered if asset.zone else bool(self.outsiders(asset))

    @functools.cached_property
    def _entered(self) -> frozenset[str]:
        """Zones that flows from outside end in."""
        ends = (self.asset(flow.target) for flow in self.system.flows if self.is_outside(flow.source))
        return frozenset(one.zone for one in ends if one is not None)

    def shown(self, model: Declared) -> bool:
        """Whether anybody gets anything of a model: answers, what it draws, or the model itself."""
        return bool(self.endpoints(model)) or self.asked(model) or bool(self.out_of(model))

    def answers(self, asset: Declared) -> bool:
        """Whether answers are given here: an endpoint or a model asked without one, and not to another model."""
        model = self.asset(asset.facts.serves) if asset.kind is Kind.ENDPOINT else asset
        if model is None or model.kind is not Kind.MODEL or not self.asked(model) or _embeds(model):
            return False
        goes = [self.asset(flow.target) for flow in self.out_of(model) if not self.brings(flow)]
        passed_on = any(one is not None and one.kind is Kind.MODEL for one in goes)
        return not passed_on and (asset is not model or not self.endpoints(model))

    def generates(self, asset: Declared | None) -> bool:
        """Whether an asset is a model that generates, or an endpoint that serves one."""
        if asset is None:
            return False
        if asset.kind is Kind.ENDPOINT:
            asset = self.asset(asset.facts.serves)
        return asset is not None and asset.kind is Kind.MODEL and asset.facts.task == "generate"

    def learned_from(self, model: Declared) -> list[Declared]:
        """Data sets that a model was trained on."""
        if model.id not in self._learned:
            self._learned[model.id] = self.lineage.learned_from(model)
        return self._learned[model.id]

    def ingredients(self, model: Declared) -> list[Declared]:
        """What a model is made from."""
        return self.lineage.ingredients(model)

    def foreign(self, model: Declared) -> bool:
        """Whether a model was made by others."""
        return self.lineage.foreign(model)

    # data

    def teaches(self, data: Declared) -> bool:
        """Whether a data set is trained on."""
        return data.facts.split == "train" or data.id in self._lessons

    @functools.cached_property
    def _lessons(self) -> frozenset[str]:
        models = (one for one in self.system.assets if one.kind is Kind.MODEL)
        return frozenset(data.id for model in models for data in self.learned_from(model))

    def trains(self, process: Declared) -> bool:
        """Whether a process makes a model, or sends updates of one."""
        return self.lineage.trains(process)

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
        found = self._upstream_of_generators(DATA | {Kind.PROCESS, Kind.CODE})
        return frozenset(one.id for one in self.system.assets if one.id in found and one.kind in DATA)

    def informs(self, asset: Declared) -> bool:
        """Whether a generating model reads what this data holds or this process fetches."""
        return asset.id in self._informants

    @functools.cached_property
    def _informants(self) -> frozenset[str]:
        return self._upstream_of_generators(DATA | {Kind.PROCESS, Kind.CODE, Kind.CLOUD})

    def _upstream_of_generators(self, kinds: frozenset[Kind]) -> frozenset[str]:
        found: set[str] = set()
        waiting = [one for one in self.system.assets if self.generates(one)]
        while waiting:
            for flow in self.into(waiting.pop()):
                source = self.asset(flow.source)
                if source is not None and (source.kind in kinds or _embeds(source)) and source.id not in found:
                    found.add(source.id)
                    waiting.append(source)
        return frozenset(found)

    def read_by(self, data: Declared) -> bool:
        """Whether a generating model, an endpoint that serves one, or the work around it reads from this data."""
        ends = [one for flow in self.out_of(data) if (one := self.asset(flow.target)) is not None]
        return any(self.generates(one) or self.hand(one) for one in ends)

    def hand(self, asset: Declared | None) -> bool:
        """Whether code or work stands around a generating model: asks it, and gets what it writes."""
        if asset is None or asset.kind not in {Kind.CODE, Kind.PROCESS}:
            return False
        asks = any(self.generates(self.asset(flow.target)) for flow in self.out_of(asset))
        return asks and any(self.generates(self.asset(flow.source)) for flow in self.into(asset))

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
            return f"{' and '.join(named)} or whom they send data about"
        held = [one.id for one in (*subjects, *self.system.assets) if one.kind in DATA and self.private(one)]
        return f"the people in {held[0]}" if held else ""
