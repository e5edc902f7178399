# SPDX-License-Identifier: Apache-2.0
"""Attacks on any model; what models do to people is in ``rules_harms``.

Kinds of harm follow Kumar et al., Failure Modes in Machine Learning (arXiv:1911.11034); attacks on learning and on
answers NIST AI 100-2 (2025); what a model senses, Sharif et al. (CCS 2016), Eykholt et al. (CVPR 2018) and Carlini and
Wagner (DLS 2018).
"""

from pathlib import PurePosixPath

from hauberk.core.system import Declared, Flow
from hauberk.govern import ways
from hauberk.govern.graph import Graph
from hauberk.govern.row import Row, Touch
from hauberk.govern.threat import Category

_INERT = frozenset({".onnx", ".safetensors", ".json", ".ubj", ".txt", ".skops", ".gguf", ".tflite"})
"""Suffixes of formats that carry no code, or none outside an allow-list."""


def judges(graph: Graph, model: Declared) -> bool:
    """Asked, and its answer is a judgement; an embedding is one where it is of somebody's face or voice."""
    task, shows = model.facts.task, model.facts.modality in {"image", "audio"}
    return graph.asked(model) and task != "generate" and (task != "embed" or shows)


def _perceives(graph: Graph, model: Declared) -> bool:
    """Judges, or writes down, what it sees, hears or measures."""
    return graph.asked(model) and graph.senses(model)


def _can_be_copied(graph: Graph, model: Declared) -> bool:
    """Own and kept here, and somebody outside hears what it answers."""
    doors = graph.endpoints(model)
    asks = any(graph.is_outside(flow.source) for one in doors for flow in graph.into(one))
    hears = any(graph.is_stranger(one) for one in graph.told(model))
    kept = graph.maker(model) is not None and not graph.embedded(model)
    return graph.asked(model) and kept and (asks or hears)


def learned_people(graph: Graph, model: Declared) -> bool:
    """Whether a model of which anybody gets anything was trained on data about people."""
    data = graph.learned_from(model)
    return graph.shown(model) and any(graph.private(one) for one in data)


def _carries_code(graph: Graph, model: Declared) -> bool:
    """A file whose format may run code, or a model from elsewhere of which nobody says the format."""
    suffix = PurePosixPath(model.uri).suffix.lower()
    return bool(suffix and suffix not in _INERT) or (not model.uri and graph.foreign(model) and _fetched(graph, model))


def _fetched(graph: Graph, model: Declared) -> bool:
    return any(graph.brings(flow) for flow in (*graph.into(model), *graph.out_of(model)))


def _released(graph: Graph, model: Declared) -> list[Flow]:
    """Ways on which a model goes from where it was made to where it is used."""
    return [flow for flow in graph.into(model) if graph.brings(flow) and graph.crosses(flow)]


def _deniable(graph: Graph, model: Declared) -> bool:
    """Made on one side of a boundary, used on the other, and no signature says by whom it was sent."""
    maker = graph.maker(model)
    ways = _released(graph, model)
    apart = maker is not None and (graph.apart(maker.id, model.id) or bool(ways))
    return apart and not (ways and all("signed" in flow.protection for flow in ways))


def _made_here(graph: Graph, model: Declared) -> bool:
    """Made here; how near somebody outside comes to its making, its way and its place decides how severe it is."""
    return graph.maker(model) is not None


def _stolen_at_home(graph: Graph, model: Declared) -> bool:
    """Own, kept here, and somebody outside has a way into the place where it is kept."""
    return graph.maker(model) is not None and not graph.embedded(model) and graph.exposed(model)


def _fooled_by_senders(graph: Graph, model: Declared) -> bool:
    """Judges, or was made here to turn one text into another, and what it is asked with is typed or sent."""
    turns = graph.asked(model) and graph.generates(model) and graph.maker(model) is not None
    return (turns or judges(graph, model)) and not graph.senses(model)


def _stated(model: Declared) -> bool:
    """Asked with what somebody states in words or columns, not with what a program can perturb unseen."""
    return model.facts.modality == "table"


def _learns_from_users(graph: Graph, model: Declared) -> bool:
    """Trained on what those write who also ask it or hear its answers."""
    return any(graph.is_stranger(flow.source) for flow in graph.returning(model))


def _learned_by_heart(graph: Graph, model: Declared) -> bool:
    """Generates, and learned here from data that is not about people; data that is has a row of its own."""
    data = graph.learned_from(model)
    return graph.generates(model) and graph.shown(model) and bool(data) and not any(map(graph.private, data))


def _kept_busy(graph: Graph, model: Declared) -> bool:
    """Senses where a wrong answer hurts; or is asked by outside parties without a door that could turn them away."""
    doorless = bool(graph.askers(model)) and not graph.endpoints(model) and (graph.felt or graph.hands_on)
    return graph.asked(model) and ((_perceives(graph, model) and graph.hands_on) or doorless)


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
        when=lambda graph, model: _fooled_by_senders(graph, model) and not _stated(model),
        cards=("HBK-ATK-001", "HBK-ATK-003", "HBK-ATK-005", "HBK-ATK-006"),
        along=ways.of_kin(ways.questions),
        answer="robust accuracy under a stated budget, with a limit in the policy",
    ),
    Row(
        rule="gamed",
        category=Category.TAMPERING,
        title="Whoever states what {name} is asked with chooses values, true or not, that make it say what they want",
        techniques=("AML.T0043.003", "AML.T0015", "AML.T0043.001", "AML.T0043", "OWASP-ML:2023:ML01", "CWE-1039"),
        touches=(Touch.PEOPLE,),
        when=lambda graph, model: _fooled_by_senders(graph, model) and _stated(model),
        cards=("HBK-ATK-001", "HBK-ATK-003", "HBK-ATK-005", "HBK-ATK-006"),
        along=ways.of_kin(ways.questions),
        answer="robust accuracy over what a person can change, with a limit in the policy; the rest checked at its "
        "source",
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
        along=ways.of_kin(ways.questions),
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
        along=ways.of_kin(ways.shown),
        answer="who asks is known and how much is limited; answers without scores",
    ),
    Row(
        rule="membership",
        category=Category.DISCLOSURE,
        title="{name} shows who was in its training data, or what their rows held",
        techniques=("AML.T0024.000", "AML.T0024.001", "OWASP-ML:2023:ML03", "OWASP-ML:2023:ML04"),
        touches=(Touch.PRIVACY,),
        when=learned_people,
        cards=("HBK-ATK-002",),
        along=ways.of_kin(ways.known_by),
        answer="membership attacks at a low rate of false alarms, with a limit in the policy",
    ),
    Row(
        rule="memorised",
        category=Category.DISCLOSURE,
        title="{name} writes out what it learned by heart: code, texts or keys that are others' or secret",
        techniques=("AML.T0024.001", "AML.T0057", "OWASP-LLM:2025:LLM02", "OWASP-ML:2023:ML03"),
        touches=(Touch.PROPERTY,),
        when=_learned_by_heart,
        along=ways.shown,
        answer="lessons without secrets and doubles, licences known, planted lines looked for in what it writes",
    ),
    Row(
        rule="model-theft",
        category=Category.DISCLOSURE,
        title="The file of {name} is read and carried off",
        techniques=("AML.T0025", "AML.T0035", "AML.T0048.004", "OWASP-ML:2023:ML05", "AML.T0036"),
        touches=(Touch.PROPERTY,),
        when=_stolen_at_home,
        along=ways.of_kin(ways.deliveries),
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
        along=ways.of_kin(ways.deliveries),
        answer="nothing in the file that must stay secret; robustness judged as if the file were public",
        made=True,
    ),
    Row(
        rule="backdoor",
        category=Category.TAMPERING,
        title="{name} is given a trigger or other weights, by what it is made from or between its making and its use",
        techniques=(
            "AML.T0018.000",
            "AML.T0018.001",
            "AML.T0043.004",
            "AML.T0020",
            "OWASP-ML:2023:ML10",
            "CWE-494",
            "CWE-345",
            "CWE-347",
        ),
        touches=(Touch.PEOPLE, Touch.SERVICE),
        when=_made_here,
        cards=("HBK-TRN-001", "HBK-DEP-013"),
        partial=True,
        along=ways.of_kin(ways.moved),
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
        along=ways.of_kin(ways.moved),
        once=True,
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
            "CWE-829",
            "CWE-1357",
        ),
        touches=(Touch.PEOPLE, Touch.SERVICE),
        when=lambda graph, model: graph.foreign(model),
        cards=("HBK-COD-027",),
        partial=True,
        along=ways.moved,
        once=True,
        answer="a pinned digest of a known maker, and the same tests as for an own model",
        made=True,
    ),
    Row(
        rule="model-record",
        category=Category.REPUDIATION,
        title="Whoever changed {name} can deny it",
        techniques=("CWE-778", "STRIDE:repudiation", "AI-Act:Art.12"),
        touches=(Touch.PROPERTY,),
        when=_deniable,
        along=ways.released,
        within=("no-record",),
        answer="releases signed by a person, in a ledger that cannot be rewritten",
        indirect=True,
        made=True,
    ),
    Row(
        rule="costly-input",
        category=Category.DENIAL,
        title="Inputs made for the purpose keep {name} busy, or silence it",
        techniques=("AML.T0029", "AML.T0043", "AML.T0034.001"),
        touches=(Touch.PEOPLE, Touch.SERVICE),
        when=_kept_busy,
        along=ways.of_kin(ways.questions),
        answer="a bound on the time of one input, and a safe state when it is reached",
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
)
