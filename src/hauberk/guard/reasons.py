# SPDX-License-Identifier: Apache-2.0
"""Why the model answered a case as it did: contributions of columns, asked of it in a confined child."""

import csv
import io
from pathlib import Path
from typing import Any

from hauberk.assets import table as tables
from hauberk.attacks.local import Ask, Local
from hauberk.confine.pool import ConfinedPool, Task
from hauberk.core.codec import decode, encode
from hauberk.core.errors import CannotLook
from hauberk.core.system import Facts
from hauberk.wire.rows import bare

CALL = "hauberk.attacks.local:serve"
SECONDS = 120
MEMORY = 4 << 30


def reasons(model: Path, data: bytes, facts: Facts, row: dict[str, Any], *, seed: int) -> Local:
    """Contributions to the score of one row that is asked about, against rows of the model's test data.

    ``row`` is by column name, compared without punctuation and case. Raises CannotLook where the row lacks a column.
    """
    table = tables.read(data)
    given = {bare(name): value for name, value in row.items()}
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(table.names)
    columns = [table.column(name).tolist() for name in table.names]
    writer.writerows(zip(*columns, strict=True))
    writer.writerow([given.get(bare(name), cells[0]) for name, cells in zip(table.names, columns, strict=True)])
    unknown = given.keys() - {bare(name) for name in table.names}
    if unknown:
        raise CannotLook("the request has columns that the test data has not")
    asked = Ask(model=model.read_bytes(), table=written.getvalue().encode(), facts=facts, row=table.n, seed=seed)
    with ConfinedPool(workers=1, readable=(), preload=("hauberk.attacks.local",)) as pool:
        task = Task(call=CALL, payload=encode(asked), seconds=SECONDS, memory=MEMORY, alone=True)
        return decode(pool.submit(task).result(), Local)
