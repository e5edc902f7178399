# SPDX-License-Identifier: Apache-2.0
"""What the ledger says about cases that people decide and about incidents, folded entry by entry.

Nothing here is the truth: a shelf is an SQLite file that can be deleted at any time and is folded again from the
ledger's entries. It holds names, times, counts and states; never a payload.
"""
