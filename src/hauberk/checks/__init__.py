# SPDX-License-Identifier: Apache-2.0
"""The rules: one folder a family, one file a rule; families do not know each other.

A file holds one function under ``@check``; its docstring is the rule's page. The engine's catalogue finds it by walking
this package, so a new rule edits no other file.
"""
