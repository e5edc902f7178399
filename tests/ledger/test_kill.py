# SPDX-License-Identifier: Apache-2.0
import pytest
from bench.parts.ledger_kills import killed, table

from hauberk.ledger.files import STAGES


@pytest.mark.slow
def test_a_writer_that_is_killed_loses_nothing_that_it_acknowledged(tmp_path, printed):
    done = killed(tmp_path, 120, seed=20261124)
    printed(table(done))
    assert done.lost == 0
    assert done.acknowledged > done.runs
    assert min(done.by_stage[stage] for stage in STAGES) > 0
    assert done.torn > 0
