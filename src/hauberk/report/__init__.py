# SPDX-License-Identifier: Apache-2.0
"""Reports: pure functions from a Scan, and the cards that explain it, to text; the same Scan gives the same bytes.

``summary`` puts a scan in one order (lamps, problems worst first, gaps, measurements); ``text`` makes hostile strings
harmless; ``terminal``, ``html``, ``sarif``, ``junit``, ``markdown`` and ``document`` each render one form.
"""
