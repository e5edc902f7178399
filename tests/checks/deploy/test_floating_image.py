# SPDX-License-Identifier: Apache-2.0
"""Which names of images can move."""

import pytest

from hauberk.checks.deploy.floating_image import floating_image
from hauberk.core.scales import Severity
from tests.checks.trial import on_files

PIN = "@sha256:" + "a1" * 32
CASES = [
    ("python", [Severity.MEDIUM]),
    ("python:latest", [Severity.MEDIUM]),
    ("localhost:5000/python", [Severity.MEDIUM]),
    ("python:3.12", [Severity.LOW]),
    ("localhost:5000/python:3.12", [Severity.LOW]),
    ("python@sha256:short", [Severity.LOW]),
    ("python" + PIN, []),
    ("python:3.12" + PIN, []),
    ("scratch", []),
    ("${BASE}", []),
]


@pytest.mark.parametrize(("image", "severities"), CASES)
def test_an_image_without_a_digest_can_move(tmp_path, image, severities):
    (evidence,) = on_files(floating_image, tmp_path, {"Dockerfile": f"FROM {image} AS a\nFROM a\n"})
    assert [finding.severity for finding in evidence.findings] == severities


def test_an_image_of_a_pod_counts_once_in_a_file(tmp_path):
    one = "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {containers: [{name: c, image: 'a:1'}]}\n"
    (evidence,) = on_files(floating_image, tmp_path, {"x.yaml": one + "---\n" + one})
    assert len(evidence.findings) == 1
