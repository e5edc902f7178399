"""Reads the digits, and writes the trained network as safetensors and as ONNX."""

import gzip
import json
import struct
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

HERE = Path(__file__).parent
DATA = HERE.parent / "data" / "mnist_5k.csv.gz"
OF_EACH = 400
"""Rows of each class that are trained on; the rest are for tests."""


def load(split: str) -> tuple[Tensor, Tensor]:
    """Pixels (n, 1, 28, 28) in [0, 1] and labels of the ``train`` or the ``test`` rows."""
    with gzip.open(DATA, "rt") as lines:
        table = np.loadtxt(lines, delimiter=",", dtype=np.uint8)
    pixels, labels = table[:, :-1], table[:, -1].astype(np.int64)
    turn = np.zeros(len(labels), dtype=int)
    for label in range(10):
        turn[labels == label] = np.arange((labels == label).sum())
    chosen = (turn < OF_EACH) == (split == "train")
    x = torch.tensor(pixels[chosen].reshape(-1, 1, 28, 28), dtype=torch.float32) / 255
    return x, torch.tensor(labels[chosen])


def save(model: nn.Module) -> None:
    """Write models/digits.safetensors and models/digits.onnx, and say how often the network is right."""
    folder = HERE / "models"
    folder.mkdir(exist_ok=True)
    write_safetensors(folder / "digits.safetensors", model.state_dict())
    torch.onnx.export(
        model,
        (torch.zeros(1, 1, 28, 28),),
        str(folder / "digits.onnx"),
        input_names=["image"],
        output_names=["logits"],
        dynamic_axes={"image": {0: "n"}, "logits": {0: "n"}},
        opset_version=17,
        dynamo=False,
    )
    x, y = load("test")
    with torch.no_grad():
        print(f"clean accuracy {(model(x).argmax(1) == y).double().mean():.3f} on {len(y)} test digits")


def write_tables() -> None:
    """Write data/train.csv.gz and data/test.csv.gz as the network reads them: pixels in [0, 1], one picture a row."""
    folder = HERE / "data"
    folder.mkdir(exist_ok=True)
    names = [f"p{row}_{column}" for row in range(28) for column in range(28)]
    for split in ("train", "test"):
        x, y = load(split)
        rows = [",".join([*names, "digit"])]
        for picture, label in zip(x.flatten(1).tolist(), y.tolist(), strict=True):
            rows.append(",".join([*(f"{value:.4g}" for value in picture), str(label)]))
        packed = gzip.compress(("\n".join(rows) + "\n").encode(), mtime=0)
        (folder / f"{split}.csv.gz").write_bytes(packed)


def write_safetensors(path: Path, tensors: dict[str, Tensor]) -> None:
    """The format of huggingface/safetensors: a length, a JSON header, the bytes."""
    header, parts, at = {}, [], 0
    for name, tensor in tensors.items():
        data = tensor.detach().contiguous().numpy().tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [at, at + len(data)]}
        parts.append(data)
        at += len(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(parts))


if __name__ == "__main__":
    write_tables()
