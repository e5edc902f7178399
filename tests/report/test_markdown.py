# SPDX-License-Identifier: Apache-2.0
import pytest

from hauberk.report import markdown
from tests.report.crowd import crowded
from tests.report.worked import CARDS, WORKED


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("a|b", "a&#124;b"),
        ("<b>", "&#60;b&#62;"),
        ("@team", "<code>@</code>team"),
        ("![x](http://e)", "&#33;&#91;x&#93;&#40;http&#58;//e&#41;"),
        ("www.evil.example", "www&#46;evil.example"),
        ("`code`", "&#96;code&#96;"),
        ("&lt;", "&#38;lt;"),
        ("a\nb", "a&#92;nb"),
        (":skull:", "&#58;skull&#58;"),
        ("$x$", "&#36;x&#36;"),
    ],
)
def test_markup_of_a_scan_is_text(hostile, shown):
    assert markdown.literal(hostile) == shown


def test_each_row_of_a_table_has_as_many_cells_as_its_head():
    for block in markdown.render(WORKED, CARDS).split("\n\n"):
        lines = block.split("\n")
        if lines[0].startswith("| "):
            assert len({line.count("|") for line in lines}) == 1


def test_a_comment_is_never_longer_than_its_place_allows():
    text = markdown.render(crowded(200, 5, text="|" * 5000), CARDS)
    assert len(text) < 65_536
