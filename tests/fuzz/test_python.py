# SPDX-License-Identifier: Apache-2.0
"""Mutated Python: only errors of core may come out, and most of it reaches the analysis."""

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from hauberk.analysis.calls import constant, dotted
from hauberk.analysis.calls_origin import Origin, trace
from hauberk.assets import python
from hauberk.core.errors import CannotLook

SEEDS = (
    b"import pickle as p\nfrom torch import load\n\ndef f(a, b=1, *c, **d):\n    with open(a) as g:\n        return p.load(g)\n",
    b"x = {'a': [1, 2], **y}\nfor i, (j, *k) in z:\n    os.system(f'ls {i!r:>{j}}' + ' '.join(k))\n",
    b"class A(B, metaclass=C):\n    @route('/x')\n    async def m(self, r: Request):\n        return eval(await r.json())\n",
    b"match q:\n    case {'k': [v, *_]} if v: exec(v)\n    case A(x=1) | None: pass\ntry:\n    pass\nexcept* E as e:\n    pass\n",
    b"# -*- coding: latin-1 -*-\nprint >>f, `x`\nexec c in n\nlambda a, (b, c): (yield)\n",
    b"a = b if 7 * 3 > 2 else input()\nwhile (n := a):\n    c = getattr(d, 'e' + 'f')(n)\n    c += [n for n in a if n]\n",
)
PIECES = st.sampled_from(
    [b"(", b")", b"[", b":", b"\n", b"    ", b"'", b'"""', b"f'{", b"\\", b"\0", b"\xff", b"=", b"def ", b"x" * 50]
)


@st.composite
def mutated(draw):
    data = draw(st.sampled_from(SEEDS))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(data)))
        cut = draw(st.integers(0, 12))
        data = data[:at] + draw(PIECES | st.binary(max_size=6)) + data[at + cut :]
    return data


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mutated())
def test_mutated_python_is_read_or_refused_by_name(data):
    try:
        module = python.read(data)
    except CannotLook:
        event("refused")
        return
    event("read whole" if not module.broken else "read in part")
    for call in module.calls:
        dotted(call.function, call.scope)
        for node in (*call.positional, *call.keywords.values()):
            constant(node, call.scope)
            assert trace(node, call.scope).origin in Origin


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data):
    try:
        python.read(data)
    except CannotLook:
        event("refused")


@pytest.mark.parametrize(
    "source",
    [
        "a = a\na()",
        "a = b\nb = a\na()\neval(b)",
        "a = a or b\nb = b if a else a\na(b)\neval(a)",
        "\n".join(f"x{i} = x{i + 1} + x{i + 1}" for i in range(200)) + "\neval(x0)",
        "\n".join(f"x{i} = [x{i + 1}] * 9 + [x{i + 1}]" for i in range(200)) + "\nx200 = 1\neval(x0)",
        "\n".join(f"x{i} = x{i + 1} if c else x{i + 1}.y" for i in range(200)) + "\nx0()",
        "x = 'a'\n" + "x = x + x\n" * 300 + "eval(x)",
        "x = 1\n" * 5000 + "eval(x)\n" * 500,
        "x()\n" * 5000,
        "a" + ".b" * 1000 + "()",
        "f(" * 300 + ")" * 300,
        "x = 9 ** 9 ** 9\ny = 2 ** 99999\nz = 'a' * 10**9\neval(z)",
        "while 1:\n x = f(x)\n" * 300 + "eval(x)",
    ],
)
def test_code_that_folds_into_itself_ends(source):
    module = python.read(source.encode())
    for call in module.calls[-20:]:
        dotted(call.function, call.scope)
        for node in call.positional:
            constant(node, call.scope)
            trace(node, call.scope)
