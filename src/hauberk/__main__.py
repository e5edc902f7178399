# SPDX-License-Identifier: Apache-2.0
"""``python -m hauberk``."""

from hauberk.cli.entry import run

run()
