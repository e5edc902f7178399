# SPDX-License-Identifier: Apache-2.0
"""A pool with the probes."""

import pytest

from hauberk.confine.pool import ConfinedPool
from tests.confine.probing import PROBES, task


@pytest.fixture(scope="module")
def readable(tmp_path_factory):
    folder = tmp_path_factory.mktemp("readable")
    (folder / "file").write_bytes(b"content")
    return folder


@pytest.fixture(scope="module")
def pool(readable):
    with ConfinedPool(workers=1, readable=[readable], path=[PROBES], preload=["confine_probes"]) as made:
        yield made


@pytest.fixture
def ask(pool):
    return lambda name, payload=b"", **more: pool.submit(task(name, payload, **more)).result(timeout=60)
