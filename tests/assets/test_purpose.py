# SPDX-License-Identifier: Apache-2.0
"""What a path says of a file's purpose; and that rules whose harm cannot leave a test are silent there, and only there."""

import pytest
from tests.inprocess import run_rules

from hauberk.assets.purpose import is_test
from hauberk.engine.catalogue import catalogue

SPLIT = "from sklearn.model_selection import train_test_split\n\n\ndef part(X, y):\n    return train_test_split(X, y)\n"
CALLER = "import pickle\n\n\ndef read(path):\n    with open(path, 'rb') as file:\n        return pickle.load(file)\n"
STRANGER = (
    "import pickle\nfrom flask import Flask, request\n\napp = Flask(__name__)\n\n\n"
    "@app.post('/')\ndef take():\n    return pickle.loads(request.data)\n"
)


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("tests/a.py", True),
        ("pkg/tests/deep/a.py", True),
        ("test_a.py", True),
        ("pkg/a_test.py", True),
        ("conftest.py", True),
        ("pkg/test_utils/scripts/a.py", True),
        ("pkg/utils/_testing.py", True),
        ("pkg/testing_utils.py", True),
        ("contest.py", False),
        ("latest/a.py", False),
        ("latest_run/a.py", False),
        ("ab_testing.py", False),
        ("pkg/testing.py", False),
        ("protests/a.py", False),
        ("a.py", False),
    ],
)
def test_a_path_says_whether_it_is_of_the_tests(uri, expected):
    assert is_test(uri) is expected


@pytest.mark.parametrize(
    ("rule", "text", "in_tests"),
    [("HBK-TRN-012", SPLIT, False), ("HBK-COD-001", CALLER, False), ("HBK-COD-001", STRANGER, True)],
)
def test_what_cannot_leave_a_test_is_told_outside_of_tests_only(tmp_path, rule, text, in_tests):
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "a.py").write_text(text)
    (tmp_path / "b.py").write_text(text)
    evidence = run_rules(tmp_path, dict(catalogue()), only=(rule,))
    found = {finding.place.path for one in evidence for finding in one.findings}
    assert found == ({"b.py", "tests/a.py"} if in_tests else {"b.py"})
