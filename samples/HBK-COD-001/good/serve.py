import json
import pickle

import numpy as np
import onnxruntime
import torch
import yaml
from fastapi import FastAPI, Security
from fastapi.security import APIKeyHeader

from callers import known

app = FastAPI()
key = APIKeyHeader(name="X-API-Key")
session = onnxruntime.InferenceSession("model.onnx")
weights = torch.load("weights.pt", weights_only=True)
means = np.load("means.npy")


def settings(path):
    with open(path) as file:
        return yaml.load(file, Loader=yaml.SafeLoader)


def copy(value):
    return pickle.loads(pickle.dumps(value))


@app.post("/score")
async def score(body: dict, presented: str = Security(key)):
    known(presented)
    row = np.array([list(body.values())], dtype=np.float32)
    return json.loads(json.dumps({"score": float(session.run(None, {"x": row})[0][0])}))
