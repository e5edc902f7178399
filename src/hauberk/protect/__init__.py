# SPDX-License-Identifier: Apache-2.0
"""Makes safer artefacts out of what people work with: a notebook without what a run left in it.

What is given is hostile: it is parsed within bounds and never run. What is written replaces the old in one step.
"""
