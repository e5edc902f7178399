# SPDX-License-Identifier: Apache-2.0
"""One entry of a mapping is followed and not the whole of it; options of consent; answers of servers; terminals."""

import pytest

from hauberk.checks.code.injection import log, path, ssrf, template
from tests.checks.trial import on_files, outcomes

SERVE = "from flask import Flask, request\napp = Flask(__name__)\n"
VIEW = "@app.post('/x')\ndef view():\n    q = request.args['q']\n"
LOAD = "def load(name, folder='models', **rest):\n    return open(folder + '/a.json')\n"
KEPT = "def load(name, **kwargs):\n    folder = kwargs.pop('folder', 'models')\n    return open(folder + '/a.json')\n"
ON = "def on(name, **kwargs):\n    return load(name, **kwargs)\n"
TRUST = "def fetch(name, trust_remote_code=False):\n    if trust_remote_code:\n        return open('cache/' + name)\n"
REFUSES = "def fetch(name, trust_remote_code=False):\n    if not trust_remote_code:\n        raise ValueError\n    return open(name)\n"
PAGES = "import requests\npage = requests.get('https://example.org/index.json', timeout=9).json()\n"
CHECKED = "import uuid\ndef check(x):\n    try:\n        uuid.UUID(x)\n    except ValueError as e:\n        raise KeyError from e\ndef place(x):\n    check(x)\n    return 'd/' + x\n"
LOOSE = "import uuid\ndef check(x):\n    try:\n        uuid.UUID(x)\n    except ValueError:\n        print('no')\ndef place(x):\n    check(x)\n    return 'd/' + x\n"
FOUND = {
    "the entry itself": (path, SERVE + LOAD + VIEW + "    options = {'folder': q, 'size': 1}\n    load('m', **options)"),
    "an entry set later": (path, SERVE + LOAD + VIEW + "    options = {'size': 1}\n    options['folder'] = q\n    load('m', **options)"),
    "an entry of a call": (path, SERVE + LOAD + VIEW + "    load('m', **dict(folder=q))"),
    "all of a body": (path, SERVE + LOAD + VIEW + "    load('m', **request.get_json())"),
    "a body within a mapping": (path, SERVE + LOAD + VIEW + "    load('m', **{'size': 1, **request.get_json()})"),
    "a key that is not known": (path, SERVE + LOAD + VIEW + "    load('m', **{request.args['k']: q})"),
    "what keywords gather": (path, SERVE + KEPT + VIEW + "    load('m', folder=q)"),
    "what keywords gather and pass on": (path, SERVE + KEPT + ON + VIEW + "    on('m', folder=q)"),
    "gathered and read by key": (path, SERVE + KEPT.replace("kwargs.pop('folder', 'models')", "kwargs['folder']") + VIEW + "    load('m', folder=q)"),
    "gathered from a mapping": (path, SERVE + KEPT + VIEW + "    options = {'folder': q}\n    load('m', **options)"),
    "a mapping that is updated": (path, SERVE + LOAD + VIEW + "    options = {}\n    options.update({'folder': q})\n    load('m', **options)"),
    "a mapping as an argument": (path, SERVE + "def go(o):\n    open(o['a'])\n" + VIEW + "    go({'a': q, 'b': 1})"),
    "a stranger's consent": (path, SERVE + TRUST + VIEW + "    fetch(q, trust_remote_code=request.args['t'])"),
    "where nobody consents": (path, SERVE + TRUST.replace("if trust_remote_code", "if not trust_remote_code") + VIEW + "    fetch(q)"),
    "made of itself": (path, SERVE + VIEW + "    q = q.strip()\n    open(q)"),
    "made of itself among others": (path, SERVE + VIEW + "    a, q = 1, q.lower()\n    open(q)"),
    "made of itself twice": (path, SERVE + VIEW + "    q = q or 'a'\n    q = f'd/{q}'\n    open(q)"),
    "added to itself": (path, SERVE + VIEW + "    q += '/a'\n    open(q)"),
    "each of itself": (path, SERVE + VIEW + "    for q in q.split():\n        open(q)"),
    "an answer's address": (ssrf, PAGES + "requests.get(page['next'], timeout=9)"),
    "an answer's path": (path, PAGES + "open('out/' + page['name'], 'w')"),
    "a request in a log": (log, SERVE + "import logging\n" + VIEW + "    logging.info('got ' + q)"),
    "a request of the web": (path, "def view(request):\n    open(request.GET['a'])"),
    "a prompt of a server": (path, SERVE + "@app.post('/y')\ndef ask():\n    open('d/' + input())"),
    "a check that only prints": (path, SERVE + LOOSE + VIEW + "    open(place(q))"),
    "a template of a body": (template, SERVE + "import jinja2\n" + VIEW + "    jinja2.Environment().from_string(q)"),
}  # fmt: skip
LEFT = {
    "another entry": (path, SERVE + LOAD + VIEW + "    options = {'size': q}\n    load('m', **options)"),
    "another entry set later": (path, SERVE + LOAD + VIEW + "    options = {'folder': 'b'}\n    options['size'] = q\n    load('m', **options)"),
    "another entry of a call": (path, SERVE + LOAD + VIEW + "    load('m', **dict(size=q, folder='b'))"),
    "overwritten in the mapping": (path, SERVE + LOAD + VIEW + "    load('m', **{**request.get_json(), 'folder': 'b'})"),
    "another keyword that is gathered": (path, SERVE + KEPT + VIEW + "    load('m', size=q)"),
    "another keyword that is passed on": (path, SERVE + KEPT + ON + VIEW + "    on('m', size=q)"),
    "the name beside the keywords": (path, SERVE + KEPT + ON + VIEW + "    on(q)"),
    "another entry of an argument": (path, SERVE + "def go(o):\n    open(o['a'])\n" + VIEW + "    go({'a': 'x', 'b': q})"),
    "behind consent": (path, SERVE + TRUST + VIEW + "    fetch(q, trust_remote_code=app.config['TRUST'])"),
    "refused without consent": (path, SERVE + REFUSES + VIEW + "    fetch(q, trust_remote_code=True)"),
    "made of itself and held": (path, SERVE + VIEW + "    q = str(int(q))\n    open(q)"),
    "made anew": (path, SERVE + VIEW + "    q = q.strip()\n    q = 'a'\n    open(q)"),
    "an answer in a log": (log, PAGES + "import logging\nlogging.info('got ' + page['name'])"),
    "an answer as a parameter": (log, "import logging, requests\ndef f(r: requests.Response):\n    logging.info('got ' + r.text)"),
    "a prompt of a command": (path, "import typer\napp = typer.Typer()\n@app.command()\ndef ask():\n    open('d/' + input('name? '))"),
    "a request of one's own": (path, "def prepare(request):\n    open(request['a'])"),
    "a class of a model's client": (log, "import logging\nfrom google import generativeai\nlogging.info(generativeai.GenerativeModel)"),
    "a check that raises": (path, SERVE + CHECKED + VIEW + "    open(place(q))"),
    "a template in the sandbox": (template, SERVE + "from jinja2.sandbox import SandboxedEnvironment\n" + VIEW + "    SandboxedEnvironment().from_string(q)"),
}  # fmt: skip


@pytest.mark.parametrize("name", FOUND)
def test_what_a_stranger_decides_is_found(name, tmp_path):
    card, source = FOUND[name]
    assert outcomes(on_files(card, tmp_path, {"app.py": source})) == {"found"}


@pytest.mark.parametrize("name", LEFT)
def test_what_nobody_else_decides_is_left_alone(name, tmp_path):
    card, source = LEFT[name]
    assert outcomes(on_files(card, tmp_path, {"app.py": source})) == {"clean"}


@pytest.mark.parametrize(("card", "source", "severity"), [
    (ssrf, FOUND["an answer's address"][1], "low"),
    (ssrf, SERVE + "import requests\n" + VIEW + "    requests.get(q)", "high"),
    (path, FOUND["an answer's path"][1], "medium"),
    (path, FOUND["the entry itself"][1], "high"),
])  # fmt: skip
def test_a_server_that_was_asked_is_less_of_a_stranger(card, source, severity, tmp_path):
    (evidence,) = on_files(card, tmp_path, {"app.py": source})
    assert {one.severity.value for one in evidence.findings} == {severity}
    assert all(("another server" in one.message) is (severity != "high") for one in evidence.findings)


@pytest.mark.parametrize(("card", "sink", "calls", "expected"), [
    (log, "import logging\n    logging.info(x)", 5, "found"),
    (log, "import logging\n    logging.info(x)", 12, "clean"),
    (path, "open(x)", 12, "found"),
    (path, "open(x)", 25, "clean"),
])  # fmt: skip
def test_a_way_that_nobody_would_follow_is_not_told(card, sink, calls, expected, tmp_path):
    steps = "".join(f"def go{at}(x):\n    go{at + 1}(x)\n" for at in range(calls))
    source = SERVE + steps + f"def go{calls}(x):\n    {sink}\n" + VIEW + "    go0(q)"
    assert outcomes(on_files(card, tmp_path, {"app.py": source})) == {expected}
