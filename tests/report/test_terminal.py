# SPDX-License-Identifier: Apache-2.0
import io
import re

import pytest
from msgspec.structs import replace

from hauberk.core.scales import Outcome
from hauberk.core.verdict import Gate, Verdict
from hauberk.report import terminal
from hauberk.report.text import cells
from tests.report.crowd import crowded
from tests.report.worked import CARDS, WORKED

CLEAN = replace(
    WORKED,
    evidence=tuple(item for item in WORKED.evidence if item.outcome is Outcome.CLEAN),
    verdict=Verdict(passed=True, policy="credit", gates=(Gate(rule="r", passed=True, why="held"),)),
)


def test_the_exit_code_is_explained():
    assert "exit 1 is a verdict, not a crash" in terminal.render(WORKED, CARDS)
    assert terminal.render(CLEAN, CARDS).startswith("PASSED")
    unable = replace(WORKED, verdict=replace(WORKED.verdict, gates=()))
    assert "exit 3" in terminal.render(unable, CARDS)
    assert "the gate will say: exit 1" in terminal.render(WORKED, CARDS, judged=False)


def test_the_worst_five_are_shown_and_the_rest_counted():
    text = terminal.render(WORKED, CARDS, width=100)
    assert text.count("\n  why ") == 5
    assert "8 findings of 7 rules; the worst 5" in text
    assert terminal.render(WORKED, CARDS, verbose=True).count("\n  why ") == 7


def test_a_rule_that_is_found_everywhere_takes_one_place_of_the_five():
    text = terminal.render(crowded(300, findings_each=2), CARDS, width=100)
    assert text.count("HBK-COD-002  develop") == 1
    assert "and 597 more" in text
    assert len(text.split("\n")) < 90


def test_a_stage_without_a_rule_is_never_a_tick():
    text = terminal.render(CLEAN, CARDS)
    assert "· monitor" in text
    assert "✓ monitor" not in text
    assert "no rule ran for" in text


def test_what_is_only_declared_is_set_apart():
    text = terminal.render(CLEAN, CARDS)
    assert "◇ design" in text
    assert "✓ develop" in text


def test_a_missing_extra_costs_one_line_with_the_exact_command():
    assert "\n  pip install 'hauberk[ml]'" in terminal.render(WORKED, CARDS)


@pytest.mark.parametrize(
    ("reason", "offered"),
    [
        ("not evaluated: pip install 'hauberk[ml]'", ["hauberk[ml]"]),
        ("not evaluated: pip install 'hauberk[ml]'; rm -rf ~'", ["hauberk[ml]"]),
        ("not evaluated: pip install 'hauberk[x];rm -rf ~'", []),
        ("not evaluated: pip install 'evil'", []),
    ],
)
def test_only_our_own_extras_are_offered_for_pasting(reason, offered):
    item = next(item for item in WORKED.evidence if "ml" in item.reason)
    scan = replace(WORKED, evidence=(replace(item, reason=reason),), verdict=replace(WORKED.verdict, unable=()))
    assert terminal.extras(scan) == offered


def test_the_steps_of_the_caller_replace_ours():
    text = terminal.render(WORKED, CARDS, steps=[("hauberk demo --keep credit", "keeps it")])
    assert "hauberk demo --keep credit" in text
    assert "hauberk ledger export" not in text


def test_without_utf8_the_screen_is_ascii_and_without_a_terminal_it_has_no_colour():
    assert terminal.render(WORKED, CARDS, unicode=False).isascii()
    assert "\x1b" not in terminal.render(WORKED, CARDS)
    assert re.search(r"\x1b\[1;31m", terminal.render(WORKED, CARDS, colour=True))


class Tty(io.TextIOWrapper):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("encoding", "environ", "colour", "unicode"),
    [("utf-8", {}, False, True), ("ascii", {}, False, False), ("iso-8859-1", {"NO_COLOR": ""}, False, False)],
)
def test_a_stream_says_what_it_can_show(encoding, environ, colour, unicode):
    shown = terminal.screen(io.TextIOWrapper(io.BytesIO(), encoding=encoding), environ)
    assert (shown.colour, shown.unicode, shown.width) == (colour, unicode, 100)


@pytest.mark.parametrize(
    ("environ", "colour"), [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True), ({"TERM": "dumb"}, False)]
)
def test_colour_needs_a_terminal_that_nobody_asked_to_be_plain(environ, colour, monkeypatch):
    stream = Tty(io.BytesIO(), encoding="utf-8")
    monkeypatch.setattr(stream, "fileno", lambda: 1, raising=False)
    monkeypatch.setattr(terminal.os, "get_terminal_size", lambda _: terminal.os.terminal_size((72, 20)))
    shown = terminal.screen(stream, environ)
    assert (shown.colour, shown.width) == (colour, 72)


@pytest.mark.parametrize("name", ["a" * 90, "a policy whose name is longer than a narrow terminal", "\n" * 20])
def test_a_long_policy_name_stays_within_the_terminal(name):
    scan = replace(WORKED, verdict=replace(WORKED.verdict, policy=name))
    text = terminal.render(scan, CARDS, width=64)
    start = text.index("Gates that failed")
    heading = text[start : text.index("✗", start)]
    assert all(cells(line) <= 64 for line in heading.splitlines())
    assert "held)" in heading
