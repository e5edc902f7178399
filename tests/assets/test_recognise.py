# SPDX-License-Identifier: Apache-2.0
"""What a file is: by content first, by name second, for any bytes and any name."""

import bz2
import gzip
import io
import json
import lzma
import os
import pickle
import zipfile
import zlib

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hauberk.assets.recognise import HEAD, recognise


class Evil:
    def __reduce__(self):
        return os.system, ("true",)


def zipped(*members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for member in members:
            archive.writestr(member, b"x" * 10)
    return file.getvalue()


def saved(write, *arrays):
    file = io.BytesIO()
    write(file, *arrays)
    return file.getvalue()


NOTEBOOK = json.dumps({"cells": [{"cell_type": "code", "source": "x"}], "metadata": {}, "nbformat": 4}).encode()
DOCKER = b"# syntax=docker/dockerfile:1\nARG X=1\nFROM --platform=linux/amd64 python:3.12 AS base\nRUN pip install x\n"
POD = b"# a pod\napiVersion: v1\nkind: Pod\nmetadata: {name: x}\n"
SAFETENSORS = (14).to_bytes(8, "little") + b'{"w":{"dtype"}' + b"\0" * 8

CASES = [
    # content contradicts the name
    ("notes.txt", pickle.dumps(Evil(), 4), "model pickle"),
    ("data.csv", pickle.dumps({"a": 1}, 2), "model pickle"),
    ("photo.png", zipped("archive/data.pkl", "archive/data/0"), "model torch-zip"),
    ("notes.md", pickle.dumps(Evil(), 0), "model pickle"),
    ("notes.md", pickle.dumps(Evil(), 1), "model pickle"),
    ("script.py", pickle.dumps(Evil(), 5), "model pickle"),
    ("x", b"cposix\nsystem\n(S'id'\ntR.", "model pickle"),
    ("x", b"(S'id'\niposix\nsystem\n.", "model pickle"),
    ("readme", gzip.compress(pickle.dumps(Evil())), "model joblib-compressed"),
    ("x.json", NOTEBOOK, "notebook notebook"),
    ("x.txt", b"\x93NUMPY\x01\x00", "dataset npy"),
    ("model.pkl", zipped("m/data.pkl"), "model torch-zip"),
    ("weights.bin", pickle.dumps([1.0]), "model pickle"),
    ("weights.bin", SAFETENSORS, "model safetensors"),
    # a suffix that claims a structured kind wins over unknown content
    ("model.pkl", b"\x07garbage\0\xff", "model pickle"),
    ("model.joblib", b"", "model pickle"),
    ("latin.py", b"# \xe9\n", "code python"),
    ("nul.py", b"x = 1\0\n", "code python"),
    ("empty.py", b"", "code python"),
    ("one.csv", b"a\n1\n2\n", "dataset csv"),
    ("broken.ipynb", b"{", "notebook notebook"),
    ("m.onnx", b"garbage", "model onnx"),
    ("big.npz", b"garbage", "dataset npz"),
    # models and data
    ("a.pt", zipped("archive/data.pkl", "archive/version"), "model torch-zip"),
    ("a.pt", zipped("net/data.pkl", "net/code/__torch__.py"), "model torchscript"),
    ("a.keras", zipped("metadata.json", "config.json", "model.weights.h5"), "model keras"),
    ("a.skops", zipped("schema.json"), "model skops"),
    ("a.npz", saved(np.savez, np.arange(3)), "dataset npz"),
    ("a.npy", saved(np.save, np.arange(3)), "dataset npy"),
    ("a.zip", zipped("a.txt"), "other zip"),
    ("a.pkl.gz", gzip.compress(b"x"), "model joblib-compressed"),
    ("a.joblib.z", zlib.compress(b"x"), "model joblib-compressed"),
    ("a.joblib", zlib.compress(b"x"), "model joblib-compressed"),
    ("a.pkl", bz2.compress(b"x"), "model joblib-compressed"),
    ("a.pkl", lzma.compress(b"x"), "model joblib-compressed"),
    ("a.pkl", lzma.compress(b"x", lzma.FORMAT_ALONE), "model joblib-compressed"),
    ("a.csv.gz", gzip.compress(b"a,b\n"), "dataset csv"),
    ("a.h5", b"\x89HDF\r\n\x1a\n", "model hdf5"),
    ("a", b"GGUF\x03\0\0\0", "model gguf"),
    ("a", b"\x08\x07\x12\x07pytorch\x1a\x03", "model onnx"),
    ("a.tflite", b"\x1c\0\0\0TFL3", "model tflite"),
    ("a.parquet", b"PAR1\x15\0", "dataset parquet"),
    ("a.json", b'{"learner":{"attributes":{}}}', "model xgboost-json"),
    ("a.txt", b"tree\nversion=v4\nnum_class=1\n", "model lightgbm"),
    ("a.xml", b'<?xml version="1.0"?>\n<PMML version="4.4">', "model pmml"),
    ("a.jsonl", b"{}\n", "dataset jsonl"),
    # images, manifests
    ("Dockerfile", DOCKER, "image dockerfile"),
    ("deploy/Dockerfile.prod", b"FROM x\n", "image dockerfile"),
    ("api.dockerfile", b"FROM x\n", "image dockerfile"),
    ("Containerfile", b"FROM x\n", "image dockerfile"),
    ("build", DOCKER, "image dockerfile"),
    ("letter", b"From Alice to Bob\nRUN away\n", "document text"),
    ("assets/dockerfile.py", b"import os\n", "code python"),
    ("pod.yaml", POD, "manifest kubernetes"),
    ("pod", POD, "manifest kubernetes"),
    ("pod.json", b'{"apiVersion": "v1", "kind": "Pod"}', "manifest kubernetes"),
    ("t.yaml", b"{{- if .Values.x }}\n" + POD, "manifest helm-template"),
    ("ci.yml", b"run: ${{ matrix.x }}\n", "manifest yaml"),
    ("play.yml", b"- name: '{{ x }}'\n", "manifest yaml"),
    ("docker-compose.yml", b"services:\n  a:\n    image: x\n", "manifest compose"),
    ("stack.yml", b"services:\n  a:\n    build: .\n", "manifest compose"),
    ("hauberk.yaml", b"name: x\n", "manifest hauberk"),
    ("empty.yaml", b"", "manifest yaml"),
    ("main.tf", b"resource", "manifest terraform"),
    # code and documents
    ("run", b"#!/usr/bin/env python3\nimport os\n", "code python"),
    ("run", b"#!/bin/bash\nls\n", "code shell"),
    ("a.js", b"let x\n", "code javascript"),
    ("a.cu", b"__global__", "code cuda"),
    ("README.md", b"# x\n", "document markdown"),
    ("a.toml", b"[x]\n", "document toml"),
    ("deploy.env", b"A=1\n", "document ini"),
    ("GGUF.txt", b"GGUF is a format\n", "document text"),
    ("words.txt", b"cat\ndog\nRat\n", "document text"),
    ("x.txt", b"x^2 + 1\n", "document text"),
    ("a.png", b"\x89PNG\r\n\x1a\n", "other png"),
    ("a", b"", "other empty"),
    ("a", b"\0\1\2\3\xff", "other binary"),
    ("a.txt", "é".encode("utf-16"), "document text"),
    ("packages.pth", b"import sys; x\n/usr/lib\n", "document text"),
]


@pytest.mark.parametrize(("path", "head", "expected"), CASES)
def test_a_file_is_what_its_content_and_name_say(path, head, expected):
    kind, content_format = recognise(path, head)
    assert f"{kind.value} {content_format}" == expected


@given(st.text(max_size=40), st.binary(max_size=400))
@example("a.b/\0", b"BZh91AY&SY")
@example("x", b"\x80\x04")
@example("x", b"PK\x03\x04")
def test_any_bytes_and_any_name_have_one_answer(path, head):
    assert recognise(path, head) == recognise(path, head)


@given(st.sampled_from(CASES), st.integers(0, 200), st.binary(max_size=8))
def test_a_cut_or_changed_file_still_has_an_answer(case, at, patch):
    path, head, _ = case
    assert recognise(path, head[:at] + patch + head[at + len(patch) :])


@given(st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=5), st.integers(0, 5))
def test_every_pickle_that_calls_is_a_pickle_whatever_its_name(value, protocol):
    data = pickle.dumps((Evil(), value), protocol)[:HEAD]
    assert recognise("notes.txt", data)[1] == "pickle"
