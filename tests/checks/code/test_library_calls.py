# SPDX-License-Identifier: Apache-2.0
"""Calls of ML libraries, library by library: what a rule must find, and the safe twin that it must leave alone."""

import pytest

from hauberk.analysis.calls_facts import LOADS
from hauberk.analysis.calls_facts_run import FETCHES, RUNS
from hauberk.analysis.calls_table import guard, lasts, rows
from hauberk.checks.code.downloads import unpinned_download
from hauberk.checks.code.dynamic_execution import dynamic_execution
from hauberk.checks.code.unsafe_load import unsafe_load
from tests.checks.trial import on_files

PIN = "a3b1c2d4e5f60718293a4b5c6d7e8f9001122334"
CARDS = (unsafe_load, dynamic_execution, unpinned_download)
F = "\ndef f(p, q=None):\n    "
HUB = "from transformers import AutoModel\n"
PAIRS = {
    "torch.load in a wrapper": ("import torch\ndef low(p, **kw):\n    return torch.load(p, **kw)\ndef up(p):\n    return low(p, weights_only=False)", "import torch\ndef low(p, **kw):\n    return torch.load(p, **kw)\ndef up(p):\n    return low(p, weights_only=True)"),
    "numpy in a wrapper by position": ("import numpy as np\ndef low(p, ok):\n    return np.load(p, allow_pickle=ok)\ndef up(p):\n    return low(p, True)", "import numpy as np\ndef low(p, ok=False):\n    return np.load(p, allow_pickle=ok)\ndef up(p):\n    return low(p)"),
    "a wrapper of a wrapper": ("import torch\ndef low(p, safe):\n    return torch.load(p, weights_only=safe)\ndef mid(p, s):\n    return low(p, s)\ndef up(p):\n    return mid(p, False)", "import torch\ndef low(p, safe):\n    return torch.load(p, weights_only=safe)\ndef mid(p, s):\n    return low(p, s)\ndef up(p):\n    return mid(p, True)"),
    "an annotation": ("from typing import Optional\nimport pickle\ndef f(u: Optional[pickle.Unpickler]):\n    return u.load()", "from typing import Optional\nimport json\ndef f(u: Optional[json.JSONDecoder]):\n    return u.load()"),
    "an annotation in quotes": ("import pickle\ndef f(u: 'pickle.Unpickler'):\n    return u.load()", "import pickle\ndef f(u: 'Reader'):\n    return u.load()"),
    "an annotated name": ("import pickle\ndef f(g):\n    u: pickle.Unpickler = make(g)\n    return u.load()", "import pickle\ndef f(g):\n    u: Reader = make(g)\n    return u.load()"),
    "a digest of a file": ("import joblib" + F + "return joblib.load(p)", "import hashlib, joblib\nfrom pathlib import Path\ndef f(p):\n    if hashlib.sha256(Path(p).read_bytes()).hexdigest() != 'ab':\n        raise ValueError\n    return joblib.load(p)"),
    "a digest by a function": ("import hashlib, joblib\ndef digest(p):\n    return hashlib.sha256(open(p, 'rb').read()).hexdigest()\ndef f(p):\n    print(digest(p))\n    return joblib.load(p)", "import hashlib, joblib\ndef digest(p):\n    return hashlib.sha256(open(p, 'rb').read()).hexdigest()\ndef f(p):\n    if digest(p) != 'ab':\n        raise ValueError\n    return joblib.load(p)"),
    "a digest of something else": ("import hashlib, pickle\ndef f(b, c):\n    if hashlib.sha256(c).hexdigest() != 'ab':\n        raise ValueError\n    return pickle.loads(b)", "import hashlib, pickle\ndef f(b, c):\n    if hashlib.sha256(b).hexdigest() != 'ab':\n        raise ValueError\n    return pickle.loads(b)"),
    "a signature": ("import hmac, pickle\ndef f(b, s, k):\n    print(hmac.new(k, b, 'sha256').digest() == s)\n    return pickle.loads(b)", "import hmac, pickle\ndef f(b, s, k):\n    w = hmac.new(k, b, 'sha256').digest()\n    if not hmac.compare_digest(w, s):\n        raise ValueError\n    return pickle.loads(b)"),
    "a check that raises": ("import torch\ndef check(p):\n    print(p)\ndef f(p):\n    check(p)\n    return torch.load(p, weights_only=False)", "import hashlib, torch\ndef check(p):\n    if hashlib.sha256(open(p, 'rb').read()).hexdigest() != 'ab':\n        raise ValueError\ndef f(p):\n    check(p)\n    return torch.load(p, weights_only=False)"),
    "trust in a mapping": (HUB + "def f(n):\n    kw = {'a': 1} | {'trust_remote_code': True}\n    return AutoModel.from_pretrained(n, **kw)", HUB + "def f(n):\n    kw = {'a': 1} | {'trust_remote_code': False}\n    return AutoModel.from_pretrained(n, **kw)"),
    "trust put into keywords": (HUB + "def f(n, **kw):\n    kw['trust_remote_code'] = True\n    return AutoModel.from_pretrained(n, **kw)", HUB + "def f(n, **kw):\n    kw['trust_remote_code'] = False\n    return AutoModel.from_pretrained(n, **kw)"),
    "trust in a field": (HUB + "class A:\n    def __init__(self):\n        self.kw = {'trust_remote_code': True}\n    def go(self, n):\n        return AutoModel.from_pretrained(n, **self.kw)", HUB + "class A:\n    def __init__(self):\n        self.kw = {'trust_remote_code': False}\n    def go(self, n):\n        return AutoModel.from_pretrained(n, **self.kw)"),
    "trust by a caller": (HUB + "def low(n, trust=False):\n    return AutoModel.from_pretrained(n, trust_remote_code=trust)\ndef up(n):\n    return low(n, trust=True)", HUB + "def low(n, trust=False):\n    return AutoModel.from_pretrained(n, trust_remote_code=trust)\ndef up(n):\n    return low(n)"),
    "trust prepared": ("from functools import partial\n" + HUB + "load = partial(AutoModel.from_pretrained, trust_remote_code=True)", "from functools import partial\n" + HUB + "load = partial(AutoModel.from_pretrained, trust_remote_code=False)"),
    "trust handed on": ("from langchain_huggingface import HuggingFacePipeline\ndef f(n):\n    return HuggingFacePipeline.from_model_id(n, 'text-generation', model_kwargs={'trust_remote_code': True})", "from langchain_huggingface import HuggingFacePipeline\ndef f(n):\n    return HuggingFacePipeline.from_model_id(n, 'text-generation', model_kwargs={'trust_remote_code': False})"),
    "trust in what was read": (HUB + "AutoModel.from_pretrained('a/b', trust_remote_code=True)", HUB + f"AutoModel.from_pretrained('a/b', trust_remote_code=True, revision='{PIN}')"),
    "a variable of the environment": ("import os\nos.environ['TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD'] = '1'", "import os\nos.environ['TORCH_FORCE_WEIGHTS_ONLY_LOAD'] = '1'"),
    "a variable by a call": ("import os\nos.environ.setdefault('VLLM_ALLOW_INSECURE_SERIALIZATION', '1')", "import os\nos.environ.setdefault('VLLM_ALLOW_INSECURE_SERIALIZATION', '0')"),
    "a setting": ("import datasets\ndatasets.config.HF_DATASETS_TRUST_REMOTE_CODE = True", "import datasets\ndatasets.config.HF_DATASETS_TRUST_REMOTE_CODE = False"),
    "a repository by default": (HUB + "def f(n='a/b'):\n    return AutoModel.from_pretrained(n)", HUB + f"def f(n='a/b'):\n    return AutoModel.from_pretrained(n, revision='{PIN}')"),
    "a repository in a class": (HUB + "class A:\n    NAME = 'a/b'\n    def go(self):\n        return AutoModel.from_pretrained(self.NAME)", HUB + "class A:\n    NAME = './a/b'\n    def go(self):\n        return AutoModel.from_pretrained(self.NAME)"),
    "a repository of a table": (HUB + "M = {'x': 'a/b'}\ndef f():\n    return AutoModel.from_pretrained(M['x'])", HUB + "M = {'x': '/opt/b'}\ndef f():\n    return AutoModel.from_pretrained(M['x'])"),
    "a thread": ("import asyncio, joblib\nasync def f(p):\n    return await asyncio.to_thread(joblib.load, p)", "import asyncio, json\nasync def f(p):\n    return await asyncio.to_thread(json.load, p)"),
    "delayed": ("from joblib import Parallel, delayed\nimport pickle\ndef f(bs):\n    return Parallel(2)(delayed(pickle.loads)(b) for b in bs)", "from joblib import Parallel, delayed\nimport json\ndef f(bs):\n    return Parallel(2)(delayed(json.loads)(b) for b in bs)"),
    "a decoder": ("import pickle\nfrom kafka import KafkaConsumer\nKafkaConsumer('t', value_deserializer=pickle.loads)", "import json\nfrom kafka import KafkaConsumer\nKafkaConsumer('t', value_deserializer=json.loads)"),
    "pip": ("import subprocess, sys\ndef f(n):\n    subprocess.check_call([sys.executable, '-m', 'pip', 'install', n])", "import subprocess, sys\nsubprocess.check_call([sys.executable, '-m', 'pip', 'install', '--require-hashes', '-r', 'requirements.txt'])"),
    "a template of a model": ("from jinja2 import Template\ndef f(tokenizer, m):\n    return Template(tokenizer.chat_template).render(m=m)", "from jinja2.sandbox import ImmutableSandboxedEnvironment\ndef f(tokenizer, m):\n    return ImmutableSandboxedEnvironment().from_string(tokenizer.chat_template).render(m=m)"),
    "a module that settings name": ("import importlib, json\ndef f(p):\n    c = json.load(open(p))\n    return importlib.import_module(c['m'])", "import importlib, json\nOK = {'a', 'b'}\ndef f(p):\n    n = json.load(open(p))['m']\n    if n not in OK:\n        raise ValueError\n    return importlib.import_module(n)"),
    "an object that settings name": ("from hydra.utils import instantiate\nfrom omegaconf import OmegaConf\ndef f(p):\n    return instantiate(OmegaConf.load(p))", "from hydra.utils import instantiate\ndef f(c):\n    return instantiate(c)"),
    "torch.hub": ("import torch\ntorch.hub.load('a/b', 'm')", f"import torch\ntorch.hub.load('a/b:{PIN}', 'm')"),
    "any library's pickles": ("from somelib.io import load_pickle" + F + "return load_pickle(p)", "from .io import load_pickle" + F + "return load_pickle(p)"),
    "keras": ("from keras.saving import load_model" + F + "return load_model(p, safe_mode=False)", "from keras.saving import load_model" + F + "return load_model(p)"),
    "tensorflow hub": ("import tensorflow_hub as hub" + F + "return hub.KerasLayer(p)", "import tensorflow as tf" + F + "return tf.keras.layers.Dense(4)(p)"),
    "keras get_file": ("import keras\nkeras.utils.get_file('w.h5', 'https://a.example/w.h5')", "import keras\nkeras.utils.get_file('w.h5', 'https://a.example/w.h5', file_hash='ab')"),
    "fastai": ("from fastai.learner import load_learner" + F + "return load_learner(p)", "from fastai.vision.all import *" + F + "return vision_learner(p, resnet18)"),
    "stable baselines": ("from stable_baselines3 import PPO" + F + "return PPO.load(p)", "from stable_baselines3 import PPO" + F + "return PPO('MlpPolicy', p)"),
    "gensim": ("from gensim.models import Word2Vec" + F + "return Word2Vec.load(p)", "from gensim.models import KeyedVectors" + F + "return KeyedVectors.load_word2vec_format(p)"),
    "gensim's downloads": ("import gensim.downloader as api\napi.load('glove-wiki-gigaword-100')", "import gensim.downloader as api\napi.info()"),
    "pyspark": ("from pyspark.sql import SparkSession" + F + "s = SparkSession.builder.appName('a').getOrCreate()\n    return s.sparkContext.pickleFile(p)", "from pyspark.sql import SparkSession" + F + "s = SparkSession.builder.appName('a').getOrCreate()\n    return s.read.parquet(p)"),
    "pyzmq": ("import zmq\ndef f(s: zmq.Socket):\n    return s.recv_pyobj()", "import zmq\ndef f(s: zmq.Socket):\n    return s.recv_json()"),
    "celery": ("from celery import Celery\napp = Celery('a')\napp.conf.update(task_serializer='pickle', accept_content=['pickle'])", "from celery import Celery\napp = Celery('a')\napp.conf.update(task_serializer='json', accept_content=['json'])"),
    "numcodecs": ("import zarr\nfrom numcodecs import Pickle\nzarr.array([1], object_codec=Pickle())", "import zarr\nfrom numcodecs import JSON\nzarr.array([1], object_codec=JSON())"),
    "mlflow": ("import mlflow\ndef f(n):\n    return mlflow.pyfunc.load_model(f'models:/{n}/Production')", "import mlflow\ndef f(n):\n    return mlflow.onnx.load_model(f'models:/{n}/3')"),
    "w&b": ("import wandb\nrun = wandb.init()\nrun.use_artifact('team/p/model:latest')", "import wandb\nrun = wandb.init()\nrun.use_artifact('team/p/model:v3')"),
    "kaggle": ("import kagglehub\nkagglehub.model_download('a/b/pyTorch/c')", "import kagglehub\nkagglehub.model_download('a/b/pyTorch/c/2')"),
    "langchain hub": ("from langchain import hub\nhub.pull('rlm/rag-prompt')", "from langchain import hub\nhub.pull('rlm/rag-prompt:50442af1')"),
    "faiss": ("from langchain_community.vectorstores import FAISS" + F + "return FAISS.load_local(p, q, allow_dangerous_deserialization=True)", "from langchain_community.vectorstores import FAISS" + F + "return FAISS.from_texts(p, q)"),
    "python repl": ("from langchain_experimental.tools import PythonREPLTool\nt = PythonREPLTool()", "from langchain_core.tools import tool\n@tool\ndef add(a: int, b: int) -> int:\n    return a + b"),
    "autogen": ("from autogen import UserProxyAgent\nUserProxyAgent('u', code_execution_config={'use_docker': False})", "from autogen import UserProxyAgent\nUserProxyAgent('u', code_execution_config={'use_docker': True})"),
    "autogen's executor": ("from autogen_ext.code_executors.local import LocalCommandLineCodeExecutor\nLocalCommandLineCodeExecutor()", "from autogen_ext.code_executors.docker import DockerCommandLineCodeExecutor\nDockerCommandLineCodeExecutor()"),
    "smolagents": ("from smolagents import CodeAgent\nCodeAgent(tools=[], model=m)", "from smolagents import CodeAgent\nCodeAgent(tools=[], model=m, executor_type='docker')"),
    "crewai": ("from crewai import Agent\nAgent(role='a', allow_code_execution=True, code_execution_mode='unsafe')", "from crewai import Agent\nAgent(role='a', allow_code_execution=True, code_execution_mode='safe')"),
    "mmengine": ("from mmengine.config import Config" + F + "return Config.fromfile(p)", "from mmengine.config import Config" + F + "return Config(dict(a=1))"),
    "omegaconf": ("from omegaconf import OmegaConf\nOmegaConf.register_new_resolver('eval', eval)", "from omegaconf import OmegaConf\nOmegaConf.register_new_resolver('plus', lambda a, b: a + b)"),
    "diffusers": (f"from diffusers import DiffusionPipeline\nDiffusionPipeline.from_pretrained('a/b', revision='{PIN}', custom_pipeline='c/d')", f"from diffusers import DiffusionPipeline\nDiffusionPipeline.from_pretrained('a/b', revision='{PIN}')"),
    "an adapter": (HUB + "from peft import PeftModel\ndef f(base):\n    return PeftModel.from_pretrained(base, 'a/b')", HUB + f"from peft import PeftModel\ndef f(base):\n    return PeftModel.from_pretrained(base, 'a/b', revision='{PIN}')"),
    "loras": ("from diffusers import DiffusionPipeline\ndef f(p: DiffusionPipeline):\n    p.load_lora_weights('a/b')", "from diffusers import DiffusionPipeline\ndef f(p: DiffusionPipeline):\n    p.load_lora_weights('./lora')"),
    "vllm": ("from vllm import LLM\nLLM(model='a/b')", f"from vllm import LLM\nLLM(model='a/b', revision='{PIN}')"),
    "cpp extensions": ("from torch.utils.cpp_extension import load_inline" + F + "return load_inline('m', cpp_sources=p)", "from torch.utils.cpp_extension import load_inline\nload_inline('m', cpp_sources='int f() { return 1; }')"),
    "openvino": ("import openvino as ov" + F + "c = ov.Core()\n    c.add_extension(p)", "import openvino as ov" + F + "c = ov.Core()\n    return c.read_model('m.xml')"),
    "spec of a file": ("import importlib.util" + F + "return importlib.util.spec_from_file_location('m', p)", "import importlib.util\nimportlib.util.spec_from_file_location('m', 'plugin.py')"),
    "a column by eval": ("import pandas as pd" + F + "return pd.read_csv(p, converters={'a': eval})", "import ast\nimport pandas as pd" + F + "return pd.read_csv(p, converters={'a': ast.literal_eval})"),
    "trust in a text of options": ("import lm_eval\nlm_eval.simple_evaluate(model='hf', model_args='pretrained=a/b,trust_remote_code=True')", "import lm_eval\nlm_eval.simple_evaluate(model='hf', model_args='pretrained=a/b')"),
    "trust on a command line": ("import subprocess\ndef f(m):\n    subprocess.run(['vllm', 'serve', m, '--trust-remote-code'])", "import subprocess\ndef f(m):\n    subprocess.run(['vllm', 'serve', m])"),
    "trust in an unknown revision": (HUB + "def f(n, r):\n    return AutoModel.from_pretrained(n, revision=r, trust_remote_code=True)", HUB + f"P = {{'a/b': '{PIN}'}}\ndef f(n):\n    return AutoModel.from_pretrained(n, revision=P[n], trust_remote_code=True)"),
    "names that weights may make": ("import os, torch\ntorch.serialization.add_safe_globals([os.system])", "import torch\nfrom net import Settings\ntorch.serialization.add_safe_globals([Settings])"),
    "what skops names": ("import skops.io as sio" + F + "t = sio.get_untrusted_types(file=p)\n    return sio.load(p, trusted=t)", "import skops.io as sio" + F + "t = sio.get_untrusted_types(file=p)\n    if t:\n        raise TypeError(t)\n    return sio.load(p, trusted=t)"),
    "torchscript that was sent": ("import io, requests, torch\ndef f(u):\n    return torch.jit.load(io.BytesIO(requests.get(u).content))", "import torch" + F + "return torch.jit.load(p)"),
    "a file by its address": ("import urllib.request\nurllib.request.urlretrieve('https://a.example/m.pt', 'm.pt')", "import hashlib, urllib.request\nurllib.request.urlretrieve('https://a.example/m.pt', 'm.pt')\nif hashlib.sha256(open('m.pt', 'rb').read()).hexdigest() != 'ab':\n    raise ValueError"),
    "a prompt in jinja": ("from langchain_core.prompts import PromptTemplate" + F + "return PromptTemplate.from_template(p, template_format='jinja2')", "from langchain_core.prompts import PromptTemplate" + F + "return PromptTemplate.from_template(p)"),
    "a component": ("from kfp import components\ncomponents.load_component_from_url('https://a.example/main/c.yaml')", f"from kfp import components\ncomponents.load_component_from_url('https://a.example/{PIN}/c.yaml')"),
    "surprise": ("from surprise import dump" + F + "return dump.load(p)", "from surprise import dump" + F + "dump.dump(p, algo=q)"),
    "ray": ("from ray.rllib.algorithms.algorithm import Algorithm" + F + "return Algorithm.from_checkpoint(p)", "from ray.rllib.algorithms.ppo import PPOConfig\nPPOConfig().build()"),
    "sdv": ("from sdv.single_table import GaussianCopulaSynthesizer" + F + "return GaussianCopulaSynthesizer.load(p)", "from sdv.metadata import Metadata" + F + "return Metadata.load_from_json(p)"),
    "darts": ("from darts.models import NBEATSModel" + F + "return NBEATSModel.load(p)", "from darts.models import NBEATSModel" + F + "return NBEATSModel(24, 12).fit(p)"),
    "speechbrain": ("from speechbrain.inference.interfaces import foreign_class" + F + "return foreign_class(p, 'a.py', 'A')", "import torchaudio" + F + "return torchaudio.load(p)"),
    "haystack": ("from haystack.components.converters import OutputAdapter\nOutputAdapter('{{ x }}', str, unsafe=True)", "from haystack.components.converters import OutputAdapter\nOutputAdapter('{{ x }}', str)"),
}  # fmt: skip


@pytest.mark.parametrize("name", PAIRS)
def test_the_unsafe_call_is_found_and_its_safe_twin_is_left_alone(name, tmp_path):
    unsafe, safe = PAIRS[name]
    told = {}
    for which, text in (("unsafe", unsafe), ("safe", safe)):
        told[which] = [
            finding.message
            for card in CARDS
            for one in on_files(card, tmp_path / which, {"app.py": text})
            for finding in one.findings
        ]
    assert told["unsafe"], "the unsafe call is not found"
    assert not told["safe"]


@pytest.mark.parametrize("table", [LOADS, RUNS, FETCHES])
def test_each_fact_names_its_page_and_can_be_looked_up_by_the_last_of_its_names(table):
    for row in rows(table):
        assert row.page, row.pattern
        assert all(last.removesuffix("()").isidentifier() for last in lasts(row.pattern)), row.pattern


@pytest.mark.parametrize("text", ["", "never", "always+", "+k=v=w", "likely k"])
def test_what_is_no_guard_is_refused(text):
    with pytest.raises(ValueError, match="is no guard"):
        guard(text)
