# SPDX-License-Identifier: Apache-2.0
"""Mutated notebooks: only errors of core may come out."""

import json

from hypothesis import event, given, settings
from hypothesis import strategies as st

from hauberk.assets import notebook
from hauberk.core.errors import CannotLook

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
)
SOURCES = st.lists(
    st.sampled_from(
        ["!ls\n", "%%bash\n", "%time f(x)\n", "x = !pwd\n", "import os\n", "f?\n", "def f(:\n", "    pass\n", "'''\n"]
    )
    | st.text(max_size=10),
    max_size=5,
)
OUTPUT = st.fixed_dictionaries(
    {"output_type": st.sampled_from(["stream", "error", "execute_result", "pyout"]) | JSON},
    optional={"text": JSON, "data": JSON, "traceback": JSON, "html": JSON},
)
CELL = (
    st.fixed_dictionaries(
        {"cell_type": st.sampled_from(["code", "markdown"]) | JSON, "source": SOURCES | JSON},
        optional={
            "outputs": st.lists(OUTPUT, max_size=2) | JSON,
            "metadata": JSON,
            "execution_count": JSON,
            "input": JSON,
        },
    )
    | JSON
)
NOTEBOOK = st.fixed_dictionaries({"cells": st.lists(CELL, max_size=4)}, optional={"metadata": JSON, "nbformat": JSON})


@settings(max_examples=200, deadline=None)
@given(NOTEBOOK)
def test_any_shape_of_notebook_is_read(document):
    code = notebook.code(json.dumps(document).encode())
    event("with broken cells" if code.broken else "whole")
    for call in code.module.calls:
        cell, line = code.locate(call.line)
        assert 1 <= cell <= len(document["cells"])
        assert line >= 1


@given(NOTEBOOK, st.integers(0, 300), st.binary(max_size=4))
def test_changed_bytes_are_read_or_refused(document, at, patch):
    data = json.dumps(document).encode()
    try:
        notebook.code(data[:at] + patch + data[at + 1 :])
    except CannotLook:
        event("refused")
