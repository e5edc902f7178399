# SPDX-License-Identifier: Apache-2.0
"""The border: JSON bytes to values and back. The only importer of msgspec's JSON codec."""

from typing import Any, TypeVar

import msgspec

from hauberk.core.errors import Malformed, TooLarge

T = TypeVar("T")

LIMIT = 256 << 20
"""Largest document that is decoded, in bytes."""


def encode(value: object) -> bytes:
    """Value to compact JSON; for people and tools, never for signing (see canonical)."""
    return msgspec.json.encode(value)


def encode_pretty(value: object) -> str:
    """Value to indented JSON text."""
    return msgspec.json.format(encode(value), indent=2).decode()


def decode(data: bytes, into: type[T], *, limit: int = LIMIT) -> T:
    """JSON bytes to a value of the given type, validated.

    Raises TooLarge beyond ``limit`` bytes and Malformed where the content does not fit the type.
    """
    if len(data) > limit:
        message = f"{len(data)} bytes of JSON exceed the limit of {limit}"
        raise TooLarge(message)
    try:
        return msgspec.json.decode(data, type=into)
    except (msgspec.DecodeError, ValueError, RecursionError, UnicodeDecodeError) as error:
        message = f"not a valid {getattr(into, '__name__', into)}: {error}"
        raise Malformed(message) from error


def encode_sorted(value: object) -> bytes:
    """Value to compact JSON with keys sorted; canonical only where ``canonical.is_canonical`` says so."""
    return msgspec.json.encode(value, order="sorted")


def builtins(value: object) -> Any:
    """Value to dictionaries, lists, strings and numbers."""
    return msgspec.to_builtins(value)


def convert(value: object, into: type[T]) -> T:
    """Plain JSON types to a value, validated; raises msgspec.ValidationError with a path."""
    return msgspec.convert(value, into, strict=True)


def json_schema(kind: type) -> dict[str, Any]:
    """JSON Schema (2020-12) of a value type."""
    return msgspec.json.schema(kind)
