# SPDX-License-Identifier: Apache-2.0
"""How people name an entry: by its index, by the digest of its body, or by the id that the body states."""

from hauberk.core.codec import decode
from hauberk.core.entry import Entry


def matches(entry: Entry, body: bytes, name: str) -> bool:
    """Whether this is the entry that is meant; ``body`` has been checked to be JSON."""
    if name.isdecimal():
        return entry.index == int(name[:16])
    if name == entry.body:
        return True
    if name.encode() not in body:
        return False
    stated = decode(body, object)
    return isinstance(stated, dict) and stated.get("id") == name
