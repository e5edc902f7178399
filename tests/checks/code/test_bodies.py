# SPDX-License-Identifier: Apache-2.0
"""Bodies of requests that a class of the project describes: their fields are a stranger's, unless their type forbids it."""

from pathlib import Path

import pytest

from hauberk.checks.code.dynamic_execution import dynamic_execution
from hauberk.checks.code.injection import path, sql
from hauberk.core.scales import Severity
from tests.checks.trial import on_files

CORPUS = Path(__file__).parents[2] / "corpora" / "bodies"
SCHEMA = """
from pydantic import BaseModel
class Job(BaseModel):
    name: str
    size: int
"""
ROUTE = """
import os
from fastapi import APIRouter
from schemas import Job
router = APIRouter()
@router.post("/jobs")
async def start(job: Job):
    os.system(f"start {job.%s}")
"""


def severities(folder, files):
    evidence = [one for card in (dynamic_execution, sql, path) for one in on_files(card, folder, files)]
    return {finding.severity for one in evidence for finding in one.findings}


@pytest.mark.parametrize("case", sorted((CORPUS / "catch").glob("*.py")), ids=lambda case: case.stem)
def test_a_field_that_a_client_fills_is_a_strangers(case, tmp_path):
    assert severities(tmp_path, {"app.py": case.read_text()}) & {Severity.HIGH, Severity.CRITICAL}


@pytest.mark.parametrize("case", sorted((CORPUS / "leave").glob("*.py")), ids=lambda case: case.stem)
def test_a_field_whose_type_leaves_no_choice_or_that_the_program_fills_is_not(case, tmp_path):
    assert not severities(tmp_path, {"app.py": case.read_text()})


@pytest.mark.parametrize(("field", "found"), [("name", {Severity.CRITICAL}), ("size", set())])
def test_the_class_may_stand_in_another_file(field, found, tmp_path):
    assert severities(tmp_path, {"schemas.py": SCHEMA, "app.py": ROUTE % field}) == found
