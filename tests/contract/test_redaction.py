# SPDX-License-Identifier: Apache-2.0
"""The law of redaction: no secret, personal value or data row reaches any output, ledger, cache or error in clear."""

import json
import pickle
import shutil
from pathlib import Path

import pytest

from tests.cli.cases import example, hauberk

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

SECRETS = {
    name: "".join(parts)  # in parts, so that our own scan of this file stays silent
    for name, parts in {
        "aws": ("AKIA", "7QX4WZ2NVBKMRT6D"),
        "aws-secret": ("wJ9vQ2xLw7", "RzP4mYcB8n", "Hs1dFgJ6aE", "uV3iXo5KpZ"),
        "github": ("ghp_", "Qx7Lw2RzP4mYcB8nHs", "1dFgJ6aEuV3iXo5KpZ"),
        "hf": ("hf_", "QxLwRzPmYcBnHsdFgJ", "aEuViXoKpZtyMnKq"),
        "password": ("Vh7-", "kaninchen-", "Tr41!q"),
    }.items()
}
PERSONAL = {
    "mail": "hildegard.zwickelmeier@posteo.example",
    "iban": "DE89370400440532013000",
    "name": "Hildegard Zwickelmeier",
    "phone": "+49 151 27384950",
    "card": "4539578763621486",
    "row": "9f3c-row-canary-17731",
}
CANARIES = {**SECRETS, **PERSONAL}


def plant(root: Path) -> None:
    """A canary of every kind in every kind of input."""
    text = "\n".join(f"{name} = '{value}'" for name, value in CANARIES.items())
    (root / "settings.py").write_text(text.replace("aws-secret", "aws_secret_access_key") + "\nexec(name)\n")
    (root / "broken.py").write_text(text + "\ndef broken(:\n")
    (root / "notes.md").write_text(text)
    (root / "deploy.yaml").write_text(
        f"apiVersion: v1\nkind: Pod\nmetadata: {{name: canary, annotations: {{note: '{PERSONAL['row']}'}}}}\nspec:\n"
        "  containers:\n  - name: a\n    image: x:latest\n    env:\n"
        + "".join(f"    - {{name: V{i}, value: '{v}'}}\n" for i, v in enumerate(CANARIES.values()))
    )
    (root / "bad.yaml").write_text("".join(f"{v}: [\n" for v in CANARIES.values()))
    (root / "Dockerfile").write_text(
        "FROM python:latest\n" + "".join(f'ENV K{i}="{v}"\n' for i, v in enumerate(CANARIES.values())) + "RUN\n"
    )
    rows = ["mail,iban,name,phone,card,note,label"]
    rows += [
        ",".join([PERSONAL[key] for key in ("mail", "iban", "name", "phone", "card", "row")] + [str(i % 2)])
        for i in range(30)
    ]
    (root / "people.csv").write_text("\n".join(rows) + "\n")
    (root / "ragged.csv").write_text("a,b\n" + ",".join(CANARIES.values()) + "\n1\n")
    notebook = {
        "cells": [
            {
                "cell_type": "code", "execution_count": 1, "metadata": {"k": SECRETS["hf"]}, "source": text + "\neval(x)\n",
                "outputs": [{"output_type": "stream", "name": "stdout", "text": text}],
            }
        ],
        "metadata": {"token": SECRETS["github"]}, "nbformat": 4, "nbformat_minor": 5,
    }  # fmt: skip
    (root / "n.ipynb").write_text(json.dumps(notebook))
    (root / "m.pkl").write_bytes(pickle.dumps(CANARIES) + b"\x80\x04" + text.encode())
    (root / "evil.pkl").write_bytes(b"cos\nsystem\n(S'" + SECRETS["password"].encode() + b"'\ntR.")
    (root / "m.onnx").write_bytes(text.encode())
    (root / "m.safetensors").write_bytes(text.encode())


def leaks(data: bytes, where: str) -> list[str]:
    """Names of canaries in these bytes, plain or JSON-escaped or as hex."""
    found = []
    for name, value in CANARIES.items():
        forms = {value.encode(), json.dumps(value)[1:-1].encode(), value.encode().hex().encode()}
        if any(form in data for form in forms):
            found.append(f"{name} in {where}")
    return found


def all_bytes(root: Path):
    for path in root.rglob("*"):
        if path.is_file():
            yield path, path.read_bytes()


def test_the_search_finds_a_canary_where_there_is_one(tmp_path):
    plant(tmp_path)
    assert len({leak.split(" in ")[0] for path, data in all_bytes(tmp_path) for leak in leaks(data, path.name)}) == len(
        CANARIES
    )


@pytest.mark.parametrize("form", ["terminal", "json", "html", "md", "sarif", "junit"])
def test_no_canary_reaches_a_report_of_a_scan(tmp_path, form):
    root = tmp_path / "tree"
    root.mkdir()
    plant(root)
    done = hauberk("scan", root, "--format", form, cwd=tmp_path, home=tmp_path)
    assert done.code in {1, 3}
    assert not leaks(done.out.encode() + done.err.encode(), form)
    for path, data in all_bytes(tmp_path / "cache"):
        assert not leaks(data, str(path))


def test_no_canary_reaches_ledger_cache_or_errors_of_an_assessment(tmp_path):
    system = example("as-written", tmp_path)
    for name in ("train.csv", "test.csv"):
        path = system / "data" / name
        lines = path.read_text().splitlines()
        path.write_text("\n".join([lines[0] + ",mail", *(line + "," + PERSONAL["mail"] for line in lines[1:])]) + "\n")
    (system / "leak").mkdir()
    plant(system / "leak")
    done = hauberk("assess", cwd=system, home=tmp_path)
    judged = hauberk("gate", "--json", cwd=system, home=tmp_path)
    shutil.rmtree(system / "leak")
    assert done.code == 0, done.err
    assert not leaks(done.out.encode() + done.err.encode() + judged.out.encode(), "output")
    for folder in (system / ".hauberk", tmp_path / "cache"):
        for path, data in all_bytes(folder):
            assert not leaks(data, str(path))
