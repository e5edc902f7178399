import numpy as np
import onnxruntime
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()
session = onnxruntime.InferenceSession("model.onnx")


class Application(BaseModel):
    features: list[float]


@app.get("/health")
def health():
    return {"status": "ok"}


@app.post("/predict")
def predict(application: Application):
    batch = np.asarray([application.features], dtype=np.float32)
    return {"approved": int(session.run(None, {"features": batch})[0][0])}
