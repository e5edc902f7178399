# SPDX-License-Identifier: Apache-2.0
"""Threats to models. Kinds of harm follow Kumar et al., Failure Modes in Machine Learning (arXiv:1911.11034)."""

from pathlib import PurePosixPath

from hauberk.core.scales import Kind
from hauberk.core.system import Declared, Effect
from hauberk.govern.graph import Graph
from hauberk.govern.row import Row, Touch
from hauberk.govern.threat import Category

_INERT = frozenset({".onnx", ".safetensors", ".json", ".ubj", ".txt", ".skops", ".gguf"})
"""Suffixes of formats that carry no code, or none outside an allow-list."""


def _decides(graph: Graph, model: Declared) -> bool:
    return graph.asked(model) and model.facts.task in {"", "classify", "score", "rank"}


def _learned_people(graph: Graph, model: Declared) -> bool:
    data = graph.learned_from(model)
    return graph.asked(model) and model.facts.task != "generate" and any(graph.private(one) for one in data)


def _on_people(graph: Graph, model: Declared) -> bool:
    return _decides(graph, model) and graph.system.effect is not Effect.NONE and bool(graph.private(model))


def _carries_code(graph: Graph, model: Declared) -> bool:
    """A file whose format may run code, or a model from elsewhere of which nobody says the format."""
    suffix = PurePosixPath(model.uri).suffix.lower()
    return bool(suffix and suffix not in _INERT) or (not model.uri and graph.foreign(model) and _fetched(graph, model))


def _fetched(graph: Graph, model: Declared) -> bool:
    return any("model" in flow.carries for flow in graph.into(model))


def _released(graph: Graph, model: Declared) -> bool:
    """Made on one side of a boundary and used on the other."""
    maker = graph.maker(model)
    if maker is None:
        return False
    return maker.zone != model.zone or any(
        "model" in flow.carries and graph.crosses(flow) for flow in graph.into(model)
    )


def _at_home(graph: Graph, model: Declared) -> bool:
    return graph.maker(model) is not None


def _learns_from_users(graph: Graph, model: Declared) -> bool:
    """Trained on data that outside parties write to."""
    data = graph.learned_from(model)
    return any(graph.is_outside(flow.source) for one in data for flow in graph.into(one))


def _generating(graph: Graph, model: Declared) -> bool:
    return graph.generates(model) and graph.asked(model)


def _read_by_people(graph: Graph, model: Declared) -> bool:
    flows = [flow for one in (model, *graph.endpoints(model)) for flow in graph.out_of(one)]
    told = graph.endpoints(model) or any(graph.is_outside(flow.target) for flow in flows)
    return graph.generates(model) and bool(told)


MODELS: tuple[Row[Declared], ...] = (
    Row(
        rule="evasion",
        category=Category.TAMPERING,
        title="Inputs made for the purpose make {name} err as the sender wants",
        techniques=("AML.T0015", "AML.T0043.001", "AML.T0043.002", "AML.T0043.003", "AML.T0043", "OWASP-ML:2023:ML01"),
        touches=(Touch.PEOPLE,),
        when=_decides,
        cards=("HBK-ATK-001",),
        answer="robust accuracy under a stated budget, with a limit in the policy",
    ),
    Row(
        rule="extraction",
        category=Category.DISCLOSURE,
        title="{name} is copied by asking it many questions, the sooner the more its answers show",
        techniques=("AML.T0024.002", "AML.T0063", "AML.T0005.001", "OWASP-ML:2023:ML05"),
        touches=(Touch.PROPERTY,),
        when=lambda graph, model: graph.asked(model) and graph.maker(model) is not None,
        cards=("HBK-DEP-005", "HBK-DEP-007"),
        partial=True,
        answer="who asks is known and how much is limited; answers without scores",
    ),
    Row(
        rule="membership",
        category=Category.DISCLOSURE,
        title="Answers of {name} show who was in its training data, or what their rows held",
        techniques=("AML.T0024.000", "AML.T0024.001", "OWASP-ML:2023:ML03", "OWASP-ML:2023:ML04"),
        touches=(Touch.PRIVACY,),
        when=_learned_people,
        cards=("HBK-ATK-002",),
        answer="membership attacks at a low rate of false alarms, with a limit in the policy",
    ),
    Row(
        rule="model-theft",
        category=Category.DISCLOSURE,
        title="The file of {name} is read and carried off",
        techniques=("AML.T0025", "AML.T0035", "AML.T0048.004", "OWASP-ML:2023:ML05"),
        touches=(Touch.PROPERTY,),
        when=_at_home,
        answer="access to model files by role, with a record of every read",
    ),
    Row(
        rule="backdoor",
        category=Category.TAMPERING,
        title="{name} is changed, or given a trigger, between its training and its use",
        techniques=("AML.T0018.000", "AML.T0018.001", "AML.T0043.004", "OWASP-ML:2023:ML10"),
        touches=(Touch.PEOPLE, Touch.SERVICE),
        when=lambda graph, model: _at_home(graph, model) and graph.asked(model),
        answer="digests of training inputs and of the model, signed and checked where it is loaded",
    ),
    Row(
        rule="code-in-model",
        category=Category.ELEVATION,
        title="Loading {name} runs code that somebody put into its file",
        techniques=("AML.T0018.002", "AML.T0011.000", "OWASP-ML:2023:ML06", "CWE-502"),
        touches=(Touch.SERVICE, Touch.PRIVACY),
        when=_carries_code,
        cards=("HBK-MOD-001", "HBK-COD-001"),
        answer="a format that carries no code, or a file certified before it is loaded",
    ),
    Row(
        rule="foreign-model",
        category=Category.TAMPERING,
        title="{name}, which others made, carries their faults or a back door of theirs",
        techniques=("AML.T0010.003", "AML.T0058", "OWASP-ML:2023:ML06", "OWASP-ML:2023:ML07", "OWASP-LLM:2025:LLM03"),
        touches=(Touch.PEOPLE, Touch.SERVICE),
        when=lambda graph, model: graph.foreign(model),
        answer="a pinned digest of a known maker, and the same tests as for an own model",
    ),
    Row(
        rule="model-record",
        category=Category.REPUDIATION,
        title="Whoever changed {name} can deny it",
        techniques=("CWE-778", "STRIDE:repudiation"),
        touches=(Touch.PROPERTY,),
        when=_released,
        answer="releases signed by a person, in a ledger that cannot be rewritten",
    ),
    Row(
        rule="unequal",
        category=Category.HAZARD,
        title="{name} errs more often about some groups of people than about others",
        techniques=("AI-Act:Art.10", "GDPR:Art.5(1)(a)"),
        touches=(Touch.PEOPLE,),
        when=_on_people,
        cards=("HBK-FAI-001", "HBK-FAI-002", "HBK-FAI-003", "HBK-FAI-004", "HBK-FAI-005", "HBK-EXP-001", "HBK-EXP-002"),
        answer="errors and decisions by group, with intervals and a limit in the policy; what decisions rest on, and "
        "whether explainers see the same rule as people",
        attack=False,
    ),
    Row(
        rule="drift",
        category=Category.HAZARD,
        title="{name} is used where or when its training data no longer fits, and nobody notices",
        techniques=("AI-Act:Art.15", "OWASP-ML:2023:ML08"),
        touches=(Touch.PEOPLE, Touch.SERVICE),
        when=lambda graph, model: _decides(graph, model) and graph.system.effect is not Effect.NONE,
        answer="inputs and errors watched in use, by site and by month",
        attack=False,
    ),
    Row(
        rule="worn-down",
        category=Category.DENIAL,
        title="Whoever feeds {name} wears its quality down until it has to be taken away",
        techniques=("AML.T0031", "OWASP-ML:2023:ML08"),
        touches=(Touch.SERVICE,),
        when=_learns_from_users,
        answer="no learning from strangers without a test that stands before each release, and a way back",
    ),
    Row(
        rule="direct-injection",
        category=Category.ELEVATION,
        title="What a user writes overrides the instructions of {name}",
        techniques=("AML.T0051.000", "AML.T0065", "OWASP-LLM:2025:LLM01"),
        touches=(Touch.SERVICE, Touch.PRIVACY),
        when=_generating,
        answer="instructions and data kept apart; what the answer may cause is decided elsewhere",
    ),
    Row(
        rule="jailbreak",
        category=Category.ELEVATION,
        title="{name} is talked out of its restraints",
        techniques=("AML.T0054", "OWASP-LLM:2025:LLM01"),
        touches=(Touch.SERVICE,),
        when=_generating,
        answer="restraints tested by attack at every release, and answers filtered outside the model",
    ),
    Row(
        rule="hidden-instructions",
        category=Category.DISCLOSURE,
        title="The hidden instructions of {name} are drawn out",
        techniques=("AML.T0056", "AML.T0069.002", "OWASP-LLM:2025:LLM07"),
        touches=(Touch.PROPERTY,),
        when=_generating,
        answer="instructions that hold no secret and carry no rule that only they enforce",
    ),
    Row(
        rule="told-to-others",
        category=Category.DISCLOSURE,
        title="{name} tells one person what belongs to another",
        techniques=("AML.T0057", "OWASP-LLM:2025:LLM02"),
        touches=(Touch.PRIVACY,),
        when=lambda graph, model: _generating(graph, model) and bool(graph.private(model) or graph.into(model)),
        answer="retrieval by the asker's own rights, and planted records that must never come back",
    ),
    Row(
        rule="untrue",
        category=Category.HAZARD,
        title="{name} states what is not so, and somebody acts on it",
        techniques=("OWASP-LLM:2025:LLM09", "AML.T0067"),
        touches=(Touch.PEOPLE,),
        when=_read_by_people,
        answer="answers measured against their sources, and a way to a person",
        attack=False,
    ),
    Row(
        rule="turned-on-others",
        category=Category.MISUSE,
        title="{name} is used to write what harms others",
        techniques=("AML.T0048", "AML.T0052.000", "AML.T0016.002"),
        touches=(Touch.PEOPLE,),
        when=_read_by_people,
        answer="a stated use, accounts that can be closed, and answers sampled for misuse",
    ),
)


def is_model(asset: Declared) -> bool:
    """Whether the rows of this table apply."""
    return asset.kind is Kind.MODEL
