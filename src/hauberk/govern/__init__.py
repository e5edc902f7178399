# SPDX-License-Identifier: Apache-2.0
"""What a system owes to people, computed from its manifest and its ledger: threats, documents.

``threat`` holds the words; ``lineage`` says where models come from; ``graph`` sees a manifest as a graph of who
reaches what; the tables of ``rules_*`` say
which threat each element has and why; ``find`` applies them; ``standing`` looks up in the ledger what speaks for and
against each; ``accept`` signs that somebody lives with one. A threat always has an asset or a flow, always names what
would answer it, and says GAP where nothing does.
"""
