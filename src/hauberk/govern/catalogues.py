# SPDX-License-Identifier: Apache-2.0
"""Lists of threats by id as dated data, in our own words; the texts of the lists themselves are not copied.

MITRE ATLAS is in ``checks.design.atlas``. A list whose source was read only in pages about it says so.
"""

import re
from dataclasses import dataclass

from hauberk.checks.design import atlas


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """One list in one version."""

    name: str
    source: str
    as_of: str
    """Day on which the list was last compared with its source."""
    first_hand: bool
    """Whether the list itself was read, not only pages about it."""
    entries: dict[str, str]

    @property
    def words(self) -> str:
        """Version, source and how it was read, in one line."""
        hand = "" if self.first_hand else "; compared with pages about the list, not with the list itself"
        return f"{self.source}, as of {self.as_of}{hand}"


STRIDE = Catalogue(
    name="STRIDE",
    source="Kohnfelder and Garg, Microsoft, 1999",
    as_of="2026-11-24",
    first_hand=False,
    entries={
        "STRIDE:spoofing": "somebody passes for another",
        "STRIDE:tampering": "something is changed by whoever may not",
        "STRIDE:repudiation": "somebody can deny what was done",
        "STRIDE:disclosure": "somebody learns what they may not",
        "STRIDE:denial": "it is not there when it is needed",
        "STRIDE:elevation": "somebody does what they may not",
    },
)
LINDDUN = Catalogue(
    name="LINDDUN",
    source="linddun.org threat types, KU Leuven",
    as_of="2026-11-24",
    first_hand=False,
    entries={
        "LINDDUN:linking": "facts about one person are put together",
        "LINDDUN:identifying": "a person is recognised in data",
        "LINDDUN:nonrepudiation": "a person cannot deny what data says of them",
        "LINDDUN:detecting": "somebody learns that a person is in the data at all",
        "LINDDUN:disclosure": "more data about people is shared than is needed",
        "LINDDUN:unawareness": "people do not know, or cannot say no",
        "LINDDUN:noncompliance": "law or promise is not kept",
    },
)
OWASP_ML = Catalogue(
    name="OWASP Machine Learning Security Top 10",
    source="OWASP, draft of 2023 (mltop10.info)",
    as_of="2026-11-24",
    first_hand=False,
    entries={
        "OWASP-ML:2023:ML01": "inputs are made to be misjudged",
        "OWASP-ML:2023:ML02": "training data is spoiled",
        "OWASP-ML:2023:ML03": "training data is rebuilt from the model",
        "OWASP-ML:2023:ML04": "the model shows who was in its training data",
        "OWASP-ML:2023:ML05": "the model is stolen or copied",
        "OWASP-ML:2023:ML06": "something that it is built from is compromised",
        "OWASP-ML:2023:ML07": "a base model brings its faults along",
        "OWASP-ML:2023:ML08": "feedback or drift bends the model",
        "OWASP-ML:2023:ML09": "its answers are changed on their way",
        "OWASP-ML:2023:ML10": "the model itself is changed",
    },
)
OWASP_LLM = Catalogue(
    name="OWASP Top 10 for LLM Applications",
    source="OWASP, edition 2025; edition 2026 numbers otherwise, see OWASP_LLM_2026",
    as_of="2026-11-24",
    first_hand=False,
    entries={
        "OWASP-LLM:2025:LLM01": "text overrides instructions",
        "OWASP-LLM:2025:LLM02": "the model tells what it should keep",
        "OWASP-LLM:2025:LLM03": "model, data or library from outside is compromised",
        "OWASP-LLM:2025:LLM04": "what it learns or retrieves is poisoned",
        "OWASP-LLM:2025:LLM05": "its answer is shown or run unchecked",
        "OWASP-LLM:2025:LLM06": "it may do more than its task needs",
        "OWASP-LLM:2025:LLM07": "its instructions are drawn out",
        "OWASP-LLM:2025:LLM08": "vectors give texts away or mix tenants",
        "OWASP-LLM:2025:LLM09": "it states what is not so",
        "OWASP-LLM:2025:LLM10": "use without bound costs money or service",
    },
)
OWASP_LLM_2026 = {
    "OWASP-LLM:2025:LLM01": "OWASP-LLM:2026:LLM01",
    "OWASP-LLM:2025:LLM02": "OWASP-LLM:2026:LLM02",
    "OWASP-LLM:2025:LLM03": "OWASP-LLM:2026:LLM04",
    "OWASP-LLM:2025:LLM04": "OWASP-LLM:2026:LLM05",
    "OWASP-LLM:2025:LLM06": "OWASP-LLM:2026:LLM03",
    "OWASP-LLM:2025:LLM07": "OWASP-LLM:2026:LLM08",
    "OWASP-LLM:2025:LLM08": "OWASP-LLM:2026:LLM09",
    "OWASP-LLM:2025:LLM09": "OWASP-LLM:2026:LLM07",
    "OWASP-LLM:2025:LLM10": "OWASP-LLM:2026:LLM06",
}
"""Numbers of the edition of 4 August 2026, from its repository's front page; its LLM10 was not seen."""

OWASP_ASI = Catalogue(
    name="OWASP Top 10 for Agentic Applications",
    source="OWASP, edition for 2026, 9 December 2025",
    as_of="2026-11-24",
    first_hand=False,
    entries={
        "OWASP-ASI:2026:ASI01": "text turns an agent to another goal",
        "OWASP-ASI:2026:ASI02": "an agent's tools are used for what they are not for",
        "OWASP-ASI:2026:ASI03": "an agent uses rights that its asker has not",
        "OWASP-ASI:2026:ASI04": "a tool or agent from outside is compromised",
        "OWASP-ASI:2026:ASI05": "code that an agent wrote is run",
        "OWASP-ASI:2026:ASI06": "what an agent remembers is poisoned",
        "OWASP-ASI:2026:ASI07": "agents believe one another unchecked",
        "OWASP-ASI:2026:ASI08": "one error runs through a chain of agents",
        "OWASP-ASI:2026:ASI09": "people trust an agent more than they should",
        "OWASP-ASI:2026:ASI10": "an agent acts outside its task",
    },
)
NIST = Catalogue(
    name="NIST AI 100-2",
    source="NIST, Adversarial Machine Learning, March 2025: the ids that ATLAS has no technique for",
    as_of="2026-11-24",
    first_hand=False,
    entries={
        "NISTAML.026": "a model is bent by updates that participants send",
        "NISTAML.034": "traits of the people in the training data are read from the model",
    },
)

CATALOGUES = (STRIDE, LINDDUN, OWASP_ML, OWASP_LLM, OWASP_ASI, NIST)
_ARTICLE = r"(?:GDPR|AI-Act|DSA):Art\.\d+(?:\(\d+\))?(?:\([a-z]\))?"
_LAW = re.compile(_ARTICLE + r"|CWE-\d{1,5}|ISO-14971:2019|ISO-21448:2022")


def lists() -> dict[str, str]:
    """Every list by name, with version, source and day."""
    known = {one.name: one.words for one in CATALOGUES}
    return {"MITRE ATLAS": f"release {atlas.VERSION}, May 2026 (Apache-2.0)", **known}


def words(technique: str) -> str:
    """What a technique is, in our own words; the id itself where it is an article of law or a weakness by number."""
    if technique in atlas.TECHNIQUES:
        return atlas.TECHNIQUES[technique]
    return next((one.entries[technique] for one in CATALOGUES if technique in one.entries), technique)


def known(technique: str) -> bool:
    """Whether an id is one of a list here, an article of law or a weakness by number."""
    listed = technique in atlas.TECHNIQUES or any(technique in one.entries for one in CATALOGUES)
    return listed or _LAW.fullmatch(technique) is not None


def covers(listed: str, asked: str) -> bool:
    """Whether a listed technique is the one asked for, or a sub-technique of it."""
    return listed == asked or (asked.startswith("AML.") and listed.startswith(asked + "."))
