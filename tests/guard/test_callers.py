# SPDX-License-Identifier: Apache-2.0
"""Who may ask, with what, for how long."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hauberk.core.clock import stamp
from hauberk.core.errors import Malformed, Misuse
from hauberk.guard.callers import Keys, add_key, read_keys, revoke_keys, rotate_key
from hauberk.guard.known import Known
from hauberk.guard.settings import Tokens
from hauberk.guard.tokens import TokenKeys, parse_keys

NOW = datetime(2027, 1, 4, 12, tzinfo=UTC)


def caller(path, text, at):
    return Keys(read_keys(path)).caller(text, stamp(at))


def test_a_key_is_kept_as_a_hash_and_ends_on_its_day(tmp_path):
    path = tmp_path / "callers.json"
    _, text = add_key(path, "branch", now=NOW, days=1, roles=("teller",))
    secret = text.rpartition("_")[2]
    assert secret.encode() not in path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0
    found = caller(path, text, NOW)
    assert (found.name, found.scopes, found.roles) == ("branch", ("infer", "metadata"), ("teller",))
    assert caller(path, text, NOW + timedelta(days=1)) is None
    assert caller(path, text[:-1], NOW) is None
    assert caller(path, text + "x", NOW) is None


def test_a_name_has_one_key_until_it_is_rotated_and_the_old_one_ends_with_the_overlap(tmp_path):
    path = tmp_path / "callers.json"
    _, old = add_key(path, "branch", now=NOW, days=30)
    with pytest.raises(Misuse, match="already"):
        add_key(path, "branch", now=NOW, days=30)
    _, new = rotate_key(path, "branch", now=NOW, days=30, overlap=timedelta(hours=1))
    soon, later = NOW + timedelta(minutes=59), NOW + timedelta(minutes=60)
    assert caller(path, old, soon).name == caller(path, new, soon).name == "branch"
    assert caller(path, old, later) is None
    assert caller(path, new, later) is not None


def test_a_revoked_key_is_refused_by_a_guard_that_runs(tmp_path, monkeypatch):
    monkeypatch.setattr("hauberk.guard.known._LOOK", 0.0)
    path = tmp_path / "callers.json"
    _, text = add_key(path, "branch", now=NOW, days=30)
    known = Known(path, None)
    headers = {b"authorization": b"Bearer " + text.encode()}
    assert known(headers, stamp(NOW)) is not None
    assert revoke_keys(path, "branch", now=NOW) == 1
    assert known(headers, stamp(NOW)) is None
    with pytest.raises(Misuse, match="no key"):
        revoke_keys(path, "branch", now=NOW)


def test_a_file_of_callers_that_cannot_be_read_lets_nobody_in(tmp_path, monkeypatch):
    monkeypatch.setattr("hauberk.guard.known._LOOK", 0.0)
    path = tmp_path / "callers.json"
    _, text = add_key(path, "branch", now=NOW, days=30)
    known = Known(path, None)
    path.write_bytes(path.read_bytes()[:-3])
    assert known({b"x-api-key": text.encode()}, stamp(NOW)) is None


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value, size):
    return b64(value.to_bytes(size, "big"))


ED, EC, RSA = (
    ed25519.Ed25519PrivateKey.generate(),
    ec.generate_private_key(ec.SECP256R1()),
    rsa.generate_private_key(65537, 2048),
)


def jwks():
    point, numbers = EC.public_key().public_numbers(), RSA.public_key().public_numbers()
    return {
        "keys": [
            {"kty": "OKP", "crv": "Ed25519", "kid": "ed", "x": b64(ED.public_key().public_bytes_raw())},
            {"kty": "EC", "crv": "P-256", "kid": "ec", "x": number(point.x, 32), "y": number(point.y, 32)},
            {"kty": "RSA", "kid": "rsa", "n": number(numbers.n, 256), "e": number(numbers.e, 3)},
        ]
    }


def es256(message):
    r, s = decode_dss_signature(EC.sign(message, ec.ECDSA(SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


SIGN = {"EdDSA": ED.sign, "ES256": es256, "RS256": lambda message: RSA.sign(message, padding.PKCS1v15(), SHA256())}
KID = {"EdDSA": "ed", "ES256": "ec", "RS256": "rsa"}
CLAIMS = {"iss": "https://id.example", "aud": "credit", "sub": "alice", "exp": NOW.timestamp() + 60, "scope": "infer"}


def token(algorithm="EdDSA", *, header=None, sign=None, **claims):
    told = {"alg": algorithm, "kid": KID.get(algorithm, "ed")} | (header or {})
    body = {key: value for key, value in (CLAIMS | claims).items() if value is not None}
    signed = f"{b64(json.dumps(told).encode())}.{b64(json.dumps(body).encode())}"
    return f"{signed}.{b64((sign or SIGN[algorithm])(signed.encode()))}"


@pytest.fixture
def keys(tmp_path):
    path = tmp_path / "jwks.json"
    path.write_text(json.dumps(jwks()))
    return TokenKeys(Tokens(jwks=str(path), issuer="https://id.example", audience="credit"))


@pytest.mark.parametrize("algorithm", SIGN)
def test_a_token_of_each_algorithm_holds_until_it_ends(keys, algorithm):
    text = token(algorithm)
    found = keys.caller(text, NOW.timestamp())
    assert found.scopes == ("infer",)
    assert found.name.startswith("jwt:")
    assert "alice" not in found.name
    assert keys.caller(text, NOW.timestamp() + 70) is None
    assert keys.caller(text, NOW.timestamp()) is not None


PEM = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
RAW = ED.public_key().public_bytes_raw()


def hmac_by(key):
    return lambda message: hmac.digest(key, message, hashlib.sha256)


BAD = {
    "alg none": token(header={"alg": "none"}, sign=lambda _: b""),
    "alg None": token(header={"alg": "None"}),
    "an HMAC under a public RSA key": token(header={"alg": "HS256", "kid": "rsa"}, sign=hmac_by(PEM)),
    "an HMAC under a public Ed25519 key": token(header={"alg": "HS256", "kid": "ed"}, sign=hmac_by(RAW)),
    "RS256 said of an Ed25519 key": token(header={"alg": "RS256", "kid": "ed"}),
    "another key's signature": token(header={"kid": "ec"}),
    "an unknown key": token(header={"kid": "x"}),
    "no kid where there are several keys": token(header={"kid": None}),
    "a signature by somebody else": token(sign=ed25519.Ed25519PrivateKey.generate().sign),
    "no signature": token(sign=lambda _: b""),
    "DER instead of two numbers": token("ES256", sign=lambda message: EC.sign(message, ec.ECDSA(SHA256()))),
    "another issuer": token(iss="https://evil.example"),
    "another audience": token(aud="debit"),
    "no audience": token(aud=None),
    "no end": token(exp=None),
    "an end that is true": token(exp=True),
    "an end that is a text": token(exp="9999999999"),
    "not yet": token(nbf=NOW.timestamp() + 60),
    "no subject": token(sub=None),
    "a critical extension": token(header={"crit": ["b64"], "b64": False}),
    "its key beside it": token(header={"jwk": {"kty": "OKP"}, "kid": "x"}),
    "another type": token(header={"typ": "JOSE"}),
    "four parts": token() + ".x",
    "padding": token() + "=",
    "long": "x" * 10000,
    "nothing": "..",
}  # fmt: skip


@pytest.mark.parametrize("text", BAD.values(), ids=BAD.keys())
def test_a_token_that_does_not_hold_is_nobodys(keys, text):
    assert keys.caller(text, NOW.timestamp()) is None


def test_a_signature_with_spare_bits_is_refused(keys):
    text = token()
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    other = text[:-1] + letters[letters.index(text[-1]) ^ 1]
    assert keys.caller(other, NOW.timestamp()) is None


WEAK = {
    "no keys": {"keys": []},
    "a private key": {"keys": [jwks()["keys"][0] | {"d": "AA"}]},
    "a secret": {"keys": [{"kty": "oct", "k": "AA"}]},
    "small RSA": {"keys": [{"kty": "RSA", "n": number(2**1023 + 1, 128), "e": "AQAB"}]},
    "a point that is on no curve": {"keys": [jwks()["keys"][1] | {"x": number(1, 32)}]},
    "one kid twice": {"keys": [jwks()["keys"][0]] * 2},
    "an algorithm of another key": {"keys": [jwks()["keys"][0] | {"alg": "RS256"}]},
    "for encryption": {"keys": [jwks()["keys"][2] | {"use": "enc"}]},
}


@pytest.mark.parametrize("keys", WEAK.values(), ids=WEAK.keys())
def test_a_set_of_keys_that_would_not_do_is_refused_whole(keys):
    with pytest.raises(Malformed):
        parse_keys(json.dumps(keys).encode())
