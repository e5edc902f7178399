# SPDX-License-Identifier: Apache-2.0
"""Notebooks of every nbformat are read as cells, outputs, magics and one Python module."""

import json

import pytest

from hauberk.assets import notebook
from hauberk.assets.scopes import text_of
from hauberk.core.errors import CannotLook, Malformed


def made(*sources, metadata=None):
    cells = [{"cell_type": "code", "source": s, "metadata": {}, "outputs": []} for s in sources]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata or {}, "cells": cells}).encode()


PLAIN = [
    ("x = 1", "x = 1", []),
    ("!ls", "pass", [(1, "ls")]),
    ("if x:\n    !ls -l", "if x:\n    pass", [(2, "ls -l")]),
    ("files = !ls", "files = None", [(1, "ls")]),
    ("%matplotlib inline\nx = 1", "pass\nx = 1", []),
    ("%pip install x", "pass", [(1, "pip install x")]),
    ("%time f(x)", "f(x)", []),
    ("%%time\nf(x)", "\nf(x)", []),
    ("x = %timeit -o f(x)", "x = f(x)", []),
    ("%%bash\nls\npwd", "\n\n", [(2, "ls\npwd")]),
    ("%%html\n<b>", "\n", []),
    ("f?", "", []),
    ("f??\nx = 1", "\nx = 1", []),
    ("y = (a\n % b)", "y = (a\n % b)", []),
    ("s = '''\n!ls\n%x\n'''", "s = '''\n!ls\n%x\n'''", []),
    ("", "", []),
]


@pytest.mark.parametrize(("source", "python", "shell"), PLAIN)
def test_magics_are_taken_out_and_lines_stay(source, python, shell):
    assert notebook.plain(source) == (python, tuple(shell))


def test_a_later_cell_sees_what_an_earlier_one_imported():
    code = notebook.code(made("import pickle as p", ["\n", "p.load(f)"]))
    (call,) = code.module.calls
    assert code.locate(call.line) == (2, 2)
    assert call.scope.look("p") is not None


def test_a_broken_cell_is_named_and_the_others_are_read():
    code = notebook.code(made("a()", "x = = 1", "b()"))
    assert [text_of(call.function) for call in code.module.calls] == ["a", "b"]
    with pytest.raises(Malformed, match="cell 2"):
        code.complain()


def test_cells_of_another_language_are_no_broken_python():
    code = notebook.code(made("x <- c(1, 2)\ny %>% z", metadata={"kernelspec": {"language": "R", "name": "ir"}}))
    code.complain()
    assert code.module.calls == ()


def test_outputs_of_each_form_are_texts():
    outputs = [
        {"output_type": "stream", "text": ["a\n", "b"]},
        {"output_type": "execute_result", "data": {"text/plain": ["c"], "image/png": "iVBO", "text/html": "<b>d</b>"}},
        {"output_type": "display_data", "data": {"application/json": {"e": 1}}},
        {"output_type": "error", "ename": "E", "evalue": "f", "traceback": ["g", "h"]},
    ]
    cell = {"cell_type": "code", "source": "", "outputs": outputs, "execution_count": 4}
    (read,) = notebook.read(json.dumps({"nbformat": 4, "cells": [cell]}).encode()).cells
    assert read.count == 4
    texts = " ".join(output.text for output in read.outputs)
    assert all(letter in texts for letter in ("a\nb", "c", "<b>d</b>", '"e"', "E\nf\ng\nh"))
    assert "iVBO" not in texts


def test_nbformat_3_is_read():
    cell = {"cell_type": "code", "input": ["import os\n", "os.x()"], "outputs": [{"output_type": "pyout", "text": "t"}]}
    data = json.dumps({"nbformat": 3, "worksheets": [{"cells": [cell]}]}).encode()
    (read,) = notebook.read(data).cells
    assert (read.source, read.outputs[0].text) == ("import os\nos.x()", "t")


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[]", b"{}", b'{"cells": 1}', b'{"cells": ' + b"[" * 100_000, b"\xff\xfe{", b'{"worksheets": {}}'],
)
def test_what_is_no_notebook_cannot_be_looked_at(data):
    with pytest.raises(CannotLook):
        notebook.read(data)


def test_odd_cells_are_read_as_empty():
    data = json.dumps({"cells": [1, None, [], {"cell_type": "code", "source": {"a": 1}, "outputs": "x"}]}).encode()
    assert [cell.source for cell in notebook.read(data).cells] == ["", "", "", ""]


@pytest.mark.parametrize(
    ("source", "kept"),
    [
        ("import pickle\ny = = 3\nz = pickle.load(f)\n", "import pickle\n\nz = pickle.load(f)\n"),
        ("a = 1\nb = 2\n", "a = 1\nb = 2\n"),
        ("a = (1,\nb = 2\nc = 3\n", "\n\nc = 3\n"),
    ],
)
def test_a_syntax_error_in_a_cell_hides_only_its_region(source: str, kept: str) -> None:
    assert notebook.whole_part(source) == kept
