# SPDX-License-Identifier: Apache-2.0
"""What was thought of before anything was built: flows, boundaries, borders, threats."""
