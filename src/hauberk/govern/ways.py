# SPDX-License-Identifier: Apache-2.0
"""The ways of a deed through a system: where an input, a lesson, a model or an answer passes, by names.

A threat is found at one subject; a reviewer meets it wherever the same thing passes. What is on the same way with the
same answer to it is one finding with several places, not several findings.
"""

from collections.abc import Callable, Iterable, Iterator

from hauberk.core.scales import Kind
from hauberk.core.system import Declared, Flow
from hauberk.govern.graph import DATA, PRIVATE, Graph
from hauberk.govern.lineage import STORES


def model_of(graph: Graph, one: Declared) -> Declared | None:
    """The model itself, or the one that an endpoint serves."""
    found = graph.asset(one.facts.serves) if one.kind is Kind.ENDPOINT else one
    return found if found is not None and found.kind is Kind.MODEL else None


def questions(graph: Graph, model: Declared) -> Iterator[str]:
    """Where what a model is asked with passes: its endpoints, and every flow and asset from outside to it."""
    yield from (one.id for one in graph.endpoints(model))
    seen, waiting = {model.id}, list(graph.questions(model))
    while waiting:
        flow = waiting.pop()
        source = graph.asset(flow.source)
        if source is not None and graph.generates(model) and graph.informs(source) and not graph.hand(source):
            continue  # what it reads, not what it is asked
        yield flow.name
        if source is not None and source.id not in seen:
            seen.add(source.id)
            if source.kind in {Kind.PROCESS, Kind.ENDPOINT, Kind.CODE, Kind.OTHER} and not graph.trains(source):
                yield source.id
            waiting.extend(one for one in graph.into(source) if not graph.brings(one))


def answers(graph: Graph, model: Declared) -> Iterator[str]:
    """Where a model's answers pass: its endpoints, the flows to whoever gets them, and the work that they start."""
    seen = {model.id, *(one.id for one in graph.endpoints(model))}
    waiting = list(seen)
    yield from seen
    while waiting:
        here = graph.asset(waiting.pop())
        for flow in graph.out_of(here) if here is not None else ():
            target = graph.asset(flow.target)
            if graph.brings(flow):
                continue
            yield flow.name
            if target is not None and target.id not in seen and _passes_on(graph, target):
                seen.add(target.id)
                yield target.id
                waiting.append(target.id)


def _passes_on(graph: Graph, one: Declared) -> bool:
    """Work, doors and code; and data from which an answer is read again, not learned."""
    return one.kind in {Kind.PROCESS, Kind.ENDPOINT, Kind.CODE} or (one.kind in DATA and not graph.teaches(one))


def shown(graph: Graph, model: Declared) -> Iterator[str]:
    """Endpoints of a model, and flows on which outside parties hear its answers, however they come there."""
    yield from (one.id for one in graph.endpoints(model))
    names = set(answers(graph, model))
    yield from (flow.name for flow in graph.system.flows if flow.name in names and graph.is_outside(flow.target))


def lessons(graph: Graph, data: Declared) -> Iterator[str]:
    """Where rows pass before they are learned: flows into the data, what they come from, and the work between."""
    seen, waiting = {data.id}, [data]
    while waiting:
        for flow in graph.into(waiting.pop()):
            yield flow.name
            source = graph.asset(flow.source)
            if source is not None and _holds_rows(source) and source.id not in seen:
                seen.add(source.id)
                yield source.id
                waiting.append(source)
    yield from (flow.name for flow in graph.out_of(data) if _trains(graph, flow))


def _holds_rows(one: Declared) -> bool:
    """Holds or passes on rows: data, work, doors, devices, and models that turn texts into vectors."""
    return one.kind in {*DATA, Kind.PROCESS, Kind.ENDPOINT, Kind.OTHER} or one.facts.task == "embed"


def _trains(graph: Graph, flow: Flow) -> bool:
    target = graph.asset(flow.target)
    return target is not None and target.kind is Kind.PROCESS and graph.trains(target)


def _leaving(graph: Graph, model: Declared) -> list[Flow]:
    return [flow for one in (model, *graph.endpoints(model)) for flow in graph.out_of(one)]


def deliveries(graph: Graph, model: Declared) -> Iterator[str]:
    """Where a model itself passes: the flows that bring it, from its maker or another place, and that take it on."""
    for flow in (*graph.into(model), *_leaving(graph, model)):
        if graph.brings(flow) and not graph.update(flow):
            yield flow.name
            store = graph.asset(flow.source)
            if store is not None and store.kind in STORES:
                yield store.id
                yield from (one.name for one in graph.into(store))


def of_kin(
    ways: Callable[[Graph, Declared], Iterable[str]],
) -> Callable[[Graph, Declared], Iterable[str]]:
    """The same ways, and models of one kin: made by the same work, or one asked with what the other answers."""

    def found(graph: Graph, model: Declared) -> Iterator[str]:
        yield from ways(graph, model)
        yield from kin(graph, model)

    return found


def kin(graph: Graph, model: Declared) -> Iterator[str]:
    """Models that the same work makes, and those right before and after in a chain of answers."""
    maker = graph.maker(model)
    for other in graph.system.assets:
        made = maker is not None and other.kind is Kind.MODEL and graph.maker(other) is maker
        if made and other.zone == model.zone:
            yield other.id
    for flow in (*graph.into(model), *graph.out_of(model)):
        end = graph.asset(flow.target if flow.source == model.id else flow.source)
        if end is not None and end.kind is Kind.MODEL and not graph.brings(flow):
            yield end.id


def released(graph: Graph, model: Declared) -> Iterator[str]:
    """Deliveries, copies and what it is a copy of: one record of releases covers them."""
    yield from deliveries(graph, model)
    yield from copies(graph, model)
    yield from chained(graph, model)


def copies(graph: Graph, model: Declared) -> Iterator[str]:
    """Models that are copies of this one, by the flows that bring them from it or from what serves it."""
    ends = (graph.asset(flow.target) for flow in _leaving(graph, model) if graph.brings(flow))
    yield from (one.id for one in ends if one is not None and one.kind is Kind.MODEL)


def moved(graph: Graph, model: Declared) -> Iterator[str]:
    """Where a model is exchanged or spoiled: on its deliveries, in its copies, in the work that makes it."""
    yield from deliveries(graph, model)
    yield from copies(graph, model)
    maker = graph.maker(model)
    if maker is not None:
        yield maker.id


def learned(graph: Graph, model: Declared) -> Iterator[str]:
    """What a model learned from."""
    yield from (one.id for one in graph.learned_from(model))


def known_by(graph: Graph, model: Declared) -> Iterator[str]:
    """Where it shows what a model learned from: at its endpoints and in its copies."""
    yield from (one.id for one in graph.endpoints(model))
    yield from copies(graph, model)


def chained(graph: Graph, model: Declared) -> Iterator[str]:
    """Where a model's errors are felt or come from: endpoints, copies and originals, models before and after."""
    yield from known_by(graph, model)
    yield from kin(graph, model)
    for flow in graph.into(model):
        source = graph.asset(flow.source)
        original = model_of(graph, source) if source is not None and graph.brings(flow) else None
        if original is not None:
            yield original.id


def answered(graph: Graph, one: Declared) -> Iterator[str]:
    """The model behind an endpoint, and where its answers pass."""
    model = model_of(graph, one)
    if model is not None:
        yield model.id
        yield from answers(graph, model)


def recorded(graph: Graph, one: Declared) -> Iterator[str]:
    """Where answers pass, and the data in which they are written down."""
    yield from answered(graph, one)
    model = model_of(graph, one)
    for place in (one, *((model,) if model is not None else ())):
        yield from (flow.target for flow in graph.out_of(place) if _is_data(graph, flow.target))


def _is_data(graph: Graph, end: str) -> bool:
    asset = graph.asset(end)
    return asset is not None and asset.kind in DATA


def spoken_with(graph: Graph, model: Declared) -> Iterator[str]:
    """Where people meet a model that generates: what they ask by, and what they are answered by."""
    yield from shown(graph, model)
    yield from questions(graph, model)


def brought(graph: Graph, work: Declared) -> Iterator[str]:
    """Flows by which updates come to what puts them together."""
    yield from (flow.name for flow in graph.into(work) if graph.update(flow))


def behind(graph: Graph, endpoint: Declared) -> Iterator[str]:
    """What a flood reaches: flows from outside to an endpoint, and the models and work behind it."""
    yield from entered(graph, endpoint)
    seen, waiting = {endpoint.id}, [endpoint]
    while waiting:
        here = waiting.pop()
        ends = (graph.asset(flow.target) for flow in graph.out_of(here) if not graph.brings(flow))
        for one in (graph.asset(here.facts.serves), *ends):
            if one is not None and one.kind in {Kind.PROCESS, Kind.MODEL} and one.id not in seen:
                seen.add(one.id)
                yield one.id
                waiting.append(one)


def entered(graph: Graph, endpoint: Declared) -> Iterator[str]:
    """Flows by which outside parties come to an endpoint."""
    yield from (flow.name for flow in graph.into(endpoint) if graph.is_outside(flow.source))


def asked_at(graph: Graph, endpoint: Declared) -> Iterator[str]:
    """Flows by which outside parties come to an endpoint, and the model that they come for."""
    yield from entered(graph, endpoint)
    yield endpoint.facts.serves


def runners(graph: Graph, code: Declared) -> Iterator[str]:
    """Processes that run a code asset, or the code or notebook that a process runs."""
    yield code.facts.code
    yield from (one.id for one in graph.system.assets if one.facts.code == code.id)


def orders(graph: Graph, work: Declared) -> Iterator[str]:
    """Flows by which models, or what serves them, tell a process what to do; other work that is told so."""
    for flow in graph.into(work):
        source = graph.asset(flow.source)
        if source is not None and source.kind in {Kind.MODEL, Kind.ENDPOINT}:
            yield flow.name
            yield from (one.target for one in graph.out_of(source) if _is_work(graph, one.target))


def _is_work(graph: Graph, end: str) -> bool:
    asset = graph.asset(end)
    return asset is not None and asset.kind is Kind.PROCESS


def held(graph: Graph, data: Declared) -> Iterator[str]:
    """Copies of data about people, which it comes from or goes into, and other such data in its zone."""
    for flow in (*graph.out_of(data), *graph.into(data)):
        other = graph.asset(flow.target if flow.source == data.id else flow.source)
        if other is not None and other.kind in DATA and graph.private(other):
            yield other.id
    for one in graph.system.assets:
        if one.kind in DATA and data.zone and one.zone == data.zone and graph.private(one):
            yield one.id


def together(graph: Graph, data: Declared) -> Iterator[str]:
    """Copies, data of the same people kept beside, and what one model learned from together with it."""
    yield from held(graph, data)
    for model in graph.system.assets:
        learned_from = [one.id for one in graph.learned_from(model)] if model.kind is Kind.MODEL else []
        yield from learned_from if data.id in learned_from else ()


def together_and_carried(graph: Graph, data: Declared) -> Iterator[str]:
    """The same, and the flows on which data about people goes in and out."""
    yield from together(graph, data)
    yield from carried(graph, data)


def together_and_taken(graph: Graph, data: Declared) -> Iterator[str]:
    """The same, and the flows on which data about people comes from another use."""
    yield from together(graph, data)
    yield from taken(graph, data)


def lessons_of_people(graph: Graph, data: Declared) -> Iterator[str]:
    """What one model learned from together with it, and the ways by which data about people came there."""
    yield from together(graph, data)
    names = set(lessons(graph, data))
    yield from (flow.name for flow in graph.system.flows if flow.name in names and PRIVATE & set(flow.carries))


def sent(graph: Graph, one: Declared) -> Iterator[str]:
    """Flows that start at an asset."""
    yield from (flow.name for flow in graph.out_of(one))


def past_tool(graph: Graph, flow: Flow) -> Iterator[str]:
    """The tool that a flow sets to work, and the flows on which that leads out of the system."""
    yield flow.target
    tool = graph.asset(flow.target)
    if tool is not None:
        yield from (one.name for one in graph.out_of(tool) if graph.is_outside(one.target))


def held_and_taken(graph: Graph, data: Declared) -> Iterator[str]:
    """Copies of data about people, and the flows on which it comes."""
    yield from held(graph, data)
    yield from taken(graph, data)


def carried(graph: Graph, data: Declared) -> Iterator[str]:
    """Flows on which data about people goes into a data set or on from it."""
    yield from (flow.name for flow in (*graph.into(data), *graph.out_of(data)) if PRIVATE & set(flow.carries))


def taken(graph: Graph, data: Declared) -> Iterator[str]:
    """Flows on which data about people comes into a data set from another use."""
    yield from (flow.name for flow in graph.into(data) if PRIVATE & set(flow.carries))


def ends(_graph: Graph, flow: Flow) -> Iterator[str]:
    """The assets at the two ends of a flow."""
    yield from (flow.source, flow.target)


def loop(graph: Graph, flow: Flow) -> Iterator[str]:
    """The ends of a flow, and the models that learn by it what they said themselves, with where they say it."""
    yield from ends(graph, flow)
    for model in graph.system.assets:
        if model.kind is Kind.MODEL and flow in graph.returning(model):
            yield model.id
            yield from shown(graph, model)


def onward(graph: Graph, flow: Flow) -> Iterator[str]:
    """Where what a flow brings goes on to, as far as the generating models that read it."""
    seen: set[str] = set()
    waiting = [flow.target]
    while waiting:
        here = graph.asset(waiting.pop())
        if here is None or here.id in seen:
            continue
        seen.add(here.id)
        yield here.id
        if graph.generates(here) and here.kind is Kind.MODEL:
            continue
        ahead = [one for one in graph.out_of(here) if _reads(graph, one)]
        yield from (one.name for one in ahead)
        waiting += [here.facts.serves, *(one.target for one in ahead)]


def _reads(graph: Graph, flow: Flow) -> bool:
    target = graph.asset(flow.target)
    return target is not None and (graph.generates(target) or graph.informs(target))


def beside(graph: Graph, flow: Flow) -> Iterator[str]:
    """Other flows on which the same model's answers go on, and where they are shown."""
    source = graph.asset(flow.source)
    model = model_of(graph, source) if source is not None else None
    if model is not None:
        yield from answers(graph, model)


def common(graph: Graph, flow: Flow) -> Iterator[str]:
    """What updates are put together in: the work that does it, and the model that comes of it."""
    yield flow.target
    for one in graph.system.assets:
        maker = graph.maker(one) if one.kind is Kind.MODEL else None
        if maker is not None and maker.id == flow.target:
            yield one.id


def same_way(graph: Graph, flow: Flow) -> Iterator[str]:
    """Other flows of data about people out of the same legal area into the same one."""
    for one in graph.system.flows:
        if PRIVATE & set(one.carries) and graph.abroad(one) == graph.abroad(flow):
            yield one.name


def same_party(graph: Graph, flow: Flow) -> Iterator[str]:
    """Other flows of data about people from here to the same receiver, or into the zone that is its."""
    target = graph.asset(flow.target)
    for one in graph.system.flows:
        other = graph.asset(one.target)
        zone = target is not None and other is not None and target.zone == other.zone
        given = PRIVATE & set(one.carries) and not graph.is_outside(one.source) and graph.apart(one.source, one.target)
        if given and (one.target == flow.target or zone):
            yield one.name


def read_by(graph: Graph, flow: Flow) -> Iterator[str]:
    """What reads what a flow brings about people, and other flows to it."""
    yield flow.target
    target = graph.asset(flow.target)
    if target is not None:
        yield from (one.name for one in graph.into(target) if PRIVATE & set(one.carries))
