# SPDX-License-Identifier: Apache-2.0
"""Laws of the analysis of flows: asking the module alone first changes no answer, and answers do not depend on order."""

import pytest

from hauberk.analysis.flows import Flows
from hauberk.analysis.injections import FLOW, places
from hauberk.assets import python
from hauberk.engine.source import FolderSource
from tests.corpora.flows import chains, flows

CASES = [*flows(), *chains()]


def asked(flow, folder, *, whole, backwards=False):
    for name, text in flow.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    source = FolderSource(folder)
    answers = {}
    for asset in source.all(".py"):
        module = python.parse(source.data(asset))
        one = Flows(source, asset.uri, module)
        found = [place for kind in sorted(places(module)) for place in places(module)[kind]]
        for place in reversed(found) if backwards else found:
            kind = FLOW.get(place.kind, place.kind)
            trace = one.trace_whole if whole else one.trace
            key = asset.uri, place.kind, place.node.start_byte
            answers[key] = trace(place.node, place.scope, kind).origin
    return answers


@pytest.mark.parametrize("flow", CASES[::7], ids=lambda flow: flow.name)
def test_asking_the_module_alone_first_changes_no_answer(flow, tmp_path):
    assert asked(flow, tmp_path, whole=False) == asked(flow, tmp_path, whole=True)


@pytest.mark.parametrize("flow", CASES[::29], ids=lambda flow: flow.name)
def test_answers_do_not_depend_on_the_order_of_questions(flow, tmp_path):
    assert asked(flow, tmp_path, whole=True) == asked(flow, tmp_path, whole=True, backwards=True)
