# SPDX-License-Identifier: Apache-2.0
"""The corpora of expected threats: how a finding matches an expectation, and how alike two systems and their threats are."""

from pathlib import Path

import yaml

from hauberk.core.scales import Kind
from hauberk.govern.catalogues import covers
from hauberk.govern.find import find
from hauberk.govern.graph import Graph
from hauberk.manifest.blank import blank
from hauberk.manifest.load import load

ROOT = Path(__file__).parents[1] / "corpora" / "threats"
NAMES = ("helpdesk", "husky", "radiology")
MOST = 40
"""Findings among which the expected ones must be."""


def group(name):
    """Systems of a folder of the corpora, as ``folder/system``; none where the folder is not there."""
    place = ROOT / name
    return (
        tuple(sorted(f"{name}/{one.name}" for one in place.iterdir() if (one / "hauberk.yaml").exists()))
        if place.is_dir()
        else ()
    )


def groups():
    """Folders of the corpora that hold systems, the oldest first."""
    first = ("incidents", "fresh", "fresh2")
    there = sorted(one.name for one in ROOT.iterdir() if one.is_dir() and not (one / "hauberk.yaml").exists())
    return tuple(one for one in (*first, *(one for one in there if one not in first)) if one in there)


INCIDENTS, FRESH = group("incidents"), group("fresh")


def system_of(name):
    return load(ROOT / name / "hauberk.yaml")


def expected(name):
    """What the literature expects; YAML, of which JSON is a part."""
    place = ROOT / name / "expected.yaml"
    return yaml.safe_load((place if place.exists() else place.with_suffix(".json")).read_text("utf-8"))["threats"]


def matches(wanted, threat, *, subject=False):
    """Same asset or flow, category and technique; a place counts as well as the subject, but where ``subject`` is asked."""
    at = (threat.subject,) if subject else (threat.subject, *threat.places)
    same = wanted["subject"] in at and threat.category.value == wanted["category"]
    return same and any(covers(one, wanted["technique"]) for one in threat.techniques)


def missed(name, most=None, *, subject=False):
    """Expected threats that are not among the first ``most``; all threats count where it is None."""
    threats = find(system_of(name)).threats[:most]
    return [one for one in expected(name) if not any(matches(one, threat, subject=subject) for threat in threats)]


def places(name):
    """How many assets and flows a finding names, on average."""
    threats = find(system_of(name)).threats
    return sum(1 + len(one.places) for one in threats) / max(1, len(threats))


def wanted_share(name):
    """Which part of the findings somebody expected: a lower bound of how many are true, since no list is complete."""
    threats, wanted = find(system_of(name)).threats, expected(name)
    return sum(any(matches(one, threat) for one in wanted) for threat in threats) / max(1, len(threats))


def kinds(name):
    """Kinds of a system's threats: what the subject is, category, and the technique that tells it from others."""
    system = system_of(name)
    what = {asset.id: asset.kind.value for asset in system.assets}
    return {(what.get(one.subject, "flow"), one.category, one.techniques[0]) for one in find(system).threats}


def shared(one, other):
    """Kinds that two systems share: as a part of the smaller's, and as a part of both's together."""
    first, second = kinds(one), kinds(other)
    both = len(first & second)
    return both / max(1, min(len(first), len(second))), both / max(1, len(first | second))


def traits(name):
    """Six facts of a manifest: what its models do, by what sense, with what effect, whose data, who asks, whose lessons."""
    system = system_of(name)
    graph = Graph(system)
    models = [one for one in system.assets if one.kind is Kind.MODEL]
    held = frozenset().union(*(graph.private(one) for one in system.assets))
    lessons = {one.id: one for model in models for one in graph.learned_from(model)}.values()
    fetched = any(graph.is_outside(flow.source) for one in lessons for flow in graph.into(one))
    return (
        frozenset(_does(graph, one) for one in models),
        frozenset(one.facts.modality or "unsaid" for one in models),
        system.effect,
        "sensitive" if "sensitive" in held else "personal" if held else "nobody's",
        _asked_by(graph),
        "nothing" if not lessons else "outside" if fetched else "own",
    )


def _does(graph, model):
    return "is not asked" if not graph.asked(model) else "generates" if graph.generates(model) else "judges"


def _asked_by(graph):
    doors = [one for one in graph.system.assets if one.kind is Kind.ENDPOINT]
    reached = [one for one in doors if graph.outsiders(one)]
    if any(blank(one.facts.authentication) for one in reached):
        return "strangers"
    return "known outsiders" if reached else "the house" if doors else "no door"


def unlike(one, other):
    """Whether two manifests differ in more than half of their traits."""
    return sum(a != b for a, b in zip(traits(one), traits(other), strict=True)) > 3
