# SPDX-License-Identifier: Apache-2.0
"""Rules on data sets: personal data, leakage between splits, features that give the label away."""
