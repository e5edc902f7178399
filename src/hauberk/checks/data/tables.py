# SPDX-License-Identifier: Apache-2.0
"""How the rules of this family open a data set."""

from hauberk.assets import table
from hauberk.assets.table import Table
from hauberk.core.errors import CannotLook
from hauberk.core.target import Target

FORMATS = ("csv", "tsv", "gzip", "parquet", "arrow", "feather", "jsonl")
"""Formats of data sets that are claimed; those that cannot be read yet are Unable, never passed over."""
_READABLE = FORMATS[:3]


def opened(target: Target) -> Table:
    """The table of a target; raises CannotLook where hauberk has no reader for the format, or it is no table."""
    content_format = target.asset.format
    if content_format not in _READABLE:
        reason = f"{content_format} needs a reader that hauberk does not have yet"
        raise CannotLook(reason, remedy="keep a CSV of the same rows beside it, and declare that one")
    return table.read(target.data)
