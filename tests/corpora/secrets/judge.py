# SPDX-License-Identifier: Apache-2.0
"""What our search says of the corpus."""

from collections import Counter

from tests.corpora.secrets.corpus import Sample, false, true

from hauberk.analysis.secrets import search


def is_found(sample: Sample) -> bool:
    """Whether anything is reported in a sample, as HBK-SEC-001 would call the search."""
    return any(True for _ in search(sample.text.encode(), bare=not sample.name.endswith(".py")))


def rates(seed: int, *, held: bool | None, each: int = 4) -> tuple[float, float, Counter[str], Counter[str]]:
    """Recall, share of false alarms, missed kinds and kinds that alarm; of the held half, the other, or both."""
    bad = [one for one in true(seed, each) if held is None or one.held is held]
    good = [one for one in false(seed, each) if held is None or one.held is held]
    missed = Counter(one.kind for one in bad if not is_found(one))
    alarms = Counter(one.kind for one in good if is_found(one))
    return 1 - missed.total() / len(bad), alarms.total() / len(good), missed, alarms
