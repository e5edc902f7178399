# SPDX-License-Identifier: Apache-2.0
"""How sure a match of a form is a live secret: checksums, structure, randomness; None where it is none."""

import base64
import binascii
import json
import math
import re
import zlib
from collections import Counter
from itertools import pairwise
from typing import Any

from hauberk.core.scales import Confidence

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
PLACEHOLDER = re.compile(
    rb"example|sample|dummy|placeholder|change.?me|your|xxxx|\*\*\*\*|redacted|fake|secret.?here|insert|foobar|foo_?bar"
    rb"|deadbeef|^<|>$|<[^<>]+>|\$\{|\{\{|%\(|\$\(|\.\.\.|(.)\1{5}|0123456|1234567|abcdefg|qwerty|todo|mock",
    re.IGNORECASE | re.DOTALL,
)
"""What the values of examples hold."""


def _kind(byte: int) -> int:
    """1 a digit, 2 a capital, 3 a small letter, 0 all else."""
    sign = chr(byte)
    return 1 if sign.isdigit() else 2 if "A" <= sign <= "Z" else 3 if "a" <= sign <= "z" else 0


def entropy(value: bytes) -> float:
    """Shannon entropy of the bytes' frequencies, in bits per byte."""
    counts, size = Counter(value), len(value)
    return -sum(n / size * math.log2(n / size) for n in counts.values()) if size else 0.0


_KINDS = bytes.maketrans(bytes(range(256)), bytes(_kind(byte) for byte in range(256)))


def mixing(value: bytes) -> float:
    """Share of the neighbouring letters and digits between which case or kind changes, in [0, 1].

    About 0.6 where characters were drawn, and little in words, paths and camel case.
    """
    kinds = value.translate(_KINDS)
    pairs = [(one, other) for one, other in pairwise(kinds) if one and other]
    return sum(one != other for one, other in pairs) / len(pairs) if pairs else 0.0


_REFERENCE = re.compile(
    rb"(?i)^(?:\$(?:\{|\(|\w+[.:\[-]|\d[a-z]?\$|argon2\w*\$|apr1\$|y\$|scrypt\$|pbkdf2)|%[({]|%[sd]$|[a-z_][\w.]*\([^()]*\)?$)"
)
_ONE_NAME = re.compile(rb"[$%@!&*][\w./-]+[%@]?")
_ENCODED = re.compile(rb"%[0-9A-Fa-f]{2}.*[^%]")
_PLACE = re.compile(rb"[\w.~@:+=/{}*-]*/[\w.~@:+=/{}*-]*")
"""A path holds these characters only."""
_DRAWN = 0.4
"""Share of changes above which a value was drawn, not written."""


def is_drawn(value: bytes) -> bool:
    """Whether the letters and digits of a value, eight at least, were drawn from all kinds."""
    return len(value) >= 8 and mixing(value) >= _DRAWN  # noqa: PLR2004  fewer say nothing


def is_reference(value: bytes) -> bool:
    """Whether a value stands for one that is put in later (variable, tag, file, call) or is a password's hash."""
    if _REFERENCE.search(value):
        return True
    named = _PLACE.fullmatch(value) or (_ONE_NAME.fullmatch(value) and not _ENCODED.fullmatch(value))
    return bool(named) and not is_drawn(value)


def is_random(value: bytes, bits: float) -> bool:
    """Whether a value has this entropy and is no placeholder."""
    return entropy(value) >= bits and not PLACEHOLDER.search(value)


def form(value: bytes) -> Confidence | None:
    """A form so particular that randomness is all that is asked."""
    return Confidence.HIGH if is_random(value, 3.0) else None


def loose(value: bytes) -> Confidence | None:
    """A form that other things may have as well."""
    return Confidence.MEDIUM if is_random(value, 3.4) else None


def mixed(value: bytes) -> Confidence | None:
    """A name and then characters of all three kinds without a word among them: some issuer's token."""
    tail = re.split(rb"[-_.]", value)[-1]
    kinds = (sum(map(tail.count, range(low, high))) for low, high in ((48, 58), (65, 91), (97, 123)))
    even = all(count >= 4 for count in kinds)  # noqa: PLR2004  far from camel case
    return Confidence.LOW if even and is_random(tail, 4.0) else None


def crc(value: bytes) -> Confidence | None:
    """GitHub and npm: the last six characters are the CRC-32 of the rest after the prefix, in base 62."""
    if not is_random(value, 3.0):
        return None
    body = value.partition(b"_")[2]
    number, digits = zlib.crc32(body[:-6]), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        digits = _BASE62[digit] + digits
    return Confidence.HIGH if digits.encode() == body[-6:] else Confidence.LOW


def aws(value: bytes) -> Confidence | None:
    """AWS documents its own examples by their ending."""
    return Confidence.HIGH if not value.endswith(b"EXAMPLE") and is_random(value[4:], 2.5) else None


def jwt(value: bytes) -> Confidence | None:
    """RFC 7519: the header is JSON that names an algorithm other than none."""
    head, _, rest = value.partition(b".")
    header, claims = decoded(head), decoded(rest.partition(b".")[0])
    if "alg" not in header or str(header["alg"]).lower() == "none" or not is_random(rest.rpartition(b".")[2], 3.0):
        return None
    known_example = claims.get("name") == "John Doe" or claims.get("sub") == "1234567890"
    return None if known_example else Confidence.MEDIUM


_JSON_KEYS = ("k", "d", "key", "secret", "token", "password", "api_key", "apiKey", "api_token", "access_token")


def key_in_json(value: bytes) -> Confidence | None:
    """JSON in base64 that holds a key: a JSON Web Key (RFC 7517), or a service's own."""
    body = decoded(value[value.find(b"eyJ") :])
    held = [body.get(name) for name in _JSON_KEYS]
    found = any(isinstance(one, str) and len(one) > 20 and is_random(one.encode(), 3.0) for one in held)  # noqa: PLR2004
    return Confidence.MEDIUM if found else None


def decoded(part: bytes) -> dict[str, Any]:
    """The JSON object in base64, or an empty one."""
    try:
        value = json.loads(base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def azure(value: bytes) -> Confidence | None:
    """A key of 64 bytes that is not the storage emulator's."""
    key = value.partition(b"=")[2]
    try:
        size = len(base64.b64decode(key, validate=True))
    except binascii.Error:
        return None
    emulator = key.startswith(b"Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq")
    return Confidence.HIGH if size == 64 and is_random(key, 4.0) and not emulator else None  # noqa: PLR2004


def pem(value: bytes) -> Confidence | None:
    """The body of a PEM block is random."""
    body = re.sub(rb"\\n|\\r|[\s\"'+,\\]", b"", value.partition(b"KEY")[2].partition(b"-----")[2])
    return Confidence.HIGH if is_random(body, 4.0) else None


def pem_in_base64(value: bytes) -> Confidence | None:
    """A whole PEM block in base64, as Kubernetes and CI variables hold it."""
    try:
        text = base64.b64decode(value[: len(value) // 4 * 4])
    except binascii.Error:
        return None
    return pem(text[text.find(b"-----") :]) if b"PRIVATE KEY-----" in text else None


_USUAL = frozenset(
    b"password passwd pass pw pwd secret root admin test guest token key apikey api_key api-key access_token".split()
)


def url(value: bytes) -> Confidence | None:
    """A password of a URL that is neither usual nor put in later."""
    user, _, rest = value.partition(b"://")[2].partition(b":")
    password, _, host = rest.rpartition(b"@")
    usual = password.lower() in _USUAL or password.lower() == user.lower()
    if usual or not is_random(password, 2.0) or b"{" in password or is_reference(password):
        return None
    if password.isalpha() and password.islower() and not re.search(rb"[.:]", host.partition(b"/")[0]):
        return None  # a word before a name that is no host: a pattern, or another kind of address
    local = host.startswith((b"localhost", b"127.", b"host", b"example")) or b".example" in host
    return Confidence.LOW if local else Confidence.MEDIUM


_IDENTIFIER = re.compile(rb"[a-z_.]+\d?|[A-Z_]+\d?|\d+")
_WORDS = re.compile(rb"[A-Za-z]+(?:[-_. ][A-Za-z]+)*")


def password(value: bytes) -> Confidence | None:
    """A password where only a password stands: not a usual one, a word, or one put in later."""
    if (
        value.lower() in _USUAL
        or _IDENTIFIER.fullmatch(value)
        or (_WORDS.fullmatch(value) and not is_drawn(value))
        or is_reference(value)
    ):
        return None
    return Confidence.MEDIUM if is_random(value, 2.5) else None


_HEX = re.compile(rb"[0-9a-fA-F-]+")


def is_published(value: bytes) -> bool:
    """Whether a UUID is the one of documentation, or none."""
    return value.startswith((b"123e4567-", b"00000000-0000"))


def opaque(value: bytes) -> Confidence | None:
    """A credential where only one stands: drawn, not written."""
    digits, letters = sum(chr(one).isdigit() for one in value), sum(chr(one).isalpha() for one in value)
    if min(digits, letters) < 2 or is_published(value):  # noqa: PLR2004  words have none
        return None
    if _HEX.fullmatch(value):
        return Confidence.MEDIUM if is_random(value, 2.9) else None
    return Confidence.MEDIUM if mixing(value) >= 0.25 and is_random(value, 3.4) else None  # noqa: PLR2004


def basic(value: bytes) -> Confidence | None:
    """RFC 7617: a name, a colon and a password in base64; of a name alone, the name is the credential."""
    try:
        user, colon, word = base64.b64decode(value + b"=" * (-len(value) % 4), validate=True).partition(b":")
    except binascii.Error:
        return None
    if not colon or not (user + word).isascii() or re.search(rb"[\0-\x1f]", user + word):
        return None
    return opaque(user) if word in (b"", b"x-oauth-basic") else password(word)
