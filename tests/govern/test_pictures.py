# SPDX-License-Identifier: Apache-2.0
"""The diagram and the pages: well-formed, self-contained, deaf to what names try to be."""

import time
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import msgspec
import pytest

from hauberk.core.scales import Kind
from hauberk.core.system import Declared, Flow, System
from hauberk.govern import pages
from hauberk.govern.compare import compare
from hauberk.govern.diagram import draw
from hauberk.govern.find import find
from hauberk.govern.layout import Bend, arrange
from tests.govern.expected import NAMES, system_of

SVG = "{http://www.w3.org/2000/svg}"
EVIL = '</title><script>alert(1)</script>"\x1b[31m\u202e'


@pytest.mark.parametrize("name", NAMES)
def test_the_diagram_is_one_accessible_picture_of_every_asset_party_and_flow(name):
    system = system_of(name)
    root = ET.fromstring(draw(system, find(system)))
    assert root.get("role") == "img"
    titles = [one.text for one in root.iter(f"{SVG}title")]
    parties = {end for flow in system.flows for end in (flow.source, flow.target)}
    assert set(titles) >= {asset.id for asset in system.assets} | parties
    written = " ".join(one.text or "" for one in root.iter(f"{SVG}text"))
    assert all(flow.name in written for flow in system.flows)
    assert not list(root.iter(f"{SVG}script"))
    assert "http://" not in draw(system, find(system)).replace("http://www.w3.org/2000/svg", "")


def _evil():
    return System(
        name=EVIL,
        purpose=EVIL,
        assets=(Declared(id="api", kind=Kind.ENDPOINT, zone=EVIL),),
        flows=(Flow(name=EVIL, source=EVIL, target="api", carries=("personal",)),),
    )


@pytest.mark.parametrize("make", [pages.text, pages.markdown, lambda model: pages.html(model, draw(_evil(), model))])
def test_no_name_of_a_manifest_becomes_markup_or_reaches_the_terminal_raw(make):
    shown = make(find(_evil()))
    assert "<script" not in shown or make is pages.text
    assert "\x1b" not in shown
    assert "\u202e" not in shown


def test_the_page_is_parsable_and_asks_for_nothing():
    system = system_of("radiology")
    model = find(system)
    page = pages.html(model, draw(system, model))
    asked = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attrs):
            asked.extend(value for name, value in attrs if name in {"src", "href"})
            assert tag not in {"script", "link", "iframe", "object"}

    Reader().feed(page)
    assert asked == []
    assert all(threat.id in page for threat in model.threats)


def test_a_comparison_says_what_came_and_went():
    system = system_of("radiology")
    before = msgspec.structs.replace(system, flows=system.flows[:-1])
    said = pages.compared(compare(find(before), find(system)))
    assert "+ medium" in said
    assert "telemetry" in said


def test_a_system_that_no_picture_can_show_says_so_and_is_judged_in_seconds():
    assets = tuple(Declared(id=f"a{n}", kind=(Kind.MODEL, Kind.DATASET, Kind.ENDPOINT)[n % 3]) for n in range(600))
    flows = tuple(Flow(name=f"f{n}", source=f"a{n % 600}", target=f"a{n * 7 % 600}") for n in range(1200))
    system = System(name="large", assets=assets, flows=flows)
    begun = time.process_time()
    model = find(system)
    assert "too many for one picture" in draw(system, model)
    assert time.process_time() - begun < 10


def test_a_cycle_is_laid_out_and_a_long_edge_passes_each_layer():
    rows = arrange(["a", "b", "c", "d"], [("a", "b"), ("b", "c"), ("c", "a"), ("a", "c")])
    assert [sorted(slot for slot in row if isinstance(slot, str)) for row in rows] == [["a", "d"], ["b"], ["c"]]
    assert Bend("a", "c", 1) in rows[1]
    assert arrange([], []) == []
