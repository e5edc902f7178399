# SPDX-License-Identifier: Apache-2.0
"""What others are told can be read back field by field, whatever a client calls itself, and ends no line.

The readers here were written from the standards, apart from the writers.
"""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from hauberk.core.event import Action
from hauberk.core.scales import Severity
from hauberk.wire import cef as cef_writer
from hauberk.wire import syslog as syslog_writer
from hauberk.wire.cef import cef
from hauberk.wire.notice import Notice, plain
from hauberk.wire.ocsf import event, ocsf
from hauberk.wire.syslog import framed, syslog

CLASSES = {"event": "api_activity", "detection": "detection_finding", "incident": "incident_finding"}
SCHEMAS = {
    about: Draft202012Validator(json.loads((Path(__file__).parent / "ocsf" / f"{name}.json").read_text()))
    for about, name in CLASSES.items()
}
NASTY = st.text(st.sampled_from('ab=|\\"]\n\r\t [] é\u2028\u0085\x00\x1b😀<>0'), max_size=20) | st.text(max_size=20)
STATES = ("open", "taken", "contained", "recovered", "closed")
STAMPS = st.datetimes().map(lambda moment: moment.replace(year=2026).isoformat(timespec="microseconds") + "Z")


@st.composite
def notices(draw):
    about = draw(st.sampled_from(sorted(CLASSES)))
    numbers = st.integers(0, 10**6)
    return Notice(
        about=about, action=draw(st.sampled_from(Action)), at=draw(STAMPS), client=draw(NASTY), clients=draw(numbers),
        count=draw(numbers), detector=draw(NASTY) if about != "event" else "", endpoint=draw(NASTY), id=draw(NASTY),
        note=draw(NASTY), owner=draw(NASTY), rows=draw(numbers), severity=draw(st.sampled_from(Severity)),
        score=draw(st.floats(allow_nan=False, allow_infinity=False)), threshold=draw(st.floats(-1e9, 1e9)),
        state=draw(st.sampled_from(STATES)) if about == "incident" else "", status=draw(st.sampled_from((200, 202, 403, 503))),
        seen=draw(STAMPS) if about == "incident" else "",
    )  # fmt: skip


def read_cef(line):
    """Header and extension of a CEF line, character by character, as the standard describes it."""
    header, at, part = [], 0, ""
    while len(header) < 7:
        if line[at] == "\\":
            part, at = part + line[at + 1], at + 2
        elif line[at] == "|":
            header.append(part)
            part, at = "", at + 1
        else:
            part, at = part + line[at], at + 1
    rest = line[at:]
    starts = [
        found for found in re.finditer(r"(?:^| )([A-Za-z][A-Za-z0-9]*)=", rest) if not _escaped(rest, found.end() - 1)
    ]
    extension = {}
    for found, follows in zip(starts, [*starts[1:], None], strict=True):
        raw = rest[found.end() : follows.start() if follows else len(rest)]
        value, place = "", 0
        while place < len(raw):
            if raw[place] == "\\":
                value += {"n": "\n", "r": "\r"}.get(raw[place + 1], raw[place + 1])
                place += 2
            else:
                value += raw[place]
                place += 1
        assert found[1] not in extension, "a field was injected"
        extension[found[1]] = value
    return header, extension


def _escaped(text, at):
    count = 0
    while at - count - 1 >= 0 and text[at - count - 1] == "\\":
        count += 1
    return count % 2 == 1


def read_syslog(data):
    """Header, parameters and message of RFC 5424."""
    text = data.decode("utf-8")
    matched = re.match(r"<(\d{1,3})>1 (\S+) (\S{1,255}) (\S{1,48}) (\S{1,128}) (\S{1,32}) \[(\S+)", text)
    at, parameters = matched.end(), {}
    while text[at] == " ":
        name = re.compile(r" ([!-<>-~]{1,32})=\"").match(text, at)
        at, value = name.end(), ""
        while text[at] != '"':
            if text[at] == "\\" and text[at + 1] in '"\\]':
                at += 1
            assert text[at - 1] == "\\" or text[at] != "]"
            value += text[at]
            at += 1
        assert name[1] not in parameters, "a parameter was injected"
        parameters[name[1]] = value
        at += 1
    assert text[at] == "]"
    return matched.groups(), parameters, text[at + 1 :]


@settings(max_examples=100, deadline=None)
@given(notices())
def test_cef_is_read_back_field_by_field_and_is_one_line(notice):
    line = cef(notice, "1.0")
    assert len(line.splitlines()) == 1
    assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 for c in line)
    header, extension = read_cef(line)
    assert header[:4] == ["CEF:0", "hauberk", "guard", "1.0"]
    assert (header[4], header[6].isdigit()) == (notice.about, True)
    assert extension == {name: plain(value, "\n\r") for name, value in cef_writer.fields(notice).items()}


@settings(max_examples=100, deadline=None)
@given(notices(), NASTY, NASTY)
def test_syslog_is_read_back_field_by_field_and_its_frame_holds_just_it(notice, host, message):
    data = syslog(notice, host, plain(message))
    header, parameters, rest = read_syslog(data)
    assert (header[1], header[3], header[5]) == (notice.at, "hauberk", notice.about)
    assert 0 <= int(header[0]) <= 191
    assert parameters == {name: plain(value) for name, value in syslog_writer.fields(notice).items()}
    assert rest == (f" {plain(message)}" if message else "")
    assert b"\n" not in data
    size, _, framed_ = (framed(data) + framed(data)).partition(b" ")
    assert framed_[: int(size)] == data
    assert framed_[int(size) :] == framed(data)


@settings(max_examples=80, deadline=None)
@given(notices())
def test_ocsf_is_valid_under_its_class_and_is_one_line_of_ascii(notice):
    line = ocsf(notice, "1.0")
    assert line.isascii()
    assert "\n" not in line
    found = json.loads(line)
    assert [error.message for error in SCHEMAS[notice.about].iter_errors(found)] == []
    assert found == event(notice, "1.0")
    assert found["metadata"]["uid"] == notice.id


def test_the_schemas_refuse_what_is_not_ocsf():
    whole = event(
        Notice(about="detection", action=Action.BLOCK, at="2026-11-24T08:00:00.000000Z", detector="campaign",
               endpoint="e", id="1", severity=Severity.HIGH), "1",
    )  # fmt: skip
    assert SCHEMAS["detection"].is_valid(whole)
    for broken in (
        {**whole, "severity_id": 17},
        {**whole, "invented": 1},
        {k: v for k, v in whole.items() if k != "time"},
    ):
        assert not SCHEMAS["detection"].is_valid(broken)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a b", "a b"),
        ("a\nb", "a\\u000ab"),
        ("\x1b[2J", "\\u001b[2J"),
        ("é😀", "é😀"),
        ("\ud800", "\\ud800"),
        ("\u2028", "\\u2028"),
    ],
)
def test_what_is_not_visible_is_written_out(text, shown):
    assert plain(text) == shown
