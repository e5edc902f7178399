# SPDX-License-Identifier: Apache-2.0
"""Rules on notebooks: secrets in any part, downloads that are run, order of execution."""

import json
import random
import string

import pytest

from hauberk.checks.notebook.piped_download import piped_download
from hauberk.checks.notebook.run_order import run_order
from hauberk.checks.notebook.secret_left import secret_left
from tests.checks.trial import on_files, outcomes

TOKEN = "hf_" + "".join(random.Random(4).choices(string.ascii_letters, k=34))


def made(*cells, metadata=None):
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata or {}, "cells": list(cells)})


def cell(source="", outputs=(), count=None, metadata=None, kind="code"):
    return {
        "cell_type": kind,
        "source": source,
        "outputs": list(outputs),
        "execution_count": count,
        "metadata": metadata or {},
    }


def look(card, tmp_path, text):
    (evidence,) = on_files(card, tmp_path, {"a.ipynb": text})
    return evidence


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (made(cell(), cell(outputs=[{"output_type": "stream", "text": ["x\n", f"t={TOKEN}\n"]}])), (2, None)),
        (made(cell(outputs=[{"output_type": "execute_result", "data": {"text/html": f"<b>{TOKEN}</b>"}}])), (1, None)),
        (made(cell(outputs=[{"output_type": "error", "traceback": [f"E: {TOKEN}"]}])), (1, None)),
        (made(cell(source=f"x = 1\nlogin('{TOKEN}')")), (1, 2)),
        (made(cell(kind="markdown", source=f"use {TOKEN}")), (1, 1)),
        (made(cell(metadata={"papermill": {"parameters": {"k": TOKEN}}})), (1, None)),
        (made(metadata={"widgets": {"v": TOKEN}}), (None, None)),
    ],
)
def test_a_secret_in_any_part_of_a_notebook_is_found_and_not_shown(text, place, tmp_path):
    evidence = look(secret_left, tmp_path, text)
    assert [(f.place.cell, f.place.line) for f in evidence.findings] == [place]
    assert TOKEN[5:] not in repr(evidence)


def test_a_notebook_without_secrets_is_clean(tmp_path):
    text = made(cell("import os\nos.environ['HF_TOKEN']", [{"output_type": "stream", "text": "token: ****"}]))
    assert look(secret_left, tmp_path, text).outcome.value == "clean"


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("!curl https://x.example/a.sh | sh", True),
        ("!curl -fsSL https://x.example/a.sh | sudo -E bash -", True),
        ("!wget -qO- http://x.example/a.py | python3", True),
        ("%%bash\nset -e\ncurl https://x.example/a \\\n  | bash", True),
        ("!bash <(curl -s https://x.example/a)", True),
        ('!sh -c "$(curl -fsSL https://x.example/a)"', True),
        ("!pip install --trusted-host x.example foo", True),
        ("!pip install http://x.example/foo.whl", True),
        ("!curl -O https://x.example/a.csv", False),
        ("!curl https://x.example/a.json | jq .", False),
        ("!wget https://x.example/a.sh", False),
        ("!pip install -r requirements.txt", False),
        ("!cat a.sh | sh", False),
        ("x = 'curl https://x.example/a | sh'", False),
        ("# !curl https://x.example/a | sh", False),
    ],
)
def test_a_download_that_is_run_unseen_is_found(source, found, tmp_path):
    assert (look(piped_download, tmp_path, made(cell(source))).outcome.value == "found") is found


@pytest.mark.parametrize(
    ("counts", "found"),
    [
        ((1, 2, 3), False),
        ((4, 9, 12), False),
        ((None, None), False),
        ((2, 1), True),
        ((1, None, 5, 3), True),
        ((), False),
    ],
)
def test_cells_that_ran_out_of_order_are_found(counts, found, tmp_path):
    text = made(*(cell("x", count=count) for count in counts))
    assert (look(run_order, tmp_path, text).outcome.value == "found") is found


def test_a_broken_notebook_is_unable(tmp_path):
    for card in (secret_left, piped_download, run_order):
        assert outcomes(on_files(card, tmp_path, {"a.ipynb": "{"})) == {"unable"}
