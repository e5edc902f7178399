# SPDX-License-Identifier: Apache-2.0
"""hauberk: evidence for the whole life of a machine-learning system."""

__all__ = ["__version__"]

__version__ = "0.1.0"
