# SPDX-License-Identifier: Apache-2.0
"""A second set by another hand, who had not seen the rules, to be run once: 101 modules, each with its safe twin. See SOURCE.md.

Written from public documentation and advisories. ``requirements``, where not empty, lies as requirements.txt beside both
twins. ``line`` is the line of the unsafe call, counted from 1 (its first line); ``also`` names other lines of the same
module on which a finding is as right.
"""

from typing import NamedTuple


class Case(NamedTuple):
    name: str
    category: str
    source: str
    unsafe: str
    safe: str
    line: int
    also: tuple[int, ...] = ()
    requirements: str = ""


CASES: tuple[Case, ...] = (
    Case(
        name="torch_load_default_2_5",
        category="deserialise",
        source="PyTorch 2.5 docs, torch.load: weights_only defaults to False and uses pickle implicitly (https://docs.pytorch.org/docs/2.5/generated/torch.load.html)",
        unsafe="""\
from pathlib import Path

import torch
from torchvision.models import resnet50


def build_classifier(checkpoint: Path, num_classes: int = 14):
    model = resnet50(num_classes=num_classes)
    state = torch.load(checkpoint, map_location="cpu")
    model.load_state_dict(state["model"])
    model.eval()
    return model


if __name__ == "__main__":
    net = build_classifier(Path("runs/exp17/best.pt"))
    print(sum(p.numel() for p in net.parameters()))
""",
        safe="""\
from pathlib import Path

import torch
from torchvision.models import resnet50


def build_classifier(checkpoint: Path, num_classes: int = 14):
    model = resnet50(num_classes=num_classes)
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    model.load_state_dict(state["model"])
    model.eval()
    return model


if __name__ == "__main__":
    net = build_classifier(Path("runs/exp17/best.pt"))
    print(sum(p.numel() for p in net.parameters()))
""",
        line=9,
        also=(),
        requirements="torch==2.5.1\ntorchvision==0.20.1\n",
    ),
    Case(
        name="torch_load_explicit_false_2_13",
        category="deserialise",
        source="PyTorch docs, torch.load and serialization notes: since 2.6 weights_only=True is the default; False may execute arbitrary code",
        unsafe="""\
import torch as th


class Restorer:
    def __init__(self, model, optimizer):
        self.model = model
        self.optimizer = optimizer

    def resume(self, path, device="cuda"):
        ckpt = th.load(path, map_location=device, weights_only=False)
        self.model.load_state_dict(ckpt["model"])
        self.optimizer.load_state_dict(ckpt["optimizer"])
        return ckpt["epoch"] + 1
""",
        safe="""\
import torch as th


class Restorer:
    def __init__(self, model, optimizer):
        self.model = model
        self.optimizer = optimizer

    def resume(self, path, device="cuda"):
        ckpt = th.load(path, map_location=device)
        self.model.load_state_dict(ckpt["model"])
        self.optimizer.load_state_dict(ckpt["optimizer"])
        return ckpt["epoch"] + 1
""",
        line=10,
        also=(),
        requirements="torch==2.13.0\nnumpy==2.2.6\n",
    ),
    Case(
        name="torch_load_kwargs_dict",
        category="deserialise",
        source="PyTorch docs, torch.load (weights_only=False warning)",
        unsafe="""\
import argparse

import torch

LOAD_OPTIONS = {"map_location": "cpu", "weights_only": False, "mmap": True}


def main() -> None:
    parser = argparse.ArgumentParser(description="Average the last checkpoints of a run")
    parser.add_argument("checkpoints", nargs="+")
    parser.add_argument("--out", default="averaged.pt")
    args = parser.parse_args()
    total: dict[str, torch.Tensor] = {}
    for name in args.checkpoints:
        weights = torch.load(name, **LOAD_OPTIONS)["state_dict"]
        for key, value in weights.items():
            total[key] = total.get(key, 0) + value / len(args.checkpoints)
    torch.save({"state_dict": total}, args.out)


if __name__ == "__main__":
    main()
""",
        safe="""\
import argparse

import torch

LOAD_OPTIONS = {"map_location": "cpu", "weights_only": True, "mmap": True}


def main() -> None:
    parser = argparse.ArgumentParser(description="Average the last checkpoints of a run")
    parser.add_argument("checkpoints", nargs="+")
    parser.add_argument("--out", default="averaged.pt")
    args = parser.parse_args()
    total: dict[str, torch.Tensor] = {}
    for name in args.checkpoints:
        weights = torch.load(name, **LOAD_OPTIONS)["state_dict"]
        for key, value in weights.items():
            total[key] = total.get(key, 0) + value / len(args.checkpoints)
    torch.save({"state_dict": total}, args.out)


if __name__ == "__main__":
    main()
""",
        line=15,
        also=(),
        requirements="torch==2.13.0\n",
    ),
    Case(
        name="torch_env_force_no_weights_only",
        category="safety-off",
        source="PyTorch serialization notes: TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD turns the weights_only default off for the process",
        unsafe="""\
import os

os.environ["TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD"] = "1"

import torch

from voice.models import Vocoder


def load_vocoder(path: str) -> Vocoder:
    vocoder = Vocoder()
    vocoder.load_state_dict(torch.load(path, map_location="cpu")["generator"])
    return vocoder.eval()
""",
        safe="""\
import torch

from voice.models import Vocoder


def load_vocoder(path: str) -> Vocoder:
    vocoder = Vocoder()
    vocoder.load_state_dict(torch.load(path, map_location="cpu", weights_only=True)["generator"])
    return vocoder.eval()
""",
        line=3,
        also=(12,),
        requirements="torch==2.13.0\n",
    ),
    Case(
        name="torch_hub_branch",
        category="unpinned-fetch",
        source="PyTorch docs, torch.hub.load: runs hubconf.py of the repository; trust_repo; a commit can be given after the colon",
        unsafe="""\
import torch


class ImageEmbedder:
    def __init__(self, device="cuda"):
        self.device = device
        self.model = torch.hub.load("facebookresearch/dinov2", "dinov2_vits14", trust_repo=True)
        self.model.to(device).eval()

    @torch.inference_mode()
    def embed(self, batch):
        return self.model(batch.to(self.device)).cpu().numpy()
""",
        safe="""\
import torch
from safetensors.torch import load_file

from third_party.dinov2.vision_transformer import vit_small


class ImageEmbedder:
    def __init__(self, device="cuda"):
        self.device = device
        self.model = vit_small(patch_size=14, img_size=518, init_values=1.0, block_chunks=0)
        self.model.load_state_dict(load_file("weights/dinov2_vits14.safetensors"))
        self.model.to(device).eval()

    @torch.inference_mode()
    def embed(self, batch):
        return self.model(batch.to(self.device)).cpu().numpy()
""",
        line=7,
        also=(),
        requirements="",
    ),
    Case(
        name="torch_state_dict_from_url",
        category="deserialise",
        source="PyTorch docs, torch.hub.load_state_dict_from_url: weights_only=False and check_hash=False by default",
        unsafe="""\
from torch.hub import load_state_dict_from_url

from segmentation.unet import UNet

URL = "https://models.example.org/unet/unet_ct_lung.pth"


def pretrained_unet(progress: bool = True) -> UNet:
    net = UNet(in_channels=1, out_channels=3)
    state = load_state_dict_from_url(URL, progress=progress, map_location="cpu")
    net.load_state_dict(state)
    return net
""",
        safe="""\
from torch.hub import load_state_dict_from_url

from segmentation.unet import UNet

URL = "https://models.example.org/unet/unet_ct_lung-5c106cde.pth"


def pretrained_unet(progress: bool = True) -> UNet:
    net = UNet(in_channels=1, out_channels=3)
    state = load_state_dict_from_url(
        URL, progress=progress, map_location="cpu", check_hash=True, weights_only=True
    )
    net.load_state_dict(state)
    return net
""",
        line=10,
        also=(),
        requirements="torch==2.13.0\n",
    ),
    Case(
        name="torch_ops_load_library",
        category="native-library",
        source="PyTorch docs, torch.ops.load_library: loads a shared library into the process, which runs its static initialisers",
        unsafe="""\
import sys
from pathlib import Path

import torch

bundle = Path(sys.argv[1])
torch.ops.load_library(str(bundle / "libcustom_nms.so"))
model = torch.jit.load(str(bundle / "detector.ts"), map_location="cpu")


def detect(image: torch.Tensor) -> torch.Tensor:
    return model(image.unsqueeze(0))[0]
""",
        safe="""\
import hashlib
import sys
from pathlib import Path

import torch
from torchvision.ops import nms

from detector.network import Detector

PINNED = "9f2c0d6f4a3cb3f0a3a86b1c0a7b54dd2a5f6f0c7a1d21a1f59fd0e0a3c1c6b8"
bundle = Path(sys.argv[1])
weights = bundle / "detector.pt"
if hashlib.sha256(weights.read_bytes()).hexdigest() != PINNED:
    raise SystemExit("detector weights are not the released ones")
model = Detector(nms=nms)
model.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))


def detect(image: torch.Tensor) -> torch.Tensor:
    return model(image.unsqueeze(0))[0]
""",
        line=7,
        also=(),
        requirements="",
    ),
    Case(
        name="torch_package_importer",
        category="deserialise",
        source="PyTorch docs, torch.package: warning that it is possible to construct malicious packages which execute arbitrary code on load",
        unsafe="""\
from torch.package import PackageImporter


def load_ranker(archive: str):
    importer = PackageImporter(archive)
    return importer.load_pickle("ranker", "model.pkl")
""",
        safe="""\
from safetensors.torch import load_file

from ranking.model import Ranker


def load_ranker(weights: str):
    ranker = Ranker(dim=256)
    ranker.load_state_dict(load_file(weights))
    return ranker
""",
        line=6,
        also=(5,),
        requirements="",
    ),
    Case(
        name="lightning_load_from_checkpoint_2_5",
        category="deserialise",
        source="Lightning issue #20058 and PR #21072: before 2.6 load_from_checkpoint calls torch.load with weights_only=False",
        unsafe="""\
import lightning as L

from churn.module import ChurnModule


def score(ckpt: str, loader) -> list[float]:
    module = ChurnModule.load_from_checkpoint(ckpt, map_location="cpu")
    trainer = L.Trainer(logger=False, accelerator="cpu")
    return [float(v) for batch in trainer.predict(module, loader) for v in batch]
""",
        safe="""\
import lightning as L
import torch

from churn.module import ChurnModule


def score(ckpt: str, loader) -> list[float]:
    saved = torch.load(ckpt, map_location="cpu", weights_only=True)
    module = ChurnModule(hidden=128)
    module.load_state_dict(saved["state_dict"])
    trainer = L.Trainer(logger=False, accelerator="cpu")
    return [float(v) for batch in trainer.predict(module, loader) for v in batch]
""",
        line=7,
        also=(),
        requirements="lightning==2.5.5\ntorch==2.13.0\n",
    ),
    Case(
        name="lightning_fit_resume_weights_only_false",
        category="deserialise",
        source="Lightning 2.6 docs, Trainer.fit(ckpt_path, weights_only): set False only for trusted checkpoints",
        unsafe="""\
import os

from lightning.pytorch import Trainer

from speech.data import LibriModule
from speech.model import Conformer


def train():
    trainer = Trainer(max_epochs=60, precision="bf16-mixed")
    trainer.fit(
        Conformer(),
        datamodule=LibriModule(os.environ["DATA_DIR"]),
        ckpt_path=os.environ.get("RESUME_FROM"),
        weights_only=False,
    )


if __name__ == "__main__":
    train()
""",
        safe="""\
import os

from lightning.pytorch import Trainer

from speech.data import LibriModule
from speech.model import Conformer


def train():
    trainer = Trainer(max_epochs=60, precision="bf16-mixed")
    trainer.fit(
        Conformer(),
        datamodule=LibriModule(os.environ["DATA_DIR"]),
        ckpt_path=os.environ.get("RESUME_FROM"),
        weights_only=True,
    )


if __name__ == "__main__":
    train()
""",
        line=11,
        also=(),
        requirements="lightning==2.6.0\ntorch==2.13.0\n",
    ),
    Case(
        name="ultralytics_pt_upload",
        category="deserialise",
        source="Ultralytics PR #24829: by default checkpoints are loaded with weights_only=False; ONNX export documented at docs.ultralytics.com/modes/export",
        unsafe="""\
from pathlib import Path

from fastapi import FastAPI, UploadFile
from ultralytics import YOLO

app = FastAPI()
WEIGHTS = Path("/srv/weights")


@app.post("/models/{name}")
async def register(name: str, file: UploadFile):
    target = WEIGHTS / f"{Path(name).name}.pt"
    target.write_bytes(await file.read())
    detector = YOLO(target)
    return {"classes": detector.names}
""",
        safe="""\
from pathlib import Path

import onnxruntime as ort
from fastapi import FastAPI, UploadFile

app = FastAPI()
WEIGHTS = Path("/srv/weights")


@app.post("/models/{name}")
async def register(name: str, file: UploadFile):
    target = WEIGHTS / f"{Path(name).name}.onnx"
    target.write_bytes(await file.read())
    session = ort.InferenceSession(str(target), providers=["CPUExecutionProvider"])
    return {"classes": session.get_modelmeta().custom_metadata_map.get("names")}
""",
        line=14,
        also=(),
        requirements="",
    ),
    Case(
        name="detectron2_merge_from_file",
        category="config-code",
        source='detectron2 config.py docstring: "Use unsafe yaml loading by default ... may lead to arbitrary code execution"',
        unsafe="""\
from detectron2.config import get_cfg
from detectron2.engine import DefaultPredictor


def make_predictor(config_file: str, weights: str) -> DefaultPredictor:
    cfg = get_cfg()
    cfg.merge_from_file(config_file)
    cfg.MODEL.WEIGHTS = weights
    cfg.MODEL.ROI_HEADS.SCORE_THRESH_TEST = 0.6
    cfg.freeze()
    return DefaultPredictor(cfg)
""",
        safe="""\
from detectron2.config import get_cfg
from detectron2.engine import DefaultPredictor


def make_predictor(config_file: str, weights: str) -> DefaultPredictor:
    cfg = get_cfg()
    cfg.merge_from_file(config_file, allow_unsafe=False)
    cfg.MODEL.WEIGHTS = weights
    cfg.MODEL.ROI_HEADS.SCORE_THRESH_TEST = 0.6
    cfg.freeze()
    return DefaultPredictor(cfg)
""",
        line=7,
        also=(),
        requirements="",
    ),
    Case(
        name="mmengine_python_config",
        category="config-code",
        source="MMEngine docs, Config: a .py configuration file is imported and its statements are executed",
        unsafe="""\
import argparse

from mmengine.config import Config
from mmengine.runner import Runner


def parse_args():
    parser = argparse.ArgumentParser(description="Train a detector")
    parser.add_argument("--work-dir", default="work_dirs/latest")
    return parser.parse_args()


def main():
    args = parse_args()
    cfg = Config.fromfile("/mnt/shared/uploads/experiment.py")
    cfg.work_dir = args.work_dir
    Runner.from_cfg(cfg).train()


if __name__ == "__main__":
    main()
""",
        safe="""\
import argparse
import json

from detector.training import train

ALLOWED = {"lr", "epochs", "batch_size", "backbone"}


def parse_args():
    parser = argparse.ArgumentParser(description="Train a detector")
    parser.add_argument("--work-dir", default="work_dirs/latest")
    return parser.parse_args()


def main():
    args = parse_args()
    with open("/mnt/shared/uploads/experiment.json", encoding="utf-8") as stream:
        options = {k: v for k, v in json.load(stream).items() if k in ALLOWED}
    train(work_dir=args.work_dir, **options)


if __name__ == "__main__":
    main()
""",
        line=15,
        also=(),
        requirements="",
    ),
    Case(
        name="fastai_load_learner",
        category="deserialise",
        source="fastai docs, load_learner: warning that it uses the insecure pickle module; use Learner.load for weights",
        unsafe="""\
from pathlib import Path

import gradio as gr
from fastai.vision.all import load_learner

learn = load_learner(Path("export.pkl"))


def classify(img):
    _, _, probs = learn.predict(img)
    return dict(zip(learn.dls.vocab, map(float, probs)))


gr.Interface(fn=classify, inputs=gr.Image(), outputs=gr.Label()).launch()
""",
        safe="""\
import gradio as gr
from fastai.vision.all import Resize, ImageDataLoaders, resnet34, vision_learner

dls = ImageDataLoaders.from_folder("data/birds", valid_pct=0.2, item_tfms=Resize(224))
learn = vision_learner(dls, resnet34, pretrained=False)
learn.load("birds-stage2", weights_only=True)


def classify(img):
    _, _, probs = learn.predict(img)
    return dict(zip(learn.dls.vocab, map(float, probs)))


gr.Interface(fn=classify, inputs=gr.Image(), outputs=gr.Label()).launch()
""",
        line=6,
        also=(),
        requirements="",
    ),
    Case(
        name="monai_bundle_config_eval",
        category="config-code",
        source='MONAI docs, bundle configuration: "$" expressions are evaluated as Python; GHSA-873f-pvrv-4x83 (loading an unreviewed bundle\'s config executes arbitrary code)',
        unsafe="""\
from monai.bundle import ConfigParser


def build_inferer(bundle_dir: str):
    parser = ConfigParser()
    parser.read_config(f"{bundle_dir}/configs/inference.json")
    network = parser.get_parsed_content("network_def")
    inferer = parser.get_parsed_content("inferer")
    return network, inferer
""",
        safe="""\
import json

from monai.inferers import SlidingWindowInferer
from monai.networks.nets import UNet


def build_inferer(bundle_dir: str):
    with open(f"{bundle_dir}/configs/inference.json", encoding="utf-8") as stream:
        config = json.load(stream)
    network = UNet(
        spatial_dims=3,
        in_channels=int(config["in_channels"]),
        out_channels=int(config["out_channels"]),
        channels=(16, 32, 64, 128),
        strides=(2, 2, 2),
    )
    return network, SlidingWindowInferer(roi_size=tuple(int(v) for v in config["roi_size"]))
""",
        line=7,
        also=(8,),
        requirements="",
    ),
    Case(
        name="speechbrain_foreign_class",
        category="remote-code",
        source="SpeechBrain docs, foreign_class: fetches and imports a Python file from the model repository",
        unsafe="""\
from speechbrain.inference.interfaces import foreign_class

classifier = foreign_class(
    source="speechbrain/emotion-recognition-wav2vec2-IEMOCAP",
    pymodule_file="custom_interface.py",
    classname="CustomEncoderWav2vec2Classifier",
)


def emotion(path: str) -> str:
    _, _, _, label = classifier.classify_file(path)
    return label[0]
""",
        safe="""\
from transformers import pipeline

classifier = pipeline(
    "audio-classification",
    model="superb/wav2vec2-base-superb-er",
    revision="39de4f15e4e6a4b5a6b2dbf9fb7b8c7b3a5f6f21",
    model_kwargs={"use_safetensors": True},
)


def emotion(path: str) -> str:
    return classifier(path, top_k=1)[0]["label"]
""",
        line=3,
        also=(),
        requirements="",
    ),
    Case(
        name="nemo_restore_from",
        category="deserialise",
        source="NVIDIA bulletin CVE-2025-23304: loading a malicious .nemo file (metadata with _target_) leads to code execution",
        unsafe="""\
import nemo.collections.asr as nemo_asr
import typer

cli = typer.Typer()


@cli.command()
def transcribe(model: str, audio: list[str]):
    asr = nemo_asr.models.ASRModel.restore_from(model, map_location="cpu")
    for text in asr.transcribe(audio):
        typer.echo(text)


if __name__ == "__main__":
    cli()
""",
        safe="""\
import hashlib
import hmac
from pathlib import Path

import nemo.collections.asr as nemo_asr
import typer

cli = typer.Typer()
RELEASED = "0f3e3d0cf1aa9a4b65a3c8e6c9a4d7a1b2f1c0d9e8f7a6b5c4d3e2f1a0b9c8d7"


@cli.command()
def transcribe(model: Path, audio: list[str]):
    digest = hashlib.sha256(model.read_bytes()).hexdigest()
    if not hmac.compare_digest(digest, RELEASED):
        raise typer.BadParameter("not the released model")
    asr = nemo_asr.models.ASRModel.restore_from(str(model), map_location="cpu")
    for text in asr.transcribe(audio):
        typer.echo(text)


if __name__ == "__main__":
    cli()
""",
        line=9,
        also=(),
        requirements="",
    ),
    Case(
        name="sentence_transformers_remote_code",
        category="remote-code",
        source="Sentence Transformers docs: trust_remote_code executes code of the model repository; revision pins it",
        unsafe="""\
from sentence_transformers import SentenceTransformer


class Embeddings:
    def __init__(self, name: str = "nomic-ai/nomic-embed-text-v1.5"):
        self._model = SentenceTransformer(name, trust_remote_code=True)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return self._model.encode(texts, normalize_embeddings=True).tolist()
""",
        safe="""\
from sentence_transformers import SentenceTransformer


class Embeddings:
    def __init__(self, name: str = "sentence-transformers/all-mpnet-base-v2"):
        self._model = SentenceTransformer(
            name,
            revision="e8c3b32edf5434bc2275fc9bab85f82640a19130",
            model_kwargs={"use_safetensors": True},
        )

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return self._model.encode(texts, normalize_embeddings=True).tolist()
""",
        line=6,
        also=(),
        requirements="",
    ),
    Case(
        name="peft_adapter_unpinned",
        category="unpinned-fetch",
        source="PEFT docs, PeftModel.from_pretrained(revision=...); HF Hub security docs recommend pinning",
        unsafe="""\
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM

base = AutoModelForCausalLM.from_pretrained("/models/llama-3.1-8b", torch_dtype=torch.bfloat16, use_safetensors=True)
model = PeftModel.from_pretrained(base, "community-lab/llama31-legal-lora")
merged = model.merge_and_unload()
merged.save_pretrained("/models/llama-3.1-8b-legal", safe_serialization=True)
""",
        safe="""\
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM

base = AutoModelForCausalLM.from_pretrained("/models/llama-3.1-8b", torch_dtype=torch.bfloat16, use_safetensors=True)
model = PeftModel.from_pretrained(
    base,
    "community-lab/llama31-legal-lora",
    revision="b2c1f8a5e6d74c0d9a8b7c6d5e4f3a2b1c0d9e8f",
)
merged = model.merge_and_unload()
merged.save_pretrained("/models/llama-3.1-8b-legal", safe_serialization=True)
""",
        line=6,
        also=(),
        requirements="",
    ),
    Case(
        name="vllm_trust_remote_code",
        category="remote-code",
        source="vLLM docs, engine arguments: trust_remote_code trusts code from Hugging Face when downloading model and tokenizer",
        unsafe="""\
from vllm import LLM, SamplingParams

ENGINE = dict(
    model="moonshot-labs/kimi-small-chat",
    tensor_parallel_size=2,
    trust_remote_code=True,
    max_model_len=16384,
)


def summarise(texts: list[str]) -> list[str]:
    llm = LLM(**ENGINE)
    prompts = [f"Summarise in one sentence:\\n{t}" for t in texts]
    return [o.outputs[0].text for o in llm.generate(prompts, SamplingParams(max_tokens=64))]
""",
        safe="""\
from vllm import LLM, SamplingParams

ENGINE = dict(
    model="Qwen/Qwen2.5-7B-Instruct",
    revision="a09a35458c702b33eeacc393d103063234e8bc28",
    tokenizer_revision="a09a35458c702b33eeacc393d103063234e8bc28",
    load_format="safetensors",
    tensor_parallel_size=2,
    max_model_len=16384,
)


def summarise(texts: list[str]) -> list[str]:
    llm = LLM(**ENGINE)
    prompts = [f"Summarise in one sentence:\\n{t}" for t in texts]
    return [o.outputs[0].text for o in llm.generate(prompts, SamplingParams(max_tokens=64))]
""",
        line=12,
        also=(),
        requirements="",
    ),
    Case(
        name="spacy_runtime_download",
        category="unpinned-fetch",
        source="spaCy docs, models: `spacy download` installs a Python package with pip at run time; pin the wheel in requirements for production",
        unsafe="""\
import spacy


def pipeline(name: str = "de_core_news_md"):
    try:
        return spacy.load(name, disable=["parser"])
    except OSError:
        spacy.cli.download(name)
        return spacy.load(name, disable=["parser"])


nlp = pipeline()


def people(text: str) -> list[str]:
    return [ent.text for ent in nlp(text).ents if ent.label_ == "PER"]
""",
        safe="""\
import spacy


def pipeline(name: str = "de_core_news_md"):
    try:
        return spacy.load(name, disable=["parser"])
    except OSError as error:
        raise RuntimeError(f"install {name} from requirements.txt first") from error


nlp = pipeline()


def people(text: str) -> list[str]:
    return [ent.text for ent in nlp(text).ents if ent.label_ == "PER"]
""",
        line=8,
        also=(),
        requirements="",
    ),
    Case(
        name="nltk_punkt_pickle",
        category="deserialise",
        source="CVE-2024-39705: NLTK through 3.8.1 unpickles downloaded data packages; 3.9 replaces punkt by punkt_tab",
        unsafe="""\
import nltk

nltk.download("punkt", quiet=True)
splitter = nltk.data.load("tokenizers/punkt/english.pickle")


def sentences(document: str) -> list[str]:
    return [s.strip() for s in splitter.tokenize(document) if s.strip()]
""",
        safe="""\
import spacy

nlp = spacy.blank("en")
nlp.add_pipe("sentencizer")


def sentences(document: str) -> list[str]:
    return [s.text.strip() for s in nlp(document).sents if s.text.strip()]
""",
        line=4,
        also=(3,),
        requirements="nltk==3.8.1\nspacy==3.8.7\n",
    ),
    Case(
        name="gensim_word2vec_load",
        category="deserialise",
        source="gensim issue #3663: SaveLoad.load calls pickle.load; load_word2vec_format reads the plain C format",
        unsafe="""\
from gensim.models import Word2Vec


class Synonyms:
    def __init__(self, path: str):
        self.vectors = Word2Vec.load(path).wv

    def of(self, word: str, n: int = 10) -> list[str]:
        return [w for w, _ in self.vectors.most_similar(word, topn=n)]
""",
        safe="""\
from gensim.models import KeyedVectors


class Synonyms:
    def __init__(self, path: str):
        self.vectors = KeyedVectors.load_word2vec_format(path, binary=True)

    def of(self, word: str, n: int = 10) -> list[str]:
        return [w for w, _ in self.vectors.most_similar(word, topn=n)]
""",
        line=6,
        also=(),
        requirements="",
    ),
    Case(
        name="gensim_downloader",
        category="remote-code",
        source="gensim issue #2283: api.load() downloads __init__.py from gensim-data and runs it",
        unsafe="""\
import gensim.downloader as api
import numpy as np

glove = api.load("glove-wiki-gigaword-100")


def sentence_vector(tokens: list[str]) -> np.ndarray:
    known = [glove[t] for t in tokens if t in glove]
    return np.mean(known, axis=0) if known else np.zeros(100, dtype="float32")
""",
        safe="""\
import hashlib
from pathlib import Path

import numpy as np
from gensim.models import KeyedVectors

VECTORS = Path("vendor/glove-wiki-gigaword-100.txt.gz")
SHA256 = "c5d6a0a1d2c3b4f5968778695a4b3c2d1e0f9e8d7c6b5a49382716054f3e2d1c"
if hashlib.sha256(VECTORS.read_bytes()).hexdigest() != SHA256:
    raise RuntimeError("the vectors changed")
glove = KeyedVectors.load_word2vec_format(str(VECTORS), binary=False, no_header=True)


def sentence_vector(tokens: list[str]) -> np.ndarray:
    known = [glove[t] for t in tokens if t in glove]
    return np.mean(known, axis=0) if known else np.zeros(100, dtype="float32")
""",
        line=4,
        also=(),
        requirements="",
    ),
    Case(
        name="transformers_causal_remote_code",
        category="remote-code",
        source="Transformers SECURITY.md and custom models docs: trust_remote_code runs the repository's modeling files; pin a revision",
        unsafe="""\
import torch
from transformers import AutoModelForCausalLM


def load_llm(name: str = "baichuan-community/Baichuan2-7B-Chat"):
    return AutoModelForCausalLM.from_pretrained(
        name,
        torch_dtype=torch.bfloat16,
        device_map="auto",
        trust_remote_code=True,
    )
""",
        safe="""\
import torch
from transformers import AutoModelForCausalLM


def load_llm(name: str = "mistralai/Mistral-7B-Instruct-v0.3"):
    return AutoModelForCausalLM.from_pretrained(
        name,
        revision="e0bc86c23ce5aae1db576c8cca6f06f1f73af2db",
        torch_dtype=torch.bfloat16,
        device_map="auto",
        use_safetensors=True,
    )
""",
        line=6,
        also=(),
        requirements="",
    ),
    Case(
        name="transformers_tokenizer_remote_code",
        category="remote-code",
        source="Transformers docs, AutoTokenizer.from_pretrained(trust_remote_code)",
        unsafe='''\
from transformers import AutoTokenizer


class TokenCounter:
    """Counts tokens for billing."""

    def __init__(self, model_id):
        self.model_id = model_id
        self.tokenizer = AutoTokenizer.from_pretrained(model_id, trust_remote_code=True)

    def __call__(self, text):
        return len(self.tokenizer(text, add_special_tokens=False)["input_ids"])


counter = TokenCounter("Qwen/Qwen-7B")
''',
        safe='''\
from transformers import AutoTokenizer


class TokenCounter:
    """Counts tokens for billing."""

    def __init__(self, model_id, revision):
        self.model_id = model_id
        self.tokenizer = AutoTokenizer.from_pretrained(model_id, revision=revision, trust_remote_code=False)

    def __call__(self, text):
        return len(self.tokenizer(text, add_special_tokens=False)["input_ids"])


counter = TokenCounter("Qwen/Qwen2.5-7B-Instruct", revision="a09a35458c702b33eeacc393d103063234e8bc28")
''',
        line=9,
        also=(),
        requirements="",
    ),
    Case(
        name="transformers_pipeline_unpinned",
        category="unpinned-fetch",
        source="Transformers docs, pipeline(revision=...); HF Hub docs on pinning revisions",
        unsafe="""\
from fastapi import FastAPI
from pydantic import BaseModel
from transformers import pipeline

app = FastAPI()
clf = pipeline("text-classification", model="unitary/toxic-bert", top_k=None)


class Comment(BaseModel):
    text: str


@app.post("/toxicity")
def toxicity(comment: Comment):
    return {r["label"]: r["score"] for r in clf(comment.text)[0]}
""",
        safe="""\
from fastapi import FastAPI
from pydantic import BaseModel
from transformers import pipeline

app = FastAPI()
clf = pipeline(
    "text-classification",
    model="unitary/toxic-bert",
    revision="4d6c22e74ba2fdd26bc4f7238f50766b045a0d94",
    model_kwargs={"use_safetensors": True},
    top_k=None,
)


class Comment(BaseModel):
    text: str


@app.post("/toxicity")
def toxicity(comment: Comment):
    return {r["label"]: r["score"] for r in clf(comment.text)[0]}
""",
        line=6,
        also=(),
        requirements="",
    ),
    Case(
        name="transformers_bin_weights_only_false",
        category="deserialise",
        source="Transformers docs, PreTrainedModel.from_pretrained(use_safetensors, weights_only)",
        unsafe="""\
from transformers import AutoModelForTokenClassification, AutoTokenizer

CHECKPOINT = "/mnt/nfs/shared/finetunes/ner-clinical"

tokenizer = AutoTokenizer.from_pretrained(CHECKPOINT)
model = AutoModelForTokenClassification.from_pretrained(CHECKPOINT, use_safetensors=False, weights_only=False)
model.eval()
""",
        safe="""\
from transformers import AutoModelForTokenClassification, AutoTokenizer

CHECKPOINT = "/mnt/nfs/shared/finetunes/ner-clinical"

tokenizer = AutoTokenizer.from_pretrained(CHECKPOINT)
model = AutoModelForTokenClassification.from_pretrained(CHECKPOINT, use_safetensors=True)
model.eval()
""",
        line=6,
        also=(),
        requirements="",
    ),
    Case(
        name="transformers_revision_main",
        category="unpinned-fetch",
        source="Transformers docs, from_pretrained(revision): a branch moves, a commit id does not",
        unsafe="""\
import transformers as tr


def student(labels: int):
    return tr.AutoModelForSequenceClassification.from_pretrained(
        "distilbert/distilbert-base-uncased",
        revision="main",
        num_labels=labels,
        use_safetensors=True,
    )
""",
        safe="""\
import transformers as tr


def student(labels: int):
    return tr.AutoModelForSequenceClassification.from_pretrained(
        "distilbert/distilbert-base-uncased",
        revision="12040accade4e8a0f71eabdb258fecc2e7e948be",
        num_labels=labels,
        use_safetensors=True,
    )
""",
        line=5,
        also=(),
        requirements="",
    ),
    Case(
        name="transformers_config_kwargs_remote_code",
        category="remote-code",
        source="Transformers docs, AutoConfig / AutoModel trust_remote_code",
        unsafe="""\
from transformers import AutoConfig, AutoModel

HUB_KWARGS = {"trust_remote_code": True, "cache_dir": "/var/cache/hf"}


def describe(repo_id: str) -> dict:
    config = AutoConfig.from_pretrained(repo_id, **HUB_KWARGS)
    model = AutoModel.from_config(config)
    return {"layers": config.num_hidden_layers, "parameters": model.num_parameters()}
""",
        safe="""\
from transformers import AutoConfig, AutoModel

HUB_KWARGS = {"trust_remote_code": False, "cache_dir": "/var/cache/hf"}
REVISIONS = {
    "google-bert/bert-base-uncased": "86b5e0934494bd15c9632b12f734a8a67f723594",
    "FacebookAI/roberta-base": "e2da8e2f811d1448a5b465c236feacd80ffbac7b",
}


def describe(repo_id: str) -> dict:
    config = AutoConfig.from_pretrained(repo_id, revision=REVISIONS[repo_id], **HUB_KWARGS)
    model = AutoModel.from_config(config)
    return {"layers": config.num_hidden_layers, "parameters": model.num_parameters()}
""",
        line=7,
        also=(),
        requirements="",
    ),
    Case(
        name="transformers_pipeline_cli_remote_code",
        category="remote-code",
        source="Transformers docs, pipeline(trust_remote_code=True)",
        unsafe="""\
import click
from transformers import pipeline


@click.command()
@click.argument("model_id")
@click.argument("audio", type=click.Path(exists=True))
@click.option("--device", default="cuda:0")
def transcribe(model_id, audio, device):
    asr = pipeline("automatic-speech-recognition", model=model_id, device=device, trust_remote_code=True)
    click.echo(asr(audio, chunk_length_s=30)["text"])


if __name__ == "__main__":
    transcribe()
""",
        safe="""\
import click
from transformers import pipeline

MODELS = {
    "small": ("openai/whisper-small", "973afd24965f72e36ca33b3055d56a652f456b4d"),
    "large": ("openai/whisper-large-v3", "06f233fe06e710322aca913c1bc4249a0d71fce1"),
}


@click.command()
@click.argument("size", type=click.Choice(sorted(MODELS)))
@click.argument("audio", type=click.Path(exists=True))
@click.option("--device", default="cuda:0")
def transcribe(size, audio, device):
    name, commit = MODELS[size]
    asr = pipeline(
        "automatic-speech-recognition",
        model=name,
        revision=commit,
        device=device,
        model_kwargs={"use_safetensors": True},
    )
    click.echo(asr(audio, chunk_length_s=30)["text"])


if __name__ == "__main__":
    transcribe()
""",
        line=10,
        also=(),
        requirements="",
    ),
    Case(
        name="diffusers_custom_pipeline",
        category="remote-code",
        source="Diffusers docs, custom_pipeline: loads and runs pipeline.py from a Hub repository",
        unsafe="""\
import torch
from diffusers import DiffusionPipeline


def upscaler():
    pipe = DiffusionPipeline.from_pretrained(
        "stabilityai/stable-diffusion-xl-base-1.0",
        custom_pipeline="artlab/sdxl-tiled-upscale",
        torch_dtype=torch.float16,
        trust_remote_code=True,
    )
    return pipe.to("cuda")
""",
        safe="""\
import torch
from diffusers import StableDiffusionXLImg2ImgPipeline


def upscaler():
    pipe = StableDiffusionXLImg2ImgPipeline.from_pretrained(
        "stabilityai/stable-diffusion-xl-base-1.0",
        revision="462165984030d82259a11f4367a4eed129e94a7b",
        torch_dtype=torch.float16,
        use_safetensors=True,
    )
    return pipe.to("cuda")
""",
        line=6,
        also=(),
        requirements="",
    ),
    Case(
        name="diffusers_no_safety_checker",
        category="safety-off",
        source="Diffusers docs: the pipeline warns that safety_checker=None disables the safety checker and should not be exposed publicly",
        unsafe="""\
import torch
from diffusers import StableDiffusionPipeline
from flask import Flask, request, send_file

app = Flask(__name__)
pipe = StableDiffusionPipeline.from_pretrained(
    "/models/stable-diffusion-v1-5", torch_dtype=torch.float16, use_safetensors=True, safety_checker=None
).to("cuda")


@app.post("/draw")
def draw():
    pipe(request.json["prompt"]).images[0].save("/tmp/out.png")
    return send_file("/tmp/out.png")
""",
        safe="""\
import torch
from diffusers import StableDiffusionPipeline
from flask import Flask, abort, request, send_file

app = Flask(__name__)
pipe = StableDiffusionPipeline.from_pretrained(
    "/models/stable-diffusion-v1-5", torch_dtype=torch.float16, use_safetensors=True
).to("cuda")


@app.post("/draw")
def draw():
    result = pipe(request.json["prompt"])
    if result.nsfw_content_detected and result.nsfw_content_detected[0]:
        abort(422)
    result.images[0].save("/tmp/out.png")
    return send_file("/tmp/out.png")
""",
        line=6,
        also=(),
        requirements="",
    ),
    Case(
        name="diffusers_lora_pickle",
        category="deserialise",
        source="Diffusers docs, load_lora_weights(use_safetensors, weight_name); HF pickle scanning docs",
        unsafe="""\
import torch
from diffusers import StableDiffusionXLPipeline

pipe = StableDiffusionXLPipeline.from_pretrained("/models/sdxl", torch_dtype=torch.float16, use_safetensors=True)
pipe.load_lora_weights("styles-club/watercolour", weight_name="pytorch_lora_weights.bin")
pipe.to("cuda")


def paint(prompt: str):
    return pipe(prompt, num_inference_steps=28).images[0]
""",
        safe="""\
import torch
from diffusers import StableDiffusionXLPipeline

pipe = StableDiffusionXLPipeline.from_pretrained("/models/sdxl", torch_dtype=torch.float16, use_safetensors=True)
pipe.load_lora_weights(
    "styles-club/watercolour",
    weight_name="pytorch_lora_weights.safetensors",
    revision="7f1d9c0b5a6e4d3c2b1a09f8e7d6c5b4a3928170",
    use_safetensors=True,
)
pipe.to("cuda")


def paint(prompt: str):
    return pipe(prompt, num_inference_steps=28).images[0]
""",
        line=5,
        also=(),
        requirements="",
    ),
    Case(
        name="datasets_loading_script",
        category="remote-code",
        source="Datasets 2.x docs: trust_remote_code=True runs the dataset loading script",
        unsafe="""\
from datasets import load_dataset


def corpus(split: str):
    ds = load_dataset("bigbio/med_qa", "med_qa_en_source", split=split, trust_remote_code=True)
    return ds.map(lambda row: {"prompt": row["question"].strip()})
""",
        safe="""\
from datasets import load_dataset


def corpus(split: str):
    ds = load_dataset(
        "GBaker/MedQA-USMLE-4-options",
        split=split,
        revision="0fb93dd23a7339b6dcd27e241cb9b5eca62d4f18",
        trust_remote_code=False,
    )
    return ds.map(lambda row: {"prompt": row["question"].strip()})
""",
        line=5,
        also=(),
        requirements="datasets==2.21.0\n",
    ),
    Case(
        name="datasets_unpinned",
        category="unpinned-fetch",
        source="Datasets docs, load_dataset(revision): version of the dataset to load, default main",
        unsafe="""\
import datasets
from transformers import AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("/models/gpt2-small")


def packed(split="train"):
    raw = datasets.load_dataset("openweb-lab/filtered-crawl", split=split, streaming=True)
    return raw.map(lambda r: tokenizer(r["text"], truncation=True, max_length=1024))
""",
        safe="""\
import datasets
from transformers import AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("/models/gpt2-small")


def packed(split="train"):
    raw = datasets.load_dataset(
        "openweb-lab/filtered-crawl",
        split=split,
        streaming=True,
        revision="3c1f2ab0d9e84756a1b2c3d4e5f60718293a4b5c",
    )
    return raw.map(lambda r: tokenizer(r["text"], truncation=True, max_length=1024))
""",
        line=8,
        also=(),
        requirements="",
    ),
    Case(
        name="datasets_pandas_builder",
        category="deserialise",
        source='Datasets packaged module "pandas" calls pandas.read_pickle on data_files',
        unsafe="""\
import sys

from datasets import load_dataset

frame = load_dataset("pandas", data_files={"train": sys.argv[1]}, split="train")
print(frame.features)
frame.train_test_split(test_size=0.1, seed=7).save_to_disk("prepared")
""",
        safe="""\
import sys

from datasets import load_dataset

frame = load_dataset("parquet", data_files={"train": sys.argv[1]}, split="train")
print(frame.features)
frame.train_test_split(test_size=0.1, seed=7).save_to_disk("prepared")
""",
        line=5,
        also=(),
        requirements="",
    ),
    Case(
        name="evaluate_metric_script",
        category="remote-code",
        source="Evaluate docs, evaluate.load: downloads and runs the metric's script from a Space; revision selects it",
        unsafe="""\
import evaluate
import numpy as np

metric = evaluate.load("lvwerra/element_count_f1")


def compute_metrics(eval_pred):
    logits, labels = eval_pred
    return metric.compute(predictions=np.argmax(logits, axis=-1), references=labels)
""",
        safe="""\
import numpy as np
from sklearn.metrics import f1_score


def compute_metrics(eval_pred):
    logits, labels = eval_pred
    return {"f1": f1_score(labels, np.argmax(logits, axis=-1), average="macro")}
""",
        line=4,
        also=(),
        requirements="",
    ),
    Case(
        name="hub_download_unpinned",
        category="unpinned-fetch",
        source="huggingface_hub docs, hf_hub_download(revision): pin a full-length commit hash",
        unsafe="""\
import onnxruntime as ort
from huggingface_hub import hf_hub_download


def session() -> ort.InferenceSession:
    path = hf_hub_download("Xenova/bge-small-en-v1.5", filename="onnx/model_quantized.onnx")
    return ort.InferenceSession(path, providers=["CPUExecutionProvider"])
""",
        safe="""\
import onnxruntime as ort
from huggingface_hub import hf_hub_download


def session() -> ort.InferenceSession:
    path = hf_hub_download(
        "Xenova/bge-small-en-v1.5",
        filename="onnx/model_quantized.onnx",
        revision="ea104dacec62c0de699686887e3f920caeb4f3e3",
    )
    return ort.InferenceSession(path, providers=["CPUExecutionProvider"])
""",
        line=6,
        also=(),
        requirements="",
    ),
    Case(
        name="hub_snapshot_exec_handler",
        category="remote-code",
        source="HF Hub docs, custom handlers (handler.py) are arbitrary code of the repository",
        unsafe="""\
import importlib.util
from pathlib import Path

from huggingface_hub import snapshot_download


def load_handler(repo: str):
    folder = Path(snapshot_download(repo))
    spec = importlib.util.spec_from_file_location("handler", folder / "handler.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.EndpointHandler(str(folder))
""",
        safe="""\
from pathlib import Path

from huggingface_hub import snapshot_download

from serving.handler import EndpointHandler


def load_handler(repo: str):
    folder = Path(
        snapshot_download(
            repo,
            revision="7e2f3d1c0b9a8f7e6d5c4b3a291807f6e5d4c3b2",
            allow_patterns=["*.safetensors", "*.json"],
        )
    )
    return EndpointHandler(str(folder))
""",
        line=11,
        also=(8,),
        requirements="",
    ),
    Case(
        name="pickle_load_local_model",
        category="deserialise",
        source='Python docs, pickle: "It is possible to construct malicious pickle data"; restricting globals with find_class',
        unsafe="""\
import pickle
from pathlib import Path

import numpy as np


def load_scaler(path: Path):
    with path.open("rb") as stream:
        return pickle.load(stream)


def scale(rows: np.ndarray, path: Path) -> np.ndarray:
    stats = load_scaler(path)
    return (rows - stats["mean"]) / stats["std"]
""",
        safe="""\
import pickle
from pathlib import Path

import numpy as np

ALLOWED = {
    ("numpy", "dtype"),
    ("numpy", "ndarray"),
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"),
}


class StatsUnpickler(pickle.Unpickler):
    def find_class(self, module, name):
        if (module, name) not in ALLOWED:
            raise pickle.UnpicklingError(f"{module}.{name} is not allowed")
        return super().find_class(module, name)


def load_scaler(path: Path):
    with path.open("rb") as stream:
        return StatsUnpickler(stream).load()


def scale(rows: np.ndarray, path: Path) -> np.ndarray:
    stats = load_scaler(path)
    return (rows - stats["mean"]) / stats["std"]
""",
        line=9,
        also=(),
        requirements="",
    ),
    Case(
        name="pickle_loads_redis_cache",
        category="deserialise",
        source="Python docs, pickle: never unpickle data that could have been tampered with; use json",
        unsafe="""\
import pickle

import redis

cache = redis.Redis(host="cache.internal")


def cached_features(user_id: int, compute):
    blob = cache.get(f"features:{user_id}")
    if blob is not None:
        return pickle.loads(blob)
    features = compute(user_id)
    cache.setex(f"features:{user_id}", 600, pickle.dumps(features))
    return features
""",
        safe="""\
import json

import redis

cache = redis.Redis(host="cache.internal")


def cached_features(user_id: int, compute):
    blob = cache.get(f"features:{user_id}")
    if blob is not None:
        return json.loads(blob)
    features = compute(user_id)
    cache.setex(f"features:{user_id}", 600, json.dumps(features))
    return features
""",
        line=11,
        also=(),
        requirements="",
    ),
    Case(
        name="pickle_loads_federated_endpoint",
        category="deserialise",
        source="Python docs, pickle; Flower and FedBioMed moved from pickle to typed formats for updates",
        unsafe="""\
from pickle import loads

from flask import Flask, request

from fl.server import Aggregator

app = Flask(__name__)
aggregator = Aggregator(min_clients=5)


@app.route("/rounds/<int:number>/update", methods=["POST"])
def update(number: int):
    weights = loads(request.get_data())
    aggregator.add(number, request.headers["X-Client"], weights)
    return "", 204
""",
        safe="""\
from flask import Flask, request
from safetensors.numpy import load

from fl.server import Aggregator

app = Flask(__name__)
aggregator = Aggregator(min_clients=5)


@app.route("/rounds/<int:number>/update", methods=["POST"])
def update(number: int):
    weights = load(request.get_data())
    aggregator.add(number, request.headers["X-Client"], weights)
    return "", 204
""",
        line=13,
        also=(),
        requirements="",
    ),
    Case(
        name="cloudpickle_model_from_s3",
        category="deserialise",
        source='cloudpickle README: "never load objects from untrusted source"; Python docs, pickle',
        unsafe="""\
import boto3
import cloudpickle


def lambda_handler(event, context):
    s3 = boto3.client("s3")
    body = s3.get_object(Bucket=event["bucket"], Key=event["key"])["Body"].read()
    model = cloudpickle.loads(body)
    return {"score": float(model.predict_proba([event["features"]])[0][1])}
""",
        safe="""\
import boto3
import numpy as np
import onnxruntime as ort


def lambda_handler(event, context):
    s3 = boto3.client("s3")
    body = s3.get_object(Bucket=event["bucket"], Key=event["key"])["Body"].read()
    model = ort.InferenceSession(body, providers=["CPUExecutionProvider"])
    row = np.asarray([event["features"]], dtype=np.float32)
    _, probabilities = model.run(None, {"input": row})
    return {"score": float(probabilities[0][1])}
""",
        line=8,
        also=(),
        requirements="",
    ),
    Case(
        name="sklearn_joblib_load",
        category="deserialise",
        source="scikit-learn docs, model persistence: joblib.load can execute arbitrary code; skops is the safer format",
        unsafe="""\
import os

import joblib
import pandas as pd
from flask import Flask, jsonify, request

app = Flask(__name__)
model = joblib.load(os.path.join(os.environ["MODEL_DIR"], "churn.joblib"))


@app.post("/predict")
def predict():
    rows = pd.DataFrame(request.get_json())
    return jsonify(model.predict(rows).tolist())
""",
        safe="""\
import os

import pandas as pd
import skops.io as sio
from flask import Flask, jsonify, request

app = Flask(__name__)
model = sio.load(os.path.join(os.environ["MODEL_DIR"], "churn.skops"), trusted=[])


@app.post("/predict")
def predict():
    rows = pd.DataFrame(request.get_json())
    return jsonify(model.predict(rows).tolist())
""",
        line=8,
        also=(),
        requirements="",
    ),
    Case(
        name="joblib_aliased_in_method",
        category="deserialise",
        source='joblib docs, joblib.load: "relies on the pickle module and can therefore execute arbitrary Python code"',
        unsafe="""\
from joblib import dump, load as restore


class Vectoriser:
    PATH = "artifacts/tfidf.gz"

    def __init__(self, vectorizer=None):
        self.vectorizer = vectorizer

    def save(self):
        dump(self.vectorizer, self.PATH, compress=3)

    @classmethod
    def from_disk(cls, path=None):
        return cls(restore(path or cls.PATH))

    def __call__(self, texts):
        return self.vectorizer.transform(texts)
""",
        safe="""\
import hashlib
from pathlib import Path

from joblib import dump, load as restore


class Vectoriser:
    PATH = "artifacts/tfidf.gz"
    DIGEST = "1b4f0e9851971998e732078544c96b36c3d01cedf7caa332359d6f1d83567014"

    def __init__(self, vectorizer=None):
        self.vectorizer = vectorizer

    def save(self):
        dump(self.vectorizer, self.PATH, compress=3)

    @classmethod
    def from_disk(cls, path=None):
        path = Path(path or cls.PATH)
        if hashlib.sha256(path.read_bytes()).hexdigest() != cls.DIGEST:
            raise ValueError(f"{path} is not the reviewed artifact")
        return cls(restore(path))

    def __call__(self, texts):
        return self.vectorizer.transform(texts)
""",
        line=15,
        also=(),
        requirements="",
    ),
    Case(
        name="skops_trust_everything",
        category="safety-off",
        source="skops docs, persistence: review get_untrusted_types before passing types as trusted",
        unsafe="""\
from pathlib import Path

import skops.io as sio


def load_uploaded(path: Path):
    unknown = sio.get_untrusted_types(file=path)
    return sio.load(path, trusted=unknown)
""",
        safe="""\
from pathlib import Path

import skops.io as sio

REVIEWED = ["sklearn.compose._column_transformer._RemainderColsList"]


def load_uploaded(path: Path):
    unknown = set(sio.get_untrusted_types(file=path)) - set(REVIEWED)
    if unknown:
        raise ValueError(f"unreviewed types in {path.name}: {sorted(unknown)}")
    return sio.load(path, trusted=REVIEWED)
""",
        line=8,
        also=(),
        requirements="skops==0.13.0\nscikit-learn==1.7.2\n",
    ),
    Case(
        name="numpy_allow_pickle",
        category="deserialise",
        source="NumPy docs, numpy.load: allow_pickle=True can execute arbitrary code",
        unsafe="""\
import numpy as np


def load_split(path):
    archive = np.load(path, allow_pickle=True)
    meta = archive["meta"].item()
    return archive["x"], archive["y"], meta["label_names"]


x_train, y_train, names = load_split("data/plants_train.npz")
print(x_train.shape, names)
""",
        safe="""\
import json

import numpy as np


def load_split(path):
    archive = np.load(path, allow_pickle=False)
    with open(path.replace(".npz", ".json"), encoding="utf-8") as stream:
        meta = json.load(stream)
    return archive["x"], archive["y"], meta["label_names"]


x_train, y_train, names = load_split("data/plants_train.npz")
print(x_train.shape, names)
""",
        line=5,
        also=(),
        requirements="",
    ),
    Case(
        name="numpy_lib_format_read_array",
        category="deserialise",
        source="NumPy docs, numpy.lib.format.read_array(allow_pickle)",
        unsafe="""\
import io

import numpy as np
import requests


def fetch_embeddings(url: str) -> np.ndarray:
    answer = requests.get(url, timeout=30)
    answer.raise_for_status()
    return np.lib.format.read_array(io.BytesIO(answer.content), allow_pickle=True)
""",
        safe="""\
import io

import numpy as np
import requests


def fetch_embeddings(url: str) -> np.ndarray:
    answer = requests.get(url, timeout=30)
    answer.raise_for_status()
    return np.lib.format.read_array(io.BytesIO(answer.content), allow_pickle=False)
""",
        line=10,
        also=(),
        requirements="",
    ),
    Case(
        name="pandas_read_pickle",
        category="deserialise",
        source="pandas docs, read_pickle: warning, loading pickled data from untrusted sources can be unsafe",
        unsafe="""\
import pandas as pd
from sklearn.model_selection import train_test_split

SOURCE = "https://data.example.org/exports/transactions_2025.pkl"


def training_frame(seed: int = 0):
    df = pd.read_pickle(SOURCE, compression=None)
    df = df.dropna(subset=["amount", "label"])
    return train_test_split(df, test_size=0.2, random_state=seed, stratify=df["label"])
""",
        safe="""\
import pandas as pd
from sklearn.model_selection import train_test_split

SOURCE = "https://data.example.org/exports/transactions_2025.parquet"


def training_frame(seed: int = 0):
    df = pd.read_parquet(SOURCE)
    df = df.dropna(subset=["amount", "label"])
    return train_test_split(df, test_size=0.2, random_state=seed, stratify=df["label"])
""",
        line=8,
        also=(),
        requirements="",
    ),
    Case(
        name="pandas_read_hdf",
        category="deserialise",
        source="pandas docs, read_hdf: object columns are pickled; loading from untrusted sources can be unsafe",
        unsafe="""\
import pandas as pd


def traffic(path: str = "METR-LA.h5") -> pd.DataFrame:
    readings = pd.read_hdf(path, key="df")
    readings.index = pd.to_datetime(readings.index)
    return readings.resample("5min").mean()
""",
        safe="""\
import pandas as pd


def traffic(path: str = "METR-LA.feather") -> pd.DataFrame:
    readings = pd.read_feather(path).set_index("time")
    readings.index = pd.to_datetime(readings.index)
    return readings.resample("5min").mean()
""",
        line=5,
        also=(),
        requirements="",
    ),
    Case(
        name="pandas_eval_user_expression",
        category="code-execution",
        source='pandas docs, DataFrame.eval / query: "allows eval to run arbitrary code, which can make you vulnerable to code injection if you pass user input"',
        unsafe="""\
import pandas as pd
from fastapi import FastAPI

app = FastAPI()
frame = pd.read_parquet("features/customers.parquet")


@app.get("/segment")
def segment(rule: str, limit: int = 100):
    chosen = frame.query(rule, engine="python")
    return chosen.head(limit).to_dict(orient="records")
""",
        safe="""\
import operator

import pandas as pd
from fastapi import FastAPI, HTTPException

app = FastAPI()
frame = pd.read_parquet("features/customers.parquet")
OPERATORS = {"lt": operator.lt, "gt": operator.gt, "eq": operator.eq}


@app.get("/segment")
def segment(column: str, op: str, value: float, limit: int = 100):
    if column not in frame.columns or op not in OPERATORS:
        raise HTTPException(422)
    chosen = frame[OPERATORS[op](frame[column], value)]
    return chosen.head(limit).to_dict(orient="records")
""",
        line=10,
        also=(),
        requirements="",
    ),
    Case(
        name="dask_from_map_read_pickle",
        category="deserialise",
        source="pandas docs, read_pickle; Dask docs recommend read_parquet",
        unsafe="""\
from glob import glob

import dask.dataframe as dd
import pandas as pd

parts = sorted(glob("/mnt/partner-drop/clicks/*.pkl"))
clicks = dd.from_map(pd.read_pickle, parts)
daily = clicks.groupby("day")["clicked"].mean().compute()
daily.to_csv("ctr.csv")
""",
        safe="""\
import dask.dataframe as dd

clicks = dd.read_parquet("/mnt/partner-drop/clicks/*.parquet", columns=["day", "clicked"])
daily = clicks.groupby("day")["clicked"].mean().compute()
daily.to_csv("ctr.csv")
""",
        line=7,
        also=(),
        requirements="",
    ),
    Case(
        name="polars_deserialize_plan",
        category="deserialise",
        source="Polars docs, LazyFrame.deserialize: uses pickle when the plan contains Python UDFs, deserialising can execute arbitrary code",
        unsafe="""\
import polars as pl


def rebuild(plan_file: str) -> pl.DataFrame:
    with open(plan_file, "rb") as stream:
        lazy = pl.LazyFrame.deserialize(stream)
    return lazy.collect(engine="streaming")
""",
        safe="""\
import polars as pl


def rebuild(source: str) -> pl.DataFrame:
    lazy = pl.scan_parquet(source).filter(pl.col("valid")).group_by("user").agg(pl.col("spend").sum())
    return lazy.collect(engine="streaming")
""",
        line=6,
        also=(),
        requirements="",
    ),
    Case(
        name="pyarrow_pyextensiontype_autoload",
        category="safety-off",
        source="CVE-2023-47248 and Arrow docs: PyExtensionType is unpickled on read; set_auto_load(True) restores the old behaviour",
        unsafe="""\
import pyarrow as pa
import pyarrow.parquet as pq

pa.PyExtensionType.set_auto_load(True)


def tensors(path: str) -> pa.Table:
    return pq.read_table(path, columns=["id", "embedding"])
""",
        safe="""\
import pyarrow as pa
import pyarrow.parquet as pq


class EmbeddingType(pa.ExtensionType):
    def __init__(self, size: int):
        self.size = size
        super().__init__(pa.list_(pa.float32(), size), "acme.embedding")

    def __arrow_ext_serialize__(self):
        return str(self.size).encode()

    @classmethod
    def __arrow_ext_deserialize__(cls, storage_type, serialized):
        return cls(int(serialized))


pa.register_extension_type(EmbeddingType(768))


def tensors(path: str) -> pa.Table:
    return pq.read_table(path, columns=["id", "embedding"])
""",
        line=4,
        also=(8,),
        requirements="pyarrow==15.0.2\n",
    ),
    Case(
        name="zarr_pickle_codec",
        category="deserialise",
        source="Zarr 2 tutorial, object arrays: Pickle codec is not secure, prefer JSON or MsgPack",
        unsafe="""\
import numcodecs
import zarr


def open_captions(path: str, n: int):
    root = zarr.open_group(path, mode="a")
    return root.require_dataset(
        "captions",
        shape=(n,),
        chunks=(4096,),
        dtype=object,
        object_codec=numcodecs.Pickle(),
    )
""",
        safe="""\
import numcodecs
import zarr


def open_captions(path: str, n: int):
    root = zarr.open_group(path, mode="a")
    return root.require_dataset(
        "captions",
        shape=(n,),
        chunks=(4096,),
        dtype=object,
        object_codec=numcodecs.JSON(),
    )
""",
        line=12,
        also=(7,),
        requirements="zarr==2.18.3\nnumcodecs==0.13.1\n",
    ),
    Case(
        name="tf_load_op_library",
        category="native-library",
        source="TensorFlow docs, tf.load_op_library: loads a dynamic library of custom ops into the process",
        unsafe="""\
import os
import urllib.request

import tensorflow as tf

LIB = "/tmp/zero_out.so"
urllib.request.urlretrieve(os.environ["OPS_URL"], LIB)
ops = tf.load_op_library(LIB)


@tf.function
def mask(x):
    return ops.zero_out(x)
""",
        safe="""\
import tensorflow as tf


@tf.function
def mask(x):
    first = tf.reshape(x, [-1])[:1]
    rest = tf.zeros([tf.size(x) - 1], dtype=x.dtype)
    return tf.reshape(tf.concat([first, rest], axis=0), tf.shape(x))
""",
        line=8,
        also=(7,),
        requirements="",
    ),
    Case(
        name="tf_saved_model_load_upload",
        category="untrusted-model",
        source='TensorFlow SECURITY.md: "TensorFlow models are programs"; run untrusted models only in a sandbox',
        unsafe="""\
import tarfile
import tempfile

import tensorflow as tf
from fastapi import FastAPI, UploadFile

app = FastAPI()


@app.post("/validate")
def validate(bundle: UploadFile):
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=bundle.file) as tar:
            tar.extractall(folder, filter="data")
        model = tf.saved_model.load(folder)
        return {"signatures": sorted(model.signatures)}
""",
        safe="""\
import tarfile
import tempfile
from pathlib import Path

from fastapi import FastAPI, UploadFile
from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

app = FastAPI()


@app.post("/validate")
def validate(bundle: UploadFile):
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=bundle.file) as tar:
            tar.extractall(folder, filter="data")
        proto = SavedModel.FromString(Path(folder, "saved_model.pb").read_bytes())
        return {"signatures": sorted(proto.meta_graphs[0].signature_def)}
""",
        line=15,
        also=(),
        requirements="",
    ),
    Case(
        name="keras_safe_mode_false",
        category="safety-off",
        source="Keras docs, load_model: safe_mode=False can trigger arbitrary code execution",
        unsafe="""\
import keras


def load_segmenter(path: str):
    return keras.models.load_model(
        path,
        compile=False,
        safe_mode=False,
    )


net = load_segmenter("artifacts/unet_v4.keras")
net.summary()
""",
        safe="""\
import keras


@keras.saving.register_keras_serializable(package="seg")
def to_unit(x):
    return x / 255.0


def load_segmenter(path: str):
    return keras.models.load_model(
        path,
        compile=False,
        safe_mode=True,
    )


net = load_segmenter("artifacts/unet_v4.keras")
net.summary()
""",
        line=5,
        also=(),
        requirements="keras==3.12.0\n",
    ),
    Case(
        name="keras_enable_unsafe_deserialization",
        category="safety-off",
        source="Keras docs, keras.config.enable_unsafe_deserialization: disables safe mode globally",
        unsafe="""\
import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
from keras import config

config.enable_unsafe_deserialization()


def ensemble(paths):
    members = [keras.saving.load_model(p) for p in paths]
    inputs = keras.Input(members[0].input_shape[1:])
    return keras.Model(inputs, keras.layers.average([m(inputs) for m in members]))
""",
        safe="""\
import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras


def ensemble(paths):
    members = [keras.saving.load_model(p) for p in paths]
    inputs = keras.Input(members[0].input_shape[1:])
    return keras.Model(inputs, keras.layers.average([m(inputs) for m in members]))
""",
        line=8,
        also=(),
        requirements="keras==3.12.0\n",
    ),
    Case(
        name="tfkeras_legacy_h5",
        category="deserialise",
        source="CVE-2025-9905 / CVE-2024-3660: legacy .h5 models can carry Lambda bytecode and safe_mode does not apply to them",
        unsafe="""\
from tensorflow.keras.models import load_model


class SteeringPredictor:
    def __init__(self, weights="model.h5"):
        self.model = load_model(weights)

    def angle(self, frame):
        return float(self.model.predict(frame[None], verbose=0)[0][0])
""",
        safe="""\
from tensorflow.keras import layers, models


def network():
    return models.Sequential(
        [
            layers.Input((66, 200, 3)),
            layers.Rescaling(1 / 127.5, offset=-1),
            layers.Conv2D(24, 5, strides=2, activation="elu"),
            layers.Flatten(),
            layers.Dense(1),
        ]
    )


class SteeringPredictor:
    def __init__(self, weights="model.weights.h5"):
        self.model = network()
        self.model.load_weights(weights)

    def angle(self, frame):
        return float(self.model.predict(frame[None], verbose=0)[0][0])
""",
        line=6,
        also=(),
        requirements="tensorflow==2.15.1\n",
    ),
    Case(
        name="jax_serialized_executable",
        category="deserialise",
        source="JAX docs, deserialize_and_load: not safe with untrusted inputs, even loading may run arbitrary code; jax.export is the portable format",
        unsafe="""\
import jax
from jax.experimental import serialize_executable as se


def load_step(blob: bytes, in_tree, out_tree):
    return se.deserialize_and_load(blob, in_tree, out_tree)


def run(path, in_tree, out_tree, *args):
    with open(path, "rb") as stream:
        step = load_step(stream.read(), in_tree, out_tree)
    return jax.block_until_ready(step(*args))
""",
        safe="""\
import jax
from jax import export


def load_step(blob: bytes):
    return export.deserialize(bytearray(blob)).call


def run(path, *args):
    with open(path, "rb") as stream:
        step = load_step(stream.read())
    return jax.block_until_ready(step(*args))
""",
        line=6,
        also=(),
        requirements="",
    ),
    Case(
        name="xgboost_pickled",
        category="deserialise",
        source="XGBoost docs, Introduction to Model IO: save_model/load_model (JSON/UBJ) rather than pickle",
        unsafe="""\
import pickle

import xgboost as xgb


class CreditScorer:
    def __init__(self, artifact):
        with open(artifact, "rb") as fh:
            self.booster: xgb.Booster = pickle.Unpickler(fh).load()

    def score(self, table):
        return self.booster.predict(xgb.DMatrix(table))
""",
        safe="""\
import xgboost as xgb


class CreditScorer:
    def __init__(self, artifact):
        self.booster = xgb.Booster()
        self.booster.load_model(artifact)

    def score(self, table):
        return self.booster.predict(xgb.DMatrix(table))


scorer = CreditScorer("models/credit.json")
""",
        line=9,
        also=(),
        requirements="",
    ),
    Case(
        name="lightgbm_joblib",
        category="deserialise",
        source="LightGBM docs, Booster(model_file=...); joblib docs warning",
        unsafe="""\
import joblib
import lightgbm as lgb
import pandas as pd


def forecast(model_path: str, frame: pd.DataFrame) -> pd.Series:
    gbm: lgb.LGBMRegressor = joblib.load(filename=model_path)
    return pd.Series(gbm.predict(frame), index=frame.index)
""",
        safe="""\
import lightgbm as lgb
import pandas as pd


def forecast(model_path: str, frame: pd.DataFrame) -> pd.Series:
    gbm = lgb.Booster(model_file=model_path)
    return pd.Series(gbm.predict(frame), index=frame.index)
""",
        line=7,
        also=(),
        requirements="",
    ),
    Case(
        name="catboost_gzip_dill",
        category="deserialise",
        source="CatBoost docs, load_model (cbm/json); dill docs and Python docs, pickle: never load untrusted data",
        unsafe="""\
import gzip

import dill
from catboost import Pool


def rank(candidates, path="ranker.pkl.gz"):
    with gzip.open(path) as packed:
        ranker = dill.load(packed)
    order = ranker.predict(Pool(candidates, cat_features=["country"])).argsort()[::-1]
    return candidates.iloc[order]
""",
        safe="""\
from catboost import CatBoostRanker, Pool


def rank(candidates, path="ranker.cbm"):
    ranker = CatBoostRanker()
    ranker.load_model(path, format="cbm")
    order = ranker.predict(Pool(candidates, cat_features=["country"])).argsort()[::-1]
    return candidates.iloc[order]
""",
        line=9,
        also=(),
        requirements="",
    ),
    Case(
        name="onnxruntime_custom_ops_upload",
        category="native-library",
        source="ONNX Runtime docs, SessionOptions.register_custom_ops_library: loads a shared library",
        unsafe="""\
import numpy as np
import onnxruntime as ort


def open_session(folder: str) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 4
    options.register_custom_ops_library(f"{folder}/libops.so")
    return ort.InferenceSession(f"{folder}/model.onnx", options, providers=["CPUExecutionProvider"])


def run(folder: str, batch: np.ndarray):
    return open_session(folder).run(None, {"x": batch})
""",
        safe="""\
import numpy as np
import onnxruntime as ort
from onnxruntime_extensions import get_library_path


def open_session(folder: str) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 4
    options.register_custom_ops_library(get_library_path())
    return ort.InferenceSession(f"{folder}/model.onnx", options, providers=["CPUExecutionProvider"])


def run(folder: str, batch: np.ndarray):
    return open_session(folder).run(None, {"x": batch})
""",
        line=8,
        also=(),
        requirements="",
    ),
    Case(
        name="onnx_hub_silent_fork",
        category="safety-off",
        source="onnx.hub docs: silent=True skips the prompt that warns of an untrusted repository (CVE-2026-28500)",
        unsafe="""\
from onnx import checker, hub


def backbone():
    model = hub.load("efficientnet-lite4", repo="some-user/models:main", silent=True)
    checker.check_model(model)
    return model
""",
        safe="""\
import hashlib
from pathlib import Path

import onnx

SHA256 = "d111c8c4ae5c1b3f6cf5d17b0f5c8b2a9c2e2b4f6d8a0c1e3f5a7b9d1c3e5f70"


def backbone(path: Path = Path("vendor/efficientnet-lite4-11.onnx")):
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise ValueError("unexpected model file")
    model = onnx.load_from_string(content)
    onnx.checker.check_model(model)
    return model
""",
        line=5,
        also=(),
        requirements="",
    ),
    Case(
        name="openvino_add_extension",
        category="native-library",
        source="OpenVINO docs, Extensibility: core.add_extension loads a shared library",
        unsafe="""\
import sys

import openvino as ov

model_dir = sys.argv[1]
core = ov.Core()
core.add_extension(f"{model_dir}/libtemplate_extension.so")
compiled = core.compile_model(core.read_model(f"{model_dir}/model.xml"), "CPU")
print([o.any_name for o in compiled.outputs])
""",
        safe="""\
import sys

import openvino as ov

model_dir = sys.argv[1]
core = ov.Core()
compiled = core.compile_model(core.read_model(f"{model_dir}/model.xml"), "CPU")
print([o.any_name for o in compiled.outputs])
""",
        line=7,
        also=(),
        requirements="",
    ),
    Case(
        name="tensorrt_untrusted_engine",
        category="deserialise",
        source="TensorRT docs, Security Considerations: deserialising an engine from an untrusted source is equivalent to running untrusted native code",
        unsafe="""\
import tensorrt as trt
from huggingface_hub import hf_hub_download

LOGGER = trt.Logger(trt.Logger.WARNING)


class Engine:
    def __init__(self, repo: str, commit: str):
        plan = hf_hub_download(repo, "model.plan", revision=commit)
        runtime = trt.Runtime(LOGGER)
        runtime.engine_host_code_allowed = True
        with open(plan, "rb") as stream:
            self.engine = runtime.deserialize_cuda_engine(stream.read())
        self.context = self.engine.create_execution_context()
""",
        safe="""\
import tensorrt as trt
from huggingface_hub import hf_hub_download

LOGGER = trt.Logger(trt.Logger.WARNING)


class Engine:
    def __init__(self, repo: str):
        onnx_file = hf_hub_download(repo, "model.onnx", revision="5c0f3f7ad0a5e1b2c3d4e5f60718293a4b5c6d7e")
        builder = trt.Builder(LOGGER)
        network = builder.create_network(0)
        parser = trt.OnnxParser(network, LOGGER)
        with open(onnx_file, "rb") as stream:
            if not parser.parse(stream.read()):
                raise RuntimeError(parser.get_error(0))
        self.plan = builder.build_serialized_network(network, builder.create_builder_config())
""",
        line=13,
        also=(11,),
        requirements="",
    ),
    Case(
        name="mlflow_sklearn_latest",
        category="deserialise",
        source="MLflow docs, mlflow.sklearn: pickle/cloudpickle formats execute code on load; use skops or a native flavour",
        unsafe="""\
import mlflow
import mlflow.sklearn

mlflow.set_tracking_uri("http://mlflow.internal:5000")


def load_champion():
    return mlflow.sklearn.load_model("models:/house-prices/latest")


def price(row):
    return float(load_champion().predict([row])[0])
""",
        safe="""\
import mlflow
import mlflow.onnx
import numpy as np
import onnxruntime as ort

mlflow.set_tracking_uri("https://mlflow.internal")


def load_champion():
    proto = mlflow.onnx.load_model("models:/house-prices/14")
    return ort.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])


def price(row):
    return float(load_champion().run(None, {"x": np.asarray([row], dtype=np.float32)})[0][0])
""",
        line=8,
        also=(),
        requirements="",
    ),
    Case(
        name="mlflow_pyfunc_from_request",
        category="deserialise",
        source="MLflow docs, mlflow.pyfunc: a model may contain arbitrary code and pickles; load only trusted models",
        unsafe="""\
import pandas as pd
from fastapi import APIRouter
from mlflow import pyfunc

router = APIRouter(prefix="/compare")


@router.post("/{run_id}")
def compare(run_id: str, rows: list[dict]):
    candidate = pyfunc.load_model(f"runs:/{run_id}/model")
    return candidate.predict(pd.DataFrame(rows)).tolist()
""",
        safe="""\
import mlflow.artifacts
import pandas as pd
import xgboost as xgb
from fastapi import APIRouter

router = APIRouter(prefix="/compare")


@router.post("/{run_id}")
def compare(run_id: str, rows: list[dict]):
    path = mlflow.artifacts.download_artifacts(artifact_uri=f"runs:/{run_id}/model/model.json")
    candidate = xgb.Booster()
    candidate.load_model(path)
    return candidate.predict(xgb.DMatrix(pd.DataFrame(rows))).tolist()
""",
        line=10,
        also=(),
        requirements="",
    ),
    Case(
        name="mlflow_project_unpinned",
        category="unpinned-fetch",
        source="MLflow docs, mlflow.projects.run(version): Git commit hash or branch of the project to run",
        unsafe="""\
import mlflow


def retrain(alpha: float) -> str:
    submitted = mlflow.projects.run(
        uri="https://github.com/data-team/elastic-net-training",
        entry_point="main",
        parameters={"alpha": alpha},
        env_manager="local",
    )
    return submitted.run_id
""",
        safe="""\
import mlflow


def retrain(alpha: float) -> str:
    submitted = mlflow.projects.run(
        uri="https://github.com/data-team/elastic-net-training",
        version="8f2c1d7e6b5a49382716f5e4d3c2b1a098f7e6d5",
        entry_point="main",
        parameters={"alpha": alpha},
        env_manager="virtualenv",
    )
    return submitted.run_id
""",
        line=5,
        also=(),
        requirements="",
    ),
    Case(
        name="bentoml_picklable_model",
        category="deserialise",
        source="BentoML docs, picklable_model: saved and loaded with cloudpickle",
        unsafe="""\
import bentoml
import numpy as np


@bentoml.service(resources={"cpu": "2"}, traffic={"timeout": 10})
class FraudService:
    def __init__(self):
        self.model = bentoml.picklable_model.load_model("fraud_rules:latest")

    @bentoml.api
    def score(self, rows: np.ndarray) -> np.ndarray:
        return self.model(rows)
""",
        safe="""\
import bentoml
import numpy as np
import onnxruntime as ort


@bentoml.service(resources={"cpu": "2"}, traffic={"timeout": 10})
class FraudService:
    def __init__(self):
        stored = bentoml.models.get("fraud_rules:qsvzqbzsg2hmwgud")
        self.session = ort.InferenceSession(stored.path_of("model.onnx"), providers=["CPUExecutionProvider"])

    @bentoml.api
    def score(self, rows: np.ndarray) -> np.ndarray:
        return self.session.run(None, {"x": rows.astype("float32")})[0]
""",
        line=8,
        also=(),
        requirements="",
    ),
    Case(
        name="wandb_artifact_latest",
        category="unpinned-fetch",
        source="W&B docs, use_artifact: alias latest moves, a version or digest does not",
        unsafe="""\
from pathlib import Path

import wandb
from safetensors.torch import load_file

from nets import Policy


def best_policy() -> Policy:
    run = wandb.init(project="warehouse-picking", job_type="deploy")
    artifact = run.use_artifact("robotics/warehouse-picking/policy:latest", type="model")
    policy = Policy()
    policy.load_state_dict(load_file(Path(artifact.download()) / "policy.safetensors"))
    return policy
""",
        safe="""\
from pathlib import Path

import wandb
from safetensors.torch import load_file

from nets import Policy

DIGEST = "64e7c61456b10382e2f3b571ac24b659"


def best_policy() -> Policy:
    run = wandb.init(project="warehouse-picking", job_type="deploy")
    artifact = run.use_artifact("robotics/warehouse-picking/policy:v27", type="model")
    if artifact.digest != DIGEST:
        raise RuntimeError("policy:v27 is not the reviewed artifact")
    policy = Policy()
    policy.load_state_dict(load_file(Path(artifact.download()) / "policy.safetensors"))
    return policy
""",
        line=11,
        also=(),
        requirements="",
    ),
    Case(
        name="clearml_artifact_get",
        category="deserialise",
        source="CVE-2024-24590: ClearML Artifact.get() deserialises a pickled artifact",
        unsafe="""\
from clearml import Task


def thresholds(task_id: str) -> dict:
    task = Task.get_task(task_id=task_id)
    return task.artifacts["thresholds"].get()


if __name__ == "__main__":
    print(thresholds("a1b2c3d4e5f60718293a4b5c6d7e8f90"))
""",
        safe="""\
import json

from clearml import Task


def thresholds(task_id: str) -> dict:
    task = Task.get_task(task_id=task_id)
    with open(task.artifacts["thresholds"].get_local_copy(), encoding="utf-8") as stream:
        return json.load(stream)


if __name__ == "__main__":
    print(thresholds("a1b2c3d4e5f60718293a4b5c6d7e8f90"))
""",
        line=6,
        also=(),
        requirements="",
    ),
    Case(
        name="kfp_component_from_master",
        category="unpinned-fetch",
        source="Kubeflow Pipelines docs, components.load_component_from_url: the URL decides which container and command runs",
        unsafe="""\
from kfp import components, dsl

train_op = components.load_component_from_url(
    "https://raw.githubusercontent.com/kubeflow/pipelines/master/components/XGBoost/Train/component.yaml"
)


@dsl.pipeline(name="xgb-train")
def pipeline(data: str, rounds: int = 200):
    train_op(training_data=data, num_iterations=rounds)
""",
        safe="""\
from kfp import components, dsl

train_op = components.load_component_from_url(
    "https://raw.githubusercontent.com/kubeflow/pipelines/567c04c51ff00a1ee525b3458425b17adbe3df61/components/XGBoost/Train/component.yaml"
)


@dsl.pipeline(name="xgb-train")
def pipeline(data: str, rounds: int = 200):
    train_op(training_data=data, num_iterations=rounds)
""",
        line=3,
        also=(),
        requirements="",
    ),
    Case(
        name="sagemaker_numpy_deserializer",
        category="deserialise",
        source="CVE-2024-34072: sagemaker NumpyDeserializer with allow_pickle=True unpickles the response",
        unsafe="""\
from sagemaker.deserializers import NumpyDeserializer
from sagemaker.predictor import Predictor
from sagemaker.serializers import JSONSerializer


def endpoint(name: str) -> Predictor:
    return Predictor(
        endpoint_name=name,
        serializer=JSONSerializer(),
        deserializer=NumpyDeserializer(allow_pickle=True),
    )
""",
        safe="""\
from sagemaker.deserializers import NumpyDeserializer
from sagemaker.predictor import Predictor
from sagemaker.serializers import JSONSerializer


def endpoint(name: str) -> Predictor:
    return Predictor(
        endpoint_name=name,
        serializer=JSONSerializer(),
        deserializer=NumpyDeserializer(allow_pickle=False),
    )
""",
        line=10,
        also=(7,),
        requirements="",
    ),
    Case(
        name="ray_dashboard_exposed",
        category="safety-off",
        source="CVE-2023-48022 (ShadowRay) and Ray security docs: the dashboard/jobs API runs code and must not be exposed; default is localhost",
        unsafe="""\
import ray
from ray import tune

from search import objective


def main():
    ray.init(dashboard_host="0.0.0.0", dashboard_port=8265, include_dashboard=True)
    tuner = tune.Tuner(objective, param_space={"lr": tune.loguniform(1e-5, 1e-2)})
    print(tuner.fit().get_best_result("loss", "min").config)


if __name__ == "__main__":
    main()
""",
        safe="""\
import ray
from ray import tune

from search import objective


def main():
    ray.init(dashboard_host="127.0.0.1", dashboard_port=8265, include_dashboard=True)
    tuner = tune.Tuner(objective, param_space={"lr": tune.loguniform(1e-5, 1e-2)})
    print(tuner.fit().get_best_result("loss", "min").config)


if __name__ == "__main__":
    main()
""",
        line=8,
        also=(),
        requirements="",
    ),
    Case(
        name="rllib_from_checkpoint",
        category="deserialise",
        source="Ray docs, RLlib checkpoints: the state files are cloudpickle (or msgpack-numpy that reaches pickle)",
        unsafe="""\
import argparse

import gymnasium as gym
from ray.rllib.algorithms.algorithm import Algorithm

parser = argparse.ArgumentParser()
parser.add_argument("checkpoint")
args = parser.parse_args()

algo = Algorithm.from_checkpoint(args.checkpoint)
env = gym.make("LunarLander-v3", render_mode="human")
obs, _ = env.reset()
for _ in range(1000):
    obs, reward, done, cut, _ = env.step(algo.compute_single_action(obs))
    if done or cut:
        obs, _ = env.reset()
""",
        safe="""\
import argparse

import gymnasium as gym
import torch
from safetensors.torch import load_file

from lander.policy import ActorCritic

parser = argparse.ArgumentParser()
parser.add_argument("weights")
args = parser.parse_args()

policy = ActorCritic(obs_dim=8, actions=4)
policy.load_state_dict(load_file(args.weights))
env = gym.make("LunarLander-v3", render_mode="human")
obs, _ = env.reset()
for _ in range(1000):
    obs, reward, done, cut, _ = env.step(int(policy(torch.from_numpy(obs)).argmax()))
    if done or cut:
        obs, _ = env.reset()
""",
        line=10,
        also=(),
        requirements="",
    ),
    Case(
        name="sb3_ppo_load_hub",
        category="deserialise",
        source="stable-baselines3 issue #2281: BaseAlgorithm.load decodes cloudpickle fields of the zip",
        unsafe="""\
import gymnasium as gym
from huggingface_hub import hf_hub_download
from stable_baselines3 import PPO
from stable_baselines3.common.evaluation import evaluate_policy

archive = hf_hub_download("sb3/ppo-CartPole-v1", "ppo-CartPole-v1.zip", revision="2b63d4d3d5b1a8f7e6c5b4a39281706f5e4d3c2b")
model = PPO.load(archive, device="cpu")
mean, std = evaluate_policy(model, gym.make("CartPole-v1"), n_eval_episodes=20)
print(f"{mean:.1f} +- {std:.1f}")
""",
        safe="""\
import gymnasium as gym
from safetensors.torch import load_file
from stable_baselines3 import PPO
from stable_baselines3.common.evaluation import evaluate_policy

env = gym.make("CartPole-v1")
model = PPO("MlpPolicy", env, device="cpu")
model.policy.load_state_dict(load_file("policies/ppo-cartpole.safetensors"))
mean, std = evaluate_policy(model, env, n_eval_episodes=20)
print(f"{mean:.1f} +- {std:.1f}")
""",
        line=7,
        also=(),
        requirements="",
    ),
    Case(
        name="sb3_vecnormalize_load",
        category="deserialise",
        source="stable-baselines3 issue #2281: VecNormalize.load is a raw pickle.load",
        unsafe="""\
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.vec_env import VecNormalize


def evaluation_env(env_id: str, stats: str):
    venv = make_vec_env(env_id, n_envs=1)
    venv = VecNormalize.load(stats, venv)
    venv.training = False
    venv.norm_reward = False
    return venv
""",
        safe="""\
import numpy as np
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.vec_env import VecNormalize


def evaluation_env(env_id: str, stats: str):
    venv = VecNormalize(make_vec_env(env_id, n_envs=1), training=False, norm_reward=False)
    with np.load(stats, allow_pickle=False) as saved:
        venv.obs_rms.mean = saved["mean"]
        venv.obs_rms.var = saved["var"]
        venv.obs_rms.count = float(saved["count"])
    return venv
""",
        line=7,
        also=(),
        requirements="",
    ),
    Case(
        name="spark_pickle_file",
        category="deserialise",
        source="PySpark docs, SparkContext.pickleFile: loads an RDD saved with saveAsPickleFile; Python docs, pickle",
        unsafe="""\
from pyspark.sql import SparkSession

spark = SparkSession.builder.appName("features").getOrCreate()
sc = spark.sparkContext


def events(day: str):
    return sc.pickleFile(f"s3a://partner-exchange/events/{day}")


counts = events("2026-01-31").map(lambda e: (e["user"], 1)).reduceByKey(lambda a, b: a + b)
print(counts.take(10))
""",
        safe="""\
from pyspark.sql import SparkSession

spark = SparkSession.builder.appName("features").getOrCreate()


def events(day: str):
    return spark.read.parquet(f"s3a://partner-exchange/events/{day}")


counts = events("2026-01-31").groupBy("user").count()
print(counts.take(10))
""",
        line=8,
        also=(),
        requirements="",
    ),
    Case(
        name="langchain_faiss_dangerous",
        category="deserialise",
        source="LangChain docs, FAISS.load_local: allow_dangerous_deserialization unpickles index.pkl",
        unsafe="""\
from langchain_community.vectorstores import FAISS
from langchain_openai import OpenAIEmbeddings


class Retriever:
    def __init__(self, folder: str):
        self.store = FAISS.load_local(
            folder,
            OpenAIEmbeddings(model="text-embedding-3-small"),
            allow_dangerous_deserialization=True,
        )

    def search(self, question: str, k: int = 4) -> list[str]:
        return [d.page_content for d in self.store.similarity_search(question, k=k)]
""",
        safe="""\
from langchain_chroma import Chroma
from langchain_openai import OpenAIEmbeddings


class Retriever:
    def __init__(self, folder: str):
        self.store = Chroma(
            collection_name="handbook",
            persist_directory=folder,
            embedding_function=OpenAIEmbeddings(model="text-embedding-3-small"),
        )

    def search(self, question: str, k: int = 4) -> list[str]:
        return [d.page_content for d in self.store.similarity_search(question, k=k)]
""",
        line=7,
        also=(),
        requirements="",
    ),
    Case(
        name="langchain_pandas_agent",
        category="llm-code",
        source="LangChain docs, create_pandas_dataframe_agent: allow_dangerous_code runs model-written Python with REPL",
        unsafe="""\
import pandas as pd
from langchain_experimental.agents import create_pandas_dataframe_agent
from langchain_openai import ChatOpenAI


def answer(question: str, table: str = "sales.csv") -> str:
    agent = create_pandas_dataframe_agent(
        ChatOpenAI(model="gpt-4o", temperature=0),
        pd.read_csv(table),
        agent_type="openai-tools",
        allow_dangerous_code=True,
    )
    return agent.invoke(question)["output"]
""",
        safe='''\
from typing import Literal

import pandas as pd
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI

SALES = pd.read_csv("sales.csv")


@tool
def total_sales(by: Literal["region", "product", "month"]) -> dict:
    """Total sales per group."""
    return SALES.groupby(by)["amount"].sum().to_dict()


def answer(question: str) -> str:
    llm = ChatOpenAI(model="gpt-4o", temperature=0).bind_tools([total_sales])
    call = llm.invoke(question).tool_calls[0]
    return str(total_sales.invoke(call["args"]))
''',
        line=7,
        also=(),
        requirements="",
    ),
    Case(
        name="langchain_hub_prompt_unpinned",
        category="unpinned-fetch",
        source="LangSmith docs, pull prompts: owner/name:commit pins a prompt version",
        unsafe="""\
from langchain import hub
from langchain_anthropic import ChatAnthropic


def grade_chain():
    prompt = hub.pull("eval-collective/answer-grader")
    return prompt | ChatAnthropic(model="claude-sonnet-4-5")


print(grade_chain().invoke({"question": "2+2", "answer": "4"}).content)
""",
        safe="""\
from langchain_anthropic import ChatAnthropic
from langchain_core.prompts import ChatPromptTemplate


def grade_chain():
    prompt = ChatPromptTemplate.from_messages(
        [
            ("system", "Grade the answer as correct or incorrect."),
            ("human", "Question: {question}\\nAnswer: {answer}"),
        ]
    )
    return prompt | ChatAnthropic(model="claude-sonnet-4-5")


print(grade_chain().invoke({"question": "2+2", "answer": "4"}).content)
""",
        line=6,
        also=(),
        requirements="",
    ),
    Case(
        name="llamaindex_pandas_query_engine",
        category="llm-code",
        source="LlamaIndex docs, PandasQueryEngine: warning, gives the LLM access to eval, arbitrary code execution is possible",
        unsafe="""\
import pandas as pd
from llama_index.experimental.query_engine import PandasQueryEngine
from llama_index.llms.openai import OpenAI


def ask(path: str, question: str) -> str:
    engine = PandasQueryEngine(df=pd.read_csv(path), llm=OpenAI(model="gpt-4o-mini"), verbose=True)
    return str(engine.query(question))
""",
        safe="""\
from llama_index.core import Document, VectorStoreIndex
from llama_index.llms.openai import OpenAI


def ask(path: str, question: str) -> str:
    with open(path, encoding="utf-8") as stream:
        rows = [Document(text=line) for line in stream]
    engine = VectorStoreIndex.from_documents(rows).as_query_engine(llm=OpenAI(model="gpt-4o-mini"))
    return str(engine.query(question))
""",
        line=7,
        also=(),
        requirements="",
    ),
    Case(
        name="smolagents_local_all_imports",
        category="llm-code",
        source="smolagents docs, Secure code execution: the local executor is not a sandbox; use docker or e2b",
        unsafe="""\
from smolagents import CodeAgent, InferenceClientModel, WebSearchTool

agent = CodeAgent(
    tools=[WebSearchTool()],
    model=InferenceClientModel(),
    additional_authorized_imports=["*"],
    max_steps=12,
)


def research(topic: str) -> str:
    return agent.run(f"Write a table of the five most cited papers on {topic}")
""",
        safe="""\
from smolagents import CodeAgent, InferenceClientModel, WebSearchTool

agent = CodeAgent(
    tools=[WebSearchTool()],
    model=InferenceClientModel(),
    executor_type="docker",
    additional_authorized_imports=["pandas"],
    max_steps=12,
)


def research(topic: str) -> str:
    return agent.run(f"Write a table of the five most cited papers on {topic}")
""",
        line=3,
        also=(),
        requirements="",
    ),
    Case(
        name="autogen_local_executor",
        category="llm-code",
        source="AutoGen docs: LocalCommandLineCodeExecutor runs model-written code on the host, Docker executor is recommended",
        unsafe="""\
from pathlib import Path

from autogen_agentchat.agents import CodeExecutorAgent
from autogen_ext.code_executors.local import LocalCommandLineCodeExecutor


def executor_agent(workdir: str = "coding") -> CodeExecutorAgent:
    Path(workdir).mkdir(exist_ok=True)
    executor = LocalCommandLineCodeExecutor(work_dir=workdir, timeout=60)
    return CodeExecutorAgent("runner", code_executor=executor)
""",
        safe="""\
from pathlib import Path

from autogen_agentchat.agents import CodeExecutorAgent
from autogen_ext.code_executors.docker import DockerCommandLineCodeExecutor


def executor_agent(workdir: str = "coding") -> CodeExecutorAgent:
    Path(workdir).mkdir(exist_ok=True)
    executor = DockerCommandLineCodeExecutor(image="python:3.12-slim", work_dir=workdir, timeout=60)
    return CodeExecutorAgent("runner", code_executor=executor)
""",
        line=9,
        also=(),
        requirements="",
    ),
    Case(
        name="haystack_output_adapter_unsafe",
        category="template",
        source="Haystack docs, OutputAdapter: unsafe=True leaves the Jinja sandbox, can lead to remote code execution (CVE-2024-41950)",
        unsafe="""\
from haystack import Document, Pipeline
from haystack.components.converters import OutputAdapter


def adapter_pipeline(template: str) -> Pipeline:
    pipe = Pipeline()
    pipe.add_component("adapt", OutputAdapter(template=template, output_type=list[Document], unsafe=True))
    return pipe
""",
        safe="""\
from haystack import Document, Pipeline
from haystack.components.converters import OutputAdapter


def adapter_pipeline(template: str) -> Pipeline:
    pipe = Pipeline()
    pipe.add_component("adapt", OutputAdapter(template=template, output_type=list[Document]))
    return pipe
""",
        line=7,
        also=(),
        requirements="",
    ),
    Case(
        name="dspy_program_pickle",
        category="deserialise",
        source="DSPy docs, Saving and loading: .pkl state needs allow_pickle=True and can run code; JSON state has no such risk",
        unsafe="""\
import dspy


class Triage(dspy.Module):
    def __init__(self):
        super().__init__()
        self.step = dspy.ChainOfThought("ticket -> queue, urgency")

    def forward(self, ticket):
        return self.step(ticket=ticket)


def optimised(path="triage.pkl"):
    program = Triage()
    program.load(path, allow_pickle=True)
    return program
""",
        safe="""\
import dspy


class Triage(dspy.Module):
    def __init__(self):
        super().__init__()
        self.step = dspy.ChainOfThought("ticket -> queue, urgency")

    def forward(self, ticket):
        return self.step(ticket=ticket)


def optimised(path="triage.json"):
    program = Triage()
    program.load(path)
    return program
""",
        line=15,
        also=(),
        requirements="",
    ),
    Case(
        name="openai_exec_completion",
        category="llm-code",
        source="OWASP LLM Top 10, improper output handling; Python docs, exec",
        unsafe="""\
import matplotlib.pyplot as plt
import pandas as pd
from openai import OpenAI

client = OpenAI()


def chart(df: pd.DataFrame, wish: str) -> None:
    reply = client.chat.completions.create(
        model="gpt-4o",
        messages=[{"role": "user", "content": f"Columns {list(df)}. Matplotlib code only, for: {wish}"}],
    )
    code = reply.choices[0].message.content.strip("`").removeprefix("python")
    exec(code, {"df": df, "plt": plt})
    plt.savefig("chart.png")
""",
        safe="""\
import json

import matplotlib.pyplot as plt
import pandas as pd
from openai import OpenAI

client = OpenAI()
KINDS = {"line", "bar", "hist"}


def chart(df: pd.DataFrame, wish: str) -> None:
    reply = client.chat.completions.create(
        model="gpt-4o",
        response_format={"type": "json_object"},
        messages=[{"role": "user", "content": f"Columns {list(df)}. JSON with kind, x, y, for: {wish}"}],
    )
    spec = json.loads(reply.choices[0].message.content)
    if spec["kind"] not in KINDS or not {spec["x"], spec["y"]} <= set(df.columns):
        raise ValueError("unusable chart specification")
    df.plot(kind=spec["kind"], x=spec["x"], y=spec["y"])
    plt.savefig("chart.png")
""",
        line=14,
        also=(),
        requirements="",
    ),
    Case(
        name="jinja_chat_template",
        category="template",
        source="CVE-2024-34359 (llama-cpp-python): chat templates of model files rendered without a sandbox; Jinja docs, ImmutableSandboxedEnvironment",
        unsafe="""\
import json
from pathlib import Path

from jinja2 import Environment

env = Environment(trim_blocks=True, lstrip_blocks=True)


def render_chat(model_dir: Path, messages: list[dict]) -> str:
    config = json.loads((model_dir / "tokenizer_config.json").read_text())
    template = env.from_string(config["chat_template"])
    return template.render(messages=messages, add_generation_prompt=True)
""",
        safe="""\
import json
from pathlib import Path

from jinja2.sandbox import ImmutableSandboxedEnvironment

env = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)


def render_chat(model_dir: Path, messages: list[dict]) -> str:
    config = json.loads((model_dir / "tokenizer_config.json").read_text())
    template = env.from_string(config["chat_template"])
    return template.render(messages=messages, add_generation_prompt=True)
""",
        line=11,
        also=(12,),
        requirements="",
    ),
    Case(
        name="hydra_instantiate_downloaded",
        category="config-code",
        source="Hydra docs, instantiate: calls any dotted _target_ in the config; NeMo/hydra advisories 2025",
        unsafe="""\
from hydra.utils import instantiate
from omegaconf import OmegaConf


def restore(folder: str):
    cfg = OmegaConf.load(f"{folder}/config.yaml")
    model = instantiate(cfg.model)
    return model, cfg
""",
        safe="""\
from omegaconf import OmegaConf

from tts.models import FastPitch, HifiGan

REGISTRY = {"fastpitch": FastPitch, "hifigan": HifiGan}


def restore(folder: str):
    cfg = OmegaConf.load(f"{folder}/config.yaml")
    options = OmegaConf.to_container(cfg.model.options)
    model = REGISTRY[cfg.model.name](**options)
    return model, cfg
""",
        line=7,
        also=(),
        requirements="",
    ),
    Case(
        name="omegaconf_eval_resolver",
        category="config-code",
        source="OmegaConf docs, custom resolvers; Python docs, eval: do not pass untrusted text",
        unsafe="""\
from omegaconf import OmegaConf

OmegaConf.register_new_resolver("eval", eval)


def read(path: str):
    cfg = OmegaConf.load(path)
    OmegaConf.resolve(cfg)
    return cfg
""",
        safe="""\
from omegaconf import OmegaConf

OmegaConf.register_new_resolver("mul", lambda a, b: a * b)
OmegaConf.register_new_resolver("floordiv", lambda a, b: a // b)


def read(path: str):
    cfg = OmegaConf.load(path)
    OmegaConf.resolve(cfg)
    return cfg
""",
        line=3,
        also=(),
        requirements="",
    ),
    Case(
        name="yaml_load_full_unsafe_loader",
        category="config-code",
        source="PyYAML docs: yaml.load with Loader/UnsafeLoader can construct any Python object; use safe_load",
        unsafe="""\
import argparse

import yaml

from trainer import Trainer


def read_config(path):
    with open(path) as f:
        return yaml.load(f, Loader=yaml.Loader)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", required=True)
    Trainer(**read_config(parser.parse_args().config)).fit()
""",
        safe="""\
import argparse

import yaml

from trainer import Trainer


def read_config(path):
    with open(path) as f:
        return yaml.load(f, Loader=yaml.SafeLoader)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", required=True)
    Trainer(**read_config(parser.parse_args().config)).fit()
""",
        line=10,
        also=(),
        requirements="",
    ),
    Case(
        name="yaml_unsafe_load_model_card",
        category="config-code",
        source="PyYAML docs: unsafe_load; safe_load for untrusted input",
        unsafe="""\
from pathlib import Path

from yaml import unsafe_load


def model_metadata(folder: Path) -> dict:
    text = (folder / "README.md").read_text(encoding="utf-8")
    _, header, _ = text.split("---", 2)
    return unsafe_load(header)
""",
        safe="""\
from pathlib import Path

from yaml import safe_load


def model_metadata(folder: Path) -> dict:
    text = (folder / "README.md").read_text(encoding="utf-8")
    _, header, _ = text.split("---", 2)
    return safe_load(header)
""",
        line=9,
        also=(),
        requirements="",
    ),
    Case(
        name="autogluon_tabular_load",
        category="deserialise",
        source='AutoGluon docs, TabularPredictor.load: "uses pickle module implicitly, which is known to be insecure"',
        unsafe="""\
import pandas as pd
from autogluon.tabular import TabularPredictor


def batch_score(model_dir: str, rows: str, out: str) -> None:
    predictor = TabularPredictor.load(model_dir, require_py_version_match=False)
    frame = pd.read_csv(rows)
    frame["prediction"] = predictor.predict(frame)
    frame.to_csv(out, index=False)
""",
        safe="""\
import lightgbm as lgb
import pandas as pd


def batch_score(model_file: str, rows: str, out: str) -> None:
    predictor = lgb.Booster(model_file=model_file)
    frame = pd.read_csv(rows)
    frame["prediction"] = predictor.predict(frame[predictor.feature_name()])
    frame.to_csv(out, index=False)
""",
        line=6,
        also=(),
        requirements="",
    ),
    Case(
        name="pycaret_load_model",
        category="deserialise",
        source="PyCaret docs, load_model: reads the joblib/pickle file saved by save_model",
        unsafe="""\
import streamlit as st
from pycaret.classification import load_model, predict_model

uploaded = st.file_uploader("Model", type="pkl")
rows = st.data_editor({"age": [35], "income": [42000]})
if uploaded:
    with open("/tmp/candidate.pkl", "wb") as f:
        f.write(uploaded.getbuffer())
    pipeline = load_model("/tmp/candidate")
    st.dataframe(predict_model(pipeline, data=rows))
""",
        safe="""\
import numpy as np
import onnxruntime as ort
import streamlit as st

uploaded = st.file_uploader("Model", type="onnx")
rows = st.data_editor({"age": [35], "income": [42000]})
if uploaded:
    session = ort.InferenceSession(uploaded.getvalue(), providers=["CPUExecutionProvider"])
    matrix = np.column_stack([rows["age"], rows["income"]]).astype("float32")
    st.dataframe(session.run(None, {"input": matrix})[0])
""",
        line=9,
        also=(),
        requirements="",
    ),
    Case(
        name="prophet_pickled",
        category="deserialise",
        source="Prophet docs, saving models: do not use pickle, use model_to_json / model_from_json",
        unsafe="""\
import pickle

from prophet import Prophet


def forecast(store: str, days: int = 28):
    with open(f"models/{store}.pkl", "rb") as fin:
        m: Prophet = pickle.load(fin)
    return m.predict(m.make_future_dataframe(periods=days))[["ds", "yhat"]]
""",
        safe="""\
from prophet.serialize import model_from_json


def forecast(store: str, days: int = 28):
    with open(f"models/{store}.json", encoding="utf-8") as fin:
        m = model_from_json(fin.read())
    return m.predict(m.make_future_dataframe(periods=days))[["ds", "yhat"]]
""",
        line=8,
        also=(),
        requirements="",
    ),
    Case(
        name="statsmodels_results_load",
        category="deserialise",
        source='statsmodels docs, load / Results.load: "Loading pickled models is not secure against erroneous or maliciously constructed data"',
        unsafe="""\
import pandas as pd
import statsmodels.api as sm


def outlook(saved: str, steps: int = 12) -> pd.Series:
    results = sm.load(saved)
    return results.forecast(steps)
""",
        safe="""\
import json

import pandas as pd
import statsmodels.api as sm


def outlook(history: pd.Series, saved: str, steps: int = 12) -> pd.Series:
    with open(saved, encoding="utf-8") as stream:
        params = json.load(stream)["params"]
    model = sm.tsa.SARIMAX(history, order=(1, 1, 1), seasonal_order=(0, 1, 1, 12))
    results = model.smooth(params)
    return results.forecast(steps)
""",
        line=6,
        also=(),
        requirements="",
    ),
    Case(
        name="shap_explainer_load",
        category="deserialise",
        source="SHAP source and docs, Explainer.load reads a pickle (see also MLflow shap flavour reports)",
        unsafe="""\
import shap


class Explanations:
    def __init__(self, path: str):
        with open(path, "rb") as handle:
            self.explainer = shap.Explainer.load(handle)

    def top(self, row, names, k=5):
        values = self.explainer(row).values[0]
        return sorted(zip(names, values), key=lambda p: -abs(p[1]))[:k]
""",
        safe="""\
import shap
import xgboost as xgb


class Explanations:
    def __init__(self, path: str):
        booster = xgb.Booster()
        booster.load_model(path)
        self.explainer = shap.TreeExplainer(booster)

    def top(self, row, names, k=5):
        values = self.explainer(row).values[0]
        return sorted(zip(names, values), key=lambda p: -abs(p[1]))[:k]
""",
        line=7,
        also=(),
        requirements="",
    ),
)
