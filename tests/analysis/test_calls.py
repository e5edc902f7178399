# SPDX-License-Identifier: Apache-2.0
"""Names, constants and origins of the argument of the last call in a source."""

import pytest

from hauberk.analysis.calls import UNKNOWN, constant, dotted
from hauberk.analysis.calls_origin import Origin, trace
from hauberk.assets import python


def last(source):
    call = python.read(source.encode()).calls[-1]
    return call, call.positional[0] if call.positional else None


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import a.b\na.b.c()", ("a.b.c",)),
        ("import a.b as x\nx.c()", ("a.b.c",)),
        ("from a import b as x\nx()", ("a.b",)),
        ("from .a import b\nb()", (".a.b",)),
        ("from .. import b\nb()", ("..b",)),
        ("len()", ("builtins.len",)),
        ("unknown()", ()),
        ("from a import *\nthing()", ("a.thing",)),
        ("import a\nx = a.B()\nx.c()", ("a.B().c",)),
        ("try:\n    import a as m\nexcept ImportError:\n    import b as m\nm.f()", ("b.f", "a.f")),
        ("import a, b\n(a if x else b).f()", ("a.f", "b.f")),
        ("import a\ndef f():\n    a = 1\n    a.x()", ()),
        ("import a\ndef f():\n    global a\n    a = b()\ndef g():\n    a.x()", ("a.x",)),
        ("import a\nclass C:\n    a = 1\n    def f(self):\n        a.x()", ("a.x",)),
        ("import a\n[a.x() for a in b]", ()),
        ("import a\nlambda a: a.x()", ()),
        ("import a\ndef f(v: a.B):\n    v.x()", ("a.B().x",)),
    ],
)
def test_a_call_has_the_names_that_it_may_stand_for(source, names):
    call, _ = last(source)
    assert dotted(call.function, call.scope) == names


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("f('a' 'b')", "ab"),
        ("f('a' + 'b')", "ab"),
        ("f(b'a\\n')", b"a\n"),
        ("f(r'a\\n')", "a\\n"),
        ("f(7 * 42 - 86 > 200)", True),
        ("f(not 0)", True),
        ("f(-1)", -1),
        ("f((1, 'a', None))", (1, "a", None)),
        ("x = 'abc'\nf(x[1])", "b"),
        ("x = 1\nx = 2\nf(x)", 2),
        ("f(1 / 0)", UNKNOWN),
        ("f(x)", UNKNOWN),
        ("f(f'{x}')", UNKNOWN),
        ("x = 1\nif y:\n    x = 2\nf(x)", UNKNOWN),
        ("x = x\nf(x)", UNKNOWN),
        ("f(9 ** 9)", UNKNOWN),
    ],
)
def test_constants_are_folded(source, value):
    call, node = last(source)
    assert constant(node, call.scope) == value


@pytest.mark.parametrize(
    ("source", "origin"),
    [
        ("f('a')", Origin.FIXED),
        ("f(__file__)", Origin.FIXED),
        ("import conf\nf(conf.PATH)", Origin.FIXED),
        ("import conf\nf(conf.path)", Origin.LOCAL),
        ("f(thing)", Origin.LOCAL),
        ("def g(x):\n    f(x)", Origin.CALLER),
        ("def g(x: int):\n    f(x)", Origin.FIXED),
        ("import sys\nf(sys.argv[1])", Origin.OPERATOR),
        ("import os\nf(os.environ.get('A', 'b'))", Origin.OPERATOR),
        ("from flask import request\nf(request.json['a'])", Origin.OUTSIDE),
        ("import requests\nf(requests.get('a').text)", Origin.ANSWERED),
        ("import requests\nf(requests.get('a').status_code)", Origin.FIXED),
        ("import socket\nf(socket.socket().recv(9))", Origin.OUTSIDE),
        ("import socket\nf(socket.socket().getsockname())", Origin.FIXED),
        ("from fastapi import Request\ndef g(r: Request):\n    f(r.query_params['a'])", Origin.OUTSIDE),
        ("from fastapi import Request\ndef g(r: Request):\n    f(r.app.title)", Origin.LOCAL),
        ("def g(x):\n    f(x.__name__)", Origin.FIXED),
        ("def g(x, y):\n    both = 'a', y\n    f(both[0])", Origin.FIXED),
        ("def g(x, y):\n    both = 'a', y\n    f(both[1])", Origin.CALLER),
        ("import os, lib\nf(lib.empty(3, device=os.environ['D']))", Origin.LOCAL),
        ("import os, lib\nf(lib.empty(os.environ['D']))", Origin.OPERATOR),
        ("def g(request):\n    f(request.GET['a'])", Origin.OUTSIDE),
        ("@app.get('/')\ndef g(x: str):\n    f(x)", Origin.OUTSIDE),
        ("@app.get('/')\ndef g(x: int):\n    f(x)", Origin.FIXED),
        ("def lambda_handler(event, context):\n    f(event['x'])", Origin.OUTSIDE),
        ("f([x for x in ('a', 'b')])", Origin.FIXED),
        ("def g(y):\n    f([x for x in y])", Origin.CALLER),
    ],
)
def test_a_value_comes_from_the_furthest_of_its_parts(source, origin):
    call = next(c for c in python.read(source.encode()).calls if c.function.text == b"f")
    assert trace(call.positional[0], call.scope).origin is origin
