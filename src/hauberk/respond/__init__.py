# SPDX-License-Identifier: Apache-2.0
"""From detections to incidents that people close, and to whoever else has to know.

``book`` keeps incidents: declared in the ledger once, worked on by signed words. ``follow`` reads the ledger as it
grows, declares what amounts to an incident and sends on what the manifest asks for. The ledger is the spool: how far a
receiver got is a number in a file, so nothing is lost while one is away, and what was under way is sent again.
"""
