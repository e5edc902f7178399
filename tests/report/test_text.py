# SPDX-License-Identifier: Apache-2.0
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hauberk.core.place import FilePlace, MemberPlace, RequestPlace, ResourcePlace, RowPlace, SubgroupPlace
from hauberk.report.text import cells, clip, count, opening, paragraph, plain, where, wrap

anything = st.text(st.characters(categories=["L", "M", "N", "P", "S", "Z", "C"]))


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\nb\tc", "a\\nb\\tc"),
        ("\u202etxt.exe", "\\u202etxt.exe"),
        ("\u2066\u2069", "\\u2066\\u2069"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("\x9b2J", "\\x9b2J"),
        ("\ufeffbom", "\\ufeffbom"),
        ("\udc80", "\\udc80"),
        ("\ue000", "\\ue000"),
        ("\ufffe", "\\ufffe"),
        ("tag\U000e0041", "tag\\U000e0041"),
        ("hangul\u3164filler", "hangul\\u3164filler"),
        ("variation\ufe0f", "variation\\ufe0f"),
        ("plain, ünïcode 漢字", "plain, ünïcode 漢字"),
    ],
)
def test_what_is_not_plainly_visible_is_shown_as_its_escape(hostile, shown):
    assert plain(hostile) == shown


@given(anything)
def test_plain_text_is_printable_and_stays_as_it_is(text):
    once = plain(text)
    assert once.isprintable()
    assert plain(once) == once
    assert not any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"} for char in once)


@given(anything.map(plain), st.integers(2, 60))
def test_wrapped_lines_fit_and_lose_nothing(text, width):
    lines = wrap(text, width)
    assert all(cells(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (FilePlace(path="a.py"), "a.py"),
        (FilePlace(path="a.py", line=3), "a.py:3"),
        (FilePlace(path="a.py", line=3, column=7), "a.py:3:7"),
        (FilePlace(path="a.ipynb", line=2, cell=5), "a.ipynb cell 5 line 2"),
        (MemberPlace(archive="m.pt", member="data.pkl", offset=0), "m.pt!data.pkl byte 0"),
        (RowPlace(table="t.csv", row=0, column=""), "t.csv row 0 column "),
        (RowPlace(table="t.csv", column="age"), "t.csv column age"),
        (SubgroupPlace(table="t.csv", predicate="sex = f"), "t.csv where sex = f"),
        (ResourcePlace(kind="Pod", name="p", path="p.yaml", line=9), "p.yaml:9 Pod/p"),
        (RequestPlace(event="e1", client="c1"), "request e1 by c1"),
        (FilePlace(path="a\x1b\n.py", line=1), "a\\x1b\\n.py:1"),
    ],
)
def test_a_place_in_words(place, words):
    assert where(place) == words


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Short. Then the rest of it, which is longer by far than sixty characters are. And more.",
         "Short. Then the rest of it, which is longer by far than sixty characters are."),
        ("Versions such as 1.2.3 do not end a sentence, e.g. this one here does not, but here it does. More.",
         "Versions such as 1.2.3 do not end a sentence, e.g. this one here does not, but here it does."),
        ("No full stop", "No full stop"),
        ("Lines\nare ``joined``.", "Lines are `joined`."),
    ],
)  # fmt: skip
def test_an_opening_is_whole_sentences(text, said):
    assert opening(text) == said


def test_numbers_and_cuts_are_stated():
    assert count(1, "file") == "1 file"
    assert count(1204, "identity", "identities") == "1,204 identities"
    assert clip("abcdef", 4) == "abcd... (+2 characters)"
    assert paragraph("a\n  b\x1b") == "a b\\x1b"
