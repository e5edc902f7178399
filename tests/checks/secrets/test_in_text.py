# SPDX-License-Identifier: Apache-2.0
"""HBK-SEC-001 over files of every kind."""

import random
import string

import pytest

from hauberk.checks.secrets.in_text import secret_in_text
from tests.checks.trial import on_files, outcomes

TOKEN = "hf_" + "".join(random.Random(4).choices(string.ascii_letters, k=34))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.py", f"t = '{TOKEN}'"),
        ("a.py", f"t = '{TOKEN}' # \xe9".encode("latin-1")),
        ("Dockerfile", f"FROM x\nENV HF_TOKEN={TOKEN}\n"),
        ("pod.yaml", f"apiVersion: v1\nkind: Pod\nenv: {TOKEN}\n"),
        ("a.tf", f'token = "{TOKEN}"'),
        (".env", f"HF_TOKEN={TOKEN}\n"),
        ("notes.md", f"use `{TOKEN}`"),
        ("a.txt", TOKEN.encode("utf-16")),
        ("keys.csv", f"name,key\nx,{TOKEN}\n"),
        ("run.sh", f"export HF_TOKEN={TOKEN}"),
        ("config.json", f'{{"hf": "{TOKEN}"}}'),
    ],
    ids=range(11),
)
def test_a_secret_is_found_in_every_kind_of_text_and_never_shown(name, content, tmp_path):
    evidence = on_files(secret_in_text, tmp_path, {name: content})
    assert outcomes(evidence) == {"found"}
    assert TOKEN[5:] not in repr(evidence)


def test_unquoted_values_count_in_settings_but_not_in_code(tmp_path):
    line = "db_password = vK9tq2Lr8zz\n"
    assert outcomes(on_files(secret_in_text, tmp_path / "a", {"a.ini": line})) == {"found"}
    assert outcomes(on_files(secret_in_text, tmp_path / "b", {"a.py": line})) == {"clean"}


def test_tables_of_numbers_are_not_searched(tmp_path):
    assert outcomes(on_files(secret_in_text, tmp_path, {"a.npy": b"\x93NUMPY" + TOKEN.encode()})) == {"clean"}


@pytest.mark.parametrize(("name", "before", "severity"), [
    ("app.py", "", "high"),
    ("app.py", "# dummy", "high"),
    ("tests/test_app.py", "", "medium"),
    ("pkg/testing_utils.py", "# Not critical, only usable on the sandbox of CI", "low"),
    ("pkg/testing_utils.py", "sandbox = 1", "medium"),
])  # fmt: skip
def test_a_secret_of_a_test_weighs_less_and_is_told_all_the_same(name, before, severity, tmp_path):
    (evidence,) = on_files(secret_in_text, tmp_path, {name: f"{before}\nt = '{TOKEN}'\n"})
    assert [one.severity.value for one in evidence.findings] == [severity]
