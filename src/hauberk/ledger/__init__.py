# SPDX-License-Identifier: Apache-2.0
"""Evidence that cannot change unseen: an append-only Merkle tree (RFC 9162) under checkpoints signed twice.

::

    ledger = Ledger.create(path, identity)              a new folder; Ledger.open(path, identity) goes on with one
    entry  = ledger.append("evidence", canonical(e))    durable before it returns; threads and processes may share
    ledger.append_many([(kind, body), ...])             one checkpoint for all
    for entry, body in ledger.entries(start=0): ...     ledger.bodies("evidence")
    ledger.verify() -> Proven                           every byte; raises LedgerBroken, SignatureInvalid
    ledger.repairs                                      what opening cut off behind the last commit
    write_bundle(ledger, path)                          one canonical file for a stranger
    verify_bundle(data, keys) -> Proven                 raises BundleMalformed, SignatureInvalid

Opening without an identity is for reading. ``Proven.integrity`` and ``INTEGRITY_ONLY`` are the words to print: no
witness has seen the ledger, so whoever holds its key could have written another one.

On disk: ``log/`` holds the segments, ``checkpoint`` the last signed note (C2SP tlog-checkpoint), ``key.pub`` the
public key. The kinds that hauberk writes: assessment.opened, evidence, coverage, assessment.closed, waiver, key.
"""

from hauberk.ledger.bundle import verify_bundle, write_bundle
from hauberk.ledger.chain import INTEGRITY_ONLY, Proven
from hauberk.ledger.log import Ledger
from hauberk.ledger.tail import Repair

__all__ = ["INTEGRITY_ONLY", "Ledger", "Proven", "Repair", "verify_bundle", "write_bundle"]
