# SPDX-License-Identifier: Apache-2.0
"""Who answers for the system, who can stop it, and what explains it."""
