# SPDX-License-Identifier: Apache-2.0
import re

import pytest
from msgspec.structs import replace

from hauberk.core.verdict import Verdict
from hauberk.report import html, summary
from tests.report.crowd import crowded
from tests.report.test_hostile import seen
from tests.report.worked import CARDS, WORKED

PAGE = html.render(WORKED, CARDS)


def test_the_page_asks_nothing_of_anybody():
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in PAGE
    assert not re.search(r"<(script|link|img|iframe|object|embed|form|base)\b", PAGE)
    assert not re.search(r"(src|action|formaction|poster)\s*=|url\(|@import", PAGE)


def test_each_measurement_has_its_interval_drawn_and_a_link_to_its_evidence():
    anchors = set(seen(PAGE).ids)
    rows = re.findall(r"<tr[^>]*><th scope=\"row\">(?:(?!<tr).)*<svg class=\"strip.*?(?=<tr|</tbody)", PAGE, re.DOTALL)
    assert len(rows) == len(summary.measured(WORKED, CARDS)) == 4
    for row in rows:
        assert re.search(r'href="#(ev-[0-9a-f]{16})"', row)[1] in anchors
        assert ('class="interval"' in row) == ("not estimable" not in row)
        assert 'class="limit"' in row
        assert "<title>" in row
        assert "<desc>" in row


def test_lamps_say_in_words_what_they_show():
    for words in ("declared, not verified", "3 found, 1 not evaluated", "no rule ran", "1 found, 1 waived"):
        assert words in PAGE


def test_every_table_names_its_columns():
    assert PAGE.count("<table") == PAGE.count("<thead>")
    assert not re.search(r"<th(?! scope=)[ >]", PAGE)


def test_every_evidence_has_an_anchor_with_its_whole_id_and_digest():
    for item in WORKED.evidence:
        row = re.search(rf'<tr id="ev-{item.id[7:23]}">.*?(?=<tr|</tbody)', PAGE, re.DOTALL)[0]
        assert item.id in row
        assert (item.asset.digest or "no bytes") in row
        assert f"{item.card} v1" in row


@pytest.mark.parametrize(("pieces", "each"), [(2000, 0), (2000, 1), (500, 30)])
def test_a_large_scan_stays_small_and_states_what_it_left_out(pieces, each):
    scan = crowded(pieces, each)
    page = html.render(scan, CARDS)
    rows = page.count('<tr id="ev-')
    assert len(page.encode()) <= html.MOST
    left = re.search(r"([\d,]+) pieces of evidence left out", page)
    assert rows + (int(left[1].replace(",", "")) if left else 0) == len(scan.evidence)
    assert rows >= 2000 or each
    if each:
        cut = re.search(r"(\d+) more of this rule", page)
        assert page.count("eval runs text that comes") + int(cut[1]) == pieces * each


def test_a_hostile_scan_cannot_make_a_page_that_nobody_can_open():
    page = html.render(crowded(3000, 3, text="<&>\x1b" * 400), CARDS)
    assert len(page.encode()) <= html.MOST
    assert "\x1b" not in page


def test_a_scan_in_which_nothing_ran_is_not_praised():
    empty = replace(
        WORKED, evidence=(), assessment=None, integrity="", verdict=Verdict(passed=False, policy="p", gates=())
    )
    page = html.render(empty, CARDS)
    assert page.count("no rule ran") >= 10
    assert "NOT ALL LOOKED AT" in page
    assert "proves nothing to a stranger" in page
