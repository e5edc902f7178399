# SPDX-License-Identifier: Apache-2.0
"""What is declared must be there: as a file, or as a folder of files."""

import pytest

from hauberk.checks.govern.declared_files import declared_files
from hauberk.core.scales import Outcome
from tests.checks.trial import on_files

HERE = {"m.onnx": b"x", "data/a.csv": "a\n1\n", "node_modules/lib.js": "x\n"}


def judge(folder, uri):
    manifest = f'name: s\nassets:\n  - {{id: thing, kind: document, uri: "{uri}"}}\n'
    return on_files(declared_files, folder, {**HERE, "hauberk.yaml": manifest})


@pytest.mark.parametrize("uri", ["gone.onnx", "data/b.csv", "m.onnx/x", "dat", "M.onnx", "empty/"])
def test_what_is_not_there_is_found(tmp_path, uri):
    (tmp_path / "empty").mkdir()
    evidence = judge(tmp_path, uri)
    findings = [finding for one in evidence for finding in one.findings]
    assert [finding.message.partition(" ")[0] for finding in findings] == ["thing"]
    assert len({finding.fingerprint for finding in findings}) == len(findings)


@pytest.mark.parametrize(
    "uri",
    [
        "m.onnx",
        "./m.onnx",
        "data",
        "data/",
        "data/a.csv",
        "data/a.csv/",
        "hauberk.yaml",
        "node_modules/lib.js",
        "https://x.example/",
    ],
)
def test_what_is_there_or_elsewhere_is_not_flagged(tmp_path, uri):
    assert {one.outcome for one in judge(tmp_path, uri)} <= {Outcome.CLEAN}


def test_a_link_that_leaves_the_system_is_there_and_unable_elsewhere(tmp_path):
    (tmp_path / "outside.onnx").write_bytes(b"x")
    (tmp_path / "system").mkdir()
    (tmp_path / "system" / "link.onnx").symlink_to("../outside.onnx")
    manifest = "name: s\nassets:\n  - {id: thing, kind: model, uri: link.onnx}\n"
    evidence = on_files(declared_files, tmp_path / "system", {"hauberk.yaml": manifest})
    assert {one.outcome for one in evidence} == {Outcome.CLEAN}
