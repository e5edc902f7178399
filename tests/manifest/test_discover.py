# SPDX-License-Identifier: Apache-2.0
"""From files to a first manifest: what is proposed, what is asked, and that the loader accepts what is written."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hauberk.assets.recognise import HEAD, recognise
from hauberk.core.errors import CannotLook
from hauberk.core.scales import Kind
from hauberk.core.system import Declared
from hauberk.manifest.discover import MOST, Seen, propose
from hauberk.manifest.draft import draft, quoted
from hauberk.manifest.load import parse
from hauberk.manifest.roles import role, sketch, split
from hauberk.manifest.tree import grow, plain

TRAIN = b"import joblib\nmodel = Forest()\nmodel.fit(x, y)\njoblib.dump(model, 'm.joblib')\n"
SERVE = b"from fastapi import FastAPI\napp = FastAPI()\n"


def proposed(files: dict[str, bytes]):
    def read(uri: str, most: int) -> bytes:
        return files[uri][:most]

    seen = [Seen(uri=uri, kind=kind, format=form) for uri, (kind, form) in
            ((uri, recognise(uri, data[:HEAD])) for uri, data in files.items())]  # fmt: skip
    random.Random(len(files)).shuffle(seen)
    return propose("s", seen, read)


def written(files: dict[str, bytes]) -> dict[str, Declared]:
    system = parse(draft(proposed(files)).encode(), "hauberk.yaml")
    return {asset.id: asset for asset in system.assets}


def test_files_become_assets_by_their_content():
    assets = written(
        {
            "train.py": TRAIN,
            "app/main.py": SERVE,
            "notes.txt": b"\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00\x8c\x07builtins\x94.",
            "data/people.csv": b"age,city,target\n41,Ulm,1\n52,Bonn,0\n33,Ulm,1\n",
            "Dockerfile": b"FROM python:3.12\nCOPY . /app\n",
            "k8s.yaml": b"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\n",
            "helpers.py": b"def add(a, b):\n    return a + b\n",
            "README.md": b"# hello\n",
        }
    )
    kinds = {asset.uri or asset.id: asset.kind for asset in assets.values()}
    assert kinds == {
        "train.py": Kind.CODE,
        "train-run": Kind.PROCESS,
        "app/main.py": Kind.CODE,
        "main-endpoint": Kind.ENDPOINT,
        "notes.txt": Kind.MODEL,
        "data/people.csv": Kind.DATASET,
        "Dockerfile": Kind.IMAGE,
        "k8s.yaml": Kind.MANIFEST,
    }
    assert [column.name for column in assets["people"].facts.columns] == ["age", "city", "target"]
    assert assets["train-run"].facts.code == "train"


def test_guesses_are_comments_and_never_facts():
    text = draft(proposed({"data/train.csv": b"age,sex,target\n41,f,1\n52,m,0\n33,f,1\n"}))
    assert "# confirm: personal? ages" in text
    assert "# confirm: sensitive?" in text
    assert "the label may be: target" in text
    assert "suggests split: train" in text
    facts = parse(text.encode(), "x").assets[0].facts
    assert (facts.label, facts.split) == ("", "")
    assert not any(column.personal or column.sensitive for column in facts.columns)


def test_what_no_file_can_tell_is_asked():
    asked = " ".join(proposed({"m.onnx": b"", "d.csv": b"a,b\n1,2\n3,4\n"}).undecided)
    for word in (
        "owners",
        "purpose",
        "effect",
        "regions",
        "trained",
        "label",
        "training or for testing",
        "flows",
        "threats",
    ):
        assert word in asked


def test_a_manifest_of_nothing_is_still_a_manifest():
    assert written({"README.md": b"# x\n"}) == {}
    assert written({}) == {}


def test_more_files_than_anyone_lists_are_counted():
    proposal = proposed({f"d{i}.csv": b"a,b\n1,2\n3,4\n" for i in range(MOST + 7)})
    assert len(proposal.items) == MOST
    assert "7 more data sets: listed are the first 100" in proposal.undecided
    assert f"the first {MOST} of {MOST + 7}" in draft(proposal)


def test_a_wide_table_lists_only_the_columns_that_suggest_something():
    header = ",".join([f"pixel{i}" for i in range(200)] + ["email"])
    row = ",".join(["1"] * 200 + ["x"])
    (asset,) = written({"wide.csv": f"{header}\n{row}\n{row}\n".encode()}).values()
    assert [column.name for column in asset.facts.columns] == ["email"]


def test_what_cannot_be_read_is_undecided_and_stops_nothing():
    def read(uri: str, most: int) -> bytes:
        raise CannotLook("cannot be read: Permission denied")

    seen = [Seen(uri="a.py", kind=Kind.CODE, format="python"), Seen(uri="d.csv", kind=Kind.DATASET, format="csv")]
    proposal = propose("s", seen, read)
    assert [item.uri for item in proposal.items] == ["d.csv"]
    assert sum("Permission denied" in question for question in proposal.undecided) == 2


def test_the_same_name_in_two_folders_makes_two_ids():
    assets = written({"a/m.onnx": b"", "b/m.onnx": b"", "c/m.onnx": b"", "m.pkl": b""})
    assert len(assets) == 4


ROLES = [
    ("train.py", TRAIN, "training"),
    ("fit.py", b"from joblib import dump\nm.fit(x)\ndump(m, 'x')\n", "training"),
    ("loop.py", b"loss.backward()\ntorch.save(net.state_dict(), 'x')\n", "training"),
    ("boost.py", b"b = xgb.train(p, d)\nb.save_model('x.json')\n", "training"),
    ("app.py", SERVE, "serving"),
    ("old.py", b"print 'python 2'\nfrom flask import Flask\napp = Flask(__name__)\n", "serving"),
    ("demo.py", b"import gradio as gr\ngr.Interface(f, 'text', 'text').launch()\n", "serving"),
    ("tests/test_train.py", TRAIN, ""),
    ("train_test.py", TRAIN, ""),
    ("scale.py", b"s.fit(x)\njson.dump(s.mean, f)\n", ""),
    ("explore.py", b"m.fit(x)\nprint(m.score(y))\n", ""),
    ("tool.py", b"def fit(x):\n    return x\n", ""),
    ("doc.py", b"'''model.fit(x); joblib.dump(m)'''\n", ""),
]


@pytest.mark.parametrize(("uri", "data", "expected"), ROLES, ids=[row[0] for row in ROLES])
def test_a_file_trains_or_serves_where_it_does_both_halves_of_it(uri, data, expected):
    assert role(uri, data) == expected


@pytest.mark.parametrize(
    ("uri", "expected"),
    [("data/train.csv", "train"), ("X_test.csv", "test"), ("holdout-2024.csv", "test"), ("val.csv", "validation"),
     ("train_test.csv", ""), ("trains.csv", ""), ("latest.csv", ""), ("test/data.csv", "")],
)  # fmt: skip
def test_a_split_is_suggested_by_a_word_of_the_files_name(uri, expected):
    assert split(uri) == expected


def test_a_table_that_is_cut_off_is_read_to_its_last_whole_row():
    assert sketch(b"a,target\n1,0\n2,1\n3,", whole=False).columns == ("a", "target")


@given(st.text(max_size=30).filter(str.isprintable))
def test_a_quoted_text_is_read_back_the_same(text):
    assert plain(grow(f"x: {quoted(text)}  # note".encode(), "x"))["x"] == text


names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12).map(lambda text: text.replace("/", "_"))


@given(st.dictionaries(names, st.sampled_from([TRAIN, SERVE, b"a,b\n1,2\n3,4\n", b"\x00\x01", b""]), max_size=6))
def test_whatever_files_are_called_the_loader_accepts_what_is_written(files):
    proposal = proposed(
        {f"{name}{suffix}": data for name, data in files.items() for suffix in (".py", ".csv", ".onnx")}
    )
    parse(draft(proposal).encode(), "hauberk.yaml")
    assert all(question.isprintable() for question in proposal.undecided)


@given(st.lists(names, min_size=1, max_size=5, unique=True))
def test_whatever_columns_are_called_the_loader_accepts_what_is_written(columns):
    header = ",".join('"' + name.replace('"', '""') + '"' for name in columns)
    written({"d.csv": f"{header}\n{','.join('1' for _ in columns)}\n{','.join('2' for _ in columns)}\n".encode()})


@given(st.binary(max_size=400) | st.text("ab,;\t\n\"'(){}:=. fitdump", max_size=200).map(str.encode), st.booleans())
def test_whatever_a_file_holds_judging_it_ends_in_a_judgement_or_a_reason(data, whole):
    for judge in (lambda: role("a.py", data), lambda: sketch(data, whole=whole)):
        try:
            judge()
        except CannotLook as error:
            assert str(error)  # noqa: PT017  the other outcome
