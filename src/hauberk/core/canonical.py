# SPDX-License-Identifier: Apache-2.0
"""Canonical bytes (RFC 8785) and digests of whatever is hashed or signed."""

import hashlib
import json
import re
from typing import Any

import msgspec
import rfc8785

from hauberk.core.codec import builtins, decode, encode_sorted
from hauberk.core.errors import Malformed, TooLarge
from hauberk.core.evidence import Evidence

SAFE = 2**53 - 1
_DIGITS = 17


def canonical(value: object) -> bytes:
    """The one byte string of a value: RFC 8785, integers beyond 2^53 as strings, NaN refused with Malformed."""
    try:
        fast = _fast(value)
        return rfc8785.dumps(_safe(builtins(value))) if fast is None else fast
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        message = f"has no canonical form: {error}"
        raise Malformed(message) from error


def _fast(value: object) -> bytes | None:
    """The canonical bytes where two writers cannot differ, twenty times as fast; None where they might.

    ``null`` may be a NaN that msgspec lets pass, so it is left to the slow way.
    """
    try:
        data = encode_sorted(value)
    except (OverflowError, TypeError):
        return None
    return data if b"null" not in data and _is_plain(data) else None


def _safe(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _safe(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_safe(item) for item in value]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > SAFE:
        return str(value)
    return value


def digest(data: bytes) -> str:
    """``sha256:`` and 64 hex digits."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


_BODY = tuple(name for name in Evidence.__struct_fields__ if name != "id")


def evidence_id(evidence: Evidence) -> str:
    """Digest of the evidence's canonical body: every field but the id itself."""
    return digest(canonical({name: getattr(evidence, name) for name in _BODY}))


def identified(evidence: Evidence) -> Evidence:
    """The same evidence with its id set."""
    return msgspec.structs.replace(evidence, id=evidence_id(evidence))


_AROUND = b"{}[]:trufalsn"
"""What stands outside of texts besides numbers and commas; the letter of an exponent stays."""
_UNUSUAL = re.compile(rb"\d[eE]|\.\d*0(?!\d)|(?<![\d.])0\.000000|(?<![\d.])\d{16}|-0(?![\d.])")
"""Numbers that two writers of JSON may spell differently: exponents, trailing zeros, tiny or large ones, minus zero."""


def _is_plain(data: bytes) -> bool:
    """Whether the content has one spelling only, once keys are sorted: ASCII, no escapes, no unusual number."""
    if not data.isascii() or b"\\" in data:
        return False
    numbers = b"".join(data.split(b'"')[::2]).translate(None, _AROUND)  # what lies between quotes is text
    return _UNUSUAL.search(numbers) is None


def is_canonical(data: bytes) -> bool:
    """Whether the bytes are JSON that serialises back to exactly themselves."""
    try:
        if _is_plain(data) and encode_sorted(decode(data, object)) == data:
            return True  # the fast way for most bodies; whatever else is judged below
        read_canonical(data)
    except (ValueError, RecursionError, Malformed, TooLarge):
        return False
    return True


def read_canonical(data: bytes) -> Any:
    """Plain JSON of canonical bytes. Law: ``canonical(read_canonical(data)) == data``; raises Malformed otherwise."""
    try:
        value = json.loads(data, parse_int=_integer)
        if canonical(value) == data:
            return value
    except (ValueError, RecursionError) as error:
        raise Malformed("not canonical JSON") from error
    raise Malformed("not canonical JSON")


def _integer(text: str) -> int | float:
    """An integer; beyond 2^53 a float, since only a float is written so."""
    value = int(text) if len(text) <= _DIGITS else SAFE + 1
    return value if abs(value) <= SAFE else float(text)
