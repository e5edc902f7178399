# SPDX-License-Identifier: Apache-2.0
"""HBK-NBK-003."""

from collections.abc import Iterator

from hauberk.assets.notebook import read
from hauberk.core.card import check
from hauberk.core.finding import Hit
from hauberk.core.place import FilePlace
from hauberk.core.scales import Severity
from hauberk.core.target import Target


@check(
    "HBK-NBK-003",
    stage="develop",
    kinds=("notebook",),
    severity=Severity.LOW,
    remedy="restart the kernel, run all cells from top to bottom, and save; or clear the outputs",
    references=("CWE-1061", "AI-Act:Art.12"),
)
def run_order(target: Target) -> Iterator[Hit]:
    """A notebook's results come from another order than it shows.

    Cells that ran out of order leave outputs that the code, read from top to bottom, does not produce: a figure in a
    report, or a model that was saved here, then rests on a state that nobody can build again.
    """
    highest = 0
    for cell in read(target.data).cells:
        if cell.kind != "code" or cell.count is None:
            continue
        if cell.count < highest:
            yield Hit(
                message=f"cell {cell.number} ran as number {cell.count}, before a cell above it that ran as {highest}",
                place=FilePlace(path=target.asset.uri, cell=cell.number),
                context="out of order",
            )
            return
        highest = cell.count
