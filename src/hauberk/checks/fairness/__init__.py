# SPDX-License-Identifier: Apache-2.0
"""Fairness of a model's decisions over declared sensitive columns, always with sizes and intervals. One rule a file."""
