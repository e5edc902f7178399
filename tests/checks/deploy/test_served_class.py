# SPDX-License-Identifier: Apache-2.0
"""Classes that a model server makes an endpoint of."""

import pytest

from hauberk.assets import python
from hauberk.checks.deploy.served_class import _served

OPEN = [
    ("import litserve as ls\nclass A(ls.LitAPI): pass\n", "LitServe"),
    ("from litserve import LitAPI as L\nclass A(L): pass\n", "LitServe"),
    ("import bentoml\n@bentoml.service\nclass A: pass\n", "BentoML"),
    ("from bentoml import service\n@service(workers=2)\nclass A: pass\n", "BentoML"),
    (
        "from ray import serve\n@serve.deployment(num_replicas=2)\nclass A:\n    def __call__(self, request): pass\n",
        "Ray Serve",
    ),
]
CLOSED = [
    "from ray import serve\n@serve.deployment\n@serve.ingress(app)\nclass A:\n    def __call__(self, request): pass\n",
    "from ray import serve\n@serve.deployment\nclass A:\n    def score(self, row): pass\n",
    "class LitAPI: pass\nclass A(LitAPI): pass\n",
    "import ray\n@ray.remote\nclass A:\n    def __call__(self, request): pass\n",
    "import service\n@service.service\nclass A: pass\n",
]


@pytest.mark.parametrize(("source", "server"), OPEN)
def test_a_class_that_is_served_is_told(source: str, server: str) -> None:
    assert [name for _, name in _served(python.read(source.encode()))] == [server]


@pytest.mark.parametrize("source", CLOSED)
def test_other_classes_are_not(source: str) -> None:
    assert list(_served(python.read(source.encode()))) == []
