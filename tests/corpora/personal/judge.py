# SPDX-License-Identifier: Apache-2.0
"""What our search says of the documents: recall by type and precision."""

from collections import Counter
from collections.abc import Iterable

from tests.corpora.personal.documents import Document

from hauberk.analysis.personal_text import find

TYPES = {"e-mail address": "mail", "date of birth": "birth", "coordinates": "place", "bank account": "iban", "payment card": "card", "telephone number": "phone"}


def rates(documents: Iterable[Document]) -> tuple[float, float, Counter[str], Counter[str], Counter[str]]:
    """Recall, precision, missed by type and country, alarms by type, held by type; a place counts if nine tenths overlap."""
    missed, alarms, held, right, told = Counter(), Counter(), Counter(), 0, 0
    for document in documents:
        seen = [(TYPES.get(one.kind, "identity"), one.start, one.end) for one in find(document.text)]
        told += len(seen)
        matched = set()
        for type_, start, end in document.held:
            held[type_] += 1
            hit = next((one for one in seen if one[0] == type_ and min(end, one[2]) - max(start, one[1]) >= 0.9 * (end - start)), None)
            if hit is None:
                missed[f"{type_} {document.country}"] += 1
            else:
                matched.add(hit)
        right += len(matched)
        for one in seen:
            if one not in matched:
                alarms[one[0]] += 1
    return 1 - missed.total() / held.total(), right / max(told, 1), missed, alarms, held
