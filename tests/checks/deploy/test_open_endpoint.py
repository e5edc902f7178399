# SPDX-License-Identifier: Apache-2.0
"""Which routes of serving code are open to anyone."""

import pytest

from hauberk.checks.deploy.open_endpoint import open_endpoint
from hauberk.core.scales import Confidence, Outcome, Severity
from tests.checks.trial import messages, on_files

FAST = "from fastapi import *\nfrom fastapi import Depends, FastAPI, APIRouter, Security\napp = FastAPI()\n"
FLASK = "import flask\nfrom flask import abort, request\napp = flask.Flask(__name__)\n"

OPEN = [
    FAST + "@app.post('/predict')\ndef predict(x): return model(x)\n",
    FAST + "@app.post('/predict')\nasync def predict(x, db=Depends(get_db)): return model(x)\n",
    FAST + "@app.post('/predict')\ndef predict(x):\n    return model(tokenizer.tokenize(x), max_tokens=3)\n",
    FAST + "@app.post(f'{ROOT}/predict')\ndef predict(x): return model(x)\n",
    FAST + "@app.post('/')\ndef root(x): return model(x)\n",
    FAST + "@app.websocket('/chat')\nasync def chat(s): ...\n",
    FAST + "r = APIRouter(prefix='/v1')\n@r.put('/model')\ndef swap(x): ...\n",
    FAST
    + "class Server:\n    def make(self):\n        app = FastAPI()\n        @app.post('/infer')\n        def f(x): ...\n",
    FAST + "@app.get('/me')\ndef me(u=Depends(get_current_user)): ...\n@app.post('/score')\ndef score(x): ...\n",
    FLASK + "@app.route('/predict', methods=['POST'])\ndef predict(): return model(request.json)\n",
    FLASK + "bp = flask.Blueprint('b', __name__)\n@bp.post('/generate')\ndef g(): ...\n",
    FLASK + "@app.before_request\ndef count(): counter.inc()\n@app.post('/predict')\ndef p(): ...\n",
    "from fastapi import Request\nfrom .main import app\n@app.post('/predict')\ndef p(r: Request): ...\n",
    FAST + "@app.post('/manifest.json')\ndef swap(x): return store(x)\n",
    FAST + "@app.post('/upload')\ndef take(x): return FileResponse(save(x))\n",
    FAST + "@app.post('/reset')\ndef reset():\n    global n\n    n = 0\n",
    (
        "from litestar import post, Router\n@post('/predict')\nasync def p(data: dict) -> dict: ...\n"
        "Router('', route_handlers=[q], guards=[g])\n"
    ),
    "from litestar import post\n@post('/predict')\nasync def p(data: dict) -> dict: ...\n",
]
GUARDED = [
    FAST + "@app.post('/predict')\ndef p(x, u=Depends(get_current_user)): ...\n",
    FAST + "@app.post('/predict')\ndef p(x, u: Annotated[str, Depends(verify_token)]): ...\n",
    FAST + "@app.post('/predict')\ndef p(x, u=Security(anything)): ...\n",
    FAST + "@app.post('/predict', dependencies=[Depends(api_key)])\ndef p(x): ...\n",
    FAST + "def caller(r):\n    raise HTTPException(401)\n@app.post('/predict')\ndef p(x, c=Depends(caller)): ...\n",
    "from fastapi import Depends, FastAPI\napp = FastAPI(dependencies=[Depends(check_token)])\n@app.post('/p')\ndef p(): ...\n",
    FAST + "r = APIRouter(dependencies=[Depends(require_key)])\n@r.post('/predict')\ndef p(x): ...\n",
    FAST + "r = APIRouter()\n@r.post('/predict')\ndef p(x): ...\napp.include_router(r, dependencies=[Depends(auth)])\n",
    FAST
    + "@app.middleware('http')\nasync def m(q, n):\n    return Response(status_code=401)\n@app.post('/p')\ndef p(): ...\n",
    FAST + "app.add_middleware(AuthenticationMiddleware, backend=b)\n@app.post('/predict')\ndef p(x): ...\n",
    FAST + "@app.post('/predict')\ndef p(x, r):\n    check_api_key(r)\n    return model(x)\n",
    FLASK + "@app.route('/predict', methods=['POST'])\n@login_required\ndef p(): ...\n",
    FLASK + "@app.before_request\ndef b():\n    if bad(): abort(401)\n@app.post('/predict')\ndef p(): ...\n",
    FLASK + "@app.post('/predict')\ndef p():\n    if request.headers.get('Authorization') != k: abort(403)\n",
]
GUARDED += [
    (
        "from litestar import post, Router\n@post('/predict')\nasync def p(data: dict) -> dict: ...\n"
        "Router('', route_handlers=[p], guards=[g])\n"
    ),
    FAST + "@app.post('/skills')\n@remote_access_policy(DENY)\ndef p(x): return store(x)\n",
]
NO_CONCERN = [
    FAST + "@app.get('/app_id')\ndef app_id(): return {'app_id': number()}\n",
    FAST + "@app.get('/login/hub')\ndef way_in(r): return send(r)\n",
    FAST + "@app.get('/old')\ndef old(x): return RedirectResponse(make(x))\n",
    FAST + "@app.get('/health')\ndef h(): ...\n@app.get('/metrics')\ndef m(): ...\n@app.get('/')\ndef r(): ...\n",
    FAST + "@app.post('/auth/login')\ndef h(): ...\n@app.post('/token')\ndef t(): ...\n",
    FAST + "@app.get('/theme.css')\ndef css(): return make()\n@app.get('/assets/{p:path}')\ndef a(p): return find(p)\n",
    FAST + "@app.get('/page')\ndef page(): return HTMLResponse(text())\n",
    FAST + "@app.post('/reset')\ndef reset(body): return {'success': True}\n",
    FAST + "@app.get('/records')\ndef records(target: history.TargetDep): return read(target)\n",
    FAST + "@app.post('/predict')\ndef predict(x, user: CurrentUser): return model(x)\n",
    "import fastapi\n@cache.get('x')\ndef f(): ...\n@retry.post\ndef g(): ...\n",
    "@app.post('/predict')\ndef p(): ...\n",
    "import flask\nclass V:\n    pass\n@registry.route(V)\ndef f(): ...\n",
    "def predict(x):\n    return model(x)\n",
    "'''@app.post('/predict') with fastapi'''\n",
]


@pytest.mark.parametrize("text", OPEN)
def test_a_route_that_asks_nobody_is_found(tmp_path, text):
    (evidence,) = on_files(open_endpoint, tmp_path, {"serve.py": text})
    assert len(evidence.findings) == 1, evidence
    assert evidence.findings[0].severity >= Severity.MEDIUM


@pytest.mark.parametrize("text", GUARDED + NO_CONCERN)
def test_a_route_that_asks_who_calls_or_is_open_by_purpose_is_clean(tmp_path, text):
    (evidence,) = on_files(open_endpoint, tmp_path, {"serve.py": text})
    assert evidence.outcome is Outcome.CLEAN, evidence.findings or evidence.reason


def test_reading_weighs_less_than_asking_the_model(tmp_path):
    text = (
        FAST
        + "@app.get('/items')\ndef items(): ...\n@app.post('/items')\ndef add(): ...\n@app.get('/predict')\ndef p(): ...\n"
    )
    (evidence,) = on_files(open_endpoint, tmp_path, {"serve.py": text})
    weights = [(finding.severity, finding.confidence) for finding in evidence.findings]
    assert weights == [
        (Severity.LOW, Confidence.LOW),
        (Severity.MEDIUM, Confidence.MEDIUM),
        (Severity.HIGH, Confidence.MEDIUM),
    ]


@pytest.mark.parametrize("text", [
    "@app.get('/users')\ndef users(): return read()\n",
    "@app.get('/thing')\ndef thing(name: str): return read(name)\n",
    "@app.get('/thing/{n}')\ndef thing(): return read()\n",
    "@app.get('/thing')\ndef thing(): return read(request.args['n'])\n",
    "@app.get('/thing')\ndef debug(): return read()\n",
])  # fmt: skip
def test_what_is_read_by_a_name_or_holds_more_than_a_page_is_told(tmp_path, text):
    (evidence,) = on_files(open_endpoint, tmp_path, {"serve.py": FAST + text})
    assert len(evidence.findings) == 1


def test_a_list_of_models_weighs_little(tmp_path):
    text = FAST + "@app.get('/v1/models')\ndef models(): return names()\n"
    (evidence,) = on_files(open_endpoint, tmp_path, {"serve.py": text})
    assert [one.severity for one in evidence.findings] == [Severity.LOW]


def test_an_application_made_elsewhere_is_less_sure(tmp_path):
    (evidence,) = on_files(open_endpoint, tmp_path, {"serve.py": next(one for one in OPEN if "from .main" in one)})
    assert evidence.findings[0].confidence is Confidence.LOW


def test_an_application_within_tests_is_left_alone(tmp_path):
    assert not on_files(open_endpoint, tmp_path, {"tests/test_app.py": OPEN[0]})


def test_the_verbs_and_the_path_are_named(tmp_path):
    (message,) = messages(on_files(open_endpoint, tmp_path, {"serve.py": OPEN[9]}))
    assert message == "POST /predict is answered by predict without asking who calls"


def test_broken_code_is_unable_with_what_was_found(tmp_path):
    (evidence,) = on_files(open_endpoint, tmp_path, {"serve.py": OPEN[0] + "def (:\n"})
    assert evidence.outcome is Outcome.UNABLE
    assert evidence.findings


def test_a_token_in_a_path_is_not_repeated(tmp_path):
    number, rest = "bot4821", "AAHkq3xw9ZpLm2Vt"
    token = f"{number}:{rest}"
    text = FAST + f"@app.post('/hook/{token}')\ndef hook(x): ...\n"
    (message,) = messages(on_files(open_endpoint, tmp_path, {"serve.py": text}))
    assert token not in message
    assert message.startswith("POST /hook/... ")
