# SPDX-License-Identifier: Apache-2.0
"""Data minimisation: what is held of people and not needed. One rule a file."""
