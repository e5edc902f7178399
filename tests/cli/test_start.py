# SPDX-License-Identifier: Apache-2.0
"""The front door opens fast: no heavy library is loaded to show a version or a help page."""

import json
import subprocess
import sys

import pytest

HEAVY = {
    "cryptography", "jinja2", "msgspec.yaml", "numpy", "onnx", "onnxruntime", "pandas", "re2", "scipy", "sklearn",
    "torch", "tree_sitter", "yaml",
}  # fmt: skip
PROBE = "import json, sys; sys.argv = ['hauberk', *{words!r}]\ntry:\n {code}\nexcept SystemExit: pass\nsys.stderr.write(json.dumps(sorted(sys.modules)))"


def loaded(code, *words):
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(code=code, words=list(words))], capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stderr))


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import hauberk", ()),
        ("from hauberk.cli.entry import run; run()", ("--version",)),
        ("from hauberk.cli.entry import run; run()", ("--help",)),
    ],
)
def test_the_front_door_loads_no_heavy_library(code, words):
    offenders = {name.partition(".")[0] for name in loaded(code, *words)} & HEAVY
    assert not offenders


def test_the_version_loads_no_command_line():
    assert "cyclopts" not in loaded("from hauberk.cli.entry import run; run()", "--version")


def test_the_probe_names_an_offender():
    assert "numpy" in loaded("import numpy")
