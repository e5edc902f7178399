# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hauberk
from hauberk.assets import python
from hauberk.assets.names import used, words, written
from hauberk.assets.scopes import name_of

SOURCES = sorted(Path(hauberk.__file__).parent.rglob("*.py"))


def asked_for(data: bytes) -> set[bytes]:
    """Last names of what a source calls, and of what it hands to calls, as its syntax tree has them."""
    found = set()
    for call in python.parse(data).calls:
        for node in (call.function, *call.positional, *call.keywords.values()):
            last = node.child_by_field_name("attribute") or node
            if last.type == "identifier":
                found.add(name_of(last).encode())
    return found


def test_no_name_that_is_called_or_handed_on_is_missed_in_our_own_sources() -> None:
    for path in SOURCES:
        data = path.read_bytes()
        missed = {name for name in asked_for(data) if name.isascii()} - used(data)
        assert not missed, path
        assert used(data) <= written(data) <= words(data)


@pytest.mark.parametrize(
    "source",
    [
        'x = f"{load(1)}"',
        "x = f'{a[\"k\"]} {load(1)}'",
        'x = f"{d["a"] + load(y)}"',
        'x = rf"""{load(1)!r:>{load}}"""',
        "x = '''it's''' + load(1)",
        "x = 'a\\'' + load(1)",
        "x = 'a \\\n b' + load('c')",
        'x = "#" + load(1) # "',
        "from m import load as other",
        "from m import (\n    a,\n    load as other,\n)",
        "import m.load as other",
        "# old ends of lines\rload(1)\r",
        "'x' # a\r\nload(1)",
        "other = load",
        "@load\ndef f(): pass",
        "class A(make(load)): pass",
        "x = b'it' + load(1)",
        "'unclosed\nload(1)",
        "if'a'and load(1): pass",
        "\uff4c\uff4f\uff41\uff44(1)",
    ],
)
def test_a_name_that_may_be_called_is_told(source: str) -> None:
    assert b"load" in used(source.encode())
    assert b"load" in written(source.encode())


@pytest.mark.parametrize(
    "source",
    [
        "# load(1)",
        '"""\n>>> load(1)\n"""',
        "x = 'load'",
        "x = u'load'",
        "def load(a): pass",
        "async def load(a): pass",
        "class load(Base): pass",
        "class B(load): pass",
        "class B(m.load, Other):\n    pass",
        "from m import load",
        "from .m import a, load, b\n",
        "from m import (\n    a,\n    load,\n)",
        "x = '''load'''",
    ],
)
def test_a_name_that_is_only_defined_imported_or_talked_about_is_left_out(source: str) -> None:
    assert b"load" not in used(source.encode())


@given(st.lists(st.sampled_from(['"', "'", '"""', "f", "r", "{", "}", "\\", "\n", "#", "(", ")", " ", "x", "+"])))
def test_whatever_the_parser_sees_called_is_told(parts: list[str]) -> None:
    data = ("load(1)\n" + "".join(parts) + "\nload(1)\n").encode()
    module = python.parse(data)
    if module.broken:
        return
    called = {name_of(one.function).encode() for one in module.calls if one.function.type == "identifier"}
    assert called <= used(data)
