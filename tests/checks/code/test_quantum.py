# SPDX-License-Identifier: Apache-2.0
"""Keys that a quantum computer breaks, beside data that are kept long, and beside data that are not."""

import pytest

from hauberk.analysis.retention import is_long, years
from hauberk.checks.code.quantum import quantum_keys
from tests.checks.trial import messages, on_files, outcomes

PYCA = "from cryptography.hazmat.primitives.asymmetric import rsa, ec, x25519, padding, mlkem, mldsa, ed25519, dh\n"


def manifest(words):
    return f"name: s\nassets:\n  - {{id: rows, kind: dataset, facts: {{retention: '{words}'}}}}\n"


def judged(folder, name, text, words="30 years"):
    return on_files(quantum_keys, folder, {name: text, "hauberk.yaml": manifest(words)})


MUST_CATCH = {
    "rsa.py": PYCA + "k = rsa.generate_private_key(public_exponent=65537, key_size=3072)\n",
    "x25519.py": PYCA + "k = x25519.X25519PrivateKey.generate()\n",
    "ecdh.py": PYCA + "s = key.exchange(ec.ECDH(), other)\n",
    "oaep.py": PYCA + "c = key.encrypt(data, padding.OAEP(mgf=m, algorithm=a, label=None))\n",
    "dh.py": PYCA + "p = dh.generate_parameters(generator=2, key_size=2048)\n",
    "crypto.py": "from Crypto.PublicKey import RSA\nk = RSA.generate(2048)\n",
    "cryptodome.py": "from Cryptodome.Cipher import PKCS1_OAEP\nc = PKCS1_OAEP.new(k).encrypt(d)\n",
    "nacl.py": "import nacl.public\nk = nacl.public.PrivateKey.generate()\n",
    "rsa_lib.py": "import rsa as r\npub, priv = r.newkeys(2048)\n",
    "ed.py": PYCA + "k = ed25519.Ed25519PrivateKey.generate()\n",
    "ecdsa.py": PYCA + "s = key.sign(data, ec.ECDSA(h))\n",
    "jwt.py": "import jwt\nt = jwt.encode(claims, key, algorithm='RS256')\n",
    "jose.py": "from jose import jwe\nt = jwe.encrypt(d, key, algorithm='RSA-OAEP-256')\n",
    "paramiko.py": "import paramiko\nk = paramiko.RSAKey.generate(3072)\n",
    "alias.py": "from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as make\nmake(65537, 2048)\n",
    "sshd_config": "KexAlgorithms curve25519-sha256\n",
    "nginx.conf": "server {\n  ssl_ecdh_curve X25519:prime256v1;\n}\n",
    "openssl.cnf": "[tls]\nGroups = X25519:P-256\n",
    "keys.sh": "#!/bin/sh\nopenssl genrsa -out key.pem 4096\n",
    "req.sh": "#!/bin/sh\nopenssl req -x509 -newkey rsa:4096 -keyout key.pem\n",
    "Dockerfile": "FROM debian:12\nRUN ssh-keygen -q -t ecdsa -f /etc/ssh/key\n",
}
MUST_NOT_CATCH = {
    "hybrid.py": PYCA + "a = x25519.X25519PrivateKey.generate()\nb = mlkem.MLKEM768PrivateKey.generate()\n",
    "lattice.py": PYCA + "b = mlkem.MLKEM768PrivateKey.generate()\n",
    "both_signed.py": PYCA + "a = ed25519.Ed25519PrivateKey.generate()\nb = mldsa.MLDSA65PrivateKey.generate()\n",
    "aes.py": "from cryptography.hazmat.primitives.ciphers.aead import AESGCM\nk = AESGCM.generate_key(256)\n",
    "hs256.py": "import jwt\nt = jwt.encode(claims, key, algorithm='HS256')\n",
    "verify.py": "import jwt\nt = jwt.decode(text, key, algorithms=['RS256'])\n",
    "fernet.py": "from cryptography.fernet import Fernet\nk = Fernet.generate_key()\n",
    "words.py": "doc = 'use rsa.generate_private_key'\nrsa = 1\n",
    "own.py": "class rsa:\n    pass\n\ndef newkeys():\n    return 1\n\nnewkeys()\n",
    "tests/test_a.py": PYCA + "k = rsa.generate_private_key(65537, 2048)\n",
    "sshd_config": "KexAlgorithms mlkem768x25519-sha256,curve25519-sha256\n",
    "ssh_config": "Host *\n  KexAlgorithms +diffie-hellman-group14-sha1\n",
    "nginx.conf": "ssl_ecdh_curve X25519MLKEM768:X25519;\n",
    "groups.md": "The Groups page lists curves.\nGroups of people meet here.\n",
    "keys.sh": "#!/bin/sh\nopenssl rand -hex 32\nssh-keygen -lf key.pub\n",
}


@pytest.mark.parametrize("name", MUST_CATCH)
def test_a_key_that_will_fall_is_found_where_data_are_kept_long(name, tmp_path):
    assert len(messages(judged(tmp_path, name, MUST_CATCH[name]))) == 1


@pytest.mark.parametrize("name", MUST_NOT_CATCH)
def test_what_holds_or_is_none_is_left_alone(name, tmp_path):
    assert not messages(judged(tmp_path, name, MUST_NOT_CATCH[name]))


@pytest.mark.parametrize("words", ["30 days", "5 years after the contract ends", ""])
def test_where_data_are_not_kept_long_the_rule_is_not_run(words, tmp_path):
    evidence = judged(tmp_path, "a.py", MUST_CATCH["rsa.py"], words)
    assert outcomes(evidence) == set()


def test_without_a_manifest_the_rule_is_not_run(tmp_path):
    assert on_files(quantum_keys, tmp_path, {"a.py": MUST_CATCH["rsa.py"]}) == []


def test_a_flow_that_keeps_data_long_counts(tmp_path):
    text = "name: s\nflows:\n  - {name: export, source: a, target: b, retention: permanently}\n"
    evidence = on_files(quantum_keys, tmp_path, {"a.py": MUST_CATCH["rsa.py"], "hauberk.yaml": text})
    assert "'export' is kept 'permanently'" in messages(evidence)[0]


@pytest.mark.parametrize(
    ("words", "told", "long"),
    [
        ("10 years", 10, True),
        ("ten years after discharge", 10, True),
        ("24 months", 2, False),
        ("P30Y", 30, True),
        ("indefinitely", float("inf"), True),
        ("2 decades", 20, True),
        ("90 days, backups 1 year", 1, False),
        ("until the account is closed", 0, False),
        ("until December 2049", 0, True),
        ("until 2031", 0, False),
        ("as long as needed", 0, False),
    ],
)
def test_how_long_is_read_from_words(words, told, long):
    assert years(words) == pytest.approx(told)
    assert is_long(words) is long
