# SPDX-License-Identifier: Apache-2.0
"""How the allow-list of pickles' globals comes about.

``python -m tools.allowlist.observe NAME`` runs in one environment: it pickles what honest people pickle with the
libraries installed there, watches which globals those pickles name and how they use them, audits each by its source,
and writes ``observed/NAME.json``. ``python -m tools.allowlist.merge`` puts all observations and the table that was
reviewed by hand into ``src/hauberk/analysis/allowlist.json``. Environments and their versions stand in the
observations; ``observe`` needs hauberk's sources, msgspec and rfc8785 there, nothing else of hauberk's.
"""
