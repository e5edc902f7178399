# SPDX-License-Identifier: Apache-2.0
"""What a request holds when it is converted, logged by the logger itself, sent as a page, or given to an ORM's raw SQL."""

import re
from pathlib import Path

import pytest

from hauberk.checks.code import injection
from hauberk.checks.code.dynamic_execution import dynamic_execution
from tests.checks.trial import messages, on_files

CORPUS = Path(__file__).parents[2] / "corpora" / "answers"
CARDS = {card.id: card for card in (dynamic_execution, injection.sql, injection.html, injection.log)}


@pytest.mark.parametrize("case", sorted((CORPUS / "catch").glob("*.py")), ids=lambda case: case.stem)
def test_what_a_request_decides_is_found(case, tmp_path):
    rule = re.search(r"# rule: (\S+)", case.read_text())[1]
    assert messages(on_files(CARDS[rule], tmp_path, {"app.py": case.read_text()}))


@pytest.mark.parametrize("case", sorted((CORPUS / "leave").glob("*.py")), ids=lambda case: case.stem)
def test_what_is_converted_escaped_or_sent_as_data_is_left_alone(case, tmp_path):
    found = [m for card in CARDS.values() for m in messages(on_files(card, tmp_path, {"app.py": case.read_text()}))]
    assert not found
