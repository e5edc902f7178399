# SPDX-License-Identifier: Apache-2.0
"""Tells what a file is, by its content first and its name second; never executes or imports it."""

from hauberk.core.scales import Kind

HEAD = 4096
"""Bytes of a file's beginning that recognition needs."""


def recognise(path: str, head: bytes) -> tuple[Kind, str]:
    """Kind and format of a file from its relative path and its first HEAD bytes."""
    raise NotImplementedError
