# SPDX-License-Identifier: Apache-2.0
"""Stripped notebooks: what goes, what stays, the laws, and what is refused."""

import json

import nbformat
import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from hauberk.core.errors import CannotLook, Malformed, TooLarge
from hauberk.protect import notebook
from hauberk.protect.notebook import strip

TOKEN = "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a"
MAIL = "hildegard.zwickel@" + "posteo.de"


def code(*outputs, source="x = 1\n", **more):
    return {
        "cell_type": "code",
        "execution_count": 7,
        "metadata": {},
        "source": source,
        "outputs": list(outputs),
    } | more


def stream(text):
    return {"output_type": "stream", "name": "stdout", "text": text}


def shown(**data):
    return {"output_type": "display_data", "metadata": {}, "data": {k.replace("_", "/"): v for k, v in data.items()}}


def book(*cells, **more):
    return {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": list(cells)} | more


def text(document):
    return json.dumps(document).encode()


def stripped(document, *keep):
    return json.loads(strip(text(document), keep).data)


GONE = {
    "an output": (book(code(stream("hello"))), (), "hello"),
    "an execution count": (book(code()), (), '"execution_count": 7'),
    "the user's kernel": (book(metadata={"kernelspec": {"name": "secret-env", "display_name": "x"}}), (), "secret-env"),
    "a path of the editor": (book(metadata={"vscode": {"path": "/home/grace/thesis"}}), (), "grace"),
    "a cell's metadata": (book(code(metadata={"executionInfo": {"user": "grace"}})), (), "grace"),
    "an attachment": (
        book(
            {"cell_type": "markdown", "metadata": {}, "source": "a", "attachments": {"me.png": {"image/png": "AAAA"}}}
        ),
        (),
        "me.png",
    ),
    "widget state": (book(metadata={"widgets": {"state": {"a": "b"}}}), ("metadata",), '"state"'),
    "a kept output with a secret": (book(code(stream(f"token {TOKEN}"))), ("outputs",), TOKEN),
    "a secret over two pieces": (book(code(stream(["tok " + TOKEN[:9], TOKEN[9:] + "\n"]))), ("outputs",), TOKEN[9:]),
    "a kept output with a person": (book(code(stream(f"written by {MAIL}"))), ("outputs",), MAIL),
    "a kept output with a home folder": (book(code(stream("/home/grace/data.csv"))), ("outputs",), "grace"),
    "a person in a table": (book(code(shown(text_html=f"<td>{MAIL}</td>"))), ("outputs",), MAIL),
    "a secret in a JSON output": (book(code(shown(application_json={"a": [{"k": TOKEN}]}))), ("outputs",), TOKEN),
    "a picture in which nothing can be read": (
        book(code(shown(image_png="AAAA", text_plain="fig"))),
        ("outputs",),
        "AAAA",
    ),
    "a tag with a person": (book(code(metadata={"tags": [MAIL]})), (), MAIL),
}


@pytest.mark.parametrize("name", GONE)
def test_what_must_not_be_shared_is_gone(name):
    document, keep, words = GONE[name]
    assert words in json.dumps(document) or "ghp_" in words or name == "a secret over two pieces"
    got = strip(text(document), keep)
    assert words not in got.data.decode()
    assert got.removed


STAYS = {
    "a source": (book(code(source=f"k = '{TOKEN}'\n")), (), "ghp_"),
    "a source as a list": (book(code(source=["a = 1\n", "b = 2"])), (), "b = 2"),
    "the language": (book(metadata={"language_info": {"name": "julia", "version": "1"}}), (), "julia"),
    "a tag": (book(code(metadata={"tags": ["parameters"]})), (), "parameters"),
    "a cell's id": (book(code(id="abc-1"), nbformat_minor=5), (), "abc-1"),
    "an output asked for": (book(code(stream("loss 0.31\n"))), ("outputs",), "loss 0.31"),
    "a picture asked for": (book(code(shown(image_png="AAAA"))), ("outputs", "pictures"), "AAAA"),
    "a count asked for": (book(code()), ("counts",), '"execution_count": 7'),
    "metadata asked for": (book(metadata={"title": "x"}), ("metadata",), "title"),
}


@pytest.mark.parametrize("name", STAYS)
def test_what_may_stay_stays(name):
    document, keep, words = STAYS[name]
    assert words in strip(text(document), keep).data.decode()


def test_what_has_nothing_to_lose_comes_back_byte_for_byte():
    data = b'{"nbformat":4,\n\n"nbformat_minor":2,"metadata":{},   "cells":[]}'
    assert strip(data).data == data
    assert strip(data).removed == {}


def test_secrets_in_sources_are_counted_and_not_edited():
    got = strip(text(book(code(source=f"token = '{TOKEN}'\n"))))
    assert got.left_in_source == 1
    assert json.loads(got.data)["cells"][0]["source"] == f"token = '{TOKEN}'\n"


REFUSED = {
    "no JSON": b"{",
    "no object": b"[]",
    "another nbformat": b'{"nbformat": 5, "cells": []}',
    "no cells": b'{"nbformat": 4}',
    "cells that are no list": b'{"nbformat": 4, "cells": 3}',
    "a cell that is no object": b'{"nbformat": 4, "cells": [3]}',
    "a cell without a source": b'{"nbformat": 4, "cells": [{"cell_type": "code"}]}',
    "a key twice": b'{"nbformat": 4, "cells": [], "cells": []}',
    "a number without end": b'{"nbformat": 4, "cells": [], "metadata": {"a": NaN}}',
    "metadata that are a text": b'{"nbformat": 4, "cells": [], "metadata": "x"}',
    "outputs that are a text": b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": "", "outputs": "x"}]}',
    "too deep": b'{"nbformat": 4, "cells": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "a number too long": b'{"nbformat": 4, "cells": [], "a": ' + b"9" * 5000 + b"}",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_notebook_is_refused(name):
    with pytest.raises(Malformed):
        strip(REFUSED[name])


def test_bounds_hold(monkeypatch):
    monkeypatch.setattr(notebook, "LARGEST", 100)
    with pytest.raises(TooLarge):
        strip(b" " * 101)
    monkeypatch.setattr(notebook, "LARGEST", 10_000)
    monkeypatch.setattr(notebook, "MOST_CELLS", 1)
    with pytest.raises(TooLarge):
        strip(text(book(code(), code())))


TEXTS = st.text(max_size=20) | st.lists(st.text(max_size=8), max_size=3) | st.just(f"me: {MAIL}")
METADATA = st.dictionaries(
    st.sampled_from(["tags", "name", "trusted"]), st.lists(st.text(max_size=5), max_size=2), max_size=2
)
OUTPUTS = st.builds(stream, TEXTS) | st.builds(lambda a, b: shown(text_plain=a, image_png=b), TEXTS, st.just("AA"))
CODE = st.builds(lambda o, s, m: code(*o, source=s, metadata=m), st.lists(OUTPUTS, max_size=3), TEXTS, METADATA)
PROSE = st.builds(lambda s, m: {"cell_type": "markdown", "source": s, "metadata": m}, TEXTS, METADATA)
BOOKS = st.builds(lambda c: book(*c), st.lists(CODE | PROSE, max_size=4))
KEEP = st.sets(st.sampled_from(["outputs", "counts", "metadata", "attachments", "widgets", "pictures"]))


@given(BOOKS, KEEP)
def test_stripping_twice_is_stripping_once_and_no_source_changes(document, keep):
    once = strip(text(document), keep)
    twice = strip(once.data, keep)
    assert twice.data == once.data
    assert twice.removed == {}
    assert [cell["source"] for cell in json.loads(once.data)["cells"]] == [cell["source"] for cell in document["cells"]]


@given(BOOKS, st.integers(0, 400), st.binary(max_size=5), KEEP)
def test_changed_bytes_are_stripped_or_refused(document, at, patch, keep):
    data = text(document)
    try:
        strip(data[:at] + patch + data[at + len(patch) :], keep)
    except CannotLook:
        event("refused")


OLD = {
    "nbformat": 3,
    "nbformat_minor": 0,
    "metadata": {"name": "ada"},
    "worksheets": [
        {
            "metadata": {},
            "cells": [
                {
                    "cell_type": "code",
                    "collapsed": False,
                    "input": ["print(1)"],
                    "language": "python",
                    "metadata": {},
                    "prompt_number": 4,
                    "outputs": [{"output_type": "stream", "stream": "stdout", "text": ["1"]}],
                }
            ],
        }
    ],
}


@pytest.mark.parametrize("keep", [(), ("outputs",), ("outputs", "pictures", "metadata", "counts")])
def test_what_is_valid_nbformat_stays_valid(keep):
    documents = [case[0] for case in (*GONE.values(), *STAYS.values())] + [OLD]
    for document in documents:
        nbformat.validate(document)
        nbformat.validate(stripped(document, *keep))
