# SPDX-License-Identifier: Apache-2.0
"""Rules on secrets in files."""
