# SPDX-License-Identifier: Apache-2.0
"""Keys and exchanges that a quantum computer breaks (Shor, 1994), by how code and configuration name them.

Sources: the documentation of cryptography 50, PyCryptodome, PyNaCl, PyJWT, paramiko, asyncssh; RFC 7518 (JWA);
sshd_config(5) of OpenSSH 10; ngx_http_ssl_module; NIST FIPS 203 and 204, NIST IR 8547.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from hauberk.analysis.calls import constant, dotted
from hauberk.assets.python import Module
from hauberk.assets.scopes import Call

_PYCA = r"cryptography\.hazmat\.primitives\.asymmetric\."
_CRYPTO = r"(?:Crypto|Cryptodome)\."
_SECRET = re.compile(
    rf"{_PYCA}(?:rsa\.generate_private_key|(?:x25519\.X25519|x448\.X448)PrivateKey\.generate|ec\.ECDH"
    rf"|dh\.(?:generate_parameters|DHParameterNumbers)|padding\.OAEP)"
    rf"|{_CRYPTO}(?:PublicKey\.(?:RSA|ElGamal)\.generate|Cipher\.PKCS1_(?:OAEP|v1_5)\.new|Protocol\.DH\.key_agreement)"
    r"|nacl\.public\.(?:PrivateKey\.generate|SealedBox|Box)|rsa\.(?:newkeys|encrypt)|ecies\.encrypt"
    r"|paramiko\.(?:RSAKey|ECDSAKey)\.generate|asyncssh\.generate_private_key|pyrage\.x25519\.Identity\.generate"
)
"""What keeps something secret: recorded today, it is read later."""
_SIGNED = re.compile(
    rf"{_PYCA}(?:(?:ed25519\.Ed25519|ed448\.Ed448)PrivateKey\.generate|dsa\.generate_private_key"
    rf"|ec\.(?:generate_private_key|ECDSA))|{_CRYPTO}PublicKey\.(?:DSA|ECC)\.generate|nacl\.signing\.SigningKey\.generate"
    r"|ecdsa\.(?:keys\.)?SigningKey\.generate"
)
"""What vouches for something: once the key is broken, anybody signs in its name."""
_TOKENS = re.compile(
    r"jwt\.encode|jose\.(?:jwt|jws)\.(?:encode|sign)|(?:authlib\.)?jose\.\w+\.encode|joserfc\.jwt\.encode"
)
_TOKEN_SIGNED = re.compile(r"(?:RS|PS|ES)(?:256|384|512)K?|EdDSA|Ed25519")
_ENCRYPTING = re.compile(r"jose\.jwe\.encrypt|jwcrypto\.jwe\.JWE|joserfc\.jwe\.encrypt_compact")
_TOKEN_SECRET = re.compile(r"RSA-OAEP(?:-\d+)?|RSA1_5|ECDH-ES(?:\+A\d+KW)?")
_LATTICE = re.compile(r"ml_?kem|kyber|(?<!\w)oqs\.KeyEncapsulation|xwing|hpke_pq", re.IGNORECASE)
_LATTICE_SIGNED = re.compile(r"ml_?dsa|dilithium|slh_?dsa|sphincs|(?<!\w)oqs\.Signature", re.IGNORECASE)

_SETTING = re.compile(
    rb"^[ \t]*(KexAlgorithms|ssl_ecdh_curve|(?:ssl_conf_command|SSLOpenSSLConfCmd)[ \t]+(?:Groups|Curves)|Groups)"
    rb"(?:[ \t]*=[ \t]*|[ \t]+)[\"']?([\w@.,:+^*/-]+)",
    re.IGNORECASE | re.MULTILINE,
)
_COMMAND = re.compile(
    rb"(?<![\w-])(?:ssh-keygen\b[^\n|;&]{0,120}?-t[ \t]*(rsa|ecdsa|dsa)"
    rb"|openssl[ \t]+(genrsa|ecparam\b[^\n|;&]{0,80}-genkey|dhparam)"
    rb"|openssl[ \t]+(?:genpkey|req)\b[^\n|;&]{0,120}?(?:-algorithm|-newkey)[ \t]+(rsa|ec|x25519|x448|dh)\b)",
    re.IGNORECASE,
)
_SAFE_GROUP = re.compile(rb"mlkem|kyber|sntrup", re.IGNORECASE)
_CURVE = re.compile(
    rb"curve25519|x25519|x448|ecdh|nistp|secp|prime256|P-(?:256|384|521)|diffie-hellman|ffdhe|auto", re.IGNORECASE
)


class Use(NamedTuple):
    """One use of what a quantum computer breaks."""

    what: str
    secret: bool
    """Whether it keeps something secret, rather than vouch for it."""
    line: int = 0
    """Of a text, counted from 1."""


def in_code(module: Module) -> Iterator[tuple[Call, Use]]:
    """Uses in Python; none of those beside which a module uses a key of lattices too, as hybrids do."""
    named = [(call, name) for call in module.calls for name in dotted(call.function, call.scope)]
    kem = any(_LATTICE.search(name) for _, name in named)
    signed = any(_LATTICE_SIGNED.search(name) for _, name in named)
    for call, name in named:
        if _SECRET.fullmatch(name) and not kem:
            yield call, Use(_short(name), secret=True)
        elif _SIGNED.fullmatch(name) and not signed:
            yield call, Use(_short(name), secret=False)
        elif _TOKENS.fullmatch(name) and (word := _algorithm(call, _TOKEN_SIGNED)):
            yield call, Use(f"a token signed by {word}", secret=False)
        elif _ENCRYPTING.fullmatch(name) and (word := _algorithm(call, _TOKEN_SECRET)):
            yield call, Use(f"a token encrypted by {word}", secret=True)


def in_text(data: bytes) -> Iterator[Use]:
    """Uses in configuration of servers, and in commands that make keys."""
    for match in _SETTING.finditer(data):
        value = match[2]
        adds = value.startswith((b"+", b"^", b"-"))  # OpenSSH: to its defaults, which are hybrid
        if not adds and not _SAFE_GROUP.search(value) and _CURVE.search(value):
            words = f"{match[1].decode()} without a hybrid exchange"
            yield Use(words, secret=True, line=_line(data, match.start(1)))
    for match in _COMMAND.finditer(data):
        kind = next(one for one in match.groups() if one).decode().split()[0]
        ssh = match[0].lower().startswith(b"ssh")
        words = f"a key made by {'ssh-keygen' if ssh else 'openssl'} ({kind})"
        yield Use(words, secret=not ssh, line=_line(data, match.start()))


def _algorithm(call: Call, wanted: re.Pattern[str]) -> str:
    """The algorithm that a call is given as text, or that stands in its header; empty where none is wanted."""
    for node in (*call.keywords.values(), *call.positional):
        value = constant(node, call.scope)
        if isinstance(value, str) and wanted.fullmatch(value):
            return value
        match = re.search(r"[\"'](?:alg)[\"']\s*:\s*[\"']([\w+-]+)[\"']", node.text.decode() if node.text else "")
        if match and wanted.fullmatch(match[1]):
            return match[1]
    return ""


def _short(name: str) -> str:
    return ".".join(name.split(".")[-2:])


def _line(data: bytes, at: int) -> int:
    return data.count(b"\n", 0, at) + 1
