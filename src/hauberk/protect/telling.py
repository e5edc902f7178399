# SPDX-License-Identifier: Apache-2.0
"""Whether a text tells a secret or of a person, so that it must not be shared."""

import re
import unicodedata

from hauberk.analysis import secrets
from hauberk.analysis.personal_numbers import is_card, is_iban

_MAIL = re.compile(r"[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,5}[a-z]{2,24}\b", re.IGNORECASE)
_CARD = re.compile(r"(?<![\d.])\d(?:[ -]?\d){12,18}(?![\d.])")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}")
_PHONE = re.compile(r"(?<![\w.])\+\d{1,3}(?:[ ()/.-]{0,2}\d){7,13}(?!\w)")
_HOME = re.compile(r"(?:/home/|/Users/|[A-Z]:\\{1,2}Users\\{1,2})[^/\\\s\"']+", re.IGNORECASE)


def tells(text: str) -> bool:
    """Whether it holds a secret, an address, a phone, card or account number, or the name of somebody's home folder."""
    shown = unicodedata.normalize("NFKC", text)
    if any(secrets.search(shown.encode("utf-8", "replace"))):
        return True
    if _MAIL.search(shown) or _PHONE.search(shown) or _HOME.search(shown):
        return True
    return any(is_card(one[0]) for one in _CARD.finditer(shown)) or any(
        is_iban(one[0]) for one in _IBAN.finditer(shown)
    )
