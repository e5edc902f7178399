# SPDX-License-Identifier: Apache-2.0
"""Finds personal data of structured types in running text: where, of what kind, how sure; the value is not kept.

Candidates come from two cheap passes, at signs and runs of digits, and from words that announce a date of birth or a
place. A candidate counts by its check digits and its shape, or by the word before it where chance would give it either;
words such as order, version or tracking before it speak against it.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

import re2

from hauberk.analysis.personal_identities import NATIONAL
from hauberk.analysis.personal_numbers import is_iban, luhn
from hauberk.core.scales import Confidence


class Personal(NamedTuple):
    """Where a personal value stands, by offsets in characters."""

    kind: str
    start: int
    end: int
    confidence: Confidence


_MAIL = re.compile(r"[\w.+%-]{1,64}@(?:[\w-]{1,63}\.){1,6}[A-Za-z]{2,24}\b")
_RESERVED = re.compile(r"@(?:.*\.)?(?:example\.(?:com|org|net)|example|invalid|test|localhost|local)$", re.IGNORECASE)
_RUN = re2.compile(r"[+(]?\d[\d .()/-]{4,40}[\dA-Za-z]|[A-Za-z]{2,6}\d\d[ 0-9A-Z]{6,40}|[XYZ]\d{7}-?[A-Z]")
_BORN = re2.compile(
    r"(?i)(?:date of birth|birth ?date|\bdob\b|\bborn(?: on)?\b|geboren|geburtsdatum|n[ée]e? le\b|date de naissance"
    r"|fecha de nacimiento|data di nascita|geboortedatum|data urodzenia|data de nascimento|f[öo]delsedatum"
    r"|f[øo]dselsdato|syntym[äa]aika|datum narozen[íi]|出生日期)[^\d\n]{0,12}"
    r"(\d{1,4}(?:[./-]|\. |年)\d{1,2}(?:[./-]|\. |月)\d{1,4}日?)"
)
_PLACE = re2.compile(
    r"(?i)((?:\blat(?:itude)?\b[\"']?[ :=]{0,3}-?\d{1,2}\.\d{3,}[ ,;\"']{0,4}\blo?ng?(?:itude)?\b[\"']?[ :=]{0,3}"
    r"|\bgeo:|\bgps\b[ :=]{0,3})(?:-?\d{1,3}\.\d{3,})(?:[ ,;]{1,3}-?\d{1,3}\.\d{3,})?)"
)
_SEPARATORS = re.compile(r"[\s.()/-]")
_PHONE_WORDS = re.compile(
    r"(?i)(?:tel|t[ée]l|phone|fono|fon|call|fax|mobil\w*|cell|whatsapp|sms|handy)\W{0,12}(?:no|nr|number)?\W{0,4}$"
)
_CARD_WORDS = re.compile(r"(?i)card|visa|master|amex|\bpan\b|kart|carte|tarjeta|carta\b|\bcc\b")
_AGAINST = re.compile(
    r"(?i)(?:order|invoice|inv|isbn|ean|upc|sku|tracking|commit|version|ts|time\w*|total|uuid|step|shape|build|serial|range"
    r"|part|ticket|sha\w*|md5|hash|port|rfc|issue|id|amount|price)\b[^\w]{0,3}(?:no\.?|number|nr\.?)?[^\w]{0,3}[\w-]{0,6}$"
)
_NORTH_AMERICAN = re.compile(r"(?:\+?1[ .-]?)?(?:\([2-9]\d\d\) ?|[2-9]\d\d[.-])[2-9]\d\d[.-]\d{4}")
_CARDS = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}"
    r"|3(?:0[0-5]|[689]\d)\d{11}"
    r"|6(?:011|4[4-9]\d|5\d\d|2\d\d)\d{12,15}|35(?:2[89]|[3-8]\d)\d{12,15}"
)
_GROUPED = re.compile(r"\d{4}([ -])\d{4}\1\d{4}\1\d{1,7}(?:\1\d{1,4})?|\d{4}([ -])\d{6}\2\d{4,5}")
_BEFORE = 32
"""Characters before a value in which words count, up to the start of its line."""
_PHONES = range(8, 16)
"""Digits of a telephone number (E.164)."""
_CARD_DIGITS = range(12, 20)
"""Digits of a payment card (ISO/IEC 7812)."""


def find(text: str) -> Iterator[Personal]:
    """Personal values in order of their end; none overlaps another."""
    found = [*_mails(text), *_announced(text), *_runs(text)]
    last = 0
    for one in sorted(found, key=lambda value: (value.start, -value.end)):
        if one.start >= last:
            last = one.end
            yield one


def _mails(text: str) -> Iterator[Personal]:
    at = text.find("@")
    while at >= 0:
        first = max(0, at - 64)
        for match in _MAIL.finditer(text, first, at + 260):
            if match.start() < at < match.end() and not _RESERVED.search(match[0]):
                yield Personal("e-mail address", *match.span(), Confidence.HIGH)
        at = text.find("@", at + 1)


def _announced(text: str) -> Iterator[Personal]:
    for match in _BORN.finditer(text):
        yield Personal("date of birth", match.start(1), match.end(1), Confidence.HIGH)
    for match in _PLACE.finditer(text):
        yield Personal("coordinates", match.start(1), match.end(1), Confidence.MEDIUM)


def _runs(text: str) -> Iterator[Personal]:
    for match in _RUN.finditer(text):
        start, end = match.span()
        run = text[start:end].rstrip(" .(/-")
        before = text[max(0, start - _BEFORE) : start].rpartition("\n")[2]
        yield from _judge(run, start, before)


def _judge(run: str, start: int, before: str) -> Iterator[Personal]:
    """What a run of digits or of capitals and digits is."""
    if before[-1:].isalnum() and run[0].isalnum():
        return
    end = start + len(run)
    bare = _SEPARATORS.sub("", run).lstrip("+")
    if bare[:2].isalpha() and is_iban(bare):
        yield Personal("bank account", start, end, Confidence.HIGH)
        return
    kind = _identity(run, bare, before)
    if kind:
        yield Personal(kind, start, end, Confidence.HIGH)
    elif _is_card(run, bare, before):
        yield Personal("payment card", start, end, Confidence.HIGH)
    elif _is_phone(run, bare, before):
        yield Personal("telephone number", start, end, Confidence.MEDIUM)


def _identity(run: str, bare: str, before: str) -> str:
    against = _AGAINST.search(before) is not None
    upper = bare.upper()
    for one in NATIONAL:
        if one.shape.fullmatch(run) and (one.words.search(before) or (one.alone and not against)):
            stripped = run if one.kind.startswith("Finnish") else upper
            if one.valid(stripped):
                return one.kind
    return ""


def _is_card(run: str, bare: str, before: str) -> bool:
    if not (bare.isdigit() and len(bare) in _CARD_DIGITS and luhn(bare)) or len(set(bare)) <= 2:  # noqa: PLR2004
        return False
    if _CARD_WORDS.search(before):
        return True
    return _GROUPED.fullmatch(run) is not None and _CARDS.fullmatch(bare) is not None and not _AGAINST.search(before)


def _is_phone(run: str, bare: str, before: str) -> bool:
    if not bare.isdigit() or len(bare) not in _PHONES:
        return False
    if run[0] == "+":
        return bare[0] != "0"
    if _NORTH_AMERICAN.fullmatch(run):
        return not _AGAINST.search(before)
    return _PHONE_WORDS.search(before) is not None
