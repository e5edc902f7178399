# SPDX-License-Identifier: Apache-2.0
"""The corpora of expected threats, and how a finding matches an expectation."""

from pathlib import Path

import yaml

from hauberk.govern.catalogues import covers
from hauberk.govern.find import find
from hauberk.manifest.load import load

ROOT = Path(__file__).parents[1] / "corpora" / "threats"
NAMES = ("helpdesk", "husky", "radiology")
INCIDENTS, FRESH = (
    tuple(sorted(f"{group}/{one.name}" for one in (ROOT / group).iterdir() if one.is_dir()))
    for group in ("incidents", "fresh")
)


def system_of(name):
    return load(ROOT / name / "hauberk.yaml")


def expected(name):
    return yaml.safe_load((ROOT / name / "expected.yaml").read_text("utf-8"))["threats"]


def matches(wanted, threat):
    same = threat.subject == wanted["subject"] and threat.category.value == wanted["category"]
    return same and any(covers(one, wanted["technique"]) for one in threat.techniques)


def missed(name):
    threats = find(system_of(name)).threats
    return [one for one in expected(name) if not any(matches(one, threat) for threat in threats)]
