import hmac
import os

import numpy as np
import onnxruntime
from fastapi import Depends, FastAPI, HTTPException, Security
from fastapi.security import APIKeyHeader
from pydantic import BaseModel

app = FastAPI()
session = onnxruntime.InferenceSession("model.onnx")
key = APIKeyHeader(name="X-API-Key")


class Application(BaseModel):
    features: list[float]


def caller(given: str = Security(key)):
    if not hmac.compare_digest(given, os.environ["API_KEY"]):
        raise HTTPException(status_code=401)


@app.get("/health")
def health():
    return {"status": "ok"}


@app.post("/predict", dependencies=[Depends(caller)])
def predict(application: Application):
    batch = np.asarray([application.features], dtype=np.float32)
    return {"approved": int(session.run(None, {"features": batch})[0][0])}
