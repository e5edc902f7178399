# SPDX-License-Identifier: Apache-2.0
"""Secrets behind base64 in a cluster's manifest, and in members of archives."""

import base64
import bz2
import gzip
import io
import lzma
import tarfile
import zipfile

import pytest

from hauberk.checks.secrets.in_archive import secret_in_archive
from hauberk.checks.secrets.kubernetes_secret import kubernetes_secret
from tests.checks.trial import messages, on_files, outcomes

VALUE = "h7Kp" + "2mQz9"
TOKEN = "hf_" + "QzWvTnRkPbYhMdXsLgJcFuKaEoIiVpZwBt"


def secret(part, key, value):
    return f"apiVersion: v1\nkind: Secret\nmetadata: {{name: a}}\n{part}:\n  {key}: {value}\n"


def b64(text):
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (secret("data", "token", b64(TOKEN)), True),
        (secret("data", "password", b64(VALUE)), True),
        (secret("stringData", "password", VALUE), True),
        (secret("data", "password", b64("${PASSWORD}")), False),
        (secret("data", "password", '""'), False),
        (secret("data", "username", b64("scorer")), False),
        (secret("data", "tls.crt", b64("certificate")), False),
        (secret("data", "password", b64("changeme")), False),
        (secret("data", "password", b64(VALUE)).replace("kind: Secret", "kind: SealedSecret"), False),
        (secret("data", "password", b64(VALUE)).replace("kind: Secret", "kind: ConfigMap"), False),
    ],
)
def test_values_of_a_secret_are_found_and_blanks_are_not(text, found, tmp_path):
    evidence = on_files(kubernetes_secret, tmp_path, {"a.yaml": text})
    assert bool(messages(evidence)) is found
    assert VALUE not in repr(evidence)


def packed(kind, name, data):
    held = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(held, "w") as opened:
            opened.writestr(name, data)
    else:
        with tarfile.open(fileobj=held, mode="w") as opened:
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            opened.addfile(entry, io.BytesIO(data))
    return gzip.compress(held.getvalue()) if kind == "tar.gz" else held.getvalue()


@pytest.mark.parametrize("kind", ["zip", "tar", "tar.gz"])
@pytest.mark.parametrize(
    ("text", "found"),
    [(f"HF={TOKEN}\n", True), ("HF=${HF}\n", False), ("\0" + TOKEN, False)],
    ids=["token", "blank", "binary"],
)
def test_a_secret_in_a_member_is_found(kind, text, found, tmp_path):
    evidence = on_files(secret_in_archive, tmp_path, {f"a.{kind}": packed(kind, ".env", text.encode())})
    assert bool(messages(evidence)) is found
    assert TOKEN not in repr(evidence)


@pytest.mark.parametrize(
    "outer",
    ["tar.gz>zip", "zip>tar.gz", "tar>zip>tar", "zip>zip>zip", "xz>tar", "bz2>tar", "zip>gz", "whl", "mar", "keras"],
)
def test_a_secret_is_found_however_it_is_packed(outer, tmp_path):
    data, name = f"HF={TOKEN}\n".encode(), "a/.env"
    layers = outer.split(">")
    for layer in reversed(layers):
        if layer in ("xz", "bz2", "gz"):
            data = {"xz": lzma, "bz2": bz2, "gz": gzip}[layer].compress(data)
        else:
            data = packed(layer if "tar" in layer else "zip", name, data)
        name = f"inner.{layer}"
    evidence = on_files(secret_in_archive, tmp_path, {f"a.{layers[0]}": data})
    assert len(messages(evidence)) == 1
    assert TOKEN not in repr(evidence)


def test_what_is_packed_too_deep_or_broken_within_is_not_a_crash(tmp_path):
    data = b"x = 1\n"
    for _ in range(9):
        data = packed("zip", "a.zip", data)
    inner = packed("zip", "a.py", b"x = 1\n" * 99)
    evidence = on_files(
        secret_in_archive, tmp_path, {"deep.zip": data, "broken.zip": packed("zip", "b.zip", inner[: len(inner) // 2])}
    )
    assert {one.asset.uri: one.outcome.value for one in evidence} == {"deep.zip": "unable", "broken.zip": "unable"}


@pytest.mark.parametrize("kind", ["zip", "tar", "tar.gz"])
def test_a_broken_archive_is_unable_and_never_a_crash(kind, tmp_path):
    data = packed(kind, ".env", b"a=b\n" * 900)
    evidence = on_files(secret_in_archive, tmp_path, {f"a.{kind}": data[: len(data) // 2]})
    assert not any("crash" in one.reason for one in evidence)
    assert outcomes(evidence) <= {"unable", "clean"}
