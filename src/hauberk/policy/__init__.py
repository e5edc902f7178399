# SPDX-License-Identifier: Apache-2.0
"""Policy: a pure function from evidence to a verdict.

``decide(policy, evidence, waivers, today)`` is monotone: adding a finding or an inability never turns a failing verdict
into a passing one. A rule that selects nothing is an error, not a pass.
"""
