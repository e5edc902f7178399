# SPDX-License-Identifier: Apache-2.0
"""HBK-COD-028."""

from collections.abc import Iterator

from hauberk.analysis.quantum import Use, in_code, in_text
from hauberk.analysis.retention import Kept, kept_long
from hauberk.assets.purpose import is_test
from hauberk.checks.code import context, opened
from hauberk.core.card import check
from hauberk.core.finding import Hit
from hauberk.core.place import FilePlace
from hauberk.core.scales import Confidence, Severity
from hauberk.core.target import Target

_PYTHON = ("python", "notebook")
LARGEST = 4 << 20
"""Bytes of a configuration that are searched."""


def _applies(target: Target) -> bool:
    return target.system is not None and kept_long(target.system) is not None and not is_test(target.asset.uri)


@check(
    "HBK-COD-028",
    stage="develop",
    kinds=("code", "notebook", "document", "manifest", "image"),
    severity=Severity.MEDIUM,
    bytewise=True,
    remedy="agree on keys by a hybrid (X25519MLKEM768, mlkem768x25519-sha256), encrypt what is stored with AES-256 "
    "under a key that only ML-KEM or a symmetric key wraps, and sign what must be believed for long by ML-DSA too",
    references=("CWE-327", "NIST-FIPS-203", "NIST-FIPS-204", "NIST-IR-8547", "GDPR:Art.32(1)(a)"),
    needs=("system",),
    applies=_applies,
)
def quantum_keys(target: Target) -> Iterator[Hit]:
    """Data are kept longer than the keys that protect them will hold.

    RSA, Diffie-Hellman and elliptic curves fall to a quantum computer. What is recorded or stored today is read on that
    day, so data that the manifest says are kept for ten years or more need another protection now; what is deleted
    sooner does not, and then this rule is not run.
    """
    kept = kept_long(target.system) if target.system else None
    if kept is None:
        return
    if target.asset.format not in _PYTHON:
        for use in in_text(target.content.read(0, LARGEST)):
            yield _hit(use, kept, target.place(use.line), use.what)
        return
    reading = opened(target)
    for call, use in in_code(reading.module):
        yield _hit(use, kept, reading.place(call), context(reading, call))
    reading.complain()


def _hit(use: Use, kept: Kept, place: FilePlace, said: str) -> Hit:
    return Hit(
        message=f"{use.what}: a quantum computer breaks it, and {kept.name!r} is kept {kept.words[:80]!r}",
        place=place,
        severity=Severity.MEDIUM if use.secret else Severity.LOW,
        confidence=Confidence.MEDIUM if use.secret else Confidence.LOW,
        context=said,
    )
