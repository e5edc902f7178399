# SPDX-License-Identifier: Apache-2.0
"""Threats to any model. Kinds of harm follow Kumar et al., Failure Modes in Machine Learning (arXiv:1911.11034).

Attacks on learning and on answers follow NIST AI 100-2 (2025); what a model senses, Sharif et al. (CCS 2016) and
Eykholt et al. (CVPR 2018); what its answers teach it, Sculley et al. (NeurIPS 2015) and Chaney et al. (RecSys 2018).
"""

from pathlib import PurePosixPath

from hauberk.core.system import Declared, Effect, Flow
from hauberk.govern.graph import Graph
from hauberk.govern.row import Row, Touch
from hauberk.govern.threat import Category
from hauberk.manifest.blank import blank

_INERT = frozenset({".onnx", ".safetensors", ".json", ".ubj", ".txt", ".skops", ".gguf"})
"""Suffixes of formats that carry no code, or none outside an allow-list."""

_TELLING = frozenset({"health", "healthcare", "medical", "medicine", "care", "police", "law", "justice", "religion"})
"""Words of a sector where to be in the data at all says that somebody is ill, suspected or believes."""


def _decides(graph: Graph, model: Declared) -> bool:
    """Asked, and its answer is a judgement; an embedding is one where it is of somebody's face or voice."""
    task, shows = model.facts.task, model.facts.modality in {"image", "audio"}
    return graph.asked(model) and task != "generate" and (task != "embed" or shows)


def _perceives(graph: Graph, model: Declared) -> bool:
    """Judges, or writes down, what it sees, hears or measures."""
    return graph.asked(model) and graph.senses(model)


def _matters(graph: Graph, model: Declared) -> bool:
    return _decides(graph, model) and graph.system.effect is not Effect.NONE


def _can_be_copied(graph: Graph, model: Declared) -> bool:
    """Own, and somebody outside hears what it answers."""
    doors = graph.endpoints(model)
    asks = any(graph.is_outside(flow.source) for one in doors for flow in graph.into(one))
    hears = any(graph.is_outside(one) for one in graph.told(model))
    return graph.asked(model) and graph.maker(model) is not None and (asks or hears)


def _learned_people(graph: Graph, model: Declared) -> bool:
    data = graph.learned_from(model)
    return graph.asked(model) and any(graph.private(one) for one in data)


def _learned_secrets_of_people(graph: Graph, model: Declared) -> bool:
    """Somebody outside hears answers, and that one is in the data at all is a fact of GDPR Art. 9 or 10."""
    data = graph.learned_from(model)
    telling = bool(_TELLING & set(graph.system.sector.casefold().replace("-", " ").split()))
    outside = bool(graph.askers(model)) or any(graph.is_outside(one) for one in graph.told(model))
    return telling and outside and graph.asked(model) and any("sensitive" in graph.private(one) for one in data)


def _on_people(graph: Graph, model: Declared) -> bool:
    """Judges people, or understands some of them worse than others."""
    effect = graph.system.effect is not Effect.NONE
    return graph.asked(model) and effect and bool(graph.private(model))


def _carries_code(graph: Graph, model: Declared) -> bool:
    """A file whose format may run code, or a model from elsewhere of which nobody says the format."""
    suffix = PurePosixPath(model.uri).suffix.lower()
    return bool(suffix and suffix not in _INERT) or (not model.uri and graph.foreign(model) and _fetched(graph, model))


def _fetched(graph: Graph, model: Declared) -> bool:
    return any("model" in flow.carries for flow in graph.into(model))


def _released(graph: Graph, model: Declared) -> list[Flow]:
    """Ways on which a model goes from where it was made to where it is used."""
    return [flow for flow in graph.into(model) if "model" in flow.carries and graph.crosses(flow)]


def _deniable(graph: Graph, model: Declared) -> bool:
    """Made on one side of a boundary, used on the other, and no signature says by whom it was sent."""
    maker = graph.maker(model)
    ways = _released(graph, model)
    apart = maker is not None and (graph.apart(maker.id, model.id) or bool(ways))
    return apart and not (ways and all("signed" in flow.protection for flow in ways))


def _can_be_planted(graph: Graph, model: Declared) -> bool:
    """Its making has a door: something it is made from came from elsewhere, or it is sent across a border."""
    maker = graph.maker(model)
    if maker is None:
        return False
    strange = any(graph.outsiders(one) or not blank(one.facts.source) for one in graph.ingredients(model))
    return strange or graph.apart(maker.id, model.id) or bool(_released(graph, model))


def _stolen_at_home(graph: Graph, model: Declared) -> bool:
    """Own, kept here, and somebody outside has a way into the place where it is kept."""
    return graph.maker(model) is not None and not graph.embedded(model) and graph.exposed(model)


def _fooled_by_senders(graph: Graph, model: Declared) -> bool:
    return _decides(graph, model) and not graph.senses(model)


def _guards(graph: Graph, model: Declared) -> bool:
    """Strangers ask it for a decision that is worth something to them."""
    decides = graph.system.effect is Effect.DECIDES and not graph.hands_on
    return _decides(graph, model) and decides and bool(graph.askers(model))


def _learns_from_users(graph: Graph, model: Declared) -> bool:
    """Trained on what those write who also ask it or hear its answers."""
    return any(graph.is_outside(flow.source) for flow in graph.returning(model))


def _recommends(graph: Graph, model: Declared) -> bool:
    return model.facts.task in {"rank", "score", "generate", "embed"} and bool(graph.returning(model))


def _profiles(graph: Graph, model: Declared) -> bool:
    """Orders, places or foretells, from what it knows of people, for others to see."""
    outside = any(graph.is_outside(one) for one in graph.told(model)) or bool(graph.askers(model))
    return outside and model.facts.task in {"rank", "embed"} and _learned_people(graph, model)


def _recognises(graph: Graph, model: Declared) -> bool:
    """Pictures or voices of people, sent by others, compared with what it knows."""
    shown = any("sensitive" in flow.carries for flow in graph.asking(model))
    return shown and model.facts.modality in {"image", "audio"} and model.facts.task in {"rank", "embed", "classify"}


def _meets_the_new(graph: Graph, model: Declared) -> bool:
    """Senses the world, or works where a wrong answer hurts, and its answers matter."""
    return graph.asked(model) and _decides(graph, model) and graph.hands_on


MODELS: tuple[Row[Declared], ...] = (
    Row(
        rule="evasion",
        category=Category.TAMPERING,
        title="Inputs made for the purpose make {name} err as the sender wants",
        techniques=(
            "AML.T0015",
            "AML.T0043.001",
            "AML.T0043.002",
            "AML.T0043.003",
            "AML.T0043",
            "OWASP-ML:2023:ML01",
            "CWE-1039",
        ),
        touches=(Touch.PEOPLE,),
        when=_fooled_by_senders,
        cards=("HBK-ATK-001", "HBK-ATK-003", "HBK-ATK-005"),
        answer="robust accuracy under a stated budget, with a limit in the policy",
    ),
    Row(
        rule="made-up-world",
        category=Category.TAMPERING,
        title="What {name} sees, hears or measures is arranged in the world so that it errs",
        techniques=("AML.T0041", "AML.T0015", "AML.T0043", "AML.T0043.003", "AML.T0008.003", "CWE-1039"),
        touches=(Touch.PEOPLE,),
        when=_perceives,
        cards=("HBK-ATK-003", "HBK-ATK-004"),
        partial=True,
        answer="patches, played sounds and bent signals tried in the place of use; a second sense that must agree",
    ),
    Row(
        rule="extraction",
        category=Category.DISCLOSURE,
        title="{name} is copied by asking it many questions, the sooner the more its answers show",
        techniques=("AML.T0024.002", "AML.T0063", "AML.T0005.001", "OWASP-ML:2023:ML05"),
        touches=(Touch.PROPERTY,),
        when=_can_be_copied,
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
        rule="known-to-be-in-it",
        category=Category.DETECTING,
        title="That somebody is in what {name} learned from is itself a thing to keep, and an answer gives it away",
        techniques=("LINDDUN:detecting", "AML.T0024.000"),
        touches=(Touch.PRIVACY,),
        when=_learned_secrets_of_people,
        cards=("HBK-ATK-002",),
        answer="membership attacks on the rarest people; training with differential privacy",
        indirect=True,
    ),
    Row(
        rule="inferred",
        category=Category.LINKING,
        title="From answers of {name} it is read what people are and never said",
        techniques=("LINDDUN:linking", "AML.T0024", "NISTAML.034", "GDPR:Art.9", "GDPR:Art.22"),
        touches=(Touch.PRIVACY,),
        when=_profiles,
        answer="sensitive traits not foretellable from answers, measured; people may see and delete what is known",
        attack=False,
    ),
    Row(
        rule="recognised",
        category=Category.IDENTIFYING,
        title="{name} tells who somebody is to people who need not know",
        techniques=("LINDDUN:identifying", "GDPR:Art.9", "AI-Act:Art.5", "AI-Act:Art.26"),
        touches=(Touch.PRIVACY,),
        when=_recognises,
        answer="a stated list of who may ask about whom, and every question recorded",
        attack=False,
    ),
    Row(
        rule="model-theft",
        category=Category.DISCLOSURE,
        title="The file of {name} is read and carried off",
        techniques=("AML.T0025", "AML.T0035", "AML.T0048.004", "OWASP-ML:2023:ML05"),
        touches=(Touch.PROPERTY,),
        when=_stolen_at_home,
        answer="access to model files by role, with a record of every read",
        made=True,
    ),
    Row(
        rule="taken-apart",
        category=Category.DISCLOSURE,
        title="Whoever holds the device or program that {name} runs in holds {name}, and tries attacks on it in peace",
        techniques=(
            "AML.T0044",
            "AML.T0035",
            "AML.T0025",
            "AML.T0063",
            "AML.T0024.002",
            "AML.T0048.004",
            "OWASP-ML:2023:ML05",
        ),
        touches=(Touch.PROPERTY, Touch.PEOPLE),
        when=lambda graph, model: graph.maker(model) is not None and graph.embedded(model),
        answer="nothing in the file that must stay secret; robustness judged as if the file were public",
        made=True,
    ),
    Row(
        rule="backdoor",
        category=Category.TAMPERING,
        title="{name} is given a trigger or other weights, by what it is made from or between its making and its use",
        techniques=("AML.T0018.000", "AML.T0018.001", "AML.T0043.004", "AML.T0020", "OWASP-ML:2023:ML10"),
        touches=(Touch.PEOPLE, Touch.SERVICE),
        when=_can_be_planted,
        cards=("HBK-TRN-001", "HBK-DEP-013"),
        partial=True,
        answer="digests of training inputs and of the model, signed and checked where it is loaded",
        made=True,
    ),
    Row(
        rule="code-in-model",
        category=Category.ELEVATION,
        title="Loading {name} runs code that somebody put into its file",
        techniques=("AML.T0018.002", "AML.T0011.000", "OWASP-ML:2023:ML06", "CWE-502"),
        touches=(Touch.SERVICE, Touch.PRIVACY),
        when=_carries_code,
        cards=(
            "HBK-MOD-001",
            "HBK-MOD-004",
            "HBK-MOD-005",
            "HBK-MOD-007",
            "HBK-MOD-012",
            "HBK-MOD-013",
            "HBK-COD-001",
        ),
        answer="a format that carries no code, or a file certified before it is loaded",
        made=True,
    ),
    Row(
        rule="foreign-model",
        category=Category.TAMPERING,
        title="{name}, which others made, carries their faults or a back door of theirs",
        techniques=(
            "AML.T0010.003",
            "AML.T0058",
            "AML.T0018.000",
            "OWASP-ML:2023:ML06",
            "OWASP-ML:2023:ML07",
            "OWASP-LLM:2025:LLM03",
        ),
        touches=(Touch.PEOPLE, Touch.SERVICE),
        when=lambda graph, model: graph.foreign(model),
        cards=("HBK-COD-027",),
        partial=True,
        answer="a pinned digest of a known maker, and the same tests as for an own model",
        made=True,
    ),
    Row(
        rule="model-record",
        category=Category.REPUDIATION,
        title="Whoever changed {name} can deny it",
        techniques=("CWE-778", "STRIDE:repudiation"),
        touches=(Touch.PROPERTY,),
        when=_deniable,
        answer="releases signed by a person, in a ledger that cannot be rewritten",
        indirect=True,
        made=True,
    ),
    Row(
        rule="cannot-forget",
        category=Category.NONCOMPLIANCE,
        title="Who asks to be forgotten is deleted from the rows, and {name} goes on using what it learned of them",
        techniques=("GDPR:Art.17", "LINDDUN:noncompliance"),
        touches=(Touch.PRIVACY,),
        when=_learned_people,
        answer="training that can be repeated without a person's rows, and a stated time until it is",
        attack=False,
        indirect=True,
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
        techniques=("AI-Act:Art.15", "AI-Act:Art.72", "OWASP-ML:2023:ML08"),
        touches=(Touch.PEOPLE, Touch.SERVICE),
        when=_matters,
        cards=("HBK-ATK-004",),
        partial=True,
        answer="inputs and errors watched in use, by site and by month",
        attack=False,
    ),
    Row(
        rule="the-unseen",
        category=Category.HAZARD,
        title="{name} meets what it was never shown, answers all the same, and somebody is hurt",
        techniques=("AI-Act:Art.9", "ISO-14971:2019", "ISO-21448:2022", "AML.T0048.003"),
        touches=(Touch.PEOPLE, Touch.SERVICE),
        when=_meets_the_new,
        answer="a stated domain of use, inputs outside it refused, and a safe state to fall back to",
        attack=False,
    ),
    Row(
        rule="teaches-itself",
        category=Category.HAZARD,
        title="Answers of {name} decide what it learns next, so that its errors grow",
        techniques=("OWASP-ML:2023:ML08", "AI-Act:Art.15"),
        touches=(Touch.PEOPLE, Touch.SERVICE),
        when=lambda graph, model: bool(graph.returning(model)),
        answer="a part of the cases decided without the model, kept apart to learn and to judge by",
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
        rule="pushes",
        category=Category.MISUSE,
        title="{name} is used, or left, to push what does harm to many, because it is what they react to",
        techniques=("AML.T0048.002", "AML.T0048.001", "DSA:Art.34", "AI-Act:Art.5"),
        touches=(Touch.PEOPLE, Touch.SERVICE),
        when=_recommends,
        answer="a measure of harm beside the measure of reaction; accounts that act together looked for",
    ),
    Row(
        rule="passed-for-gain",
        category=Category.MISUSE,
        title="Whoever gets past {name} takes what it guards from those whom it serves",
        techniques=("AML.T0048.000", "AML.T0048.003", "AML.T0048.001"),
        touches=(Touch.SERVICE, Touch.PROPERTY),
        when=_guards,
        answer="losses by wrong decisions counted, and a limit on what one decision can cost",
    ),
)
