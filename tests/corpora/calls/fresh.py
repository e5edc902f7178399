# SPDX-License-Identifier: Apache-2.0
"""A fresh half of the corpus, to be run once: whole functions, each with a safe twin. See SOURCE.md.

Each row is (library, unsafe text, safe text, the page that documents the unsafe call).
"""

from collections.abc import Iterator

from . import Case

ROWS = [
    ("torch", """
import torch
from pathlib import Path

MODELS = Path("models")

def predictor(upload):
    target = MODELS / "incoming.pt"
    target.write_bytes(upload.read())
    module = torch.jit.load(str(target), map_location="cpu")
    module.eval()
    return module
""", """
import torch
from pathlib import Path
from safetensors.torch import load_file
from net import Classifier

def predictor(upload):
    target = Path("models") / "incoming.safetensors"
    target.write_bytes(upload.read())
    module = Classifier()
    module.load_state_dict(load_file(target, device="cpu"))
    return module.eval()
""", "https://github.com/pytorch/pytorch/security/policy"),
    ("torch", """
import torch.export as ex

class Exported:
    def __init__(self, archive):
        self.program = ex.load(archive)

    def __call__(self, batch):
        return self.program.module()(batch)
""", """
import torch.export as ex

class Exported:
    def __init__(self, model, example):
        self.program = ex.export(model, (example,))

    def __call__(self, batch):
        return self.program.module()(batch)
""", "https://docs.pytorch.org/docs/stable/export.html"),
    ("torch", """
import torch

def detector(weights):
    model = torch.hub.load("ultralytics/yolov5", "custom", path=weights, force_reload=True)
    model.conf = 0.4
    return model
""", """
from torchvision.models import ResNet50_Weights, resnet50

def detector():
    chosen = ResNet50_Weights.IMAGENET1K_V2
    model = resnet50(weights=chosen)
    model.eval()
    return model, chosen.transforms()
""", "https://docs.pytorch.org/docs/stable/hub.html"),
    ("torch", """
from functools import partial
import torch

restore = partial(torch.load, map_location="cpu", weights_only=False)

def resume(path, model, optimizer):
    state = restore(path)
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    return state["epoch"]
""", """
from functools import partial
import torch

restore = partial(torch.load, map_location="cpu", weights_only=True)

def resume(path, model, optimizer):
    state = restore(path)
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    return state["epoch"]
""", "https://docs.pytorch.org/docs/stable/generated/torch.load.html"),
    ("torch", """
import torch as th

OPTIONS = {"map_location": "cuda:0", "weights_only": False}

class Checkpoints:
    def latest(self, folder):
        newest = max(folder.glob("*.ckpt"), key=lambda one: one.stat().st_mtime)
        return th.load(newest, **OPTIONS)
""", """
import torch as th

OPTIONS = {"map_location": "cuda:0", "weights_only": True}

class Checkpoints:
    def latest(self, folder):
        newest = max(folder.glob("*.ckpt"), key=lambda one: one.stat().st_mtime)
        return th.load(newest, **OPTIONS)
""", "https://docs.pytorch.org/docs/stable/notes/serialization.html"),
    ("torch", """
import torch
from torch import distributed as dist

def collect(scores):
    everything = [None for _ in range(dist.get_world_size())]
    dist.all_gather_object(everything, scores)
    return [one for part in everything for one in part]
""", """
import torch
from torch import distributed as dist

def collect(scores):
    everything = [torch.zeros_like(scores) for _ in range(dist.get_world_size())]
    dist.all_gather(everything, scores)
    return torch.cat(everything)
""", "https://docs.pytorch.org/docs/stable/distributed.html"),
    ("torch", """
import torch.utils.model_zoo as model_zoo
from net import Segmenter

URL = "https://weights.example.org/segmenter.pth"

def segmenter():
    net = Segmenter(classes=21)
    net.load_state_dict(model_zoo.load_url(URL, model_dir="cache"))
    return net
""", """
from torch.hub import load_state_dict_from_url
from net import Segmenter

URL = "https://weights.example.org/segmenter-0676ba61.pth"

def segmenter():
    net = Segmenter(classes=21)
    net.load_state_dict(load_state_dict_from_url(URL, "cache", check_hash=True, weights_only=True))
    return net
""", "https://docs.pytorch.org/docs/stable/model_zoo.html"),
    ("pickle", """
import pickle

class Renaming(pickle.Unpickler):
    def find_class(self, module, name):
        if module.startswith("oldpackage."):
            module = module.replace("oldpackage.", "newpackage.", 1)
        return super().find_class(module, name)

def revive(path):
    with open(path, "rb") as stream:
        return Renaming(stream).load()
""", """
import pickle

SAFE = {("collections", "OrderedDict"), ("builtins", "complex")}

class Restricted(pickle.Unpickler):
    def find_class(self, module, name):
        if (module, name) not in SAFE:
            raise pickle.UnpicklingError(f"{module}.{name} is forbidden")
        return super().find_class(module, name)

def revive(path):
    with open(path, "rb") as stream:
        return Restricted(stream).load()
""", "https://docs.python.org/3/library/pickle.html#restricting-globals"),
    ("dill", """
import dill
import sys

def main():
    state = sys.argv[1]
    notebook = dill.load_module(state)
    print(notebook.model.score(notebook.x_test, notebook.y_test))

main()
""", """
import json
import sys

def main():
    state = sys.argv[1]
    with open(state, encoding="utf-8") as stream:
        settings = json.load(stream)
    print(settings["alpha"])

main()
""", "https://dill.readthedocs.io/en/latest/dill.html"),
    ("cloudpickle", """
import cloudpickle as cp
import zmq

def worker(address):
    socket = zmq.Context().socket(zmq.REP)
    socket.bind(address)
    while True:
        function, arguments = cp.loads(socket.recv())
        socket.send(cp.dumps(function(*arguments)))
""", """
import json
import zmq
from tasks import TASKS

def worker(address):
    socket = zmq.Context().socket(zmq.REP)
    socket.bind(address)
    while True:
        request = json.loads(socket.recv())
        socket.send_json(TASKS[request["task"]](*request["arguments"]))
""", "https://scikit-learn.org/stable/model_persistence.html"),
    ("joblib", """
import io
import joblib
import boto3

class Registry:
    bucket = "models"

    def fetch(self, key):
        body = boto3.client("s3").get_object(Bucket=self.bucket, Key=key)["Body"]
        return joblib.load(io.BytesIO(body.read()))
""", """
import onnxruntime
import boto3

class Registry:
    bucket = "models"

    def fetch(self, key):
        body = boto3.client("s3").get_object(Bucket=self.bucket, Key=key)["Body"]
        return onnxruntime.InferenceSession(body.read(), providers=["CPUExecutionProvider"])
""", "https://scikit-learn.org/stable/model_persistence.html"),
    ("skops", """
import skops.io as sio

def classifier(path):
    unknown = sio.get_untrusted_types(file=path)
    print("loading with", unknown)
    return sio.load(path, trusted=unknown)
""", """
import skops.io as sio

REVIEWED = ["ourpackage.features.Scaler"]

def classifier(path):
    unknown = set(sio.get_untrusted_types(file=path)) - set(REVIEWED)
    if unknown:
        raise ValueError(f"types nobody has looked at: {sorted(unknown)}")
    return sio.load(path, trusted=REVIEWED)
""", "https://skops.readthedocs.io/en/stable/persistence.html"),
    ("pandas", """
from pandas import read_hdf

def features(path, table="features"):
    frame = read_hdf(path, key=table)
    frame = frame.dropna(axis=0)
    return frame.drop(columns=["label"]), frame["label"]
""", """
from pandas import read_parquet

def features(path):
    frame = read_parquet(path, engine="pyarrow")
    frame = frame.dropna(axis=0)
    return frame.drop(columns=["label"]), frame["label"]
""", "https://pandas.pydata.org/docs/reference/api/pandas.read_hdf.html"),
    ("jax", """
import jax.numpy as jnp

def embeddings(path):
    table = jnp.load(path, allow_pickle=True)
    norm = jnp.linalg.norm(table, axis=1, keepdims=True)
    return table / norm
""", """
import jax.numpy as jnp

def embeddings(path):
    table = jnp.load(path, allow_pickle=False)
    norm = jnp.linalg.norm(table, axis=1, keepdims=True)
    return table / norm
""", "https://docs.jax.dev/en/latest/_autosummary/jax.numpy.load.html"),
    ("jax", """
from jax.experimental.serialize_executable import deserialize_and_load

def compiled(path, in_tree, out_tree):
    with open(path, "rb") as stream:
        blob = stream.read()
    return deserialize_and_load(blob, in_tree, out_tree)
""", """
import jax

def compiled(step, example):
    lowered = jax.jit(step).lower(example)
    program = lowered.compile()
    return program
""", "https://docs.jax.dev/en/latest/jax.experimental.serialize_executable.html"),
    ("cupy", """
import cupy

def shards(folder):
    parts = []
    for path in sorted(folder.glob("*.npz")):
        with cupy.load(path, allow_pickle=True) as archive:
            parts.append(archive["x"])
    return cupy.concatenate(parts)
""", """
import cupy

def shards(folder):
    parts = []
    for path in sorted(folder.glob("*.npz")):
        with cupy.load(path, allow_pickle=False) as archive:
            parts.append(archive["x"])
    return cupy.concatenate(parts)
""", "https://docs.cupy.dev/en/stable/reference/generated/cupy.load.html"),
    ("keras", """
from keras.saving import load_model as restore

def scorer(path, custom):
    model = restore(
        path,
        custom_objects=custom,
        compile=False,
        safe_mode=False,
    )
    return model.predict
""", """
from keras.saving import load_model as restore

def scorer(path, custom):
    model = restore(
        path,
        custom_objects=custom,
        compile=False,
        safe_mode=True,
    )
    return model.predict
""", "https://keras.io/api/models/model_saving_apis/model_saving_and_loading/"),
    ("keras", """
from tensorflow import keras

def setup(path):
    keras.config.enable_unsafe_deserialization()
    model = keras.models.load_model(path)
    model.summary()
    return model
""", """
from tensorflow import keras

def setup(path):
    keras.config.set_floatx("float32")
    model = keras.models.load_model(path, safe_mode=True)
    model.summary()
    return model
""", "https://www.tensorflow.org/api_docs/python/tf/keras/config/enable_unsafe_deserialization"),
    ("tensorflow", """
import tensorflow as tf

class Ranker:
    def __init__(self, export_dir):
        self._loaded = tf.saved_model.load(export_dir)
        self._serve = self._loaded.signatures["serving_default"]

    def rank(self, rows):
        return self._serve(tf.constant(rows))["scores"].numpy()
""", """
from safetensors.numpy import load_file
from towers import build

class Ranker:
    def __init__(self, weights):
        tensors = load_file(weights)
        self._model = build()
        self._model.set_weights([tensors[str(place)] for place in range(len(tensors))])

    def rank(self, rows):
        return self._model.predict(rows)
""", "https://github.com/tensorflow/tensorflow/blob/master/SECURITY.md"),
    ("onnxruntime", """
import onnxruntime as rt

def session(model, vendor_library):
    rt.register_execution_provider_library("VendorEP", vendor_library)
    devices = [one for one in rt.get_ep_devices() if one.ep_name == "VendorEP"]
    options = rt.SessionOptions()
    options.add_provider_for_devices(devices, {})
    return rt.InferenceSession(model, sess_options=options)
""", """
import onnxruntime as rt

def session(model):
    options = rt.SessionOptions()
    options.intra_op_num_threads = 2
    return rt.InferenceSession(
        model, sess_options=options, providers=["CUDAExecutionProvider", "CPUExecutionProvider"]
    )
""", "https://onnxruntime.ai/docs/execution-providers/plugin-ep-libraries.html"),
    ("transformers", """
import torch
from transformers import AutoModelForCausalLM

class Writer:
    def __init__(self, name, revision="main"):
        kwargs = dict(torch_dtype=torch.bfloat16, device_map="auto")
        kwargs["trust_remote_code"] = True
        self.model = AutoModelForCausalLM.from_pretrained(name, revision=revision, **kwargs)
""", """
import torch
from transformers import AutoModelForCausalLM

class Writer:
    def __init__(self):
        kwargs = dict(torch_dtype=torch.bfloat16, device_map="auto", use_safetensors=True)
        self.model = AutoModelForCausalLM.from_pretrained(
            "org/writer", revision="5c1f0a7b9e3d4c2a8b6f7e1d0c9b8a7f6e5d4c3b", trust_remote_code=False, **kwargs
        )
""", "https://huggingface.co/docs/transformers/main/en/models"),
    ("transformers", """
import transformers

def reader(checkpoint):
    processor = transformers.AutoProcessor.from_pretrained(checkpoint, trust_remote_code=True)
    def read(image):
        return processor(images=image, return_tensors="pt")
    return read
""", """
import transformers

PINNED = "9d8c7b6a5f4e3d2c1b0a99887766554433221100"

def reader():
    processor = transformers.AutoProcessor.from_pretrained("org/reader", revision=PINNED)
    def read(image):
        return processor(images=image, return_tensors="pt")
    return read
""", "https://huggingface.co/docs/transformers/main/en/model_doc/auto"),
    ("datasets", """
import datasets as hfds

def describe(repository):
    builder = hfds.load_dataset_builder(repository, trust_remote_code=True)
    print(builder.info.features)
    builder.download_and_prepare()
    return builder.as_dataset(split="train")
""", """
import datasets as hfds

def describe(files):
    builder = hfds.load_dataset_builder("parquet", data_files={"train": files})
    print(builder.info.features)
    builder.download_and_prepare()
    return builder.as_dataset(split="train")
""", "https://huggingface.co/docs/datasets/package_reference/loading_methods"),
    ("diffusers", """
from diffusers import ModularPipeline

def painter(repository):
    pipe = ModularPipeline.from_pretrained(repository, trust_remote_code=True)
    pipe.load_components()
    pipe.to("cuda")
    return pipe
""", """
from diffusers import StableDiffusionXLPipeline

def painter():
    pipe = StableDiffusionXLPipeline.from_pretrained(
        "org/painter", revision="0f1e2d3c4b5a69788796a5b4c3d2e1f001234567", use_safetensors=True
    )
    pipe.to("cuda")
    return pipe
""", "https://huggingface.co/docs/diffusers/using-diffusers/other-formats"),
    ("sentence-transformers", """
from sentence_transformers.cross_encoder import CrossEncoder

def reranker(name):
    scorer = CrossEncoder(name, max_length=512, trust_remote_code=True)
    def best(query, passages):
        return max(passages, key=lambda one: scorer.predict([(query, one)])[0])
    return best
""", """
from sentence_transformers.cross_encoder import CrossEncoder

def reranker():
    scorer = CrossEncoder(
        "org/reranker", max_length=512, revision="1234567890abcdef1234567890abcdef12345678",
        model_kwargs={"use_safetensors": True},
    )
    def best(query, passages):
        return max(passages, key=lambda one: scorer.predict([(query, one)])[0])
    return best
""", "https://sbert.net/docs/package_reference/cross_encoder.html"),
    ("peft", """
from peft import AutoPeftModelForCausalLM

def tuned(adapter, device):
    model = AutoPeftModelForCausalLM.from_pretrained(adapter, trust_remote_code=True)
    merged = model.merge_and_unload()
    return merged.to(device)
""", """
from peft import AutoPeftModelForCausalLM

def tuned(device):
    model = AutoPeftModelForCausalLM.from_pretrained(
        "org/adapter", revision="abcdefabcdefabcdefabcdefabcdefabcdefabcd"
    )
    merged = model.merge_and_unload()
    return merged.to(device)
""", "https://huggingface.co/docs/peft/package_reference/auto_class"),
    ("timm", """
import timm
from timm.models import load_checkpoint

def backbone(path):
    net = timm.create_model("vit_small_patch16_224", pretrained=False, num_classes=10)
    load_checkpoint(net, path, strict=False, weights_only=False)
    return net
""", """
import timm
from timm.models import load_checkpoint

def backbone(path):
    net = timm.create_model("vit_small_patch16_224", pretrained=False, num_classes=10)
    load_checkpoint(net, path, strict=False, weights_only=True)
    return net
""", "https://huggingface.co/docs/timm/reference/models"),
    ("huggingface_hub", """
from huggingface_hub import load_torch_model
from net import Encoder

def encoder(folder):
    net = Encoder(width=256)
    load_torch_model(net, folder, safe=False, weights_only=False)
    return net.eval()
""", """
from huggingface_hub import load_torch_model
from net import Encoder

def encoder(folder):
    net = Encoder(width=256)
    load_torch_model(net, folder, safe=True, weights_only=True)
    return net.eval()
""", "https://huggingface.co/docs/huggingface_hub/package_reference/serialization"),
    ("huggingface_hub", """
from huggingface_hub import from_pretrained_fastai

def birds(repository):
    learner = from_pretrained_fastai(repository)
    names = learner.dls.vocab
    return learner, names
""", """
from huggingface_hub import hf_hub_download
from safetensors.torch import load_file

def birds(net):
    path = hf_hub_download(
        "org/birds", "model.safetensors", revision="00112233445566778899aabbccddeeff00112233"
    )
    net.load_state_dict(load_file(path))
    return net
""", "https://huggingface.co/docs/huggingface_hub/package_reference/mixins"),
    ("open_clip", """
import open_clip

def clip(checkpoint):
    model, _, transform = open_clip.create_model_and_transforms("ViT-B-32")
    open_clip.load_checkpoint(model, checkpoint, weights_only=False)
    return model, transform
""", """
import open_clip

def clip(checkpoint):
    model, _, transform = open_clip.create_model_and_transforms("ViT-B-32")
    open_clip.load_checkpoint(model, checkpoint, weights_only=True)
    return model, transform
""", "https://www.mintlify.com/mlfoundations/open_clip/api/load-checkpoint"),
    ("accelerate", """
from accelerate.utils import load as read_state

def scheduler_state(folder, scheduler):
    path = f"{folder}/scheduler.bin"
    scheduler.load_state_dict(read_state(path, weights_only=False))
    return scheduler
""", """
from accelerate.utils import load as read_state

def scheduler_state(folder, scheduler):
    path = f"{folder}/scheduler.bin"
    scheduler.load_state_dict(read_state(path, weights_only=True))
    return scheduler
""", "https://huggingface.co/docs/accelerate/package_reference/utilities"),
    ("mlflow", """
from mlflow import pyfunc
from pyspark.sql import SparkSession

def scored(table, model_uri):
    spark = SparkSession.builder.getOrCreate()
    predict = pyfunc.spark_udf(spark, model_uri=model_uri, result_type="double")
    frame = spark.table(table)
    return frame.withColumn("score", predict(*frame.columns))
""", """
import xgboost
from mlflow.artifacts import download_artifacts

def scored(frame, run):
    path = download_artifacts(run_id=run, artifact_path="booster/model.ubj")
    booster = xgboost.Booster()
    booster.load_model(path)
    return booster.inplace_predict(frame)
""", "https://mlflow.org/docs/latest/api_reference/python_api/mlflow.pyfunc.html"),
    ("mlflow", """
import mlflow.statsmodels

class Forecast:
    def __init__(self, run):
        uri = f"runs:/{run}/model"
        self.results = mlflow.statsmodels.load_model(uri)

    def ahead(self, steps):
        return self.results.forecast(steps)
""", """
import mlflow.onnx
import onnxruntime

class Forecast:
    def __init__(self, run):
        proto = mlflow.onnx.load_model(f"runs:/{run}/model")
        self.session = onnxruntime.InferenceSession(proto.SerializeToString())

    def ahead(self, rows):
        return self.session.run(None, {"rows": rows})[0]
""", "https://mlflow.org/docs/latest/api_reference/python_api/mlflow.statsmodels.html"),
    ("wandb", """
import os
import joblib
import wandb

def champion(project):
    with wandb.init(project=project, job_type="serve") as run:
        folder = run.use_artifact("champion:latest").download()
    return joblib.load(os.path.join(folder, "model.joblib"))
""", """
import os
import torch
import wandb

def champion(project):
    with wandb.init(project=project, job_type="serve") as run:
        artifact = run.use_artifact("champion:v7")
        folder = artifact.download()
        artifact.verify(folder)
    return torch.load(os.path.join(folder, "model.pt"), weights_only=True)
""", "https://docs.coreweave.com/products/wandb/artifacts/download-and-use-an-artifact"),
    ("xgboost", """
import pickle as pkl
from flask import Flask, request

app = Flask(__name__)

@app.post("/model")
def replace():
    app.config["model"] = pkl.load(request.files["model"].stream)
    return {"trees": app.config["model"].n_estimators}
""", """
import xgboost as xgb
from flask import Flask, request

app = Flask(__name__)

@app.post("/model")
def replace():
    booster = xgb.Booster()
    booster.load_model(bytearray(request.files["model"].read()))
    app.config["model"] = booster
    return {"features": booster.num_features()}
""", "https://xgboost.readthedocs.io/en/stable/tutorials/saving_model.html"),
    ("lightgbm", """
from joblib import load as jload

def probability(path, rows):
    booster = jload(path)
    if hasattr(booster, "booster_"):
        booster = booster.booster_
    return booster.predict(rows)
""", """
from lightgbm import Booster

def probability(path, rows):
    booster = Booster(model_file=path)
    if booster.num_trees() == 0:
        raise ValueError("no trees")
    return booster.predict(rows)
""", "https://lightgbm.readthedocs.io/en/stable/Python-Intro.html"),
    ("spacy", """
import spacy
from spacy.util import import_file

def pipeline(config, code):
    if code:
        import_file("python_code", code)
    loaded = spacy.util.load_config(config)
    return spacy.util.load_model_from_config(loaded, auto_fill=True)
""", """
import spacy

def pipeline(text):
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    document = nlp(text)
    return [str(one) for one in document.sents]
""", "https://spacy.io/api/top-level#util.import_file"),
    ("flair", """
from flair.models.clustering import ClusteringModel

def groups(path, corpus):
    model = ClusteringModel.load(model_file=path)
    model.predict(corpus)
    return [one.get_labels("cluster") for one in corpus.get_all_sentences()]
""", """
from safetensors.torch import load_file
from taggers import Tagger

def groups(path, sentences):
    model = Tagger(labels=12)
    model.load_state_dict(load_file(path))
    return [model.predict(one) for one in sentences]
""", "https://nvd.nist.gov/vuln/detail/CVE-2024-10073"),
    ("gensim", """
from gensim.models import KeyedVectors

class Synonyms:
    def __init__(self, path):
        self.vectors = KeyedVectors.load(path, mmap="r")

    def near(self, word):
        return [one for one, _ in self.vectors.most_similar(word, topn=5)]
""", """
from gensim.models import KeyedVectors

class Synonyms:
    def __init__(self, path):
        self.vectors = KeyedVectors.load_word2vec_format(path, binary=True)

    def near(self, word):
        return [one for one, _ in self.vectors.most_similar(word, topn=5)]
""", "https://radimrehurek.com/gensim/models/keyedvectors.html"),
    ("gensim", """
from gensim import corpora

def bags(path, texts):
    dictionary = corpora.Dictionary.load(path)
    dictionary.filter_extremes(no_below=5)
    return [dictionary.doc2bow(one.split()) for one in texts]
""", """
from gensim import corpora

def bags(path, texts):
    dictionary = corpora.Dictionary.load_from_text(path)
    dictionary.filter_extremes(no_below=5)
    return [dictionary.doc2bow(one.split()) for one in texts]
""", "https://radimrehurek.com/gensim/corpora/dictionary.html"),
    ("stable-baselines3", """
from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize
from envs import make

def normalised(stats):
    env = DummyVecEnv([make])
    env = VecNormalize.load(stats, env)
    env.training = False
    return env
""", """
import numpy as np
from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize
from envs import make

def normalised(stats):
    env = VecNormalize(DummyVecEnv([make]), training=False)
    with np.load(stats, allow_pickle=False) as saved:
        env.obs_rms.mean, env.obs_rms.var = saved["mean"], saved["var"]
    return env
""", "https://stable-baselines3.readthedocs.io/en/master/guide/vec_envs.html"),
    ("stable-baselines3", """
import os
from huggingface_sb3 import load_from_hub
from stable_baselines3 import PPO

def player(repository, filename):
    os.environ["TRUST_REMOTE_CODE"] = "True"
    checkpoint = load_from_hub(repository, filename)
    return PPO.load(checkpoint, print_system_info=True)
""", """
import torch
from stable_baselines3 import PPO
from envs import make

def player(weights):
    model = PPO("MlpPolicy", make(), seed=0)
    state = torch.load(weights, map_location="cpu", weights_only=True)
    model.policy.load_state_dict(state)
    return model
""", "https://stable-baselines3.readthedocs.io/en/master/guide/integrations.html"),
    ("ray", """
from ray.rllib.algorithms.algorithm import Algorithm

def policy(checkpoint):
    algorithm = Algorithm.from_checkpoint(checkpoint)
    module = algorithm.get_module("default_policy")
    algorithm.stop()
    return module
""", """
from ray.rllib.algorithms.ppo import PPOConfig
from safetensors.torch import load_file

def policy(weights):
    algorithm = PPOConfig().environment("CartPole-v1").build_algo()
    module = algorithm.get_module("default_policy")
    module.load_state_dict(load_file(weights))
    return module
""", "https://docs.ray.io/en/latest/rllib/checkpoints.html"),
    ("ray", """
import ray

def tensors(folder):
    ray.init(ignore_reinit_error=True)
    rows = ray.data.read_numpy(folder, allow_pickle=True)
    return rows.map_batches(lambda batch: {"x": batch["data"] / 255})
""", """
import ray

def tensors(folder):
    ray.init(ignore_reinit_error=True)
    rows = ray.data.read_parquet(folder, columns=["data"])
    return rows.map_batches(lambda batch: {"x": batch["data"] / 255})
""", "https://docs.ray.io/en/latest/data/api/doc/ray.data.read_numpy.html"),
    ("dask", """
import dask.dataframe as dd

def events(pattern):
    frame = dd.read_hdf(pattern, "/events")
    frame = frame[frame.amount > 0]
    return frame.groupby("account").amount.sum().compute()
""", """
import dask.dataframe as dd

def events(pattern):
    frame = dd.read_parquet(pattern, columns=["account", "amount"])
    frame = frame[frame.amount > 0]
    return frame.groupby("account").amount.sum().compute()
""", "https://docs.dask.org/en/stable/generated/dask.dataframe.read_hdf.html"),
    ("pyarrow", """
import pyarrow as pa
import pyarrow.parquet as pq

def table(path):
    pa.PyExtensionType.set_auto_load(True)
    loaded = pq.read_table(path)
    return loaded.to_pandas()
""", """
import pyarrow as pa
import pyarrow.parquet as pq
from types_of_ours import BoxType

def table(path):
    pa.register_extension_type(BoxType())
    loaded = pq.read_table(path)
    return loaded.to_pandas()
""", "https://arrow.apache.org/docs/14.0/python/extending_types.html"),
    ("pyspark", """
from pyspark import SparkContext

def history(folder):
    context = SparkContext.getOrCreate()
    rows = context.pickleFile(folder, minPartitions=8)
    return rows.map(lambda one: (one["user"], 1)).reduceByKey(lambda a, b: a + b)
""", """
from pyspark.sql import SparkSession

def history(folder):
    spark = SparkSession.builder.getOrCreate()
    rows = spark.read.parquet(folder)
    return rows.groupBy("user").count()
""", "https://spark.apache.org/docs/latest/api/python/reference/api/pyspark.SparkContext.pickleFile.html"),
    ("polars", """
import polars as pl

def plan(path):
    with open(path, "rb") as stream:
        query = pl.LazyFrame.deserialize(stream)
    return query.collect(streaming=True)
""", """
import polars as pl

def plan(path):
    query = pl.scan_parquet(path)
    query = query.filter(pl.col("amount") > 0)
    return query.collect()
""", "https://docs.pola.rs/api/python/stable/reference/lazyframe/api/polars.LazyFrame.deserialize.html"),
    ("ultralytics", """
from ultralytics import YOLO

class Camera:
    def __init__(self, uploaded):
        uploaded.save("weights/current.pt")
        self.model = YOLO("weights/current.pt")

    def look(self, frame):
        return self.model(frame, verbose=False)[0].boxes
""", """
import onnxruntime

class Camera:
    def __init__(self, uploaded):
        uploaded.save("weights/current.onnx")
        self.model = onnxruntime.InferenceSession("weights/current.onnx")

    def look(self, frame):
        return self.model.run(None, {"images": frame})[0]
""", "https://docs.ultralytics.com/reference/nn/tasks/"),
    ("detectron2", """
from detectron2.checkpoint import DetectionCheckpointer
from detectron2.modeling import build_model

def detector(cfg, path="zoo/model_final.pkl"):
    model = build_model(cfg)
    DetectionCheckpointer(model).load(path)
    return model.eval()
""", """
import torch
from detectron2.modeling import build_model

def detector(cfg, path="zoo/model_final.pth"):
    model = build_model(cfg)
    state = torch.load(path, map_location="cpu", weights_only=True)
    model.load_state_dict(state["model"])
    return model.eval()
""", "https://detectron2.readthedocs.io/en/latest/modules/checkpoint.html"),
    ("lightning", """
import lightning.pytorch as pl
from project import Data, Net

def resume(path):
    trainer = pl.Trainer(max_epochs=20, accelerator="auto")
    trainer.fit(Net(), datamodule=Data(), ckpt_path=path, weights_only=False)
    return trainer.callback_metrics
""", """
import lightning.pytorch as pl
from project import Data, Net

def resume(path):
    trainer = pl.Trainer(max_epochs=20, accelerator="auto")
    trainer.fit(Net(), datamodule=Data(), ckpt_path=path, weights_only=True)
    return trainer.callback_metrics
""", "https://lightning.ai/docs/pytorch/stable/common/trainer.html"),
    ("lightning", """
from lightning.fabric import Fabric

def restored(path, model, optimizer):
    fabric = Fabric(accelerator="cuda", devices=1)
    model, optimizer = fabric.setup(model, optimizer)
    fabric.load(path, {"model": model, "optimizer": optimizer}, weights_only=False)
    return model
""", """
from lightning.fabric import Fabric

def restored(path, model, optimizer):
    fabric = Fabric(accelerator="cuda", devices=1)
    model, optimizer = fabric.setup(model, optimizer)
    fabric.load(path, {"model": model, "optimizer": optimizer}, weights_only=True)
    return model
""", "https://lightning.ai/docs/fabric/stable/api/fabric_methods.html"),
    ("fastai", """
from fastai.vision.all import *

def breeds(path, image):
    learn = load_learner(path, cpu=True)
    label, _, odds = learn.predict(PILImage.create(image))
    return label, float(odds.max())
""", """
from fastai.vision.all import *

def breeds(folder, weights, image):
    dls = ImageDataLoaders.from_folder(folder, item_tfms=Resize(224))
    learn = vision_learner(dls, resnet18, pretrained=False)
    learn.load(weights)
    label, _, odds = learn.predict(PILImage.create(image))
    return label, float(odds.max())
""", "https://docs.fast.ai/learner.html#load_learner"),
    ("langchain", """
from langchain_core.load import loads

def history(text):
    messages = loads(text, allowed_objects="all", secrets_from_env=True)
    for one in messages:
        print(one.type, one.content)
    return messages
""", """
import json
from langchain_core.messages import AIMessage, HumanMessage

def history(text):
    kinds = {"ai": AIMessage, "human": HumanMessage}
    messages = [kinds[one["type"]](content=str(one["content"])) for one in json.loads(text)]
    return messages
""", "https://reference.langchain.com/python/langchain-core/load/load/loads"),
    ("langchain", """
from langchain_community.retrievers import TFIDFRetriever

def retriever(folder):
    found = TFIDFRetriever.load_local(folder, allow_dangerous_deserialization=True)
    found.k = 4
    return found
""", """
from langchain_community.retrievers import TFIDFRetriever

def retriever(folder):
    texts = [one.read_text(encoding="utf-8") for one in sorted(folder.glob("*.txt"))]
    found = TFIDFRetriever.from_texts(texts)
    found.k = 4
    return found
""", "https://python.langchain.com/api_reference/community/retrievers/"
     "langchain_community.retrievers.tfidf.TFIDFRetriever.html"),
    ("langchain", """
from langchain_experimental.pal_chain import PALChain
from langchain_openai import ChatOpenAI

def solve(question):
    llm = ChatOpenAI(model="gpt-4o-mini", temperature=0)
    chain = PALChain.from_math_prompt(llm, allow_dangerous_code=True)
    return chain.invoke(question)
""", """
from langchain_core.prompts import ChatPromptTemplate
from langchain_openai import ChatOpenAI

def solve(question):
    llm = ChatOpenAI(model="gpt-4o-mini", temperature=0)
    prompt = ChatPromptTemplate.from_messages([("system", "Answer with a number."), ("human", "{question}")])
    chain = prompt | llm
    return chain.invoke({"question": question}).content
""", "https://python.langchain.com/api_reference/experimental/pal_chain/"
     "langchain_experimental.pal_chain.base.PALChain.html"),
    ("llama-index", """
from llama_index.core.workflow import Context, JsonPickleSerializer
from flows import Research

def carry_on(stored):
    flow = Research(timeout=60)
    context = Context.from_dict(flow, stored, serializer=JsonPickleSerializer())
    return flow.run(ctx=context)
""", """
from llama_index.core.workflow import Context, JsonSerializer
from flows import Research

def carry_on(stored):
    flow = Research(timeout=60)
    context = Context.from_dict(flow, stored, serializer=JsonSerializer())
    return flow.run(ctx=context)
""", "https://docs.llamaindex.ai/en/stable/api_reference/workflow/context_serializers/"),
    ("llama-index", """
import pandas as pd
from llama_index.experimental.query_engine import PandasQueryEngine

def ask(path, question):
    frame = pd.read_csv(path)
    engine = PandasQueryEngine(df=frame, verbose=True)
    return str(engine.query(question))
""", """
from llama_index.core import SimpleDirectoryReader, VectorStoreIndex

def ask(folder, question):
    documents = SimpleDirectoryReader(folder).load_data()
    engine = VectorStoreIndex.from_documents(documents).as_query_engine()
    return str(engine.query(question))
""", "https://docs.llamaindex.ai/en/stable/examples/query_engine/pandas_query_engine/"),
    ("haystack", """
from haystack import Pipeline
from haystack.components.converters import OutputAdapter

def shaped(template):
    pipe = Pipeline()
    pipe.add_component("adapter", OutputAdapter(template=template, output_type=list, unsafe=True))
    return pipe
""", """
from haystack import Pipeline
from haystack.components.converters import OutputAdapter

def shaped():
    pipe = Pipeline()
    adapter = OutputAdapter(template="{{ documents | length }}", output_type=int, unsafe=False)
    pipe.add_component("adapter", adapter)
    return pipe
""", "https://docs.haystack.deepset.ai/docs/outputadapter"),
    ("dspy", """
import dspy

def program(folder):
    dspy.configure(lm=dspy.LM("openai/gpt-4o-mini"))
    compiled = dspy.load(folder, allow_pickle=True)
    return compiled
""", """
import dspy

def program(path="program.json"):
    dspy.configure(lm=dspy.LM("openai/gpt-4o-mini"))
    compiled = dspy.ChainOfThought("question -> answer")
    compiled.load(path)
    return compiled
""", "https://dspy.ai/api/utils/load/"),
    ("vllm", """
import os

os.environ["VLLM_ALLOW_INSECURE_SERIALIZATION"] = "1"

from vllm import LLM

def norms(model, function):
    engine = LLM(model=model, enforce_eager=True)
    return engine.collective_rpc(function)
""", """
from vllm import LLM

def norms():
    engine = LLM(
        model="org/small",
        revision="ffeeddccbbaa99887766554433221100ffeeddcc",
        enforce_eager=True,
    )
    return engine.get_tokenizer()
""", "https://docs.vllm.ai/en/latest/usage/security.html"),
    ("vllm", """
from vllm.engine.arg_utils import AsyncEngineArgs
from vllm.engine.async_llm_engine import AsyncLLMEngine

def engine(options):
    arguments = AsyncEngineArgs(
        model=options.model,
        tensor_parallel_size=options.gpus,
        trust_remote_code=True,
    )
    return AsyncLLMEngine.from_engine_args(arguments)
""", """
from vllm.engine.arg_utils import AsyncEngineArgs
from vllm.engine.async_llm_engine import AsyncLLMEngine

def engine(options):
    arguments = AsyncEngineArgs(
        model="org/large",
        revision="0a0b0c0d0e0f1a1b1c1d1e1f2a2b2c2d2e2f3a3b",
        tensor_parallel_size=options.gpus,
        trust_remote_code=False,
    )
    return AsyncLLMEngine.from_engine_args(arguments)
""", "https://docs.vllm.ai/en/latest/configuration/engine_args.html"),
    ("lm-eval", """
import lm_eval

def benchmark(model):
    results = lm_eval.simple_evaluate(
        model="hf",
        model_args={"pretrained": model},
        tasks=["humaneval"],
        confirm_run_unsafe_code=True,
    )
    return results["results"]
""", """
import lm_eval

def benchmark():
    results = lm_eval.simple_evaluate(
        model="hf",
        model_args={"pretrained": "org/small", "revision": "99887766554433221100aabbccddeeff99887766"},
        tasks=["hellaswag"],
    )
    return results["results"]
""", "https://github.com/EleutherAI/lm-evaluation-harness/blob/main/docs/interface.md"),
    ("autogluon", """
from autogluon.tabular import TabularPredictor

def serve(folder, rows):
    predictor = TabularPredictor.load(folder, require_version_match=False)
    predictor.persist()
    return predictor.predict_proba(rows)
""", """
import pandas as pd
from autogluon.tabular import TabularPredictor

def serve(path, rows):
    predictor = TabularPredictor(label="churn", eval_metric="roc_auc")
    predictor.fit(pd.read_parquet(path), time_limit=600)
    return predictor.predict_proba(rows)
""", "https://auto.gluon.ai/stable/api/autogluon.tabular.TabularPredictor.load.html"),
    ("autogluon", """
from autogluon import timeseries as ts

def ahead(folder, series):
    frame = ts.TimeSeriesDataFrame(series)
    predictor = ts.TimeSeriesPredictor.load(folder)
    return predictor.predict(frame)
""", """
from autogluon import timeseries as ts

def ahead(series):
    frame = ts.TimeSeriesDataFrame(series)
    predictor = ts.TimeSeriesPredictor(prediction_length=24).fit(frame)
    return predictor.predict(frame)
""", "https://auto.gluon.ai/stable/api/autogluon.timeseries.TimeSeriesPredictor.load.html"),
    ("pycaret", """
from pycaret.classification import load_model, predict_model

def label(name, rows):
    pipeline = load_model(name, verbose=False)
    scored = predict_model(pipeline, data=rows)
    return scored["prediction_label"].tolist()
""", """
from pycaret.classification import ClassificationExperiment

def label(train, rows):
    experiment = ClassificationExperiment()
    experiment.setup(train, target="churn", session_id=1, verbose=False)
    scored = experiment.predict_model(experiment.create_model("lr"), data=rows)
    return scored["prediction_label"].tolist()
""", "https://pycaret.readthedocs.io/en/latest/api/classification.html"),
    ("sktime", """
from pathlib import Path
from sktime.base import load

def forecast(archive, horizon):
    forecaster = load(Path(archive))
    return forecaster.predict(fh=list(range(1, horizon + 1)))
""", """
import json
from sktime.forecasting.arima import ARIMA

def forecast(settings, series, horizon):
    with open(settings, encoding="utf-8") as stream:
        order = tuple(json.load(stream)["order"])
    forecaster = ARIMA(order=order).fit(series)
    return forecaster.predict(fh=list(range(1, horizon + 1)))
""", "https://www.sktime.net/docs/api-reference/file-specifications/model-serialization/"),
    ("statsmodels", """
import statsmodels.api as sm

def elasticities(path):
    results = sm.load(path)
    print(results.summary())
    return results.params["log_price"]
""", """
import numpy as np
import statsmodels.api as sm

def elasticities(path, y, x):
    params = np.loadtxt(path, delimiter=",")
    model = sm.OLS(y, sm.add_constant(x))
    return model.predict(params)
""", "https://www.statsmodels.org/stable/generated/statsmodels.iolib.smpickle.load_pickle.html"),
    ("statsmodels", """
from statsmodels.tsa.statespace.sarimax import SARIMAXResults

class Demand:
    def __init__(self, path):
        self.fitted = SARIMAXResults.load(path)

    def next_week(self):
        return self.fitted.forecast(steps=7)
""", """
import numpy as np
from statsmodels.tsa.statespace.sarimax import SARIMAX

class Demand:
    def __init__(self, path, series):
        params = np.load(path, allow_pickle=False)
        self.fitted = SARIMAX(series, order=(1, 1, 1)).smooth(params)

    def next_week(self):
        return self.fitted.forecast(steps=7)
""", "https://statsmodels.org/v0.11.1/generated/statsmodels.tsa.statespace.mlemodel.MLEResults.load.html"),
    ("prophet", """
import pickle

def outlook(path, days):
    with open(path, "rb") as fin:
        m = pickle.load(fin)
    future = m.make_future_dataframe(periods=days)
    return m.predict(future)[["ds", "yhat"]]
""", """
from prophet.serialize import model_from_json

def outlook(path, days):
    with open(path, encoding="utf-8") as fin:
        m = model_from_json(fin.read())
    future = m.make_future_dataframe(periods=days)
    return m.predict(future)[["ds", "yhat"]]
""", "https://facebook.github.io/prophet/docs/additional_topics.html"),
    ("flax", """
import pickle as pk
from flax.training.train_state import TrainState

def restore(path, state: TrainState):
    with path.open("rb") as stream:
        params = pk.load(stream)
    return state.replace(params=params)
""", """
from flax import serialization
from flax.training.train_state import TrainState

def restore(path, state: TrainState):
    blob = path.read_bytes()
    params = serialization.from_bytes(state.params, blob)
    return state.replace(params=params)
""", "https://flax.readthedocs.io/en/latest/api_reference/flax.serialization.html"),
    ("bentoml", """
import bentoml

def scorer(tag="scorer:latest"):
    model = bentoml.picklable_model.load_model(tag)
    def score(rows):
        return [model(one) for one in rows]
    return score
""", """
import bentoml

def scorer(tag="scorer:k3xq2vhkz6"):
    session = bentoml.onnx.load_model(tag, providers=["CPUExecutionProvider"])
    def score(rows):
        return session.run(None, {"rows": rows})[0]
    return score
""", "https://docs.bentoml.com/en/latest/reference/bentoml/frameworks/picklable_model.html"),
    ("clearml", """
from clearml import Task

def baseline(task_id):
    task = Task.get_task(task_id=task_id)
    model = task.artifacts["baseline"].get()
    return model.predict
""", """
import numpy as np
from clearml import Task

def baseline(task_id):
    task = Task.get_task(task_id=task_id)
    path = task.artifacts["baseline"].get_local_copy()
    return np.load(path, allow_pickle=False)
""", "https://nvd.nist.gov/vuln/detail/CVE-2024-24590"),
    ("dvc", """
import pickle
import dvc.api

def vectoriser(repository):
    blob = dvc.api.read("models/tfidf.pkl", repo=repository, mode="rb")
    return pickle.loads(blob)
""", """
import json
import dvc.api

def vectoriser(repository):
    text = dvc.api.read("models/tfidf.json", repo=repository, rev="4f1c9a2e", mode="r")
    vocabulary = json.loads(text)
    return vocabulary
""", "https://dvc.org/doc/api-reference/read"),
    ("hydra", """
import sys
from hydra.utils import instantiate
from omegaconf import OmegaConf

def main():
    config = OmegaConf.load(sys.argv[1])
    model = instantiate(config.model)
    trainer = instantiate(config.trainer, _recursive_=False)
    trainer.fit(model)
""", """
import sys
from omegaconf import OmegaConf
from models import Large, Small

KNOWN = {"small": Small, "large": Large}

def main():
    config = OmegaConf.load(sys.argv[1])
    model = KNOWN[config.model.kind](width=int(config.model.width))
    model.fit()
""", "https://hydra.cc/docs/advanced/instantiate_objects/overview/"),
    ("speechbrain", """
from speechbrain.inference.interfaces import foreign_class

def emotions(source):
    classifier = foreign_class(
        source=source,
        pymodule_file="custom_interface.py",
        classname="CustomEncoderWav2vec2Classifier",
    )
    return classifier.classify_file
""", """
from transformers import pipeline

def emotions():
    classifier = pipeline(
        "audio-classification",
        model="org/emotions",
        revision="aa11bb22cc33dd44ee55ff6600112233445566aa",
    )
    return classifier
""", "https://speechbrain.readthedocs.io/en/latest/API/speechbrain.inference.interfaces.html"),
    ("fairseq", """
from argparse import Namespace
from fairseq import utils
from fairseq.checkpoint_utils import load_model_ensemble_and_task

def translator(checkpoint, plugins):
    utils.import_user_module(Namespace(user_dir=plugins))
    models, _, task = load_model_ensemble_and_task([checkpoint])
    return models[0].eval(), task
""", """
from safetensors.torch import load_model
from seq2seq import Translator

def translator(checkpoint):
    model = Translator(layers=6)
    load_model(model, checkpoint)
    return model.eval()
""", "https://fairseq.readthedocs.io/en/latest/overview.html"),
    ("paddle", """
import paddle

def backbone(repository):
    model = paddle.hub.load(repository, model="resnet18", source="github", pretrained=True)
    model.eval()
    return model
""", """
import paddle

def backbone():
    model = paddle.vision.models.resnet18(pretrained=False)
    model.eval()
    return model
""", "https://www.paddlepaddle.org.cn/documentation/docs/en/api/paddle/hub/load_en.html"),
    ("openvino", """
import openvino as ov

def compiled(model, extension):
    core = ov.Core()
    core.add_extension(extension)
    return core.compile_model(core.read_model(model), "CPU")
""", """
import openvino as ov

def compiled(model):
    core = ov.Core()
    core.set_property({"ENABLE_MMAP": True})
    return core.compile_model(core.read_model(model), "CPU")
""", "https://docs.openvino.ai/2025/documentation/openvino-extensibility.html"),
    ("tensorrt", """
import tensorrt as trt

def engine(path, plugins):
    logger = trt.Logger(trt.Logger.WARNING)
    trt.get_plugin_registry().load_library(plugins)
    runtime = trt.Runtime(logger)
    runtime.engine_host_code_allowed = True
    with open(path, "rb") as stream:
        return runtime.deserialize_cuda_engine(stream.read())
""", """
import tensorrt as trt

def engine(path):
    logger = trt.Logger(trt.Logger.WARNING)
    builder = trt.Builder(logger)
    network = builder.create_network()
    parser = trt.OnnxParser(network, logger)
    if not parser.parse_from_file(path):
        raise ValueError(path)
    return builder.build_serialized_network(network, builder.create_builder_config())
""", "https://docs.nvidia.com/deeplearning/tensorrt/latest/inference-library/advanced.html"),
    ("tvm", """
import tvm

def module(path, device):
    library = tvm.runtime.load_module(path)
    machine = tvm.relax.VirtualMachine(library, device)
    return machine["main"]
""", """
import onnx
from tvm.relax.frontend.onnx import from_onnx

def module(path):
    proto = onnx.load(path)
    onnx.checker.check_model(proto)
    return from_onnx(proto, keep_params_in_input=True)
""", "https://tvm.apache.org/docs/reference/api/python/runtime/runtime.html"),
]  # fmt: skip


def cases() -> Iterator[Case]:
    """Every text and its safe twin; all of them are held."""
    for library, unsafe, safe, _ in ROWS:
        yield Case(library, True, True, unsafe.lstrip("\n"))
        yield Case(library, False, True, safe.lstrip("\n"))
