# SPDX-License-Identifier: Apache-2.0
"""Secrets drawn from published forms, in the files that people leave them in, and what only looks like them."""

from tests.corpora.secrets.corpus import Sample, false, kinds, true

__all__ = ["Sample", "false", "kinds", "true"]
