# SPDX-License-Identifier: Apache-2.0
"""JSON Web Tokens (RFC 7519) under local keys (RFC 7517): Ed25519, ES256 and RS256, each key with one algorithm only.

The key says which algorithm holds, never the token (RFC 8725, section 3.1): ``none``, and an HMAC under a public key,
have nothing to stand on.
"""

import base64
import binascii
import hashlib
import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from hauberk.core.errors import Malformed, Misuse
from hauberk.guard.callers import SCOPES, Caller
from hauberk.guard.settings import Tokens
from hauberk.wire import strict

MOST: Final = 8 << 10
"""Bytes of a token."""
LEEWAY: Final = 5.0
"""Seconds by which clocks may differ."""
_REMEMBERED: Final = 4096
_RSA_BITS: Final = range(2048, 8193)
_P256: Final = 32
_LARGEST: Final = 1 << 20

Verify = Callable[[bytes, bytes], None]


@dataclass(frozen=True, kw_only=True)
class Key:
    """One public key and the one algorithm that it is for."""

    id: str
    algorithm: str
    verify: Verify
    """Signature and message; raises InvalidSignature."""


class TokenKeys:
    """The keys of a file. Verified tokens are remembered until they end."""

    def __init__(self, settings: Tokens) -> None:
        """Read the file; raises Misuse where it is no set of keys of these kinds."""
        self._settings = settings
        path = Path(settings.jwks)
        try:
            with path.open("rb") as file:
                self._keys = parse_keys(file.read(_LARGEST))
        except (OSError, Malformed) as error:
            raise Misuse(f"{path.name} is no set of public keys: {error}", remedy="see docs/how-to/guard.md") from error
        self._remembered: OrderedDict[bytes, tuple[float, float, Caller]] = OrderedDict()

    def caller(self, token: str, now: float) -> Caller | None:
        """Whose token this is at Unix seconds ``now``; None for any that does not hold."""
        if len(token) > MOST:
            return None
        name = hashlib.sha256(token.encode("utf-8", "replace")).digest()
        known = self._remembered.get(name)
        if known is None:
            try:
                known = self._verified(token)
            except (Malformed, InvalidSignature, ValueError):
                return None
            self._remembered[name] = known
            if len(self._remembered) > _REMEMBERED:
                self._remembered.popitem(last=False)
        begins, ends, caller = known
        return caller if begins - LEEWAY <= now < ends + LEEWAY else None

    def _verified(self, token: str) -> tuple[float, float, Caller]:
        """From when to when it holds, and whose it is; raises Malformed or InvalidSignature."""
        signed, _, signature = token.rpartition(".")
        head, _, body = signed.partition(".")
        header = _object(strict.read(_decoded(head)))
        if "crit" in header or header.get("typ", "JWT") not in ("JWT", "at+jwt", "application/at+jwt"):
            raise Malformed("a header that is not understood")
        key = self._key(header)
        key.verify(_decoded(signature), signed.encode("ascii"))
        return self._claims(_object(strict.read(_decoded(body))))

    def _key(self, header: dict[str, Any]) -> Key:
        wanted = header.get("kid")
        found = [key for key in self._keys if wanted is None or key.id == wanted]
        if len(found) != 1 or header.get("alg") != found[0].algorithm:
            raise Malformed("no key of that name and algorithm")
        return found[0]

    def _claims(self, claims: dict[str, Any]) -> tuple[float, float, Caller]:
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        if claims.get("iss") != self._settings.issuer or self._settings.audience not in audiences:
            raise Malformed("of another issuer, or for another audience")
        subject = claims.get("sub")
        if not isinstance(subject, str) or not subject:
            raise Malformed("no subject")
        ends, begins = _moment(claims.get("exp")), _moment(claims.get("nbf", 0))
        asked = claims.get("scope", "infer metadata")
        roles = claims.get("roles", [])
        if not isinstance(asked, str) or not isinstance(roles, list) or not all(isinstance(one, str) for one in roles):
            raise Malformed("scope or roles in another form")
        told = f"{self._settings.issuer}\n{subject}".encode()
        name = f"jwt:{hashlib.sha256(told).hexdigest()[:32]}"
        scopes = tuple(scope for scope in SCOPES if scope in asked.split())
        return begins, ends, Caller(name=name, scopes=scopes, roles=tuple(roles))


def parse_keys(data: bytes) -> tuple[Key, ...]:
    """Public keys of a JWK set; raises Malformed for private ones, weak ones and other kinds."""
    keys = _object(strict.read(data)).get("keys")
    if not isinstance(keys, list) or not keys:
        raise Malformed("no keys")
    made = tuple(_parsed(_object(one)) for one in keys)
    if len({key.id for key in made}) != len(made):
        raise Malformed("two keys with one kid")
    return made


def _parsed(key: dict[str, Any]) -> Key:
    if "d" in key or key.get("use", "sig") != "sig":
        raise Malformed("a private key, or one that is not for signatures")
    kinds = {
        ("OKP", "Ed25519"): ("EdDSA", _ed25519),
        ("EC", "P-256"): ("ES256", _es256),
        ("RSA", None): ("RS256", _rs256),
    }
    found = kinds.get((str(key.get("kty")), key.get("crv")))
    if found is None or key.get("alg", found[0]) != found[0]:
        raise Malformed("a key that is none of Ed25519, P-256 and RSA, or for another algorithm")
    try:
        return Key(id=str(key.get("kid", "")), algorithm=found[0], verify=found[1](key))
    except (ValueError, KeyError) as error:
        raise Malformed("a key that is not one") from error


def _ed25519(key: dict[str, Any]) -> Verify:
    return ed25519.Ed25519PublicKey.from_public_bytes(_decoded(key["x"])).verify


def _es256(key: dict[str, Any]) -> Verify:
    numbers = ec.EllipticCurvePublicNumbers(_number(key["x"]), _number(key["y"]), ec.SECP256R1())
    public = numbers.public_key()

    def verify(signature: bytes, message: bytes) -> None:
        if len(signature) != 2 * _P256:
            raise InvalidSignature
        r, s = (int.from_bytes(part, "big") for part in (signature[:_P256], signature[_P256:]))
        public.verify(encode_dss_signature(r, s), message, ec.ECDSA(SHA256()))

    return verify


def _rs256(key: dict[str, Any]) -> Verify:
    public = rsa.RSAPublicNumbers(_number(key["e"]), _number(key["n"])).public_key()
    if public.key_size not in _RSA_BITS:
        raise ValueError("an RSA key of another size")
    return lambda signature, message: public.verify(signature, message, padding.PKCS1v15(), SHA256())


def _number(text: str) -> int:
    return int.from_bytes(_decoded(text), "big")


def _decoded(text: Any) -> bytes:
    """Base64url without padding (RFC 7515, section 2), in its one spelling."""
    if not isinstance(text, str):
        raise Malformed("not base64url")
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed("not base64url") from error
    if base64.urlsafe_b64encode(data).rstrip(b"=").decode() != text:
        raise Malformed("not base64url in its one spelling")
    return data


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Malformed("not an object")
    return value


def _moment(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise Malformed("no time at which it ends")
    return float(value)
