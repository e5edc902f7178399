# SPDX-License-Identifier: Apache-2.0
"""Opens a thing without running it: one module a format; every read is bounded and refuses by name."""
