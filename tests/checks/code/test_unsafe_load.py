# SPDX-License-Identifier: Apache-2.0
"""HBK-COD-001 by tables: what must be caught, what must not, and how severe."""

import json

import pytest

from hauberk.checks.code.unsafe_load import unsafe_load
from tests.checks.trial import messages, on_files, outcomes

CAUGHT = {
    "module": "import pickle\npickle.load(f)",
    "alias": "import pickle as p\np.load(f)",
    "from": "from pickle import loads as l\nl(data())",
    "six": "from six.moves import cPickle as pickle\npickle.load(f)",
    "either import": "try:\n    import cPickle as pickle\nexcept ImportError:\n    import pickle\npickle.loads(x())",
    "optional import": "try:\n    import dill\nexcept ImportError:\n    dill = None\ndill.load(f)",
    "import in a function": "def f(p):\n    from torch import load\n    return load(p, weights_only=False)",
    "function alias": "import joblib\nread = joblib.load\nread(path)",
    "star import": "from pickle import *\nloads(x())",
    "getattr": "import pickle\ngetattr(pickle, 'lo' + 'ads')(x())",
    "import_module": "import importlib\nimportlib.import_module('pickle').loads(x())",
    "__import__": "__import__('pickle').loads(x())",
    "unpickler": "import pickle\npickle.Unpickler(f).load()",
    "unpickler in a name": "import pickle\nu = pickle.Unpickler(open('x','rb'))\nu.load()",
    "unpickler subclass without find_class": "import pickle\nclass U(pickle.Unpickler):\n    pass\nU(f).load()",
    "pandas": "import pandas as pd\npd.read_pickle('x.pkl')",
    "numpy": "import numpy as np\nnp.load(p, allow_pickle=True)",
    "numpy by position": "import numpy as np\nnp.load(p, None, True)",
    "numpy by a constant": "import numpy as np\nALLOW = True\nnp.load(p, allow_pickle=ALLOW)",
    "torch": "import torch\ntorch.load(p)",
    "torch unsafe": "import torch\ntorch.load(p, weights_only=False)",
    "yaml": "import yaml\nyaml.load(f)",
    "yaml loader": "import yaml\nyaml.load(f, Loader=yaml.Loader)",
    "yaml unsafe": "from yaml import load, UnsafeLoader\nload(f, UnsafeLoader)",
    "yaml unsafe_load": "import yaml\nyaml.unsafe_load(f)",
    "keras": "from tensorflow import keras\nkeras.models.load_model(p, safe_mode=False)",
    "tf.keras": "import tensorflow as tf\ntf.keras.models.load_model(p, safe_mode=False)",
    "mlflow": "import mlflow\nmlflow.pyfunc.load_model(uri)",
    "jsonpickle": "import jsonpickle\njsonpickle.decode(s())",
    "shelve": "import shelve\nshelve.open(p)",
    "marshal": "import marshal\nmarshal.loads(x())",
    "fastai": "from fastai.vision.all import *\nload_learner(p)",
    "hidden literal": "import pickle, base64\npickle.loads(base64.b64decode('gASVHgAAAAAAAACMBXBvc2l4lIw='))",
    "python 2": "import cPickle\nprint cPickle.load(f)",
    "match": "import pickle\nmatch x:\n    case 1:\n        pickle.load(f)",
    "lambda": "import pickle\nread = lambda p: pickle.load(open(p, 'rb'))",
    "comprehension": "import joblib\nm = [joblib.load(p) for p in ps]",
    "fullwidth": "import pickle\n\uff50ickle.load(f)",
    "decorated": "import pickle\n@cache\ndef f(p):\n    return pickle.load(p)",
    "field": "import pickle\nclass A:\n    def __init__(self):\n        self.read = pickle.load\n    def go(self, f):\n        return self.read(f)",
    "table": "import pickle, json\nREAD = {'pkl': pickle.load, 'json': json.load}\ndef f(s, g):\n    return READ[s](g)",
    "map": "import pickle\nrows = list(map(pickle.loads, lines))",
    "pool": "import joblib\nmodels = pool.map(joblib.load, paths)",
    "faiss": "from langchain_community.vectorstores import FAISS\nFAISS.load_local(p, e, allow_dangerous_deserialization=True)",
    "zmq": "import zmq\ns = zmq.Context().socket(zmq.REP)\nm = s.recv_pyobj()",
    "written before in one branch": "import joblib\ndef f(x, p, new):\n    if new:\n        joblib.dump(x, p)\n    return joblib.load(p)",
    "another file was written": "import joblib\ndef f(x, p, q):\n    joblib.dump(x, q)\n    return joblib.load(p)",
    "the name is given anew": "import joblib\ndef f(x, p):\n    joblib.dump(x, p)\n    p = p + '.old'\n    return joblib.load(p)",
    "written in another function": "import joblib\ndef g(x, p):\n    joblib.dump(x, p)\ndef f(p):\n    return joblib.load(p)",
    "cached": "import joblib, os\ndef f(x, p):\n    if os.path.exists(p):\n        return joblib.load(p)\n    joblib.dump(x, p)",
    "trusted in one branch": "import os, pickle\ndef f(p, new):\n    if new:\n        if not os.environ.get('TRUST'):\n            raise ValueError\n    return pickle.load(open(p, 'rb'))",
    "told and read": "import os, pickle\ndef f(p):\n    if not os.environ.get('TRUST'):\n        print('careful')\n    return pickle.load(open(p, 'rb'))",
    "safe unless the caller says no": "import torch\ndef f(p, weights_only=False):\n    return torch.load(p, weights_only=weights_only)",
    "safe by a default that is given up": "import torch\ndef f(p, w=True):\n    w = g()\n    return torch.load(p, weights_only=w)",
    "other processes": "import torch.distributed\ndef f(x):\n    torch.distributed.all_gather_object([], x)",
    "partial": "from functools import partial\nimport torch\nr = partial(torch.load, weights_only=False)",
    "options": "import torch\nO = {'weights_only': False}\ntorch.load(p, **O)",
    "options filled": "import torch\ndef f(p):\n    o = dict(mmap=True)\n    o['weights_only'] = False\n    return torch.load(p, **o)",
    "unpickler that renames": "import pickle\nclass U(pickle.Unpickler):\n    def find_class(self, m, n):\n        if m == 'a':\n            m = 'b'\n        return super().find_class(m, n)\nU(f).load()",
    "unpickler with one exception": "import pickle\nclass U(pickle.Unpickler):\n    def find_class(self, m, n):\n        if m == 'a':\n            return A\n        else:\n            return super().find_class(m, n)\nU(f).load()",
    "torch export": "import torch\ntorch.export.load(p)",
    "class that writes something else": "import json, torch\nclass E:\n    def put(self, m, p):\n        json.dump(m, p)\n    def take(self, p):\n        return torch.export.load(p)",
    "weights of an address": "import torch\ntorch.hub.load_state_dict_from_url(u)",
    "jax": "import jax.numpy as jnp\njnp.load(p, allow_pickle=True)",
    "lightning": "import lightning as L\nt = L.Trainer()\nt.fit(m, ckpt_path=p, weights_only=False)",
    "timm": "from timm.models import load_checkpoint\nload_checkpoint(m, p, weights_only=False)",
    "open_clip": "import open_clip\nopen_clip.create_model('ViT-B-32', p, load_weights_only=False)",
    "langchain": "from langchain_core.load import loads\nloads(t, allowed_objects='all')",
    "dspy": "import dspy\ndspy.load(p, allow_pickle=True)",
    "rllib": "from ray.rllib.algorithms.ppo import PPO\nPPO.from_checkpoint(p)",
    "statsmodels": "import statsmodels.api as sm\nsm.load(p)",
    "skops that trusts all": "import skops.io as sio\nsio.load(p, trusted=sio.get_untrusted_types(file=p))",
    "async": "import pickle\nasync def f(p):\n    return pickle.loads(await p.read())",
}

NOT_CAUGHT = {
    "json": "import json\njson.load(f)",
    "own round trip": "import pickle\npickle.loads(pickle.dumps(x))",
    "own round trip by a name": "import pickle\nb = pickle.dumps(x)\npickle.loads(b)",
    "raises unless trusted": "import os, pickle\ndef f(p):\n    if not os.environ.get('TRUST_REMOTE_CODE'):\n        raise ValueError('no')\n    with open(p, 'rb') as g:\n        return pickle.load(g)",
    "safe by default": "import torch\ndef f(p, weights_only: bool = True):\n    return torch.load(p, weights_only=weights_only)",
    "written just before": "import joblib\ndef f(x, p):\n    joblib.dump(x, p)\n    return joblib.load(p)",
    "written to memory": "import io, torch\ndef f(x):\n    b = io.BytesIO()\n    torch.save(x, b)\n    b.seek(0)\n    return torch.load(b, weights_only=False)",
    "written on the same way": "import joblib\ndef f(x, p, new):\n    if new:\n        joblib.dump(x, p)\n        x = joblib.load(p)\n    return x",
    "literal": "import pickle\npickle.loads(b'I1\\n.')",
    "dump": "import pickle\npickle.dump(x, f)",
    "yaml safe": "import yaml\nyaml.load(f, Loader=yaml.SafeLoader)",
    "yaml csafe": "import yaml\nyaml.load(f, yaml.CSafeLoader)",
    "yaml safe_load": "import yaml\nyaml.safe_load(f)",
    "yaml either": "import yaml\ntry:\n    from yaml import CSafeLoader as L\nexcept ImportError:\n    from yaml import SafeLoader as L\nyaml.load(f, Loader=L)",
    "yaml subclass": "import yaml\nclass L(yaml.SafeLoader):\n    pass\nyaml.load(f, Loader=L)",
    "numpy": "import numpy as np\nnp.load(p)",
    "numpy off": "import numpy as np\nnp.load(p, allow_pickle=False)",
    "torch safe": "import torch\ntorch.load(p, weights_only=True)",
    "torch safe by a name": "import torch\nSAFE = True\ntorch.load(p, weights_only=SAFE)",
    "torch jit": "import torch\ntorch.jit.load(p)",
    "partial that is safe": "from functools import partial\nimport torch\nr = partial(torch.load, weights_only=True)\nr(p)",
    "partial that may be safe": "from functools import partial\nimport torch\nr = partial(torch.load, map_location='cpu')",
    "options of a constant": "import torch\nSAFE = {'map_location': 'cpu', 'weights_only': True}\ndef f(p):\n    return torch.load(p, **SAFE)",
    "options filled on every way": "import torch\ndef f(p):\n    o = {}\n    o['weights_only'] = True\n    return torch.load(p, **o)",
    "unpickler with a list": "import pickle\nclass U(pickle.Unpickler):\n    def find_class(self, m, n):\n        if (m, n) in OK:\n            return super().find_class(m, n)\nU(f).load()",
    "unpickler that raises": "import pickle\nclass U(pickle.Unpickler):\n    def find_class(self, m, n):\n        if m not in OK:\n            raise ValueError\n        return super().find_class(m, n)\nU(f).load()",
    "unpickler that asks": "import pickle\nclass U(pickle.Unpickler):\n    def find_class(self, m, n):\n        self.permit(m, n)\n        return super().find_class(m, n)\nU(f).load()",
    "jax": "import jax.numpy as jnp\njnp.load(p)",
    "lightning": "import lightning as L\nt = L.Trainer()\nt.fit(m, ckpt_path=p)",
    "timm": "from timm.models import load_checkpoint\nload_checkpoint(m, p)",
    "open_clip": "import open_clip\nopen_clip.create_model('ViT-B-32')",
    "accelerate": "from accelerate.utils import load\nload(p)",
    "weights with a hash": "import torch\ntorch.hub.load_state_dict_from_url(u, check_hash=True)",
    "langchain": "from langchain_core.load import loads\nloads(t)",
    "dspy": "import dspy\ndspy.load(p)",
    "statsmodels": "import statsmodels.api as sm\nsm.datasets.longley.load()",
    "skops reviewed": "import skops.io as sio\nsio.load(p, trusted=['a.B'])",
    "class that writes what it reads": "import torch\nclass E:\n    def put(self, m, p):\n        torch.export.save(m, p)\n    def take(self, p):\n        return torch.export.load(p)",
    "keras": "import keras\nkeras.models.load_model(p)",
    "own function": "def load(p):\n    return p\nload(1)",
    "own method": "class A:\n    def load(self, p): ...\n    def go(self):\n        self.load('x')\nA().load('x')",
    "other object": "import pickle\nconfig.load('x')\nstore.loads(y)",
    "shadowed by a parameter": "from pickle import load\ndef f(load):\n    return load(1)",
    "shadowed by a definition": "from pickle import load\ndef load(p):\n    return p\nload(1)",
    "shadowed by assignment": "import pickle\npickle = Safe()\npickle.load(f)",
    "relative": "from . import pickle\npickle.load(f)",
    "relative function": "from .io import load\nload(f)",
    "restricted": "import pickle\nclass U(pickle.Unpickler):\n    def find_class(self, m, n):\n        raise ValueError\nU(f).load()",
    "string": "x = 'pickle.load(f)'",
    "comment": "# pickle.load(f)\nx = 1",
    "attribute without call": "import pickle\nLOADERS = {'pkl': pickle.load}",
    "safe field": "import json\nclass A:\n    def __init__(self):\n        self.read = json.load\n    def go(self, f):\n        return self.read(f)",
    "safe table": "import tomllib, json\nREAD = {'toml': tomllib.load, 'json': json.load}\ndef f(s, g):\n    return READ[s](g)",
    "map of json": "import json\nrows = list(map(json.loads, lines))",
    "skops": "import skops.io as sio\nsio.load(p)",
    "safetensors": "from safetensors.torch import load_file\nload_file(p)",
    "dead branch": "import yaml\nL = yaml.Loader\nL = yaml.SafeLoader\nyaml.load(f, L)",
}


@pytest.mark.parametrize("name", CAUGHT)
def test_what_can_run_code_is_caught(name, tmp_path):
    assert outcomes(on_files(unsafe_load, tmp_path, {"app.py": CAUGHT[name]})) == {"found"}


@pytest.mark.parametrize("name", NOT_CAUGHT)
def test_what_cannot_is_left_alone(name, tmp_path):
    evidence = on_files(unsafe_load, tmp_path, {"app.py": NOT_CAUGHT[name]})
    assert outcomes(evidence) == {"clean"}, (messages(evidence), evidence)


@pytest.mark.parametrize(
    ("source", "severity"),
    [
        ("import joblib\njoblib.load('model.joblib')", "medium"),
        ("import joblib, os\njoblib.load(os.path.join(os.path.dirname(__file__), 'm.joblib'))", "medium"),
        ("import pickle\nwith open('m.pkl', 'rb') as f:\n    pickle.load(f)", "medium"),
        ("import joblib\ndef f(path):\n    return joblib.load(path)", "medium"),
        ("import torch\ntorch.load('m.pt')", "low"),
        ("import torch\ntorch.load('m.pt', weights_only=False)", "medium"),
        ("import torch, requests\ntorch.load(requests.get(u).content)", "critical"),
        ("import yaml\ndef f(path):\n    return yaml.full_load(path)", "low"),
        ("import joblib, os\njoblib.load(os.environ['MODEL'])", "medium"),
        ("import pickle\ndef f(path):\n    with open(path, 'rb') as g:\n        return pickle.load(g)", "medium"),
        ("import pickle\nfrom flask import request\npickle.loads(request.data)", "critical"),
        ("import pickle, requests\npickle.loads(requests.get(u).content)", "critical"),
        ("import pickle, requests\nr = requests.get(u)\nb = r.content\npickle.loads(b)", "critical"),
        ("import pickle\n@app.post('/x')\ndef f(body: bytes):\n    return pickle.loads(body)", "critical"),
        (
            "import joblib\nfrom huggingface_hub import hf_hub_download\np = hf_hub_download('a/b', 'm')\njoblib.load(p)",
            "critical",
        ),
        ("import joblib\nfrom fastapi import UploadFile\ndef f(u: UploadFile):\n    joblib.load(u.file)", "critical"),
    ],
)
def test_severity_follows_where_the_data_comes_from(source, severity, tmp_path):
    (evidence,) = on_files(unsafe_load, tmp_path, {"app.py": source})
    assert [finding.severity.value for finding in evidence.findings] == [severity]


@pytest.mark.parametrize(
    ("requirement", "expected"),
    [
        ("torch==2.6.0", {"clean"}),
        ("torch>=2.7,<3", {"clean"}),
        ("torch~=2.8", {"clean"}),
        ("torch==2.4.1", {"found"}),
        ("torch>=2.0", {"found"}),
        ("torchvision==0.21", {"found"}),
        ("torch", {"found"}),
    ],
)
def test_torch_load_is_judged_by_the_version_asked_for(requirement, expected, tmp_path):
    files = {"src/app.py": "import torch\ntorch.load(p)", "requirements.txt": f"numpy\n{requirement}\n"}
    assert outcomes(on_files(unsafe_load, tmp_path, files)) == expected


def test_the_nearest_requirement_counts(tmp_path):
    files = {
        "a/app.py": "import torch\ntorch.load(p)",
        "a/pyproject.toml": '[project]\ndependencies = ["torch>=2.6"]\n',
        "b/requirements.txt": "torch==2.0\n",
    }
    assert outcomes(on_files(unsafe_load, tmp_path, files)) == {"clean"}


def test_a_region_that_is_not_python_is_named_and_the_rest_is_evaluated(tmp_path):
    source = "import pickle\npickle.load(f)\nx = = 3\ny = 4\npickle.load(g)\n"
    (evidence,) = on_files(unsafe_load, tmp_path, {"app.py": source})
    assert evidence.outcome.value == "unable"
    assert "line" in evidence.reason
    assert [finding.place.line for finding in evidence.findings] == [2, 5]


def test_a_notebook_points_to_cell_and_line(tmp_path):
    cells = [
        {"cell_type": "markdown", "source": "# pickle.load(x)", "metadata": {}},
        {"cell_type": "code", "source": ["%matplotlib inline\n", "import pickle"], "metadata": {}, "outputs": []},
        {"cell_type": "code", "source": "!pip list\nm = pickle.load(f)", "metadata": {}, "outputs": []},
    ]
    notebook = json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells})
    (evidence,) = on_files(unsafe_load, tmp_path, {"a.ipynb": notebook})
    assert evidence.outcome.value == "found", evidence.reason
    assert [(f.place.cell, f.place.line) for f in evidence.findings] == [(3, 2)]


def test_a_finding_keeps_its_name_when_lines_move(tmp_path):
    body = "def f(path):\n    return joblib.load(path)\n"
    (one,) = on_files(unsafe_load, tmp_path / "a", {"app.py": f"import joblib\n{body}"})
    (two,) = on_files(unsafe_load, tmp_path / "b", {"app.py": f"import os\nimport joblib\n\n\n{body}"})
    assert [f.fingerprint for f in one.findings] == [f.fingerprint for f in two.findings]


def test_test_code_is_silent_unless_a_stranger_decides(tmp_path):
    files = {
        "tests/test_a.py": "import joblib, pickle, requests\njoblib.load(p)\npickle.loads(requests.get(u).content)"
    }
    (evidence,) = on_files(unsafe_load, tmp_path, files)
    assert [finding.severity.value for finding in evidence.findings] == ["critical"]
