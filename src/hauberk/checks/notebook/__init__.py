# SPDX-License-Identifier: Apache-2.0
"""Rules on notebooks as a whole: what a run left in them, and whether it can be run again."""
