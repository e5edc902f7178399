# SPDX-License-Identifier: Apache-2.0
"""The system that a manifest describes: people, purpose, assets with their facts, flows, boundaries, threats."""

import enum

import msgspec

from hauberk.core.limit import Limit, Regression
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
    """A person, or a team in particular."""
    role: str
    """What they answer for, such as ``product owner``."""
    contact: str = ""
    """How they are reached; needed where the name alone does not say."""


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


class Role(Value, frozen=True, kw_only=True):
    """A role that people hold by name: what it answers for, and whom it may appoint."""

    name: str
    """Used once; ``hauberk attest --role`` and ``hauberk govern appoint --role`` name it."""
    holders: tuple[str, ...] = ()
    """Names of their keys (``hauberk key new --name``)."""
    answers_for: tuple[str, ...] = ()
    """What it answers for: a framework (``gdpr``), a clause of one (``gdpr:Art.35``), an approval; empty means all."""
    appoints: tuple[str, ...] = ()
    """Roles whose holders it appoints by signature. A role that nobody appoints needs no appointment."""


class Approval(Value, frozen=True, kw_only=True):
    """Something that holders of a role approve by signature, each with a key of their own."""

    name: str
    """Used once; ``hauberk attest NAME`` signs it."""
    role: str
    """Who may."""
    eyes: int = 2
    """How many distinct keys must have signed: 2 is the principle of four eyes."""
    touches: tuple[str, ...] = ()
    """What a change set must touch for `hauberk review` to ask for it: ``finding``, ``model``, ``dataset``,
    ``permission``, ``dependency``, ``decision``, or ``any``; empty: no change set asks for it."""


class Stakeholder(Value, frozen=True, kw_only=True):
    """People who were asked: who, when, what they said, and what changed."""

    who: str
    """Such as ``works council`` or ``patients' association``."""
    when: str = ""
    """Day on which they were asked, ``YYYY-MM-DD``."""
    said: str = ""
    """What they said, in a sentence."""
    changed: str = ""
    """What was changed because of it; or why nothing was."""


class Boundary(Value, frozen=True, kw_only=True):
    """A trust boundary: on its two sides different people or rules are in control."""

    name: str
    """What flows call it in ``crosses``."""
    between: tuple[str, str]
    """The two zones."""


class Flow(Value, frozen=True, kw_only=True):
    """Data on its way from one asset or outside party to another."""

    name: str
    """Names the flow in findings; used once."""
    source: str
    """An asset id or an outside party's name."""
    target: str
    """An asset id or an outside party's name."""
    carries: tuple[str, ...] = ()
    """What it carries: ``personal``, ``sensitive``, ``model``, ``secret``, ``internal``, ``public``."""
    crosses: tuple[str, ...] = ()
    """Names of the trust boundaries that it crosses."""
    source_region: str = ""
    """Where it starts; empty means the source asset's region."""
    target_region: str = ""
    """Where it ends; empty means the target asset's region."""
    protection: tuple[str, ...] = ()
    """``tls``, ``mtls``, ``encrypted-file``, ``signed``, ``authenticated`` ..."""
    basis: str = ""
    """Legal basis of a transfer across a border, such as ``adequacy`` or ``scc``."""
    purpose: str = ""
    """What personal data on this flow is for; the same words as the purpose of the data set that it is from."""
    lawful_basis: str = ""
    """Why personal data on this flow may be used: as at the data set."""
    consent: str = ""
    """Where consent is recorded, if that is the lawful basis: as at the data set."""
    retention: str = ""
    """How long the receiver keeps it: as at the data set."""


class Threat(Value, frozen=True, kw_only=True):
    """A threat that somebody considered."""

    id: str
    """An id of a published list, such as MITRE ATLAS (``AML.T0015``), or one of your own with a title."""
    title: str = ""
    """Where the id is not one of a published list."""
    asset: str = ""
    """Id of the asset that it concerns."""
    treatment: str = ""
    """What was decided: mitigate, accept, avoid, transfer, with what."""


class Column(Value, frozen=True, kw_only=True):
    """What is known of one column of a table."""

    name: str
    """As in the table's header."""
    personal: bool = False
    """Tells of a person, alone or with other columns."""
    sensitive: bool = False
    """A protected attribute: fairness is measured over its groups."""
    immutable: bool = False
    """Cannot be changed by the person whom the row is about; attacks leave it alone."""
    input: bool | None = None
    """``false``: the model is not given it, such as a column that is kept to measure fairness; ``true``: it is. Empty:
    it is, unless the model's one matrix has just as many columns as are left without the sensitive ones."""
    type: str = ""
    """``number``, ``integer``, ``category`` or ``text``; empty means judged from the data."""
    low: float | None = None
    """Least number that is possible; empty means the least one in the data."""
    high: float | None = None
    """Largest number that is possible; empty means the largest one in the data."""
    one_hot: str = ""
    """Columns with the same name here are one category: exactly one of them is 1, the others are 0."""
    cost: float = 1.0
    """What a change of this column costs an attacker, in changes of an ordinary one."""
    groups: tuple[float, ...] = ()
    """Cut points that make groups of a numeric sensitive column."""
    basis: str = ""
    """Why a personal column is held."""


class Detecting(Value, frozen=True, kw_only=True):
    """What is done with a request at which a detector sees something, detector by detector.

    Each is ``off``, or an action: ``allow`` (answer as if nothing were seen, and record it), ``round``, ``noise``,
    ``top``, ``label``, ``fall-back``, ``throttle``, ``hold``, ``block``, ``quarantine``, ``stop``. Nothing is looked
    for until `hauberk guard learn` has run.
    """

    contract: str = "allow"
    """A value that training data had not: out of range, of an unknown category, missing, against a relation."""
    distribution: str = "allow"
    """A row far from what the model was trained on."""
    adversarial: str = "allow"
    """A row whose neighbours in the training data have another label than the model gives."""
    campaign: str = "allow"
    """Queries, of whatever accounts, that search around one another."""
    extraction: str = "allow"
    """A client whose queries as a whole do not come from where training data came from."""
    failure: str = "block"
    """What is done where a detector fails or takes too long."""
    fall_back: str = ""
    """Id of the model that answers where the action is ``fall-back``; it takes the same inputs."""
    round: int = 1
    """Decimals that ``round`` leaves."""
    top: int = 1
    """Classes of which ``top`` leaves the scores; the others are zero."""
    noise: float = 0.1
    """Size of the noise of ``noise``, as a share of the range of a row's scores; the label stays."""
    throttle: int = 10
    """A client who is throttled gets this part of its rate, for as many minutes."""


class Group(Value, frozen=True, kw_only=True):
    """A group of rows, by what is asked: outcomes are counted for it, and reviews may be for it."""

    name: str
    """Used once."""
    column: str
    """An input of the model; ``name[3]`` for a place in an input that is a list."""
    values: tuple[str, ...] = ()
    """The row belongs where its value, as text, is one of these."""
    low: float | None = None
    """... or where it is a number that is at least this."""
    high: float | None = None
    """... and below this."""


class Reviewing(Value, frozen=True, kw_only=True):
    """Which decisions a person sees: those with a row for which all that is given here holds."""

    name: str
    """Used once; events name it."""
    action: str = "hold"
    """``hold``: the client waits for the person; ``sample``: the answer leaves, and the person sees it later."""
    low: float | None = None
    """The highest score of the row is at least this."""
    high: float | None = None
    """... and below this."""
    group: str = ""
    """The row is of this group, by its name among ``groups``."""
    outcomes: tuple[str, ...] = ()
    """The model's label is one of these."""
    share: float = 1.0
    """Of those decisions this part, drawn by the event's random id."""


class Sending(Value, frozen=True, kw_only=True):
    """Where detections and incidents are sent, at least once each."""

    name: str
    """Used once; names how far it has got."""
    to: str
    """``file:out.log`` (beside the manifest), ``udp://HOST:PORT``, ``tcp://``, ``tls://``, ``http://`` or
    ``https://`` (a webhook). Another machine than this one needs the user's word: ``--send NAME``."""
    format: str = "ocsf"
    """``ocsf`` (JSON), ``cef``, or ``syslog`` (structured data of RFC 5424). Over a socket each is one message of
    RFC 5424, over a webhook one JSON document."""
    what: tuple[str, ...] = ("detections", "incidents")
    """... and ``events``: every decision."""
    ca: str = ""
    """File of the certificates that are trusted for ``tls`` and ``https``, beside the manifest."""


class Guarding(Value, frozen=True, kw_only=True):
    """How `hauberk guard` keeps an endpoint."""

    upstream: str = ""
    """Where requests go on to, such as ``http://127.0.0.1:8000``; empty: the guard serves the model itself."""
    protocol: str = ""
    """What the upstream speaks: ``rows`` (at the endpoint's own path), else ``open-inference``."""
    answers: str = "scores"
    """What leaves: ``scores`` (all outputs of the model) or ``label``."""
    most_rows: int = 1024
    """Rows of one request."""
    most_bytes: int = 1048576
    """Bytes of one request's body, once it is decompressed."""
    seconds: float = 10.0
    """For a whole request, and for the model or the upstream to answer."""
    quota: str = ""
    """Rows that a client may ask, such as ``10000/day``, beside ``rate_limit``."""
    strict: bool = False
    """Answer only once the event is on the disk; otherwise it is there within 50 ms."""
    jwks: str = ""
    """File of the keys whose tokens are accepted (RFC 7517), beside the manifest."""
    issuer: str = ""
    """``iss`` of those tokens."""
    audience: str = ""
    """``aud`` of those tokens."""
    detect: Detecting = Detecting()
    """What is done where a detector sees something."""
    groups: tuple[Group, ...] = ()
    """Whose outcomes are counted while they happen."""
    review: tuple[Reviewing, ...] = ()
    """Which decisions a person sees."""
    send: tuple[Sending, ...] = ()
    """Where detections and incidents go, beside the ledger."""


class Facts(Value, frozen=True, kw_only=True):
    """Facts by stage about one asset; each kind uses those that fit it."""

    split: str = ""
    """dataset: ``train``, ``test``, ``validation`` or ``production``."""
    columns: tuple[Column, ...] = ()
    """dataset."""
    relations: tuple[str, ...] = ()
    """dataset: what holds between numbers of a row, such as ``paid <= amount`` or ``total == net + 2 * `tax rate```."""
    label: str = ""
    """dataset: name of the target column."""
    favourable: str = ""
    """dataset: the label value that is good for the person."""
    weight: str = ""
    """dataset: name of the column that says for how many people each row stands; fairness is measured with it."""
    licence: str = ""
    """dataset, model: under which it may be used, such as ``CC-BY-4.0``."""
    source: str = ""
    """dataset, model: where it came from."""
    purpose: str = ""
    """dataset: what its personal data was collected for; model, endpoint: what it uses such data for."""
    lawful_basis: str = ""
    """dataset: why its personal data may be used: ``consent``, ``contract``, ``legal-obligation`` ..."""
    consent: str = ""
    """dataset: where consent is recorded, if that is the lawful basis."""
    retention: str = ""
    """dataset: how long its personal data is kept, such as ``5 years after the contract ends``."""
    task: str = ""
    """model: what it does: ``classify``, ``regress`` (a number), ``score``, ``rank``, ``embed``, ``generate``."""
    modality: str = ""
    """model: what it is asked with: ``table``, ``image``, ``text``, ``audio`` or ``series``."""
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
    guard: Guarding | None = None
    """endpoint: how `hauberk guard` keeps it."""


class Declared(Value, frozen=True, kw_only=True):
    """An asset as the manifest declares it."""

    id: str
    """Names the asset in this manifest and in all evidence; used once."""
    kind: Kind
    """What it is."""
    uri: str = ""
    """Relative path or URL; empty where the thing is only described."""
    digest: str = ""
    """Recorded digest, ``sha256:...``."""
    region: str = ""
    """Where it is kept or runs."""
    zone: str = ""
    """In whose control it is; ``boundaries`` lie between zones."""
    facts: Facts = Facts()
    """What is known of it, by its kind."""


class Exclusion(Value, frozen=True, kw_only=True):
    """Files left out of the assessment, with the reason; they are counted."""

    path: str
    """Glob over relative POSIX paths; ``**`` crosses folders. One that begins with ``.git/`` leaves out what the
    history holds of such paths, not the files of today."""
    reason: str
    """Why they need not be looked at; shown in every report."""


class Grant(Value, frozen=True, kw_only=True):
    """Comments that may suppress findings of a rule: ``hauberk: allow RULE owner=... until=... reason="..."``.

    A comment alone is a request that is shown and still judged.
    """

    rule: str
    """Whose findings."""
    path: str
    """Glob over relative POSIX paths of the files in which such a comment counts."""
    owner: str
    """Who answers for them; the comment names the same."""
    until: str
    """Last day on which they hold, ``YYYY-MM-DD``; the comment's own end may be earlier."""
    reason: str
    """Shown in every report; the comment's own words are not."""


class Rule(Value, frozen=True, kw_only=True):
    """One rule of a policy: which findings, or which measurement, make the gate fail."""

    id: str
    """Names the rule in verdicts; used once."""
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
    regression: Regression | None = None
    """Fail where a measurement is worse than in the release that `hauberk lock --release` pinned, or is missing."""
    why: str = ""
    """Shown with the verdict where the rule fails."""


class Policy(Value, frozen=True, kw_only=True):
    """What turns evidence into a verdict. Unable always fails; a policy without rules is an error."""

    name: str = "default"
    """Shown in verdicts."""
    rules: tuple[Rule, ...]
    """All must pass."""


class Plugin(Value, frozen=True, kw_only=True):
    """A plugin that the manifest requests; only the user's own word grants it."""

    name: str
    """As published."""
    version: str
    """Exactly this one."""
    digest: str
    """Of its wheel, ``sha256:...``."""


class System(Value, frozen=True, kw_only=True):
    """A machine-learning system as its manifest describes it."""

    name: str
    """Names the system in every report."""
    purpose: str = ""
    """What it is for, in a sentence."""
    owners: tuple[Owner, ...] = ()
    """Who answers for it."""
    sector: str = ""
    """Such as ``banking`` or ``health``."""
    regions: tuple[str, ...] = ()
    """Where it runs and where its data is kept."""
    effect: Effect = Effect.NONE
    """What it does to people."""
    uses: tuple[str, ...] = ()
    """What it is used for, in words that laws know, such as ``credit-score``: which laws and tiers may apply."""
    roles: tuple[Role, ...] = ()
    """Who holds which role."""
    approvals: tuple[Approval, ...] = ()
    """What needs signatures."""
    stakeholders: tuple[Stakeholder, ...] = ()
    """Who was asked."""
    oversight: Oversight | None = None
    """The person who can step in."""
    assets: tuple[Declared, ...] = ()
    """What it consists of."""
    boundaries: tuple[Boundary, ...] = ()
    """Where control changes hands."""
    flows: tuple[Flow, ...] = ()
    """Which data goes where."""
    threats: tuple[Threat, ...] = ()
    """What somebody thought could go wrong."""
    policy: Policy | None = None
    """What turns evidence into a verdict; or the relative path of a policy file."""
    exclude: tuple[Exclusion, ...] = ()
    """Files that are left out, with reasons."""
    allow: tuple[Grant, ...] = ()
    """Suppressions beside code that count, with owner, reason and end."""
    plugins: tuple[Plugin, ...] = ()
    """Plugins that it asks for."""
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
