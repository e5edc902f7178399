# SPDX-License-Identifier: Apache-2.0
"""What a model does to people: hazards, privacy and misuse.

Recognition and inference after LINDDUN; errors on some groups after Buolamwini and Gebru (FAT* 2018) and Koenecke et
al. (PNAS 2020); what answers teach, Sculley et al. (NeurIPS 2015) and Chaney et al. (RecSys 2018); use outside what
was shown after ISO 21448 and ISO 14971.
"""

from hauberk.checks.design.jurisdiction import EEA, country
from hauberk.core.system import Declared, Effect
from hauberk.govern import ways
from hauberk.govern.graph import PRIVATE, Graph
from hauberk.govern.row import Row, Touch
from hauberk.govern.rules_models import judges, learned_people
from hauberk.govern.threat import Category

_FORGETS = EEA | {"GB", "CH", "BR", "KR", "US-CA"}
"""Where a law on data lets people ask to be erased."""
_FORBIDDEN = frozenset(
    {
        *("biometric-identification", "biometric-categorisation", "emotion-recognition", "face-scraping"),
        *("social-scoring", "crime-prediction", "manipulation", "intimate-imagery"),
    }
)
"""Uses that AI Act Art. 5 forbids, or allows in narrow cases only."""
_TELLING = frozenset({"health", "healthcare", "medical", "medicine", "care", "police", "law", "justice", "religion"})
"""Words of a sector where to be in the data at all says that somebody is ill, suspected or believes."""


def _must_forget(graph: Graph, model: Declared) -> bool:
    """Learned from people, where the law lets them ask to be forgotten, or nobody says where."""
    kept = (one.region for one in graph.learned_from(model))
    said = {word for one in (*graph.system.regions, *kept) if one for word in (one, country(one))}
    copy = graph.embedded(model) and not model.facts.trained_on
    return learned_people(graph, model) and not copy and (not said or bool(said & _FORGETS))


def _learned_secrets_of_people(graph: Graph, model: Declared) -> bool:
    """Somebody outside hears answers, and that one is in the data at all is a fact of GDPR Art. 9 or 10."""
    data = graph.learned_from(model)
    telling = bool(_TELLING & set(graph.system.sector.casefold().replace("-", " ").split()))
    given = any(graph.brings(flow) and graph.is_outside(flow.target) for flow in graph.out_of(model))
    outside = given or bool(graph.askers(model)) or any(graph.is_outside(one) for one in graph.told(model))
    return telling and outside and graph.shown(model) and any("sensitive" in graph.private(one) for one in data)


def _on_people(graph: Graph, model: Declared) -> bool:
    """Judges people, or understands some of them worse than others."""
    speaks = judges(graph, model) or graph.generates(model)
    return graph.asked(model) and speaks and graph.felt and bool(graph.private(model))


def _matters(graph: Graph, model: Declared) -> bool:
    return judges(graph, model) and (graph.system.effect is not Effect.NONE or graph.hands_on)


def _guards(graph: Graph, model: Declared) -> bool:
    """Strangers ask it for a decision that is worth something to them."""
    decides = graph.system.effect is Effect.DECIDES and not graph.hands_on
    return judges(graph, model) and decides and bool(graph.askers(model))


def _recommends(graph: Graph, model: Declared) -> bool:
    heard = graph.answers(model) or bool(graph.endpoints(model))
    return heard and model.facts.task in {"rank", "embed"} and bool(graph.returning(model))


def _profiles(graph: Graph, model: Declared) -> bool:
    """Orders, places or foretells, from what it knows of people, for others to see."""
    outside = any(graph.is_outside(one) for one in graph.told(model)) or bool(graph.askers(model))
    heard = graph.answers(model) or bool(graph.endpoints(model))
    return heard and outside and model.facts.task in {"rank", "embed"} and learned_people(graph, model)


def _recognises(graph: Graph, model: Declared) -> bool:
    """Pictures or voices of people, sent by others, compared with what it knows."""
    shown = any("sensitive" in flow.carries for flow in graph.asking(model))
    return shown and model.facts.modality in {"image", "audio"} and model.facts.task in {"rank", "embed", "classify"}


def _meets_the_new(graph: Graph, model: Declared) -> bool:
    """Works where a wrong answer hurts."""
    return graph.hands_on and (judges(graph, model) or (graph.asked(model) and graph.generates(model)))


def _decides_alone(graph: Graph, model: Declared) -> bool:
    """Decides about people: what it is asked with is about them."""
    asked = any(PRIVATE & set(flow.carries) for flow in (*graph.questions(model), *graph.asking(model)))
    return graph.system.effect is Effect.DECIDES and judges(graph, model) and asked


def _forbidden(graph: Graph, model: Declared) -> bool:
    return bool(_FORBIDDEN & set(graph.system.uses)) and graph.asked(model)


def _follows(graph: Graph, model: Declared) -> bool:
    """People are seen or heard, and a judgement is made of it."""
    shown = model.facts.modality in {"image", "audio"}
    return shown and judges(graph, model) and bool(graph.private(model)) and not _recognises(graph, model)


def _judges_people(graph: Graph, model: Declared) -> bool:
    """Says something of people that others act on; to follow them has a row of its own."""
    felt = graph.felt and not _follows(graph, model)
    return felt and judges(graph, model) and bool(graph.private(model))


HARMS: tuple[Row[Declared], ...] = (
    Row(
        rule="decided-alone",
        category=Category.NONCOMPLIANCE,
        title="What {name} says decides about people, and no person who may decide otherwise looks at it",
        techniques=("GDPR:Art.22", "AI-Act:Art.14", "LINDDUN:noncompliance"),
        touches=(Touch.PEOPLE,),
        when=_decides_alone,
        cards=("HBK-GOV-002",),
        partial=True,
        along=ways.answers,
        answer="a ground of Art. 22(2), and a person with time, facts and right to decide otherwise",
        attack=False,
    ),
    Row(
        rule="forbidden-use",
        category=Category.NONCOMPLIANCE,
        title="{name} serves a use that the law forbids, or allows only within narrow bounds",
        techniques=("AI-Act:Art.5", "GDPR:Art.9", "LINDDUN:noncompliance"),
        touches=(Touch.PEOPLE, Touch.PRIVACY),
        when=_forbidden,
        along=ways.shown,
        answer="the exception that holds, in writing, before the first use; or no such use",
        attack=False,
    ),
    Row(
        rule="beyond-purpose",
        category=Category.MISUSE,
        title="What {name} says of people is used for what it was not made for",
        techniques=("AI-Act:Art.26", "AML.T0048.003", "AML.T0048.002", "GDPR:Art.5(1)(b)"),
        touches=(Touch.PRIVACY,),
        when=_judges_people,
        along=ways.shown,
        within=("own-ends",),
        answer="a stated use in the contract and in the answer, who asks recorded, asking that does not fit looked at",
    ),
    Row(
        rule="followed",
        category=Category.MISUSE,
        title="{name} is used to follow what single people do, beyond what it is for",
        techniques=("AML.T0048.003", "AML.T0048.002", "AI-Act:Art.26", "GDPR:Art.5(1)(b)"),
        touches=(Touch.PRIVACY,),
        when=_follows,
        along=ways.shown,
        answer="answers about groups or places where those do, who asks recorded, an end to what is kept",
    ),
    Row(
        rule="known-to-be-in-it",
        category=Category.DETECTING,
        title="That somebody is in what {name} learned from is itself a thing to keep, and an answer gives it away",
        techniques=("LINDDUN:detecting", "AML.T0024.000"),
        touches=(Touch.PRIVACY,),
        when=_learned_secrets_of_people,
        cards=("HBK-ATK-002",),
        along=ways.known_by,
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
        along=ways.shown,
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
        along=ways.shown,
        answer="a stated list of who may ask about whom, and every question recorded",
        attack=False,
    ),
    Row(
        rule="cannot-forget",
        category=Category.NONCOMPLIANCE,
        title="Who asks to be forgotten is deleted from the rows, and {name} goes on using what it learned of them",
        techniques=("GDPR:Art.17", "LINDDUN:noncompliance"),
        touches=(Touch.PRIVACY,),
        when=_must_forget,
        along=ways.of_kin(ways.learned),
        answer="training that can be repeated without a person's rows, and a stated time until it is",
        attack=False,
        indirect=True,
    ),
    Row(
        rule="unequal",
        category=Category.HAZARD,
        title="{name} errs more often about some groups of people than about others",
        techniques=("AI-Act:Art.10", "GDPR:Art.5(1)(a)", "AI-Act:Art.15"),
        touches=(Touch.PEOPLE,),
        when=_on_people,
        cards=(*(f"HBK-FAI-00{number}" for number in range(1, 8)), "HBK-EXP-001", "HBK-EXP-002"),
        along=ways.chained,
        answer="errors and decisions by group, with intervals and a limit in the policy; what decisions rest on, and "
        "whether explainers see the same rule as people",
        attack=False,
    ),
    Row(
        rule="drift",
        category=Category.HAZARD,
        title="{name} is used where or when its training data no longer fits, and nobody notices",
        techniques=("AI-Act:Art.15", "AI-Act:Art.72", "OWASP-ML:2023:ML08", "AI-Act:Art.9"),
        touches=(Touch.PEOPLE, Touch.SERVICE),
        when=_matters,
        cards=("HBK-ATK-004",),
        partial=True,
        along=ways.chained,
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
        along=ways.chained,
        answer="a stated domain of use, inputs outside it refused, and a safe state to fall back to",
        attack=False,
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
        along=ways.shown,
        answer="losses by wrong decisions counted, and a limit on what one decision can cost",
    ),
)
