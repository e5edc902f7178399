# SPDX-License-Identifier: Apache-2.0
"""A finding, what a check yields before it is one, and its fingerprint."""

import hashlib

from hauberk.core.place import Place
from hauberk.core.scales import Confidence, Severity
from hauberk.core.value import Value


class Step(Value, frozen=True, kw_only=True):
    """One step of the way that a value took to where the finding is."""

    place: Place
    message: str
    """What happens to the value here, in a few words, without the value itself."""


class Hit(Value, frozen=True, kw_only=True):
    """What a check yields: the engine adds card, asset and fingerprint to make a Finding."""

    message: str
    """What was seen, in one sentence, without any secret, personal value or data row."""
    place: Place | None = None
    """None means the asset as a whole."""
    severity: Severity | None = None
    """None means the card's own."""
    confidence: Confidence = Confidence.HIGH
    context: str = ""
    """What identifies the finding when lines move: the normalised line of code, a column's name. Never a secret."""
    trace: tuple[Step, ...] = ()
    """The way of a value from where it enters to the place of the finding, in order; empty where no value moved."""


class Finding(Value, frozen=True, kw_only=True, omit_defaults=True):
    """Something wrong, at a place, with a severity and a confidence."""

    card: str
    asset: str
    place: Place
    severity: Severity
    confidence: Confidence
    message: str
    fingerprint: str
    trace: tuple[Step, ...] = ()
    """The way of a value from where it enters to ``place``, in order; empty where no value moved.
    Left out of documents when it is empty, so that what was sealed before it existed keeps its digest."""


def fingerprint(card: str, path: str, context: str, occurrence: int = 0) -> str:
    """Name a finding so that the name survives moved lines.

    ``v1:`` and 32 hex digits of SHA-256 over card id, relative POSIX path, whitespace-normalised context and the
    number of earlier findings with the same three.
    """
    normal = " ".join(context.split())
    body = "\0".join((card, path, normal, str(occurrence)))
    return "v1:" + hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()[:32]
