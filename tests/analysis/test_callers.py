# SPDX-License-Identifier: Apache-2.0
"""Who may call a function of a package: what the package keeps to itself is judged by its own calls, the rest is not."""

import pytest

from hauberk.checks.code.dynamic_execution import dynamic_execution
from tests.checks.trial import on_files

RUN = "import os\n\n\ndef run(command):\n    os.system(command)\n"
FIXED = "from pkg.tool import run\n\nrun('ls')\n"
REQUEST = "from flask import request\nfrom pkg.tool import run\n\nrun(request.args['a'])\n"

CAUGHT = {
    "nobody calls": ({"pkg/tool.py": RUN}, "medium"),
    "only a test calls": ({"pkg/tool.py": RUN, "tests/test_tool.py": FIXED}, "medium"),
    "the package offers it": (
        {"pkg/tool.py": RUN, "pkg/a.py": FIXED, "pkg/__init__.py": "from .tool import run\n"},
        "medium",
    ),
    "its module lists it": ({"pkg/tool.py": RUN + "\n\n__all__ = ['run']\n", "pkg/a.py": FIXED}, "medium"),
    "a decorator may hand it on": ({"pkg/tool.py": RUN.replace("def", "@task\ndef"), "pkg/a.py": FIXED}, "medium"),
    "a method": (
        {
            "pkg/tool.py": "import os\n\n\nclass Tool:\n    def run(self, command):\n        os.system(command)\n",
            "pkg/a.py": "from pkg.tool import Tool\n\nTool().run('ls')\n",
        },
        "medium",
    ),
    "one caller passes what a client sent": ({"pkg/tool.py": RUN, "pkg/a.py": FIXED, "pkg/b.py": REQUEST}, "critical"),
    "the environment": (
        {"pkg/tool.py": RUN, "pkg/a.py": "import os\nfrom pkg.tool import run\n\nrun(os.environ['A'])\n"},
        "medium",
    ),
    "a caller elsewhere of what looks private": (
        {
            "pkg/tool.py": RUN.replace("run", "_run") + "\n\n_run('ls')\n",
            "pkg/b.py": REQUEST.replace("run", "_run"),
        },
        "critical",
    ),
}
NOT_CAUGHT = {
    "every caller writes it out": {"pkg/tool.py": RUN, "pkg/a.py": FIXED, "pkg/b.py": FIXED.replace("ls", "df")},
    "the package offers something else": {
        "pkg/tool.py": RUN,
        "pkg/a.py": FIXED,
        "pkg/__init__.py": "from .a import b\n",
    },
    "a test passes what it likes": {
        "pkg/tool.py": RUN,
        "pkg/a.py": FIXED,
        "tests/test_tool.py": "from pkg.tool import run\n\n\ndef test_run(command):\n    run(command)\n",
    },
    "a pool runs it with what is written out": {
        "pkg/tool.py": RUN,
        "pkg/a.py": "from pkg.tool import run\n\nworker_pool.submit(run, 'ls')\n",
    },
    "through another function": {
        "pkg/tool.py": RUN + "\n\ndef both(first):\n    run(first)\n",
        "pkg/a.py": "from pkg.tool import both\n\nboth('ls')\n",
    },
}


@pytest.mark.parametrize("name", CAUGHT)
def test_whoever_else_may_call_decides(name, tmp_path):
    files, severity = CAUGHT[name]
    evidence = on_files(dynamic_execution, tmp_path, files)
    assert [finding.severity.value for one in evidence for finding in one.findings] == [severity]


@pytest.mark.parametrize("name", NOT_CAUGHT)
def test_what_a_package_keeps_to_itself_is_judged_by_its_own_calls(name, tmp_path):
    evidence = on_files(dynamic_execution, tmp_path, NOT_CAUGHT[name])
    assert {one.outcome.value for one in evidence} == {"clean"}
