# SPDX-License-Identifier: Apache-2.0
"""Algorithms that try to break a model through its query interface; they return numbers and report nothing.

``space`` says what an attacker may change in a row of mixed columns and what a change costs, ``labelonly`` looks for
the cheapest change that flips a label, ``membership`` tells rows that a model was trained on from rows it was not.
"""
