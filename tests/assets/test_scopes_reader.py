# SPDX-License-Identifier: Apache-2.0
"""Skimming a tree notes exactly what walking it notes."""

import sys
from pathlib import Path

import pytest
import tree_sitter

from hauberk.assets.scopes import Binding, Scope
from hauberk.assets.scopes_reader import DEEPEST, LANGUAGE, Reader, may_be_deep

ROOT = Path(__file__).parents[2]
PARSER = tree_sitter.Parser(LANGUAGE)
SOURCES = sorted((ROOT / "src").rglob("*.py"))[::6] + sorted((ROOT / "samples").rglob("*.py"))[::12]


def told(binding: Binding) -> tuple[object, ...]:
    node = binding.node.id if binding.node is not None else None
    return (binding.how, node, binding.scope.node.id, binding.target, binding.certain, binding.at)


def noted(scope: Scope) -> tuple[object, ...]:
    return (
        *(scope.kind, scope.name, scope.node.id, list(scope.outward.items())),
        [(name, [told(one) for one in held]) for name, held in scope.bindings.items()],
        [(name, [told(one) for one in held]) for name, held in scope.changes.items()],
        [node.id for node in (*scope.decorators, *scope.returns)],
        [(key, noted(inner)) for key, inner in scope.inner.items()],
    )


def everything(reader: Reader) -> tuple[object, ...]:
    calls = [
        (c.node.id, c.function.id, c.scope.node.id, [p.id for p in c.positional], sorted(c.keywords), c.spread)
        for c in reader.calls
    ]
    return [(key, noted(scope)) for key, scope in reader.scopes.items()], calls, reader.broken


def both(source: bytes) -> tuple[tuple[object, ...], tuple[object, ...]]:
    root = PARSER.parse(source).root_node
    walked, skimmed = Reader(root), Reader(root)
    walked.walk()
    skimmed.run()
    return everything(walked), everything(skimmed)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_skimming_notes_what_walking_notes(path: Path) -> None:
    walked, skimmed = both(path.read_bytes())
    assert walked == skimmed


@pytest.mark.parametrize(
    "source",
    [
        b"with open(a) as f, (open(b) as g):\n    x = f\n    if x:\n        y = 1\n    z = 2\n",
        b"def f(a=lambda b: [c for c in b if (d := c)], *g, h: int = 3):\n    global q\n    q = a\n    return q\n",
        b"@dec(x)\nclass A(B, k=m()):\n    n = o = p\n    async def r(s):\n        yield [t async for t in s]\n",
        b"match a:\n    case [b, *c] if d:\n        e = b\n    case _:\n        import f\nimport g\n",
        b"try:\n    import a\nexcept E as e:\n    b = e\nfinally:\n    c = 1\nd = 2\n",
        b"for i in j:\n    k = i\nelse:\n    m = 1\nn = {o: p for o, p in q.items()}\nr = s = t\n",
        b"while (a := b()):\n    def c(): return a\n    class D: e = 1\n",
        b"def f(x=(yield)): pass\nx, y = 1, 2\n(a.b)[0].c = d\nself.z += 1\n",
        b"",
    ],
)
def test_skimming_notes_what_walking_notes_of_odd_code(source: bytes) -> None:
    walked, skimmed = both(source)
    assert walked == skimmed


@pytest.mark.slow
def test_skimming_notes_what_walking_notes_of_the_standard_library() -> None:
    folder = Path(sys.modules["os"].__file__ or "").parent
    for path in sorted(folder.glob("*.py")):
        walked, skimmed = both(path.read_bytes())
        assert walked == skimmed, path.name


@pytest.mark.parametrize(("depth", "deep"), [(DEEPEST // 8, False), (DEEPEST + 10, True)])
def test_what_may_be_too_deep_is_told_by_counts(depth: int, deep: bool) -> None:
    assert may_be_deep(PARSER.parse(b"x = " + b"-" * depth + b"1\n").root_node) is deep
