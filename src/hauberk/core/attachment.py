# SPDX-License-Identifier: Apache-2.0
"""Further bytes that a check names by their digest; they can be made again from the same asset."""

from hauberk.core.value import Value


class Attachment(Value, frozen=True, kw_only=True):
    """What a check yields besides hits and measurements; the engine puts it into the evidence."""

    name: str
    """Of what it is, such as ``certificate``; once in an evidence."""
    digest: str
    """``sha256:`` of its bytes."""
