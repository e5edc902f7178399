# SPDX-License-Identifier: Apache-2.0
"""Where a finding is: a tagged union, one type for each way of pointing."""

from hauberk.core.value import Value


class FilePlace(Value, frozen=True, kw_only=True, tag_field="type", tag="file"):
    """A file, or a line in it; lines and columns count from 1."""

    path: str
    """Relative POSIX path from the root that was scanned."""
    line: int | None = None
    column: int | None = None
    cell: int | None = None
    """Notebook cell, counted from 1; line then counts within the cell's source."""


class MemberPlace(Value, frozen=True, kw_only=True, tag_field="type", tag="member"):
    """A member of an archive or a stream inside a file, at a byte offset."""

    archive: str
    member: str
    offset: int | None = None


class RowPlace(Value, frozen=True, kw_only=True, tag_field="type", tag="row"):
    """A row or a column of a table; rows count from 1 without the header."""

    table: str
    row: int | None = None
    column: str | None = None


class SubgroupPlace(Value, frozen=True, kw_only=True, tag_field="type", tag="subgroup"):
    """The rows of a table for which a predicate holds."""

    table: str
    predicate: str


class ResourcePlace(Value, frozen=True, kw_only=True, tag_field="type", tag="resource"):
    """A resource that a file declares, such as one container of a Kubernetes Deployment."""

    kind: str
    name: str
    path: str
    line: int | None = None


class RequestPlace(Value, frozen=True, kw_only=True, tag_field="type", tag="request"):
    """A request at run time."""

    event: str
    client: str


Place = FilePlace | MemberPlace | RowPlace | SubgroupPlace | ResourcePlace | RequestPlace
