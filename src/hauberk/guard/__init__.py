# SPDX-License-Identifier: Apache-2.0
"""Keeps a model's endpoint: one supervisor, workers that answer, a drainer that writes the ledger.

::

    supervise   owns the socket, starts and ends the others, obeys the stop file
    worker      front -> app -> (known, buckets, body, wire) -> chain -> ask -> chain -> shape -> spool -> reply
    drainer     spool -> ledger, each event once, its payload under its subject's key
    stop        the kill switch; replay runs a decision again

Processes share files below ``.hauberk/run`` and nothing else. Whatever is uncertain refuses.
"""
