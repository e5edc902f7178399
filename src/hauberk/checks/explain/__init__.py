# SPDX-License-Identifier: Apache-2.0
"""What a model's decisions rest on, how good that explanation is, and whether the model fools explainers."""
