# SPDX-License-Identifier: Apache-2.0
"""Codecs of others' protocols: JSON read strictly, Open Inference Protocol v2, rows of JSON."""
