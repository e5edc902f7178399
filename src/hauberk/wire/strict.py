# SPDX-License-Identifier: Apache-2.0
"""JSON from strangers: one reading or none. RFC 8259 with what it leaves open refused."""

import json
from typing import Any, NoReturn

from hauberk.core.errors import Malformed


def read(data: bytes) -> Any:
    """Plain JSON.

    Raises Malformed for what two readers may understand differently: a key that is written twice, NaN and Infinity,
    bytes that are not UTF-8, half of a surrogate pair; and for nesting or integers beyond what Python reads.
    """
    try:
        text = data.decode("utf-8")
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    except UnicodeDecodeError as error:
        raise Malformed(f"not UTF-8 at byte {error.start}") from error
    except json.JSONDecodeError as error:
        raise Malformed(f"not JSON at character {error.pos}") from error
    except RecursionError as error:
        raise Malformed("nested too deeply") from error
    except ValueError as error:  # an integer of more digits than int() takes
        raise Malformed("a number with too many digits") from error
    if "\\u" in text:
        _whole(value)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise Malformed("a key is written twice")
    return made


def _constant(name: str) -> NoReturn:
    raise Malformed(f"{name} is no number of JSON")


def _whole(value: Any) -> None:
    """Raise Malformed where an escape left half of a surrogate pair."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise Malformed("half of a surrogate pair") from error
