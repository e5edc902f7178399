# SPDX-License-Identifier: Apache-2.0
"""The textual forms of a manifest's fields, shared by the loader and the published schema."""

import re
from dataclasses import dataclass

from hauberk.core.event import Action
from hauberk.core.limit import Limit, Regression
from hauberk.core.scales import Stage
from hauberk.core.system import (
    Approval,
    Boundary,
    Column,
    Declared,
    Detecting,
    Exclusion,
    Facts,
    Flow,
    Grant,
    Group,
    Guarding,
    Oversight,
    Owner,
    Plugin,
    Policy,
    Reviewing,
    Role,
    Rule,
    Sending,
    Stakeholder,
    System,
    Threat,
)


@dataclass(frozen=True, slots=True)
class Form:
    """What a text must look like. An optional field may also be empty."""

    pattern: str
    """Matched against the whole text; written in what ECMA-262 and Python have in common."""
    what: str
    """What is wrong with a text that does not match."""
    remedy: str
    words: tuple[str, ...] = ()
    """The allowed words, where the form is a closed list."""

    def fits(self, text: str) -> bool:
        """Whether the whole text has this form."""
        return re.fullmatch(self.pattern, text) is not None


def _words(*allowed: str) -> Form:
    return Form(
        "|".join(map(re.escape, allowed)), "not one of the known words", f"one of: {', '.join(allowed)}", allowed
    )


FILLED = Form(r"[\s\S]*\S[\s\S]*", "empty", "write a text")
NAME = Form(
    r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}",
    "not an id",
    "letters, digits, dot, dash and underscore, at most 100, starting with a letter or a digit",
)
DIGEST = Form(
    r"sha256:[0-9a-f]{64}", "not a digest", "write sha256: and 64 hex digits in lower case, as sha256sum prints them"
)
REGION = Form(
    r"(?!UK(-|$))(EEA|[A-Z]{2}(-[A-Z0-9]{1,3})?)",
    "not a region",
    "a country as ISO 3166 code (DE, GB, US-CA), or EU or EEA",
)
INSIDE = Form(
    r"[A-Za-z][A-Za-z0-9+.-]*://[\s\S]*|(?!(.*/)?\.\.(/|$))[^\\\n]*",
    "leaves the folder of the manifest",
    "a path below the manifest, with forward slashes and without '..'",
)
RELATIVE = Form(
    r"(?![Ff][Ii][Ll][Ee]:)[A-Za-z][A-Za-z0-9+.-]+://[\s\S]*|(?!/|~|[A-Za-z]:|[Ff][Ii][Ll][Ee]:)[\s\S]*",
    "an absolute path",
    "a path relative to the manifest, or a URL",
)
NO_PASSWORD = Form(
    r"(?![A-Za-z][A-Za-z0-9+.-]*://[^/]*@)[\s\S]*",
    "a URL with a user name or password in it",
    "remove them; a manifest holds no credentials",
)
_URI = (INSIDE, RELATIVE, NO_PASSWORD)
_PATH = (
    Form(r"(?![A-Za-z][A-Za-z0-9+.-]*://)[\s\S]*", "a URL", "a path or pattern relative to the manifest"),
    INSIDE,
    RELATIVE,
)
_FILLED = (FILLED,)
_RULE = Form(r"HBK-[A-Z]{3}-[0-9]{3}", "not the id of a rule", "such as HBK-MOD-001; `hauberk explain` lists them")
DAY = Form(r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])", "not a date", "write a day as YYYY-MM-DD, in quotes")
USES = (
    *("credit-score", "insurance-pricing", "benefits", "emergency-dispatch", "triage", "fraud-detection"),
    *("recruitment", "worker-management", "school-admission", "exam", "housing"),
    *("biometric-identification", "biometric-categorisation", "emotion-recognition", "face-scraping"),
    *("social-scoring", "crime-prediction", "manipulation", "intimate-imagery"),
    *("law-enforcement", "migration", "justice", "election", "critical-infrastructure", "medical-device"),
    *("safety-component", "chat", "synthetic-media", "deepfake", "general-purpose-model", "other"),
)
"""What ``uses`` may say: the words of the rule trees in ``govern/frameworks``, and ``other``."""
BASES = ("consent", "contract", "legal-obligation", "vital-interests", "public-task", "legitimate-interests")
"""GDPR Art. 6(1)(a) to (f)."""
RATE = Form(
    r"[1-9][0-9]{0,11}/(second|minute|hour|day)",
    "not a rate",
    "a whole number, a slash and second, minute, hour or day",
)

DETECTORS = ("contract", "distribution", "adversarial", "campaign", "extraction")
"""What ``facts.guard.detect`` gives actions to."""

FORMS: dict[tuple[type, str], tuple[Form, ...]] = {
    (System, "name"): _FILLED,
    (System, "regions"): (REGION,),
    (System, "uses"): (_words(*USES),),
    (Role, "name"): _FILLED,
    (Role, "holders"): _FILLED,
    (Role, "answers_for"): _FILLED,
    (Role, "appoints"): _FILLED,
    (Approval, "name"): (NAME,),
    (Approval, "role"): _FILLED,
    (Approval, "touches"): (_words("finding", "model", "dataset", "permission", "dependency", "decision", "any"),),
    (Stakeholder, "who"): _FILLED,
    (Stakeholder, "when"): (DAY,),
    (Owner, "name"): _FILLED,
    (Owner, "role"): _FILLED,
    (Oversight, "by"): _FILLED,
    (Oversight, "can"): (_words("stop", "overturn", "review"),),
    (Oversight, "evidence"): _URI,
    (Boundary, "name"): _FILLED,
    (Boundary, "between"): _FILLED,
    (Flow, "name"): _FILLED,
    (Flow, "source"): _FILLED,
    (Flow, "target"): _FILLED,
    (Flow, "carries"): (_words("personal", "sensitive", "model", "secret", "internal", "public"),),
    (Flow, "crosses"): _FILLED,
    (Flow, "protection"): _FILLED,
    (Flow, "source_region"): (REGION,),
    (Flow, "target_region"): (REGION,),
    (Threat, "id"): _FILLED,
    (Column, "name"): (Form(r"[\s\S]+", "empty", "write the column's name as in the file's header"),),
    (Column, "type"): (_words("number", "integer", "category", "text"),),
    (Facts, "relations"): (
        Form(r"[^<>=]+(<=|>=|==)[^<>=]+", "no relation", "such as paid <= amount, or total == net + 2 * tax"),
    ),
    (Facts, "split"): (_words("train", "test", "validation", "production"),),
    (Facts, "task"): (_words("classify", "regress", "score", "rank", "embed", "generate"),),
    (Facts, "lawful_basis"): (_words(*BASES),),
    (Flow, "lawful_basis"): (_words(*BASES),),
    (Facts, "modality"): (_words("table", "image", "text", "audio", "series"),),
    (Facts, "trained_on"): _FILLED,
    (Facts, "tested_on"): _FILLED,
    (Facts, "inputs"): _FILLED,
    (Facts, "outputs"): _FILLED,
    (Guarding, "upstream"): (
        Form(r"https?://[^/@?#\s]+", "not the address of a server", "write http://HOST:PORT, without a path"),
    ),
    (Guarding, "protocol"): (_words("open-inference", "rows"),),
    (Guarding, "answers"): (_words("scores", "label"),),
    (Guarding, "quota"): (RATE,),
    (Guarding, "jwks"): (FILLED, *_PATH),
    **{(Detecting, name): (_words("off", *(action.value for action in Action)),) for name in DETECTORS},
    (Detecting, "failure"): (_words(*(action.value for action in Action)),),
    (Group, "name"): (NAME,),
    (Group, "column"): _FILLED,
    (Reviewing, "name"): (NAME,),
    (Reviewing, "action"): (_words("hold", "sample"),),
    (Sending, "name"): (NAME,),
    (Sending, "to"): (
        Form(
            r"file:(?!/)[^\s]+|(udp|tcp|tls)://(\[[0-9a-fA-F:]+\]|[^/@?#:\s\[\]]+):[0-9]{1,5}|https?://[^@?#\s]+",
            "no place to send to",
            "write file:NAME, udp://HOST:PORT, tcp://HOST:PORT, tls://HOST:PORT, or https://HOST/PATH",
        ),
    ),
    (Sending, "format"): (_words("ocsf", "cef", "syslog"),),
    (Sending, "what"): (_words("events", "detections", "incidents"),),
    (Sending, "ca"): _PATH,
    (Declared, "id"): (NAME,),
    (Declared, "uri"): _URI,
    (Declared, "digest"): (DIGEST,),
    (Declared, "region"): (REGION,),
    (Exclusion, "path"): (FILLED, *_PATH),
    (Exclusion, "reason"): _FILLED,
    (Grant, "rule"): (_RULE,),
    (Grant, "path"): (FILLED, *_PATH),
    (Grant, "owner"): _FILLED,
    (Grant, "until"): (DAY,),
    (Grant, "reason"): _FILLED,
    (Policy, "name"): _FILLED,
    (Rule, "id"): _FILLED,
    (Rule, "stages"): (_words(*(stage.value for stage in Stage)),),
    (Rule, "cards"): (
        Form(
            rf"{_RULE.pattern}|[a-z][a-z0-9-]{{0,39}}:[A-Za-z0-9_.:/-]{{1,100}}",
            "not the id of a rule",
            "such as HBK-MOD-001, or bandit:B301 for what another tool found; `hauberk explain` lists ours",
        ),
    ),
    (Limit, "measurement"): _FILLED,
    (Regression, "measurement"): _FILLED,
    (Plugin, "name"): _FILLED,
    (Plugin, "version"): _FILLED,
    (Plugin, "digest"): (DIGEST,),
}
"""Forms of a field's text, or of each text in its list, by class and field."""

POLICY_PATH = (FILLED, *_PATH)
"""Forms of ``policy:`` where it is the path of a file."""

INTEGERS: dict[tuple[type, str], tuple[int, int]] = {
    (System, "seed"): (0, 2**63 - 1),
    (Facts, "seed"): (0, 2**63 - 1),
    (Approval, "eyes"): (1, 9),
    (Guarding, "most_rows"): (1, 1 << 20),
    (Guarding, "most_bytes"): (1, 1 << 28),
    (Detecting, "round"): (0, 6),
    (Detecting, "top"): (1, 1 << 20),
    (Detecting, "throttle"): (2, 1000),
}
"""Least and most of a field's integer."""

HIDDEN = frozenset({"uri", "lines"})
"""Fields of System that the loader sets itself."""

DOCUMENTS: dict[type, str] = {System: "hauberk/manifest/1", Policy: "hauberk/policy/1"}
"""What an optional ``schema:`` key at the top of a file says."""
