# SPDX-License-Identifier: Apache-2.0
"""What developers run by hand to make data that the package carries; nothing here is part of the package."""
