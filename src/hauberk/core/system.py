# SPDX-License-Identifier: Apache-2.0
"""The system that a manifest describes: people, purpose, assets with their facts, flows, boundaries, threats."""

import enum

import msgspec

from hauberk.core.limit import Limit
from hauberk.core.scales import Confidence, Kind, Severity
from hauberk.core.value import Value


class Effect(enum.Enum):
    """What the system does to people."""

    NONE = "none"
    ADVISES = "advises"
    DECIDES = "decides"


class Owner(Value, frozen=True, kw_only=True):
    """A person or team that answers for the system."""

    name: str
    role: str
    contact: str = ""


class Oversight(Value, frozen=True, kw_only=True):
    """Who can stop or overturn a decision, and how a person contests one."""

    by: str
    """Role that reviews."""
    can: tuple[str, ...] = ()
    """What that role can do: ``stop``, ``overturn``, ``review``."""
    contest: str = ""
    """How an affected person contests a decision."""
    evidence: str = ""
    """A file (relative path) or address that shows it."""


class Boundary(Value, frozen=True, kw_only=True):
    """A trust boundary: on its two sides different people or rules are in control."""

    name: str
    between: tuple[str, str]
    """The two zones."""


class Flow(Value, frozen=True, kw_only=True):
    """Data on its way from one asset or outside party to another."""

    name: str
    source: str
    """An asset id or an outside party's name."""
    target: str
    carries: tuple[str, ...] = ()
    """What it carries: ``personal``, ``sensitive``, ``model``, ``secret``, ``internal``, ``public``."""
    crosses: tuple[str, ...] = ()
    """Names of the trust boundaries that it crosses."""
    source_region: str = ""
    target_region: str = ""
    protection: tuple[str, ...] = ()
    """``tls``, ``mtls``, ``encrypted-file``, ``signed``, ``authenticated`` ..."""
    basis: str = ""
    """Legal basis of a transfer across a border, such as ``adequacy`` or ``scc``."""


class Threat(Value, frozen=True, kw_only=True):
    """A threat that somebody considered."""

    id: str
    title: str = ""
    """Where the id is not one of a published list."""
    asset: str = ""
    treatment: str = ""
    """What was decided: mitigate, accept, avoid, transfer, with what."""


class Column(Value, frozen=True, kw_only=True):
    """What is known of one column of a table."""

    name: str
    personal: bool = False
    sensitive: bool = False
    """A protected attribute: fairness is measured over its groups."""
    immutable: bool = False
    """Cannot be changed by the person whom the row is about; attacks leave it alone."""
    type: str = ""
    """``number``, ``integer``, ``category`` or ``text``; empty means judged from the data."""
    groups: tuple[float, ...] = ()
    """Cut points that make groups of a numeric sensitive column."""
    basis: str = ""
    """Why a personal column is held."""


class Facts(Value, frozen=True, kw_only=True):
    """Facts by stage about one asset; each kind uses those that fit it."""

    split: str = ""
    """dataset: ``train``, ``test``, ``validation`` or ``production``."""
    columns: tuple[Column, ...] = ()
    """dataset."""
    label: str = ""
    """dataset: name of the target column."""
    favourable: str = ""
    """dataset: the label value that is good for the person."""
    licence: str = ""
    source: str = ""
    trained_on: tuple[str, ...] = ()
    """model: ids of data sets."""
    tested_on: tuple[str, ...] = ()
    """model: ids of data sets."""
    trained_by: str = ""
    """model: id of the process that made it."""
    inputs: tuple[str, ...] = ()
    """process: ids of assets read."""
    outputs: tuple[str, ...] = ()
    """process: ids of assets written."""
    code: str = ""
    """process: id of the code asset that runs."""
    seed: int | None = None
    """process: the seed that was recorded."""
    serves: str = ""
    """endpoint: id of the model."""
    authentication: str = ""
    """endpoint: ``none``, ``api-key``, ``jwt``, ``mtls`` ..."""
    rate_limit: str = ""
    """endpoint: such as ``60/minute``."""


class Declared(Value, frozen=True, kw_only=True):
    """An asset as the manifest declares it."""

    id: str
    kind: Kind
    uri: str = ""
    """Relative path or URL; empty where the thing is only described."""
    digest: str = ""
    """Recorded digest, ``sha256:...``."""
    region: str = ""
    zone: str = ""
    facts: Facts = Facts()


class Exclusion(Value, frozen=True, kw_only=True):
    """Files left out of the assessment, with the reason; they are counted."""

    path: str
    """Glob over relative POSIX paths; ``**`` crosses folders."""
    reason: str


class Rule(Value, frozen=True, kw_only=True):
    """One rule of a policy: which findings, or which measurement, make the gate fail."""

    id: str
    severity: Severity | None = None
    """Fail on findings of at least this severity."""
    confidence: Confidence = Confidence.MEDIUM
    """... with at least this confidence."""
    stages: tuple[str, ...] = ()
    """... of these stages; empty means all."""
    cards: tuple[str, ...] = ()
    """... of these cards; empty means all."""
    limit: Limit | None = None
    """Fail unless every measurement of that name keeps the limit, and at least one has a value."""
    why: str = ""


class Policy(Value, frozen=True, kw_only=True):
    """What turns evidence into a verdict. Unable always fails; a policy without rules is an error."""

    name: str = "default"
    rules: tuple[Rule, ...]


class Plugin(Value, frozen=True, kw_only=True):
    """A plugin that the manifest requests; only the user's own word grants it."""

    name: str
    version: str
    digest: str


class System(Value, frozen=True, kw_only=True):
    """A machine-learning system as its manifest describes it."""

    name: str
    purpose: str = ""
    owners: tuple[Owner, ...] = ()
    sector: str = ""
    regions: tuple[str, ...] = ()
    effect: Effect = Effect.NONE
    oversight: Oversight | None = None
    assets: tuple[Declared, ...] = ()
    boundaries: tuple[Boundary, ...] = ()
    flows: tuple[Flow, ...] = ()
    threats: tuple[Threat, ...] = ()
    policy: Policy | None = None
    exclude: tuple[Exclusion, ...] = ()
    plugins: tuple[Plugin, ...] = ()
    seed: int = 0
    """Seed of every measurement in an assessment."""
    uri: str = "hauberk.yaml"
    """Relative path of the manifest itself."""
    lines: dict[str, int] = msgspec.field(default_factory=dict)
    """Path in the manifest (``flows[0].crosses``) to its line, for places; set by the loader."""

    def declared(self, asset_id: str) -> Declared | None:
        """The declared asset with this id, or None."""
        return next((asset for asset in self.assets if asset.id == asset_id), None)

    def line(self, path: str) -> int | None:
        """Line of a path in the manifest, or of its nearest recorded parent."""
        while path:
            if path in self.lines:
                return self.lines[path]
            path = path.rpartition("." if path.rfind(".") > path.rfind("[") else "[")[0]
        return self.lines.get("")
