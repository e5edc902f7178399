"""A second opinion over HTTP: authenticated, bounded, one fixed model that carries no code, no patient's name."""

import hashlib
import hmac
import logging
import os
from pathlib import Path
from typing import Annotated

import numpy as np
import onnxruntime
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import APIKeyHeader
from pydantic import BaseModel, ConfigDict, Field

header = APIKeyHeader(name="X-API-Key")
log = logging.getLogger("diagnosis")
session = onnxruntime.InferenceSession(Path(__file__).parent / "models" / "diagnosis.onnx", providers=["CPUExecutionProvider"])
NAMES = frozenset(one.name for one in session.get_inputs())


def caller(key: Annotated[str, Depends(header)]) -> str:
    """Name of the caller whose key this is; 401 for anybody else."""
    known = os.environ["DIAGNOSIS_KEY_SHA256"]
    if not hmac.compare_digest(hashlib.sha256(key.encode()).hexdigest(), known):
        raise HTTPException(status_code=401, detail="unknown key")
    return known[:8]


class Sample(BaseModel):
    """Measurements of one aspirate under a number that only the hospital can resolve."""

    model_config = ConfigDict(extra="forbid")

    measurements: Annotated[dict[str, Annotated[float, Field(ge=0, le=10_000)]], Field(min_length=29, max_length=29)]


app = FastAPI()


@app.get("/health")
def health() -> dict[str, bool]:
    """Whether the process answers."""
    return {"ok": True}


@app.post("/predict")
def predict(sample: Sample, who: Annotated[str, Depends(caller)]) -> dict[str, str]:
    """A second opinion for the pathologist who decides; no probability leaves the service."""
    if sample.measurements.keys() != NAMES:
        raise HTTPException(status_code=422, detail="not the measurements that the model reads")
    feeds = {name: np.array([[value]], dtype=np.float32) for name, value in sample.measurements.items()}
    finding = session.run(None, feeds)[0][0]
    log.info("read for %s", who)
    return {"opinion": str(finding)}
