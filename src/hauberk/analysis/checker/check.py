# SPDX-License-Identifier: Apache-2.0
"""Makes a certificate again from the file, and compares."""

import hashlib
import json
from typing import Any, BinaryIO

from hauberk.analysis.checker.containers import walk
from hauberk.analysis.checker.refusal import Refused
from hauberk.analysis.checker.source import Source
from hauberk.analysis.checker.values import listed

SCHEMA = "hauberk/certificate/1"


def check(data: bytes | BinaryIO | Source, certificate: bytes) -> None:
    """Return where the certificate, as JSON, holds for these bytes or this open file; else raise Refused."""
    source = Source.of(data)
    try:
        claimed = json.loads(certificate)
    except ValueError as error:
        raise Refused("the certificate is no JSON") from error
    if not isinstance(claimed, dict) or claimed.get("schema") != SCHEMA:
        raise Refused("the certificate is of no known schema")
    if claimed.get("digest") != _digest(source):
        raise Refused("the certificate is of another file")
    if claimed.get("allowlist") != listed()[0]:
        raise Refused("the certificate rests on another allow-list", remedy="certify the file again")
    true = attest(source)
    for field in sorted({*true, *claimed}):
        if field not in claimed or field not in true or not _same(claimed[field], true[field]):
            raise Refused(f"the certificate's {field} is not what the file holds")


def _same(claimed: Any, true: Any) -> bool:
    """Equal, and of the same types: JSON's ``true`` is not 1 here."""
    return json.dumps(claimed, sort_keys=True) == json.dumps(true, sort_keys=True)


def _digest(source: Source) -> str:
    total = hashlib.sha256()
    for piece in source.pieces():
        total.update(piece)
    return "sha256:" + total.hexdigest()


def attest(data: bytes | BinaryIO | Source) -> dict[str, Any]:
    """What a true certificate of this file says; raises Refused where none can be true."""
    source = Source.of(data)
    programs, inert = [], []
    for kind, member, found in walk(source):
        if kind == "inert":
            start, end, why = found
            inert.append({"member": member, "start": start, "end": end, "why": why})
        else:
            programs.append(
                {
                    "member": member,
                    "start": found.start,
                    "end": found.end,
                    "operations": found.operations,
                    "globals": found.globals,
                    "uses": found.uses,
                    "trace": found.trace.hexdigest(),
                }
            )
    return {
        "schema": SCHEMA,
        "digest": _digest(source),
        "size": source.size,
        "allowlist": listed()[0],
        "programs": programs,
        "inert": inert,
    }
