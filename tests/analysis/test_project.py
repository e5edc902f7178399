# SPDX-License-Identifier: Apache-2.0
"""Which files hold a name: the index misses none that an expression finds."""

import re

from hypothesis import given
from hypothesis import strategies as st

from hauberk.analysis.project import Project
from hauberk.assets.names import words

NAME = re.compile(rb"[A-Za-z_]\w*")
PIECES = st.sampled_from([b"a", b"Z", b"_", b"0", b"9", b" ", b".", b"\n", b"\xc3\xa9", b"\x00", b"def", b"x1", b"-"])


@given(st.lists(PIECES).map(b"".join) | st.binary())
def test_words_are_what_an_expression_finds(data):
    assert words(data) == set(NAME.findall(data))


def test_a_file_is_named_once_however_a_word_is_written_in_it():
    project = Project({"a.py": lambda: b"3abc abc\nabc()", "b.py": lambda: b"abcd"})
    assert project.mentions("abc") == ("a.py",)
    assert project.mentions("abc(") == ("a.py",)
    assert project.mentions("ab") == ()
