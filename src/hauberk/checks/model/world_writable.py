# SPDX-License-Identifier: Apache-2.0
"""HBK-MOD-004."""

import stat
from collections.abc import Iterator

from hauberk.core.card import check
from hauberk.core.errors import CannotLook
from hauberk.core.finding import Hit
from hauberk.core.scales import Severity
from hauberk.core.target import Target


@check(
    "HBK-MOD-004",
    stage="develop",
    kinds=("model",),
    severity=Severity.MEDIUM,
    remedy="chmod o-w the file, and pin its digest with hauberk lock so that a change shows",
    references=("CWE-732", "ATLAS:AML.T0010"),
    bytewise=True,
)
def world_writable(target: Target) -> Iterator[Hit]:
    """Model file is world-writable.

    Any local user can swap the weights, or the code that loading them runs, between the scan and the load.
    """
    try:
        mode = target.path.stat().st_mode
    except OSError as error:
        raise CannotLook(f"permissions cannot be read: {error.strerror}") from error
    if mode & stat.S_IWOTH:
        yield Hit(message=f"mode {stat.S_IMODE(mode):04o} lets every local user write it", context="world-writable")
