# SPDX-License-Identifier: Apache-2.0
"""How sure a value is a credential, by the name that it is assigned to and how it was drawn."""

import re

from hauberk.analysis.secret_sure import (
    PLACEHOLDER,
    decoded,
    entropy,
    is_drawn,
    is_published,
    is_reference,
    key_in_json,
)
from hauberk.core.scales import Confidence

LONGEST = 200
"""Longest name and longest value of an assignment that is judged."""
WORD = re.compile(rb"(?i)passwo?r?d|passwd|pwd|secret|token|credential|key")
"""The one word of a name that is shown; the name itself may hold more than it should."""
ENDS = re.compile(rb"(?i)(?:passwo?r?d|passwd|pwd|secret|token|credential|key)s?$")
"""How a name ends whose value may follow in a list."""
_PLAIN_WORDS = re.compile(rb"[A-Za-z]+(?:[-_. /:][A-Za-z]+)*")
_PASSWORD = re.compile(rb"(?i)passwo?r?d|passwd|pwd")
_STRONG = re.compile(
    rb"(?i)passwo?r?d|passwd|pwd|secret|token|credential|wandb[_-]?key|(?:api|access|auth|private)[_-]?key"
)
_ISSUED = re.compile(
    rb"(?i)(?:(?:api|access|auth|secret|client|private|subscription)[_-]?(?:key|token|secret)|[_-]key)[_-]?\d?$"
)
"""Names of what a service issued, which may be a UUID."""
_OF_DATA = re.compile(
    rb"(?i)(?:^|[^a-z])(?:cache|primary|foreign|sort|partition|row|object|dedup\w*|idempotency|public|hash|digest|map|dict"
    rb"|lookup|index|group|state|config|image|blob|content|commit|fixture|layer|weight|module|param\w*|session|metric|join"
    rb"|record|entity|natural|surrogate|store|host|known|recaptcha|site|publishable|i18n|translation|message|registry|file"
    rb"|widget|feature|node|trace|span|task|job|run|request|event|item|data|dataset|test|expected|result)[_-]?key[_-]?\d?$"
)
"""Keys by which data is found, and keys that are meant to be seen."""
_PATTERN = re.compile(rb"^[\])}]+[,;.+]|\w-\w[^\[\]]*\][{+*]|\[\w+\]\[\w+\]|\(\?[:!=<]")
_NOT_A_VALUE = re.compile(
    rb"(?i)https?://|[a-z]:\\|^\w+\.\w+\.\w+$|^[\w.-]+\.(?:pem|key|txt|json|ya?ml|py|crt|com|io|org)$|^\d+$"
)
_UUID = re.compile(rb"(?i)[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_HEX = re.compile(rb"(?i)[0-9a-f]{20,}")
_OPAQUE = re.compile(rb"[A-Za-z0-9+/_-]{24,}={0,2}")
_NOT_A_NAME = re.compile(
    rb"(?i)(?:url|uri|path|file|name|_id|type|class|regex|pattern|length|size|count|prefix|suffix|label|format|hash|digest"
    rb"|salt|field|header|expired?|ttl|limit|public[_-]?key|key_?size|tokeni[sz]\w*|version|env|var|help|hint|error|msg|message"
    rb"|description|title|dir|scope|endpoint|method|ref|arn|index|s)$"
)
_HEX_BITS = 2.9
"""Entropy of 32 hexadecimal digits that were drawn; one in a hundred thousand has less."""


def assigned(name: bytes, value: bytes) -> Confidence | None:
    """How sure a value is a credential, by what it is assigned to and how random it is."""
    if len(name) > LONGEST or len(value) > LONGEST or _NOT_A_NAME.search(name) or _is_no_value(value):
        return None
    if _UUID.fullmatch(value):
        issued = _ISSUED.search(name) and not _OF_DATA.search(name) and not is_published(value)
        return Confidence.MEDIUM if issued and entropy(value) >= _HEX_BITS else None
    digits = sum(48 <= byte <= 57 for byte in value)  # noqa: PLR2004  ASCII 0 to 9
    if not digits or not any(chr(byte).isalpha() for byte in value):
        return None
    if _PASSWORD.search(name):
        return Confidence.MEDIUM if entropy(value) >= 3.0 else Confidence.LOW if entropy(value) >= 2.5 else None  # noqa: PLR2004
    if len(value) < 20 or digits < 2 or not (_STRONG.search(name) or _is_opaque(name, value)):  # noqa: PLR2004
        return None
    return Confidence.MEDIUM if entropy(value) >= (_HEX_BITS if _HEX.fullmatch(value) else 3.5) else None


def _is_no_value(value: bytes) -> bool:
    """Whether a value says where the credential is, or is an expression for one."""
    if (
        _NOT_A_VALUE.search(value)
        or _PATTERN.search(value)
        or _PLAIN_WORDS.fullmatch(value)
        or PLACEHOLDER.search(value)
    ):
        return True
    if value.startswith(b"eyJ") and b"." not in value and decoded(value) and key_in_json(value) is None:
        return True  # JSON in base64 that holds no key
    return is_reference(value)


def _is_opaque(name: bytes, value: bytes) -> bool:
    """Whether a value under a name that ends in ``_key`` and nothing more is a service's own: drawn, and no digest."""
    if _OF_DATA.search(name) or not _OPAQUE.fullmatch(value):
        return False
    if _HEX.fullmatch(value):
        return len(value) in (32, 40, 48)
    return is_drawn(value)
