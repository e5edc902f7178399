# SPDX-License-Identifier: Apache-2.0
"""Rules on configuration files, as those that execute when they are loaded."""
