# SPDX-License-Identifier: Apache-2.0
"""A verifier that stands alone: one file that needs ``cryptography`` only and shares no code with the writer.

``python verify.py BUNDLE --key K.pub``. ``hauberk ledger verifier`` prints it. Nothing else of hauberk imports it.
"""
