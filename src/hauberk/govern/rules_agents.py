# SPDX-License-Identifier: Apache-2.0
"""Flows into and out of models that generate: what strangers write into them, what they set to work, what they show.

After OWASP's lists for language models and agents, and Greshake et al. (AISec 2023).
"""

from hauberk.core.scales import Kind
from hauberk.core.system import Declared, Flow
from hauberk.govern import ways
from hauberk.govern.graph import Graph
from hauberk.govern.row import Row, Touch
from hauberk.govern.rules_flows import from_outside
from hauberk.govern.threat import Category


def _read_by_generator(graph: Graph, flow: Flow) -> bool:
    """Something that strangers write and a generating model reads: not the question itself."""
    target = graph.asset(flow.target)
    return target is not None and from_outside(graph, flow) and graph.informs(target)


def _of_generator(graph: Graph, flow: Flow) -> bool:
    source = graph.asset(flow.source)
    return source is not None and (graph.generates(source) or graph.hand(source))


def _tool(graph: Graph, flow: Flow) -> Declared | str | None:
    """What a generating model sets to work: a process, a cloud, or an outside party that does not ask it."""
    if not _of_generator(graph, flow):
        return None
    target = graph.asset(flow.target)
    if target is not None:
        around = graph.hand(target) and any(_sets_to_work(graph, one) for one in graph.out_of(target))
        return target if _works(graph, target) and not around else None
    models = [one for one in graph.system.assets if graph.generates(one) and one.kind is Kind.MODEL]
    asks = any(flow.target in graph.askers(one) for one in models)
    return flow.target if graph.is_stranger(flow.target) and not asks else None


def _works(graph: Graph, target: Declared) -> bool:
    """Does something when it is called: work, a cloud, an interface that serves no model."""
    serves = target.kind is Kind.ENDPOINT and graph.asset(target.facts.serves) is None
    return target.kind in {Kind.PROCESS, Kind.CLOUD} or (serves and not graph.outsiders(target))


def _sets_to_work(graph: Graph, flow: Flow) -> bool:
    target = graph.asset(flow.target)
    return target is not None and _works(graph, target)


def _acts(graph: Graph, flow: Flow) -> bool:
    return _tool(graph, flow) is not None


def _carries_out(graph: Graph, flow: Flow) -> bool:
    """A tool that leads out of the system, of a model through which something passes that is not for everybody."""
    tool = _tool(graph, flow)
    leads = isinstance(tool, str) or (
        tool is not None and any(graph.is_outside(one.target) for one in graph.out_of(tool))
    )
    return leads and not set(flow.carries) <= {"public"}


def _acts_elsewhere(graph: Graph, flow: Flow) -> bool:
    """The tool is in other hands."""
    return _tool(graph, flow) is not None and graph.apart(flow.source, flow.target) and graph.is_outside(flow.target)


def _between_generators(graph: Graph, flow: Flow) -> bool:
    source, target = graph.asset(flow.source), graph.asset(flow.target)
    if source is None or target is None or not (graph.generates(source) and graph.generates(target)):
        return False
    return source.kind is Kind.MODEL and target.kind is Kind.MODEL


def _answers(graph: Graph, flow: Flow) -> bool:
    """What a generating model wrote, on its way to whoever reads it; once, where it leaves the model."""
    source, target = graph.asset(flow.source), graph.asset(flow.target)
    if source is None or not graph.generates(source) or _tool(graph, flow) is not None:
        return False
    shown = target is None or target.kind in {Kind.ENDPOINT, Kind.CODE, Kind.NOTEBOOK}
    model = graph.asset(source.facts.serves)
    return shown and not (model is not None and graph.out_of(model))


def _answers_with_something_to_leak(graph: Graph, flow: Flow) -> bool:
    source = graph.asset(flow.source)
    stores = any(graph.feeds(one) for one in graph.system.assets)
    target = graph.asset(flow.target)
    page = target is None or target.kind is Kind.ENDPOINT
    return _answers(graph, flow) and page and source is not None and bool(graph.private(source) or stores)


AGENT_FLOWS: tuple[Row[Flow], ...] = (
    Row(
        rule="indirect-injection",
        category=Category.ELEVATION,
        title="What comes by {name} holds instructions that the model obeys",
        techniques=(
            "AML.T0051.001",
            "AML.T0093",
            "AML.T0068",
            "AML.T0099",
            "AML.T0061",
            "AML.T0070",
            "OWASP-LLM:2025:LLM01",
            "OWASP-ASI:2026:ASI01",
        ),
        touches=(Touch.SERVICE, Touch.PRIVACY),
        when=_read_by_generator,
        along=ways.onward,
        once=True,
        reaches=True,
        answer="text from strangers never decides what is done; instructions planted to see whether it does",
    ),
    Row(
        rule="too-much-agency",
        category=Category.ELEVATION,
        title="By {name} the model does what nobody should have it do",
        techniques=(
            "AML.T0053",
            "AML.T0086",
            "AML.T0101",
            "OWASP-LLM:2025:LLM06",
            "OWASP-ASI:2026:ASI02",
            "CWE-269",
            "CWE-862",
        ),
        touches=(Touch.PEOPLE, Touch.PRIVACY, Touch.PROPERTY),
        when=_acts,
        along=ways.ends,
        answer="rights of the asker, not of the model; limits and a person for what cannot be undone",
    ),
    Row(
        rule="unchecked-answer",
        category=Category.ELEVATION,
        title="What comes by {name} is shown or run as code",
        techniques=("OWASP-LLM:2025:LLM05", "CWE-79", "CWE-94", "CWE-1426"),
        touches=(Touch.SERVICE, Touch.PRIVACY),
        when=_answers,
        along=ways.beside,
        answer="answers treated as a stranger's text wherever they go",
    ),
    Row(
        rule="rendered-leak",
        category=Category.DISCLOSURE,
        title="An address in an answer that comes by {name} carries data out when it is displayed",
        techniques=("AML.T0077", "AML.T0057"),
        touches=(Touch.PRIVACY,),
        when=_answers_with_something_to_leak,
        along=ways.beside,
        answer="no address outside a list is fetched on display",
    ),
    Row(
        rule="carried-out",
        category=Category.DISCLOSURE,
        title="By {name} the model is made to carry out what it has read",
        techniques=("AML.T0086", "AML.T0057", "AML.T0085.001", "OWASP-ASI:2026:ASI02"),
        touches=(Touch.PRIVACY,),
        when=_carries_out,
        along=ways.past_tool,
        answer="receivers and addresses from a list, not from the model; what leaves is shown to a person first",
    ),
    Row(
        rule="borrowed-tool",
        category=Category.TAMPERING,
        title="The tool that {name} calls is another's, and does or says another thing than it did",
        techniques=("AML.T0010.005", "AML.T0110", "AML.T0104", "AML.T0099", "OWASP-ASI:2026:ASI04"),
        touches=(Touch.SERVICE, Touch.PRIVACY),
        when=_acts_elsewhere,
        along=ways.ends,
        answer="tools pinned by digest or version, their answers read as a stranger's text",
    ),
    Row(
        rule="passed-between-agents",
        category=Category.ELEVATION,
        title="What one model writes by {name} the other obeys",
        techniques=("OWASP-ASI:2026:ASI07", "AML.T0051.001", "AML.T0061", "OWASP-ASI:2026:ASI08"),
        touches=(Touch.SERVICE, Touch.PRIVACY),
        when=_between_generators,
        along=ways.ends,
        answer="each model with its own rights; what another wrote is read as a stranger's text",
    ),
)
