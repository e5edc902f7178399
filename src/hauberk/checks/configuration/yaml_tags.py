# SPDX-License-Identifier: Apache-2.0
"""YAML that executes when a careless loader reads it."""

import re
from collections.abc import Iterator

from hauberk.assets import yaml
from hauberk.core.card import check
from hauberk.core.finding import Hit
from hauberk.core.scales import Severity
from hauberk.core.target import Target

_YAML = r"(?:tag:yaml\.org,2002:|!)"
_ARGUMENT = re.compile(r"[^\w./:!-].*", re.DOTALL)
"""What follows the name in a tag."""
EXECUTING: tuple[tuple[re.Pattern[str], str, Severity], ...] = (
    (re.compile(_YAML + r"python/object(?:/new|/apply)?:.*"), "calls Python", Severity.HIGH),
    (re.compile(_YAML + r"python/(?:name|module):.*"), "imports a Python module", Severity.MEDIUM),
    (
        re.compile(_YAML + r"ruby/(?:object|struct|hash|array|class|module|exception).*"),
        "builds Ruby objects",
        Severity.HIGH,
    ),
    (re.compile(_YAML + r"php/object.*"), "builds PHP objects", Severity.HIGH),
    (re.compile(_YAML + r"perl/.*"), "builds Perl objects", Severity.HIGH),
    (re.compile(_YAML + r"js/function"), "holds JavaScript code", Severity.HIGH),
    (re.compile(r"tag:yaml\.org,2002:[A-Za-z]\w*(?:\.\w+)+.*"), "builds Java objects", Severity.HIGH),
    (re.compile(r"!apply:.*"), "calls Python (HyperPyYAML)", Severity.HIGH),
    (re.compile(r"!new:.*"), "builds Python objects (HyperPyYAML)", Severity.MEDIUM),
)
"""Tags by which a loader of some language calls, imports or builds; what they do; how bad."""


@check(
    "HBK-COD-003",
    stage="develop",
    kinds=("manifest",),
    formats=("yaml", "kubernetes", "compose", "helm-template", "hauberk"),
    severity=Severity.HIGH,
    remedy="write plain mappings, load them with a safe loader (yaml.safe_load), and build objects in code",
    references=("CWE-502", "OWASP-ML:2023:ML06", "ATLAS:AML.T0011"),
)
def yaml_tags(target: Target) -> Iterator[Hit]:
    """YAML carries a tag that executes on load.

    A loader that is not a safe one calls what the tag names while it reads: a configuration file is then a program,
    and whoever may edit it may run it on every machine that trains or serves.
    """
    seen: set[str] = set()
    for tag in yaml.read(target.data).tags:
        if tag.name in seen:
            continue
        seen.add(tag.name)
        for pattern, what, severity in EXECUTING:
            if pattern.fullmatch(tag.name):
                short = _ARGUMENT.sub("", tag.name.removeprefix("tag:yaml.org,2002:"))[:100]
                place = target.place(tag.line, tag.column)
                yield Hit(message=f"the tag {short!r} {what} on load", place=place, severity=severity, context=tag.name)
                break
