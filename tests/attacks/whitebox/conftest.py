# SPDX-License-Identifier: Apache-2.0
import pytest


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    """Many threads slow tiny models down."""
    torch = pytest.importorskip("torch", reason="the extra torch is not installed")
    torch.set_num_threads(1)
