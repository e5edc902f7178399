# SPDX-License-Identifier: Apache-2.0
"""The engine: from a path and a manifest to evidence, and from evidence to a document.

``walk`` meets files, ``discover`` makes assets of them, ``plan`` pairs assets with cards of ``catalogue``, ``run``
has each pair examined in a confined child (``worker``, ``examine``) or recalls it (``cache``), ``assemble`` counts,
``judge`` applies policy, ``seal`` writes the ledger and ``recall`` reads it back. ``regular`` and ``source`` are the
only ways to the bytes of what is examined.
"""
