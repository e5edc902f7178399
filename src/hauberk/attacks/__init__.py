# SPDX-License-Identifier: Apache-2.0
"""Algorithms that try to break a model through its query interface or its slopes; they return numbers, report nothing.

Rows of mixed columns: ``space`` says what an attacker may change and what a change costs, ``labelonly`` looks for the
cheapest change that flips a label, ``membership`` tells rows that a model was trained on from rows it was not.

Tensors: ``siege`` holds the samples of a black-box attack (budget, best point, unanswered queries), ``square``,
``estimate`` and ``decision`` attack through it; ``whitebox`` (a seam, torch) climbs slopes; ``validity`` judges whether
an evaluation proves anything.
"""
