# SPDX-License-Identifier: Apache-2.0
"""What several families of checks need: pickle programs, allow-lists, calls in code, secrets, personal data."""
