# SPDX-License-Identifier: Apache-2.0
"""Unsafe calls of libraries that ML code uses, each with a safe twin. See SOURCE.md.

Each row is (library, import, unsafe call, safe call); ``path``, ``data`` and ``name`` are parameters of the function around it.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

ROWS = [
    ("pickle", "import pickle", "pickle.load(open(path, 'rb'))", "json.load(open(path))"),
    ("pickle", "import pickle", "pickle.loads(data)", "pickle.dumps(data)"),
    ("pickle", "from pickle import Unpickler", "Unpickler(open(path, 'rb')).load()", "Unpickler"),
    ("cloudpickle", "import cloudpickle", "cloudpickle.loads(data)", "cloudpickle.dumps(data)"),
    ("dill", "import dill", "dill.load(open(path, 'rb'))", "dill.dump(data, open(path, 'wb'))"),
    ("marshal", "import marshal", "marshal.loads(data)", "marshal.dumps(data)"),
    ("shelve", "import shelve", "shelve.open(path)", "dbm.open('cache')"),
    ("jsonpickle", "import jsonpickle", "jsonpickle.decode(data)", "jsonpickle.encode(data)"),
    ("joblib", "import joblib", "joblib.load(path)", "joblib.dump(data, path)"),
    ("joblib", "from joblib import load", "load(path, mmap_mode='r')", "str(path)"),
    ("numpy", "import numpy as np", "np.load(path, allow_pickle=True)", "np.load(path, allow_pickle=False)"),
    ("numpy", "import numpy as np", "np.load(path, None, True)", "np.load(path)"),
    ("numpy", "import numpy as np", "np.lib.format.read_array(open(path, 'rb'), allow_pickle=True)",
     "np.lib.format.read_array(open(path, 'rb'))"),
    ("pandas", "import pandas as pd", "pd.read_pickle(path)", "pd.read_parquet(path)"),
    ("pandas", "import pandas as pd", "pd.eval(name)", "pd.to_numeric(name)"),
    ("pandas", "import pandas as pd\nframe = pd.DataFrame()", "frame.query(name)", "frame.query('a > 1')"),
    ("pandas", "import pandas as pd\nframe = pd.DataFrame()", "frame.eval(name)", "frame.eval('b = a + 1')"),
    ("torch", "import torch", "torch.load(path, weights_only=False)", "torch.load(path, weights_only=True)"),
    ("torch", "import torch", "torch.load(path, map_location='cpu', pickle_module=pickle, weights_only=False)",
     "torch.load(path, map_location='cpu', weights_only=True)"),
    ("torch", "import torch", "torch.hub.load(name, 'model', trust_repo=True)",
     "torch.hub.load_state_dict_from_url('https://models.internal/a.pth', check_hash=True, weights_only=True)"),
    ("torch", "import torch", "torch.ops.load_library(path)", "torch.ops.aten.add(data, data)"),
    ("torch", "import torch", "torch.classes.load_library(path)", "torch.nn.Linear(1, 1)"),
    ("torch", "import torch.utils.cpp_extension", "torch.utils.cpp_extension.load(name=name, sources=[path])",
     "torch.nn.functional.relu(data)"),
    ("torch", "import torch.distributed as dist", "dist.broadcast_object_list(data)", "dist.broadcast(data, 0)"),
    ("torch", "import torch.distributed as dist", "dist.recv_object_list(data)", "dist.recv(data)"),
    ("torch", "import torch.package", "torch.package.PackageImporter(path).load_pickle('m', 'm.pkl')",
     "torch.export.export(data, ())"),
    ("lightning", "import lightning as L", "L.LightningModule.load_from_checkpoint(path, weights_only=False)",
     "L.LightningModule.load_from_checkpoint(path, weights_only=True)"),
    ("transformers", "from transformers import AutoModel",
     "AutoModel.from_pretrained(name, trust_remote_code=True)",
     "AutoModel.from_pretrained('org/model', revision='a3b1c2d4e5f60718293a4b5c6d7e8f9001122334')"),
    ("transformers", "from transformers import AutoTokenizer",
     "AutoTokenizer.from_pretrained('org/model', trust_remote_code=True)",
     "AutoTokenizer.from_pretrained('org/model', revision='a3b1c2d4e5f60718293a4b5c6d7e8f9001122334')"),
    ("transformers", "from transformers import pipeline", "pipeline('text-generation', name, trust_remote_code=True)",
     "pipeline('text-generation', 'org/model', revision='a3b1c2d4e5f60718293a4b5c6d7e8f9001122334')"),
    ("transformers", "from transformers import AutoConfig", "AutoConfig.from_pretrained('org/model', trust_remote_code=True)",
     "AutoConfig.from_pretrained('./model')"),
    ("datasets", "from datasets import load_dataset", "load_dataset(name, trust_remote_code=True)",
     "load_dataset('org/rows', revision='a3b1c2d4e5f60718293a4b5c6d7e8f9001122334')"),
    ("diffusers", "from diffusers import DiffusionPipeline",
     "DiffusionPipeline.from_pretrained('org/m', custom_pipeline=name, trust_remote_code=True)",
     "DiffusionPipeline.from_pretrained('org/m', revision='a3b1c2d4e5f60718293a4b5c6d7e8f9001122334')"),
    ("sentence-transformers", "from sentence_transformers import SentenceTransformer",
     "SentenceTransformer(name, trust_remote_code=True)",
     "SentenceTransformer('org/m', revision='a3b1c2d4e5f60718293a4b5c6d7e8f9001122334')"),
    ("huggingface_hub", "from huggingface_hub import hf_hub_download", "hf_hub_download('org/m', 'model.bin')",
     "hf_hub_download('org/m', 'model.bin', revision='a3b1c2d4e5f60718293a4b5c6d7e8f9001122334')"),
    ("huggingface_hub", "from huggingface_hub import snapshot_download", "snapshot_download('org/m')",
     "snapshot_download('org/m', revision='a3b1c2d4e5f60718293a4b5c6d7e8f9001122334')"),
    ("timm", "import timm", "timm.create_model('hf-hub:org/m', pretrained=True, checkpoint_path=path)",
     "timm.create_model('resnet18', pretrained=False)"),
    ("keras", "import keras", "keras.models.load_model(path, safe_mode=False)", "keras.models.load_model('a.keras')"),
    ("keras", "import keras", "keras.config.enable_unsafe_deserialization()", "keras.utils.set_random_seed(1)"),
    ("keras", "import keras", "keras.saving.deserialize_keras_object(data, safe_mode=False)",
     "keras.saving.serialize_keras_object(data)"),
    ("tensorflow", "import tensorflow as tf", "tf.keras.models.load_model(path, safe_mode=False)",
     "tf.keras.models.save_model(data, 'a.keras')"),
    ("tensorflow", "import tensorflow as tf", "tf.load_op_library(path)", "tf.constant(1)"),
    ("tensorflow", "import tensorflow as tf", "tf.load_library(path)", "tf.io.read_file('a')"),
    ("tensorflow", "import tensorflow_hub as hub", "hub.load(name)", "str(name)"),
    ("onnxruntime", "import onnxruntime as ort\noptions = ort.SessionOptions()",
     "options.register_custom_ops_library(path)", "ort.InferenceSession('model.onnx')"),
    ("ctypes", "import ctypes", "ctypes.CDLL(path)", "ctypes.c_int(1)"),
    ("skops", "import skops.io", "skops.io.load(path, trusted=True)", "skops.io.load(path)"),
    ("yaml", "import yaml", "yaml.load(data, Loader=yaml.Loader)", "yaml.safe_load(data)"),
    ("yaml", "import yaml", "yaml.unsafe_load(data)", "yaml.load(data, Loader=yaml.SafeLoader)"),
    ("yaml", "import yaml", "yaml.full_load(data)", "yaml.load(data, Loader=yaml.CSafeLoader)"),
    ("ruamel", "from ruamel.yaml import YAML", "YAML(typ='unsafe').load(data)", "YAML(typ='safe').load(data)"),
    ("mlflow", "import mlflow", "mlflow.pyfunc.load_model(name)", "mlflow.log_metric('a', 1)"),
    ("mlflow", "import mlflow", "mlflow.sklearn.load_model(name)", "mlflow.set_experiment('a')"),
    ("mlflow", "import mlflow", "mlflow.pytorch.load_model(name)", "mlflow.start_run()"),
    ("catboost", "from catboost import CatBoostClassifier", "pickle.load(open(path, 'rb'))",
     "CatBoostClassifier().load_model(path)"),
    ("xgboost", "import xgboost, pickle", "pickle.loads(data)", "xgboost.Booster(model_file='a.json')"),
    ("fastai", "from fastai.learner import load_learner", "load_learner(path)", "str(path)"),
    ("spacy", "import srsly", "srsly.pickle_loads(data)", "srsly.json_loads(data)"),
    ("gensim", "from gensim.models import Word2Vec", "Word2Vec.load(path)", "len(path)"),
    ("nltk", "import nltk.data", "nltk.data.load(path, format='pickle')", "nltk.word_tokenize('a')"),
    ("ray", "import ray.cloudpickle", "ray.cloudpickle.loads(data)", "ray.cloudpickle.dumps(data)"),
    ("stable-baselines3", "from stable_baselines3.common.save_util import load_from_pkl", "load_from_pkl(path)", "str(path)"),
    ("langchain", "from langchain_community.vectorstores import FAISS",
     "FAISS.load_local(path, data, allow_dangerous_deserialization=True)", "FAISS.from_texts(['a'], data)"),
    ("langchain", "from langchain_experimental.utilities import PythonREPL", "PythonREPL().run(name)", "str(name)"),
    ("langchain", "from langchain_experimental.agents import create_pandas_dataframe_agent",
     "create_pandas_dataframe_agent(data, path, allow_dangerous_code=True)", "str(data)"),
    ("vllm", "from vllm import LLM", "LLM(model=name, trust_remote_code=True)",
     "LLM(model='org/m', revision='a3b1c2d4e5f60718293a4b5c6d7e8f9001122334')"),
    ("msgpack", "import msgpack_numpy", "msgpack_numpy.unpackb(data, allow_pickle=True)", "msgpack.unpackb(data)"),
    ("evaluate", "import evaluate", "evaluate.load(name)", "len(name)"),
    ("tarfile", "import tarfile", "tarfile.open(path).extractall('out')", "tarfile.open(path).extractall('out', filter='data')"),
    ("builtins", "import ast", "eval(name)", "ast.literal_eval(name)"),
    ("builtins", "", "exec(data)", "compile('1', 'a', 'eval')"),
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Case:
    """One call."""

    library: str
    unsafe: bool
    held: bool
    text: str


def cases() -> Iterator[Case]:
    """Every call and its safe twin; half of the calls, by a digest, are held."""
    for library, imports, unsafe, safe in ROWS:
        held = hashlib.sha256(unsafe.encode()).digest()[0] % 2 == 1
        for bad, call in ((True, unsafe), (False, safe)):
            head = f"import dbm, json, msgpack, pickle, torch, nltk\n{imports}\n\n\n"
            yield Case(library, bad, held, f"{head}def use(path, data, name):\n    return {call}\n")
