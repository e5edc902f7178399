# SPDX-License-Identifier: Apache-2.0
"""Python of any version is read; what cannot be read is named."""

import pytest

from hauberk.assets import python
from hauberk.assets.scopes import text_of
from hauberk.core.errors import CannotLook, Malformed, TooLarge

SYNTAX = {
    "PEP 701 nested quotes": "x = f'{d['a']}'",
    "PEP 701 nested f-strings": "x = f'{f'{f'{1}'}'}'",
    "PEP 701 comment": "x = f'''{\na  # c\n}'''",
    "format spec": "x = f'{a:{b}.{c}} {d!r:>10} {e=}'",
    "match": "match x:\n    case {'a': [b, *c], **d} if b: pass\n    case A(x=1) | B(): pass",
    "soft keywords": "match = 1\ntype = 2\ncase = match + type\nprint(match)",
    "type statement": "type X[T] = list[T]",
    "type parameters": "def f[T: int, *Ts, **P](x: T) -> T: pass",
    "type parameter defaults": "type X[T = int, U = dict[str, int]] = dict[T, U]\nclass A[T: int = str](B[T], metaclass=M): pass",
    "except star": "try:\n    pass\nexcept* E as e:\n    pass",
    "except without parentheses": "try:\n    pass\nexcept A, B:\n    pass",
    "t-string": "x = t'{a} {b!r}'",
    "walrus": "if (n := f()) > 1: pass",
    "positional only": "def f(a, /, b, *, c): pass",
    "parenthesised with": "with (open(a) as f, open(b) as g): pass",
    "star in index": "a[*b]",
    "python 2 print": "print x\nprint >>f, y",
    "python 2 exec": "exec code in ns",
    "python 2 raise": "raise E, 'x'",
    "python 2 backquotes": "x = `y`",
    "python 2 octal": "x = 0777\ny = ur'z'\nif a <> b: pass",
    "python 2 tuple parameter": "def f(a, (b, c)): pass",
    "except star without parentheses": "try:\n    pass\nexcept* A, B:\n    pass",
    "raw t-string": "t = rt'{x}\\d'",
    "backslash in an f-string": "x = f'{\"\\n\".join(a)}'",
    "lambda in an f-string": "x = f'{(lambda x: x)(1)}'",
    "decorator expression": "@a[0].b(1)\ndef f(): pass\n@(x := y)\ndef g(): pass",
    "star in annotation": "def f(*args: *Ts): pass",
    "star in subject": "match *a, b:\n    case [1, *_]: pass",
    "literal patterns": "match a:\n    case -1 | 'x' | (1+2j) | A.B | None as z: pass",
    "async comprehension": "async def f():\n    return [x async for x in y if await z]",
    "walrus in places": "a[b := 1]\nf(c := 1, d=2)\n{e := 1, 2}\ndef g(h=(i := 1)): pass",
    "return of unpacked": "def f():\n    return 1, *a",
    "names that were keywords": "async = 1\nprint = await_ = 2",
    "numbers": "x = 0x_ff, 1_000.5e-1_0, 0b1, 1j",
    "form feed": "\x0cimport os",
    "old line ends": "import os\rimport sys\r\nx = 1\r",
}


@pytest.mark.parametrize("name", SYNTAX)
def test_syntax_of_every_version_is_read(name):
    assert python.read(SYNTAX[name].encode()).broken == ()


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (b"x = 1", "utf-8"),
        (b"\xef\xbb\xbfx = 1", "utf-8"),
        (b"# -*- coding: latin-1 -*-\nx = '\xe9'", "latin-1"),
        (b"#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\nx = '\x80'", "cp1252"),
        (b"x = 1\n# coding: latin-1", "utf-8"),
    ],
)
def test_the_encoding_follows_pep_263(data, encoding):
    assert python.read(data).encoding == encoding


@pytest.mark.parametrize(
    "data", [b"# coding: nonsense\n", b"x = '\xe9'", b"# coding: ../x\n\xff", b"# coding: zlib\nx"]
)
def test_an_encoding_that_does_not_fit_cannot_be_looked_at(data):
    with pytest.raises(CannotLook):
        python.read(data)


def test_code_hidden_by_an_encoding_is_seen():
    data = b"# coding: utf-7\n+AGUAdgBhAGw-(x)\n"
    assert [text_of(call.function) for call in python.read(data).calls] == ["eval"]


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("x = 1\ny = = 2\nz = 3\n", "2"),
        ("def f(:\n    pass\n", "1"),
        ("x = 1\0\n", "1"),
        ("$$$\n", "1"),
    ],
)
def test_broken_lines_are_named(source, lines):
    module = python.read(source.encode())
    with pytest.raises(Malformed, match=lines):
        module.complain()


def test_what_stands_around_a_broken_line_is_read():
    module = python.read(b"a()\nx = = 2\nb()\n")
    assert [call.line for call in module.calls] == [1, 3]


def test_budgets_end_reading():
    with pytest.raises(TooLarge):
        python.read(b"x" * (python.LARGEST + 1))
    with pytest.raises(TooLarge):
        python.read(b"x = " + b"(" * 20_000 + b")" * 20_000)


def test_a_long_sum_is_not_too_deep():
    assert python.read(("x = " + " + ".join(["a"] * 1500)).encode()).broken == ()


def test_several_cards_share_one_reading():
    assert python.read(b"x = 1") is python.read(b"x = 1")


def test_calls_have_arguments_by_position_and_name():
    (call,) = python.read(b"f(1, x, *y, k=2, **z)").calls
    assert call.argument(0, "a") is not None
    assert call.argument(5, "k") is call.keywords["k"]
    assert call.argument(5, "missing") is None
    assert call.spread


def test_scopes_know_what_binds_a_name():
    source = b"""
import os
def f(a, b=1, *c, d: int = 2, **e):
    global g
    g = 1
    h = [i for i in a]
    with open(a) as j, open(b) as (k, l):
        pass
    for m, n in c:
        o, p = 1, 2
    if (q := a):
        pass
    return lambda r: r
class A(B):
    s = 1
    def t(self): pass
try:
    pass
except E as u:
    pass
match x:
    case [v, *w]:
        pass
"""
    module = python.read(source)
    assert set(module.root.bindings) == {"os", "f", "g", "A", "u", "v", "w"}
    scopes = {call.scope.name: call.scope for call in module.calls}
    assert set(scopes["f"].bindings) == {"a", "b", "c", "d", "e", "h", "j", "k", "l", "m", "n", "o", "p", "q"}
