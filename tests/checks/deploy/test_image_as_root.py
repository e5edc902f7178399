# SPDX-License-Identifier: Apache-2.0
"""Which Dockerfiles run as root, and how sure that is."""

import pytest

from hauberk.checks.deploy.image_as_root import image_as_root
from hauberk.core.scales import Confidence, Outcome
from tests.checks.trial import on_files

ROOT = [
    ("FROM python:3.12\n", Confidence.HIGH),
    ("FROM docker.io/library/ubuntu\nUSER app\nUSER root\n", Confidence.HIGH),
    ("FROM python:3.12\nUSER 0:0\n", Confidence.HIGH),
    ("FROM python:3.12\nUSER root:app\n", Confidence.HIGH),
    ("FROM python:3.12\nARG WHO=root\nUSER ${WHO}\n", Confidence.HIGH),
    ("FROM python:3.12\nENV WHO 0\nUSER $WHO\n", Confidence.HIGH),
    ("FROM python:3.12\nUSER ${NEVER:-root}\n", Confidence.HIGH),
    ("FROM python:3.12 AS a\nUSER app\nFROM python:3.12\nCOPY --from=a /x /x\n", Confidence.HIGH),
    ("FROM python:3.12 AS a\nUSER root\nFROM a\nRUN true\n", Confidence.HIGH),
    ("# escape=`\nFROM python:3.12\nRUN a `\n  USER app\n", Confidence.HIGH),
    ("FROM python:3.12\nRUN <<EOF\nUSER app\nEOF\n", Confidence.HIGH),
    ("FROM python:3.12\n# USER app\nRUN a \\\n# USER app\n  b\n", Confidence.HIGH),
    ("FROM registry.example.org/team/base:7\n", Confidence.MEDIUM),
    ("ARG BASE\nFROM ${BASE}\n", Confidence.MEDIUM),
    ('FROM python:3.12\nENTRYPOINT ["gosu", "app", "serve"]\n', Confidence.LOW),
]
OTHER = [
    "FROM python:3.12\nUSER 10001\n",
    "FROM python:3.12\nuser app:app\n",
    "FROM python:3.12 AS base\nUSER 1000\nFROM base\nRUN true\n",
    "FROM python:3.12 AS Base\nUSER 1000\nFROM base AS next\nFROM NEXT\n",
    "FROM gcr.io/distroless/python3-debian12:nonroot\n",
    "FROM cgr.dev/chainguard/python:latest\n",
    "FROM nginxinc/nginx-unprivileged:1.27\n",
    "FROM quay.io/jupyter/scipy-notebook:2025-01-01\nUSER ${NB_UID}\n",
    "ARG TAG=nonroot\nFROM gcr.io/distroless/cc-debian12:${TAG}\n",
    "FROM python:3.12\nARG WHO=root\nARG WHO=app\nUSER ${WHO}\n",
    "FROM python:3.12\nUSER root\nRUN true\nUSER app\n",
    "ARG ID=1000\nFROM python:3.12\nARG ID\nUSER $ID\n",
]
UNABLE = [
    "",
    "FROM\n",
    "RUN true\n",
    "FROM x\nNONSENSE y\n",
    "FROM x\nRUN <<EOF\n",
    "FROM {{ image }}\n",
    "# only a remark\n",
]


@pytest.mark.parametrize(("text", "confidence"), ROOT)
def test_an_image_that_runs_as_root_is_found(tmp_path, text, confidence):
    (evidence,) = on_files(image_as_root, tmp_path, {"Dockerfile": text})
    assert [finding.confidence for finding in evidence.findings] == [confidence]


@pytest.mark.parametrize("text", OTHER)
def test_an_image_with_another_user_is_clean(tmp_path, text):
    (evidence,) = on_files(image_as_root, tmp_path, {"Dockerfile": text})
    assert evidence.outcome is Outcome.CLEAN, evidence.findings or evidence.reason


@pytest.mark.parametrize("text", UNABLE)
def test_what_is_no_dockerfile_is_never_called_clean(tmp_path, text):
    (evidence,) = on_files(image_as_root, tmp_path, {"Dockerfile": text})
    assert evidence.outcome is Outcome.UNABLE
