# SPDX-License-Identifier: Apache-2.0
"""JSON from strangers: one reading or none. RFC 8259 with what it leaves open refused."""

import json
import math
from typing import Any, NoReturn

from hauberk.core.codec import decode, encode
from hauberk.core.errors import Malformed


def read(data: bytes) -> Any:
    """Plain JSON.

    Raises Malformed for what two readers may understand differently: a key that is written twice, NaN and Infinity,
    a number beyond all doubles, bytes that are not UTF-8, half of a surrogate pair; and for nesting or integers beyond
    what Python reads.
    """
    if b"\\" in data:
        return _read_escaped(data)
    value = decode(data, object)
    if _colons(data) != _colons(encode(value)):
        raise Malformed("a key is written twice")
    return value


def _colons(data: bytes) -> int:
    """How many keys the objects of JSON without escapes have: colons outside strings."""
    return b"".join(data.split(b'"')[::2]).count(b":")


def _read_escaped(data: bytes) -> Any:
    """The same where strings have escapes: slower, with each object's pairs in hand."""
    try:
        text = data.decode("utf-8")
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_constant, parse_float=_float)
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeDecodeError as error:
        raise Malformed(f"not UTF-8 at byte {error.start}") from error
    except UnicodeEncodeError as error:
        raise Malformed("half of a surrogate pair") from error
    except json.JSONDecodeError as error:
        raise Malformed(f"not JSON at character {error.pos}") from error
    except RecursionError as error:
        raise Malformed("nested too deeply") from error
    except ValueError as error:  # an integer of more digits than int() takes
        raise Malformed("a number with too many digits") from error
    return value


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise Malformed("a number beyond all doubles")
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise Malformed("a key is written twice")
    return made


def _constant(name: str) -> NoReturn:
    raise Malformed(f"{name} is no number of JSON")
