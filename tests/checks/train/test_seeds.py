# SPDX-License-Identifier: Apache-2.0
"""Which use of chance is fixed."""

import json

import pytest

from hauberk.assets import python
from hauberk.checks.train.randomness import unseeded
from hauberk.checks.train.seeds import seeds
from hauberk.core.scales import Outcome
from tests.checks.trial import messages, on_files

SPLIT = "from sklearn.model_selection import train_test_split\n"
OPEN = [
    SPLIT + "train_test_split(x, y)\n",
    SPLIT + "train_test_split(x, y, random_state=None)\n",
    "import sklearn.model_selection as ms\nms.train_test_split(x)\n",
    "from sklearn.model_selection import KFold\nKFold(5, shuffle=True)\n",
    "from sklearn.ensemble import RandomForestClassifier as RF\nRF(100).fit(x, y)\n",
    "import numpy as np\nnp.random.shuffle(rows)\n",
    "import numpy as np\nrng = np.random.default_rng()\n",
    "import numpy as np\nrng = np.random.RandomState(None)\n",
    "import numpy as np\nimport random\nrandom.seed(1)\nnp.random.rand(3)\n",
    "import numpy as np\nnp.random.seed()\nnp.random.rand(3)\n",
    "import torch\ntorch.randn(3)\n",
    "import random\nrandom.shuffle(rows)\n",
    "frame = load()\nframe.sample(frac=1)\n",
    "import numpy as np\nnp.random.seed(1)\nrng = np.random.default_rng()\n",
]
FIXED = [
    SPLIT + "train_test_split(x, y, random_state=7)\n",
    SPLIT + "train_test_split(x, y, random_state=args.seed)\n",
    SPLIT + "train_test_split(x, y, shuffle=False)\n",
    SPLIT + "import numpy as np\nnp.random.seed(7)\ntrain_test_split(x, y)\n",
    SPLIT + "train_test_split(x, y, **options)\n",
    "from sklearn.model_selection import KFold\nKFold(5)\n",
    "from sklearn.linear_model import LogisticRegression\nLogisticRegression().fit(x, y)\n",
    "from sklearn.ensemble import RandomForestClassifier as RF\nRF(100, random_state=rng).fit(x, y)\n",
    "import numpy as np\nrng = np.random.default_rng(7)\nrng.shuffle(rows)\n",
    "import numpy as np\nrng = np.random.default_rng(seed=cfg.seed)\n",
    "import torch\ntorch.manual_seed(0)\ntorch.randn(3)\n",
    "from lightning import seed_everything\nimport torch\nseed_everything(7)\ntorch.randn(3)\n",
    "from .tools import set_seed\nimport torch\nset_seed(7)\ntorch.randn(3)\n",
    "import random\nrandom.SystemRandom().random()\n",
    "def train_test_split(a): ...\ntrain_test_split(x)\n",
    "frame.sample(frac=1, random_state=7)\nframe.sample(10)\n",
    "class random:\n    shuffle = sorted\nrandom.shuffle(x)\n",
]


@pytest.mark.parametrize("text", OPEN)
def test_chance_that_nothing_fixes_is_found(text):
    assert len(list(unseeded(python.read(text.encode())))) == 1


@pytest.mark.parametrize("text", FIXED)
def test_chance_that_something_fixes_is_not(text):
    assert not list(unseeded(python.read(text.encode())))


def manifest(code: str, *, seed: str = "") -> str:
    return (
        f"name: s\nassets:\n  - {{id: code, kind: code, uri: {code}}}\n"
        f"  - {{id: run, kind: process, facts: {{code: code{seed}}}}}\n"
    )


def test_a_notebook_is_read_as_code_is(tmp_path):
    cells = [{"cell_type": "code", "source": SPLIT, "metadata": {}, "outputs": []}] * 2
    cells[1] = {**cells[0], "source": "a = 1\ntrain_test_split(x)\n"}
    text = json.dumps({"cells": cells, "nbformat": 4, "nbformat_minor": 5, "metadata": {}})
    files = {"t.ipynb": text, "hauberk.yaml": manifest("t.ipynb", seed=", seed: 3")}
    (evidence,) = on_files(seeds, tmp_path, files)
    place = evidence.findings[0].place
    assert (place.path, place.cell, place.line) == ("t.ipynb", 2, 2)


def test_a_run_without_a_recorded_seed_is_found_even_when_its_code_is_fixed(tmp_path):
    files = {"t.py": "x = 1\n", "hauberk.yaml": manifest("t.py")}
    assert messages(on_files(seeds, tmp_path, files)) == ["the manifest records no seed of this training run"]


@pytest.mark.parametrize(("name", "text"), [("t.sh", "python x\n"), ("t.py", "def (:\n"), ("gone.py", None)])
def test_code_that_cannot_be_read_is_unable(tmp_path, name, text):
    files = {"hauberk.yaml": manifest(name, seed=", seed: 3"), **({name: text} if text else {})}
    (evidence,) = on_files(seeds, tmp_path, files)
    assert evidence.outcome is Outcome.UNABLE
