# SPDX-License-Identifier: Apache-2.0
"""Serving code that answers anyone."""

import re
from collections.abc import Iterator

from hauberk.assets import python
from hauberk.assets.purpose import outside_tests
from hauberk.checks.deploy.routes import Route, routes
from hauberk.core.card import check
from hauberk.core.finding import Hit
from hauberk.core.scales import Confidence, Severity
from hauberk.core.target import Target

_OPEN = re.compile(
    r".*/(?:health\w*|healthz|live\w*|ready\w*|alive|ping|metrics|status|version|info|docs|redoc|openapi\.json|about"
    r"|favicon\.ico|robots\.txt|static/.*|login(?:/.*)?|logout|auth/?.*|oauth/?.*|token|signin|signup|register|callback)/?",
    re.IGNORECASE,
)
"""Paths that are open to everyone by their purpose."""
_MODEL = re.compile(
    r"predict|infer|score|invo[ck]|generat|chat|completion|classif|embed|explain|recommend|detect|translat|transcri|rank"
    r"|train|admin|debug|model|query|search|ask|analy",
    re.IGNORECASE,
)
_ASKED = re.compile(_MODEL.pattern.replace("|model|query|search", ""), re.IGNORECASE)
"""The same for what is only read: a list of models is not the model."""
_STATIC = re.compile(
    r".*(?:/(?:assets|static|fonts|icons?|favicon)(?:/.*)?|\.(?:ico|txt|css|js|png|svg)|/manifest\.json)/?",
    re.IGNORECASE,
)
"""Paths that are read by every visitor's browser."""
_FILES = re.compile(
    r"\b(?:FileResponse|file_response|send_file|send_from_directory|HTMLResponse|TemplateResponse|render_template|StaticFiles"
    r"|RedirectResponse|redirect|Template|File)\("
)
"""What answers with pages and files, in which there is no model to be asked."""
_GIVES = re.compile(
    r"data|record|user|account|patient|customer|log|history|export|download|dump|backup|file|artifact|config|setting|secret"
    r"|key|env|debug|admin|list|search|job|run|result|report|session|model|experiment|sample|prompt|trace|feedback|all\b|s$",
    re.IGNORECASE,
)
"""Words in the path or the function of what gives out more than every visitor's page needs."""
_ASKS = re.compile(r"\brequest\b|\bargs\b")
"""What a body reads that a visitor chose."""
_DOES = re.compile(r"[\w\])]\s*\(|[^=!<>]=[^=]|\bdel\b|\bawait\b|\byield\b|^\W*$|\bpass\b", re.MULTILINE)
"""Signs of work in a body; without any it answers the same to everyone."""
_SECRET = re.compile(r"(?=[\w:-]*\d)(?=[\w:-]*[A-Za-z])[\w:-]{20,}")
"""A part of a path that could be a token, as in the address of a webhook."""
_READS = frozenset({"GET", "HEAD", "OPTIONS"})


@check(
    "HBK-DEP-003",
    stage="deploy",
    kinds=("code",),
    formats=("python",),
    applies=outside_tests,
    severity=Severity.HIGH,
    remedy="identify the caller before the model is called: a Security dependency (FastAPI), before_request (Flask) or"
    " an authenticating middleware; where a gateway does it, refuse what did not come through it",
    references=("OWASP-API:2023:API2", "CWE-306", "ATLAS:AML.T0040", "OWASP-ML:2023:ML05"),
)
def open_endpoint(target: Target) -> Iterator[Hit]:
    """Serving code answers requests without authentication.

    Whoever reaches the port may query the model without end and without a name: to copy it, to search for inputs that
    mislead it, to learn whom it was trained on, or to spend its budget.
    """
    module = python.read(target.data)
    for route in routes(module):
        if route.guarded or _is_open_by_purpose(route):
            continue
        severity, confidence = _weigh(route)
        verbs, path = "/".join(sorted(route.verbs)), _SECRET.sub("...", route.path)
        yield Hit(
            message=f"{verbs} {path} is answered by {route.function} without asking who calls",
            place=target.place(route.call.line, route.call.column),
            severity=severity,
            confidence=confidence,
            context=f"{verbs} {path} {route.function}",
        )
    module.complain()


def _is_open_by_purpose(route: Route) -> bool:
    """Whether everyone is meant to reach a route: health, documentation, the way in, a front page."""
    path = route.path if route.path.startswith("/") else f"/{route.path}"
    if _OPEN.fullmatch(path) is not None or not _DOES.search(route.body):
        return True
    if not route.verbs <= _READS:
        return False
    takes = re.search(r"[{<]", path) or _ASKS.search(route.body)
    plain = not takes and re.fullmatch(r"\(\s*(?:self)?,?\s*\)", route.asks)
    if plain and not _GIVES.search(f"{route.function} {path.rstrip('/')}") and not _ASKED.search(path):
        return True
    return path == "/" or _STATIC.fullmatch(path) is not None or _FILES.search(route.body) is not None


def _weigh(route: Route) -> tuple[Severity, Confidence]:
    """How bad an open route is, and how sure: reading is less than asking the model or changing something."""
    words = f"{route.path} {route.function}"
    reads = route.verbs <= _READS
    serves = (_ASKED if reads else _MODEL).search(words) is not None or ("upload" in words.lower() and not reads)
    if not serves and reads:
        return Severity.LOW, Confidence.LOW
    sure = Confidence.MEDIUM if route.certain else Confidence.LOW
    return (Severity.HIGH if serves else Severity.MEDIUM), sure
