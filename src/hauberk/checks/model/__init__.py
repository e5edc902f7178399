# SPDX-License-Identifier: Apache-2.0
"""Rules on model files: what loading one would do, and whether its structure is what its format promises."""
