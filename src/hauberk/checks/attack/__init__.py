# SPDX-License-Identifier: Apache-2.0
"""Attacks on a declared model with its declared data: evasion, membership. One rule a file."""
