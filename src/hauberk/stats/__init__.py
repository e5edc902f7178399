# SPDX-License-Identifier: Apache-2.0
"""Pure functions on numbers: intervals, rates of groups, ranking. No I/O, no scipy; randomness is handed in."""
