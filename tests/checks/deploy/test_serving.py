# SPDX-License-Identifier: Apache-2.0
"""HBK-DEP-011 and 012 by tables of what they must find and must not."""

import pytest

from hauberk.checks.deploy.serving import unbounded_request, verbose_error
from tests.checks.trial import on_files, outcomes

FAST = "from fastapi import FastAPI, HTTPException\nfrom pydantic import BaseModel\napp = FastAPI()\n"
ROWS = "class Row(BaseModel):\n    values: list[float]\n"
POST = "@app.post('/p')\ndef p(x: Rows) -> Answer:\n    return model(x)\n"
FOUND = {
    "a list of a request": FAST + ROWS + "@app.post('/p')\ndef p(x: Row): return model(x)",
    "within what is sent": FAST + ROWS + "class Rows(BaseModel):\n    rows: 'tuple'\n    first: Row\n" + POST,
    "of a base": FAST + ROWS + "class Rows(Row):\n    n: int\n" + POST,
}
LEFT = {
    "a list of an answer": FAST + ROWS.replace("Row", "Answer") + "class Rows(BaseModel):\n    n: int\n" + POST,
    "a model of nobody's": FAST + ROWS + "@app.post('/p')\ndef p(x: int): return model(x)",
    "a longest length": FAST + "class Rows(BaseModel):\n    values: list[float] = Field(max_length=9)\n" + POST,
}


@pytest.mark.parametrize("name", FOUND)
def test_a_list_of_a_request_without_an_end_is_found(name, tmp_path):
    assert outcomes(on_files(unbounded_request, tmp_path, {"app.py": FOUND[name]})) == {"found"}


@pytest.mark.parametrize("name", LEFT)
def test_what_no_request_fills_is_left_alone(name, tmp_path):
    assert outcomes(on_files(unbounded_request, tmp_path, {"app.py": LEFT[name]})) == {"clean"}


@pytest.mark.parametrize(
    ("caught", "severity"), [("Exception", "medium"), ("OSError", "medium"), ("ValueError", "low")]
)
def test_what_happened_on_the_machine_weighs_more_than_a_wrong_value(caught, severity, tmp_path):
    body = f"    try:\n        return model(x)\n    except {caught} as e:\n        raise HTTPException(400, str(e))\n"
    (evidence,) = on_files(verbose_error, tmp_path, {"app.py": FAST + "@app.post('/p')\ndef p(x: int):\n" + body})
    assert [one.severity.value for one in evidence.findings] == [severity]
