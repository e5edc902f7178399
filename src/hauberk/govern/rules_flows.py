# SPDX-License-Identifier: Apache-2.0
"""Attacks on what moves between assets and outside parties; what flows do to people is in ``rules_people``.

Updates of models learned elsewhere after Bagdasaryan et al. (AISTATS 2020) and Zhu et al. (NeurIPS 2019); senses that
are blinded or deceived after Petit et al. (Black Hat Europe 2015).
"""

from hauberk.core.scales import Kind
from hauberk.core.system import Effect, Flow
from hauberk.govern import ways
from hauberk.govern.graph import DATA, Graph
from hauberk.govern.row import Row, Touch
from hauberk.govern.threat import Category


def from_outside(graph: Graph, flow: Flow) -> bool:
    """Whether a flow leads from an outside party into the system."""
    return graph.is_outside(flow.source) and not graph.is_outside(flow.target)


def _read_on_the_way(graph: Graph, flow: Flow) -> bool:
    open_to_all = set(flow.carries) <= {"public"}
    return bool(flow.carries) and not open_to_all and bool(graph.crosses(flow)) and not graph.sealed(flow)


def _question(graph: Graph, flow: Flow) -> bool:
    """Asks a model, directly or through an endpoint that serves one."""
    target = graph.asset(flow.target)
    served = graph.asset(target.facts.serves) if target is not None and target.kind is Kind.ENDPOINT else target
    source = graph.asset(flow.source)
    test = source is not None and source.facts.split in {"test", "validation"}
    return served is not None and served.kind is Kind.MODEL and not graph.brings(flow) and not test


def _order_changed(graph: Graph, flow: Flow) -> bool:
    """Tells an endpoint that serves no model what to do, sets work going from outside, or moves something out there."""
    target = graph.asset(flow.target)
    door = (
        target is not None and target.kind in {Kind.ENDPOINT, Kind.PROCESS} and graph.asset(target.facts.serves) is None
    )
    brings = graph.brings(flow) or graph.update(flow) or _sensed(graph, flow)
    source = graph.asset(flow.source)
    if graph.hands_on and target is None and source is not None and source.kind is Kind.PROCESS:
        return not graph.sealed(flow) and set(flow.carries) <= {"internal", "public"}
    return door and bool(graph.crosses(flow)) and not graph.sealed(flow) and not brings


def _question_changed(graph: Graph, flow: Flow) -> bool:
    """Inside one zone only where rows that are kept are judged, since what people depend on rests on that one row."""
    source = graph.asset(flow.source)
    judged = source is not None and source.kind in DATA and not graph.generates(graph.asset(flow.target))
    inside = judged and (graph.felt or graph.hands_on)
    return _question(graph, flow) and not graph.sealed(flow) and (inside or bool(graph.crosses(flow)))


def _lesson_changed(graph: Graph, flow: Flow) -> bool:
    """Goes where something learns or looks things up, across a border, and a change would not show."""
    target = graph.asset(flow.target)
    if target is None or graph.sealed(flow) or not graph.crosses(flow):
        return False
    return graph.teaches(target) or graph.feeds(target)


def _model_changed(graph: Graph, flow: Flow) -> bool:
    """Carries a model that may change on the way, or that a device takes from whoever sends it."""
    if not graph.brings(flow) or not graph.crosses(flow) or graph.update(flow):
        return False
    target = graph.asset(flow.target)
    device = target is None or (target.kind is Kind.MODEL and graph.embedded(target))
    return not graph.sealed(flow) or (device and "signed" not in flow.protection)


def _answer_changed(graph: Graph, flow: Flow) -> bool:
    """Brings an answer to what acts on it, or across a border to who asked or reviews, where it matters."""
    source, target = graph.asset(flow.source), graph.asset(flow.target)
    if source is None or source.kind not in {Kind.ENDPOINT, Kind.MODEL} or graph.brings(flow):
        return False
    reviews = graph.is_outside(flow.target) and not graph.is_stranger(flow.target)
    asks = {one.source for one in graph.system.flows if one.target == flow.source}
    works = target is not None and target.kind is Kind.PROCESS
    matters = graph.system.effect is not Effect.NONE or graph.hands_on
    heard = works or reviews or flow.target in asks
    inside = works and graph.hands_on  # as on the bus of a vehicle
    return heard and matters and (inside or bool(graph.crosses(flow))) and not graph.sealed(flow)


def _taughtfrom_outside(graph: Graph, flow: Flow) -> bool:
    """Lessons from an outside party, or from data or work in other hands, such as a broker's or labellers'."""
    source, target = graph.asset(flow.source), graph.asset(flow.target)
    if target is None or graph.update(flow):
        return False
    learned = graph.teaches(target) or (target.kind is Kind.PROCESS and graph.trains(target))
    if source is None:
        return learned and graph.is_stranger(flow.source)
    work = source.kind is Kind.PROCESS or (source.kind in DATA and graph.in_other_hands(source))
    return learned and work and graph.apart(flow.source, flow.target)


def _comes_back(graph: Graph, flow: Flow) -> bool:
    """Answers, or those who ask or hear, come back into what is learned from."""
    models = (one for one in graph.system.assets if one.kind is Kind.MODEL)
    return any(flow in graph.returning(one) for one in models)


def _by_users(graph: Graph, flow: Flow) -> bool:
    """Those whom a model serves write what it learns from, or bend it by what they ask."""
    models = [one for one in graph.system.assets if one.kind is Kind.MODEL and flow in graph.returning(one)]
    inside = not graph.is_outside(flow.source) and any(graph.askers(one) for one in models)
    return bool(models) and (inside or graph.is_stranger(flow.source))


def _releases(graph: Graph, flow: Flow) -> bool:
    """Sends a model across a border on the word of an account: a signature would need a key besides."""
    source = graph.asset(flow.source)
    own = source is not None and not (source.kind is Kind.MODEL and graph.foreign(source))
    sends = own and graph.brings(flow) and bool(graph.crosses(flow))
    return sends and "signed" not in flow.protection and not graph.update(flow)


def _sensed(graph: Graph, flow: Flow) -> bool:
    """Brings what was seen, heard or measured outside to a model that judges it."""
    models = (one for one in graph.system.assets if one.kind is Kind.MODEL)
    return graph.is_outside(flow.source) and any(graph.senses(one) and flow in graph.asking(one) for one in models)


def _unnamed(graph: Graph, flow: Flow) -> bool:
    """Comes from known other hands, not the open, into lessons, work or a store, and names nobody who sends it."""
    target = graph.asset(flow.target)
    if target is None or target.kind not in {*DATA, Kind.PROCESS} or graph.named(flow) or not graph.crosses(flow):
        return False
    public = set(flow.carries) <= {"public"} or (graph.is_outside(flow.source) and _from_the_open(graph, flow))
    matters = graph.teaches(target) or target.kind is Kind.PROCESS or bool(graph.out_of(target))
    return matters and not public and not graph.update(flow) and not _sensed(graph, flow)


def _from_the_open(graph: Graph, flow: Flow) -> bool:
    """Crosses a boundary on whose other side is everybody."""
    sides = {side.casefold() for one in graph.system.boundaries if one.name in flow.crosses for side in one.between}
    return bool({"public", "internet"} & sides)


def _by_account(graph: Graph, flow: Flow) -> bool:
    """An outside party is known by its account, and what it sends is not asked at a door of its own."""
    target = graph.asset(flow.target)
    work = target is not None and target.kind in {*DATA, Kind.PROCESS, Kind.MODEL, Kind.CODE, Kind.CLOUD}
    return work and graph.is_outside(flow.source) and graph.named(flow) and not graph.brings(flow)


FLOWS: tuple[Row[Flow], ...] = (
    Row(
        rule="read-on-the-way",
        category=Category.DISCLOSURE,
        title="What {name} carries is read on the way",
        techniques=("CWE-319", "STRIDE:disclosure", "CWE-311"),
        touches=(Touch.PRIVACY,),
        when=_read_on_the_way,
        cards=("HBK-DES-001",),
        once=True,
        answer="TLS, or an encrypted and signed file",
    ),
    Row(
        rule="question-changed",
        category=Category.TAMPERING,
        title="What {name} asks a model is changed on the way, and nobody sees it",
        techniques=("AML.T0043", "CWE-345", "AML.T0015"),
        touches=(Touch.PEOPLE,),
        when=_question_changed,
        cards=("HBK-DES-001",),
        once=True,
        answer="TLS with authentication, or a signature checked at the end",
    ),
    Row(
        rule="order-changed",
        category=Category.TAMPERING,
        title="What {name} orders is changed on the way, and done all the same",
        techniques=("CWE-345", "STRIDE:tampering"),
        touches=(Touch.SERVICE,),
        when=_order_changed,
        cards=("HBK-DES-001",),
        along=ways.ends,
        within=("question-changed", "answer-changed"),
        answer="TLS with authentication, or a signature checked before it is done",
    ),
    Row(
        rule="lesson-changed",
        category=Category.TAMPERING,
        title="What {name} brings to be learned or looked up is changed on the way",
        techniques=("AML.T0020", "CWE-345", "AML.T0059"),
        touches=(Touch.PEOPLE, Touch.SERVICE),
        when=_lesson_changed,
        cards=("HBK-DES-001",),
        within=("question-changed", "answer-changed"),
        answer="TLS, and a digest or signature of what was fetched",
    ),
    Row(
        rule="model-swapped",
        category=Category.TAMPERING,
        title="The model that {name} brings is exchanged on the way",
        techniques=("AML.T0010.003", "CWE-494", "AML.T0018.000", "CWE-345"),
        touches=(Touch.PEOPLE, Touch.SERVICE),
        when=_model_changed,
        cards=("HBK-DES-001", "HBK-COD-027"),
        partial=True,
        within=("backdoor", "foreign-model"),
        answer="TLS, and a digest or signature checked where it is loaded",
    ),
    Row(
        rule="answer-changed",
        category=Category.TAMPERING,
        title="The answer that {name} brings is changed on the way",
        techniques=("OWASP-ML:2023:ML09", "CWE-345"),
        touches=(Touch.PEOPLE,),
        when=_answer_changed,
        cards=("HBK-DES-001",),
        once=True,
        within=("question-changed",),
        answer="TLS, or a signature checked by whoever acts on the answer",
    ),
    Row(
        rule="foreign-data",
        category=Category.TAMPERING,
        title="Whoever writes what {name} fetches decides what the model learns",
        techniques=("AML.T0019", "AML.T0010.002", "AML.T0020", "AML.T0059", "OWASP-ML:2023:ML02"),
        touches=(Touch.PEOPLE, Touch.SERVICE),
        when=lambda graph, flow: _taughtfrom_outside(graph, flow) and not _by_users(graph, flow),
        cards=("HBK-TRN-001",),
        partial=True,
        within=("poisoning", "fetched-lessons"),
        answer="fetched data pinned, its sources known, its labels checked by sample",
    ),
    Row(
        rule="skewing",
        category=Category.TAMPERING,
        title="By {name} those whom the model serves teach it: many together, or one under many names, bend it",
        techniques=(
            "AML.T0020",
            "AML.T0010.002",
            "AML.T0019",
            "AML.T0021",
            "OWASP-ML:2023:ML08",
            "OWASP-ML:2023:ML02",
            "AML.T0031",
        ),
        touches=(Touch.PEOPLE, Touch.SERVICE),
        when=_by_users,
        along=ways.ends,
        once=True,
        within=("poisoning", "fetched-lessons"),
        answer="the weight of one account bounded, accounts that act together looked for, a test before each release",
    ),
    Row(
        rule="teaches-itself",
        category=Category.HAZARD,
        title="By {name} a model's answers decide what it learns next, so that its errors grow",
        techniques=("OWASP-ML:2023:ML08", "AI-Act:Art.15"),
        touches=(Touch.PEOPLE, Touch.SERVICE),
        when=_comes_back,
        along=ways.loop,
        once=True,
        answer="a part of the cases decided without the model, kept apart to learn and to judge by",
        attack=False,
    ),
    Row(
        rule="poisoned-update",
        category=Category.TAMPERING,
        title="A participant sends by {name} an update that bends the common model or plants a trigger in it",
        techniques=("AML.T0018.000", "AML.T0020", "NISTAML.026", "AML.T0043.004", "OWASP-ML:2023:ML02"),
        touches=(Touch.PEOPLE, Touch.SERVICE),
        when=lambda graph, flow: graph.update(flow),
        along=ways.common,
        answer="updates bounded in size, outliers left out, the common model tested before it is given out",
    ),
    Row(
        rule="update-tells",
        category=Category.DISCLOSURE,
        title="From what {name} carries the data that the participant learned from is rebuilt",
        techniques=("AML.T0024.001", "AML.T0024.000", "OWASP-ML:2023:ML03"),
        touches=(Touch.PRIVACY, Touch.PROPERTY),
        when=lambda graph, flow: graph.update(flow),
        along=ways.common,
        answer="updates added up before anybody sees one, with noise whose epsilon and delta are stated",
    ),
    Row(
        rule="made-up-participant",
        category=Category.SPOOFING,
        title="Somebody takes part by {name} in another's name, or in many names",
        techniques=("AML.T0021", "AML.T0073", "AML.T0012", "CWE-290", "CWE-345"),
        touches=(Touch.PEOPLE, Touch.SERVICE),
        when=lambda graph, flow: graph.update(flow),
        along=ways.common,
        answer="participants known by keys of their own, and no more weight than one has",
    ),
    Row(
        rule="false-sense",
        category=Category.SPOOFING,
        title="What comes by {name} is played back or made up, and taken for the world",
        techniques=("AML.T0088", "AML.T0041", "AML.T0073", "CWE-290", "CWE-345", "CWE-294"),
        touches=(Touch.PEOPLE, Touch.SERVICE),
        when=lambda graph, flow: _sensed(graph, flow) and not graph.named(flow),
        along=ways.ends,
        answer="senders that sign what they measure, and a second source that must agree",
    ),
    Row(
        rule="blinded",
        category=Category.DENIAL,
        title="What should come by {name} is jammed, covered or cut off",
        techniques=("AML.T0029", "STRIDE:denial"),
        touches=(Touch.PEOPLE, Touch.SERVICE),
        when=lambda graph, flow: _sensed(graph, flow) and (graph.system.effect is not Effect.NONE or graph.hands_on),
        within=("costly-input",),
        answer="silence and noise noticed, and a safe state without the model",
    ),
    Row(
        rule="unnamed-sender",
        category=Category.SPOOFING,
        title="Nothing shows that what comes by {name} is from whom it should be",
        techniques=("CWE-345", "CWE-290", "CWE-346", "AML.T0073", "STRIDE:spoofing", "CWE-294", "CWE-287"),
        touches=(Touch.SERVICE,),
        when=_unnamed,
        once=True,
        answer="deliveries signed by the sender, or taken only from one who is known by a key",
    ),
    Row(
        rule="borrowed-account",
        category=Category.SPOOFING,
        title="Somebody sends by {name} with another's account",
        techniques=("AML.T0012", "AML.T0073", "CWE-287"),
        touches=(Touch.SERVICE,),
        when=_by_account,
        cards=("HBK-SEC-001",),
        partial=True,
        along=ways.ends,
        within=("stolen-account",),
        answer="accounts of persons with a second factor, closed on the day when somebody leaves",
    ),
    Row(
        rule="key-on-the-way",
        category=Category.DISCLOSURE,
        title="The secret that {name} carries is read or kept where it arrives",
        techniques=("AML.T0055", "CWE-522"),
        touches=(Touch.SERVICE, Touch.PROPERTY),
        when=lambda _graph, flow: "secret" in flow.carries,
        cards=("HBK-SEC-001", "HBK-DES-001"),
        partial=True,
        answer="short-lived credentials for one purpose, never written down on the way",
    ),
    Row(
        rule="release-key",
        category=Category.SPOOFING,
        title="With a stolen key or account, somebody sends a model of their own by {name}",
        techniques=("AML.T0012", "AML.T0055", "AML.T0090"),
        touches=(Touch.PEOPLE, Touch.SERVICE),
        when=_releases,
        cards=("HBK-SEC-001",),
        partial=True,
        within=("stolen-account",),
        answer="releases signed by a person, checked where the model is loaded",
    ),
)
