# SPDX-License-Identifier: Apache-2.0
"""How small a change of tensors fools a declared model, with a verdict on the evaluation itself. One rule a file."""
