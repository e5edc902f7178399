# SPDX-License-Identifier: Apache-2.0
"""The worked example: one Scan with each kind of place, each outcome, and strings that a hostile tree could hold."""

from collections.abc import Iterator

from hauberk.core.asset import Asset
from hauberk.core.canonical import digest, identified
from hauberk.core.card import Card, check
from hauberk.core.document import Coverage, Excluded, NoRule, Pruned, Scan
from hauberk.core.evidence import Assessment, Evidence
from hauberk.core.finding import Finding, Hit, Step, fingerprint
from hauberk.core.limit import Limit
from hauberk.core.measurement import Measurement
from hauberk.core.place import FilePlace, MemberPlace, Place, RequestPlace, ResourcePlace, RowPlace, SubgroupPlace
from hauberk.core.scales import Basis, Confidence, Kind, Outcome, Severity
from hauberk.core.target import Target
from hauberk.core.verdict import Gate, Inability, Verdict, Waived, Waiver

HOSTILE = "notebooks/\x1b[2J\u202egnp.<script>alert(1)</script>\n|@all.ipynb"
"""A file name that clears a screen, reverses text, closes a table cell and calls a script."""


def _card(rule, stage, kind, severity, title, why, remedy, references, **more) -> Card:  # noqa: PLR0917  a table's row
    def run(_: Target) -> Iterator[Hit]:
        yield from ()

    run.__doc__ = f"{title}.\n\n{why}"
    return check(rule, stage=stage, kinds=(kind,), severity=severity, remedy=remedy, references=references, **more)(run)


CARDS = {
    card.id: card
    for card in (
        _card(
            "HBK-MOD-001",
            "develop",
            "model",
            Severity.CRITICAL,
            "Model file runs code when it is loaded",
            "A pickle is a program. Whoever can write this file runs commands as whoever loads it, before any weight is read.",
            "store the weights as safetensors, ONNX or skops, and load those",
            ("CWE-502", "ATLAS:AML.T0010", "OWASP-ML:2023:ML06"),
        ),
        _card(
            "HBK-NBK-001",
            "develop",
            "notebook",
            Severity.HIGH,
            "Secret in a notebook's output",
            "Outputs are committed with the notebook. Whoever can read the repository, now or in its history, can use the secret.",
            "revoke the secret, clear the output, and rewrite the history that holds it",
            ("CWE-540",),
        ),
        _card(
            "HBK-DAT-002",
            "data",
            "dataset",
            Severity.HIGH,
            "Rows shared by train and test",
            "A model that has seen the test rows is judged on its memory. The reported accuracy is then too high by an unknown amount.",
            "split before anything else, by person and not by row",
            ("CWE-1289",),
        ),
        _card(
            "HBK-TRN-001",
            "train",
            "process",
            Severity.MEDIUM,
            "Training input without a digest",
            "Without a recorded digest nobody can show which data made the model. A swapped file stays unseen.",
            "record the digest of each input in the manifest: hauberk lock",
            ("CWE-353", "ATLAS:AML.T0020"),
            basis=Basis.DECLARED,
        ),
        _card(
            "HBK-ATK-001",
            "attack",
            "model",
            Severity.HIGH,
            "Small changes to an input turn the decision",
            "Whoever may choose inputs can search for the change that turns a refusal into a loan. No access to the weights is needed.",
            "train against the attack, or bound how far one request may differ from the last",
            ("ATLAS:AML.T0043", "OWASP-ML:2023:ML01"),
            basis=Basis.MEASURED,
            limits=(Limit(measurement="robust_accuracy", at_least=0.5),),
            needs=("system", "ml"),
        ),
        _card(
            "HBK-ATK-002",
            "attack",
            "model",
            Severity.HIGH,
            "Membership of a person in the training data can be told",
            "Whether a person is in the data of a hospital or a bank is itself personal.",
            "train with differential privacy, or stop early",
            ("ATLAS:AML.T0024",),
            basis=Basis.MEASURED,
            limits=(Limit(measurement="membership_tpr_at_fpr", at_most=0.05),),
            needs=("system", "ml"),
        ),
        _card(
            "HBK-DEP-003",
            "deploy",
            "manifest",
            Severity.MEDIUM,
            "Container runs as root",
            "An attacker who leaves the model server's process is root in the container, and one kernel fault from the node.",
            "set securityContext.runAsNonRoot: true and a runAsUser above 0",
            ("CIS-Docker:4.1", "CWE-250"),
        ),
        _card(
            "HBK-DEP-009",
            "guard",
            "endpoint",
            Severity.HIGH,
            "One client asks as a model thief asks",
            "Many queries close to the decision boundary copy a model.",
            "slow the client down and look at its queries",
            ("ATLAS:AML.T0024.002",),
        ),
        _card(
            "HBK-FAI-001",
            "govern",
            "model",
            Severity.HIGH,
            "Groups are favoured at different rates",
            "A lender that favours one group answers for it in law. The difference is measured on the test data with an interval.",
            "find the columns that carry the group, and decide the trade-off with the owner",
            ("AI-Act:Art.10(2)(f)",),
            basis=Basis.MEASURED,
            limits=(Limit(measurement="demographic_parity_difference", at_most=0.1),),
            needs=("system", "ml"),
        ),
        _card(
            "HBK-GOV-001",
            "govern",
            "document",
            Severity.MEDIUM,
            "No owner",
            "A fault that nobody owns is not repaired.",
            "name an owner in hauberk.yaml",
            ("AI-Act:Art.17",),
            basis=Basis.DECLARED,
            needs=("system",),
        ),
        _card(
            "HBK-DES-001",
            "design",
            "document",
            Severity.HIGH,
            "Data crosses a trust boundary unprotected",
            "On the two sides of a boundary different people are in control. What crosses it in clear can be read and changed.",
            "state the protection of the flow, or protect it",
            ("CWE-319",),
            basis=Basis.DECLARED,
            needs=("system",),
        ),
    )
}


def _finding(
    card: str, asset: str, place: Place, message: str, severity: Severity, confidence=Confidence.HIGH, trace=()
) -> Finding:
    return Finding(
        card=card,
        asset=asset,
        place=place,
        severity=severity,
        confidence=confidence,
        message=message,
        fingerprint=fingerprint(card, asset, message),
        trace=trace,
    )


def _asset(uri: str, kind: Kind, name: str = "", **labels: str) -> Asset:
    return Asset(
        id=name or uri,
        kind=kind,
        uri=uri,
        digest=None if "#" in uri or "://" in uri else digest(uri.encode()),
        labels=labels,
    )


def _evidence(card: str, asset: Asset, findings=(), measurements=(), reason="") -> Evidence:
    known = CARDS[card]
    return identified(
        Evidence(
            id="",
            card=card,
            version=known.version,
            stage=known.stage,
            title=known.title,
            basis=known.basis,
            asset=asset,
            outcome=Outcome.UNABLE if reason else Outcome.FOUND if findings else Outcome.CLEAN,
            reason=reason,
            findings=tuple(findings),
            measurements=tuple(measurements),
            started="2026-11-24T08:00:00.000000Z",
            took=0.25,
            tools={"hauberk": "0.1.0", "python": "3.11.7"},
            seed=7,
        )
    )


_PICKLE = _finding(
    "HBK-MOD-001",
    "models/credit.joblib",
    MemberPlace(archive="models/credit.joblib", member="pickle 1", offset=412),
    "the program calls os.system",
    Severity.CRITICAL,
)
_SECRET = _finding(
    "HBK-NBK-001",
    HOSTILE,
    FilePlace(path=HOSTILE, line=3, cell=4),
    "an access key of a cloud in an output",
    Severity.HIGH,
)
_EVAL = _finding(
    "HBK-NBK-001",
    "notebooks/train.ipynb",
    FilePlace(path="notebooks/train.ipynb", line=12, column=5, cell=2),
    "a private key in an output",
    Severity.HIGH,
    Confidence.MEDIUM,
    trace=(
        Step(place=FilePlace(path="score.py", line=3), message="request.args: a request"),
        Step(place=FilePlace(path=HOSTILE, line=8, cell=2), message="passed to go() \u202e<b>"),
        Step(place=FilePlace(path="score.py", line=12, column=5), message="eval"),
    ),
)
_ROWS = _finding(
    "HBK-DAT-002",
    "train",
    RowPlace(table="data/test.csv", row=17, column="age"),
    "42 of 200 rows are also in data/train.csv",
    Severity.HIGH,
)
_ROOT = _finding(
    "HBK-DEP-003",
    "deploy/serve.yaml",
    ResourcePlace(kind="Deployment", name="scorer/serve", path="deploy/serve.yaml", line=21),
    "container serve sets no runAsNonRoot",
    Severity.MEDIUM,
)
_THIEF = _finding(
    "HBK-DEP-009",
    "scorer",
    RequestPlace(event="019364f2-7c1a-7000-8000-5b3f0a6c9d11", client="client-7"),
    "31 of 40 requests lie within 0.02 of the boundary",
    Severity.HIGH,
    Confidence.LOW,
)
_PARITY = Measurement(
    name="demographic_parity_difference",
    value=0.1834,
    low=0.094,
    high=0.2741,
    n=300,
    parameters={"group": "sex", "interval": "newcombe"},
)
_UNFAIR = _finding(
    "HBK-FAI-001",
    "model",
    SubgroupPlace(table="data/test.csv", predicate="sex = female"),
    "demographic_parity_difference is 0.183 [0.094, 0.274] (n=300); asked: demographic_parity_difference at most 0.1",
    Severity.HIGH,
    Confidence.MEDIUM,
)
_ROBUST = Measurement(
    name="robust_accuracy",
    value=0.3125,
    low=0.2583,
    high=0.3713,
    n=240,
    parameters={"attack": "boundary", "eps": 0.1, "norm": "linf", "queries": 2000, "interval": "wilson"},
)
_WEAK = _finding(
    "HBK-ATK-001",
    "model",
    FilePlace(path="models/credit.onnx"),
    "robust_accuracy is 0.312 [0.258, 0.371] (n=240); asked: robust_accuracy at least 0.6",
    Severity.HIGH,
)
_SOUND = Measurement(
    name="robust_accuracy",
    value=0.7417,
    low=0.6829,
    high=0.7928,
    n=240,
    parameters={"attack": "boundary", "eps": 0.02, "norm": "linf", "queries": 2000, "interval": "wilson"},
)
_MEMBER = Measurement(
    name="membership_tpr_at_fpr",
    value=None,
    n=100,
    parameters={"fpr": 0.001},
    note="not estimable at n=100: needs 1,000 non-members",
)
_UNSEEDED = _finding(
    "HBK-TRN-001",
    "training",
    FilePlace(path="hauberk.yaml", line=31),
    "input data/train.csv has no digest",
    Severity.MEDIUM,
)

_MODEL = _asset("models/credit.onnx", Kind.MODEL, "model", format="onnx")

WORKED = Scan(
    tool="hauberk 0.1.0",
    root="examples/credit",
    system="credit <b>scoring</b>",
    assessment=Assessment(
        id="019364f2-7c1a-7000-8000-0123456789ab",
        plan_digest=digest(b"plan"),
        opened="2026-11-24T08:00:00.000000Z",
        closed="2026-11-24T08:00:09.000000Z",
    ),
    integrity="sealed: 14 entries under checkpoint 14, signed with Ed25519 and ML-DSA-65 by demo",
    verdict=Verdict(
        passed=False,
        policy="credit",
        gates=(
            Gate(
                rule="no-severe",
                passed=False,
                why="4 findings of at least high with confidence of at least medium",
                findings=(_PICKLE, _SECRET, _EVAL, _UNFAIR),
            ),
            Gate(
                rule="robust",
                passed=False,
                why="robust_accuracy is 0.312 [0.258, 0.371]; asked: at least 0.6",
                findings=(_WEAK,),
                limit=Limit(measurement="robust_accuracy", at_least=0.6),
            ),
            Gate(rule="owned", passed=True, why="no finding of HBK-GOV-001"),
        ),
        waived=(
            Waived(
                finding=_ROWS,
                waiver=Waiver(
                    fingerprint=_ROWS.fingerprint,
                    who="data-lead",
                    reason="the overlap is one public table; new split in sprint 9",
                    until="2026-12-31",
                ),
            ),
        ),
        unable=(
            Inability(card="HBK-MOD-001", asset="models/old.pkl", reason="ends inside a frame at byte 4096"),
            Inability(card="HBK-ATK-002", asset="shadow", reason="not evaluated: pip install 'hauberk[ml]'"),
        ),
    ),
    coverage=Coverage(
        files=11,
        examined=8,
        unable=1,
        no_rule=(NoRule(uri="README.md", format="markdown"), NoRule(uri="logo.png", format="png")),
        pruned=(Pruned(path=".venv", reason="an environment"),),
        excluded=(Excluded(pattern="vendor/**", reason="reviewed by its own team", files=120),),
        suppressions_requested=2,
    ),
    evidence=(
        _evidence("HBK-DES-001", _asset("hauberk.yaml#flows", Kind.DOCUMENT, "flows")),
        _evidence("HBK-MOD-001", _asset("models/credit.joblib", Kind.MODEL, format="pickle"), [_PICKLE]),
        _evidence(
            "HBK-MOD-001",
            _asset("models/old.pkl", Kind.MODEL, format="pickle"),
            reason="ends inside a frame at byte 4096",
        ),
        _evidence("HBK-NBK-001", _asset(HOSTILE, Kind.NOTEBOOK, format="jupyter"), [_SECRET]),
        _evidence("HBK-NBK-001", _asset("notebooks/train.ipynb", Kind.NOTEBOOK, format="jupyter"), [_EVAL]),
        _evidence("HBK-NBK-001", _asset("notebooks/clean.ipynb", Kind.NOTEBOOK, format="jupyter")),
        _evidence("HBK-DAT-002", _asset("data/train.csv", Kind.DATASET, "train", format="csv"), [_ROWS]),
        _evidence("HBK-TRN-001", _asset("hauberk.yaml#training", Kind.PROCESS, "training"), [_UNSEEDED]),
        _evidence("HBK-ATK-001", _MODEL, [_WEAK], [_ROBUST, _SOUND]),
        _evidence("HBK-ATK-002", _MODEL, [], [_MEMBER]),
        _evidence(
            "HBK-ATK-002",
            _asset("models/shadow.onnx", Kind.MODEL, "shadow", format="onnx"),
            reason="not evaluated: pip install 'hauberk[ml]'",
        ),
        _evidence("HBK-DEP-003", _asset("deploy/serve.yaml", Kind.MANIFEST, format="kubernetes"), [_ROOT]),
        _evidence("HBK-DEP-009", _asset("https://scorer.example/v2", Kind.ENDPOINT, "scorer"), [_THIEF]),
        _evidence("HBK-FAI-001", _MODEL, [_UNFAIR], [_PARITY]),
        _evidence("HBK-GOV-001", _asset("hauberk.yaml#owners", Kind.DOCUMENT, "owners")),
    ),
)
"""The worked example of docs/reference/scan-document.md."""
