# SPDX-License-Identifier: Apache-2.0
"""Rules on training: recorded inputs, seeds."""
