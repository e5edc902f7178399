"""Credit advice over HTTP: authenticated, bounded, one fixed model that carries no code."""

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

Code = Annotated[str, Field(pattern=r"^A\d{2,3}$")]
header = APIKeyHeader(name="X-API-Key")
log = logging.getLogger("credit")


def caller(key: Annotated[str, Depends(header)]) -> str:
    """Name of the caller whose key this is; 401 for anybody else."""
    known = os.environ["CREDIT_KEY_SHA256"]
    if not hmac.compare_digest(hashlib.sha256(key.encode()).hexdigest(), known):
        raise HTTPException(status_code=401, detail="unknown key")
    return known[:8]


class Applicant(BaseModel):
    """What the model needs to know, and nothing else."""

    model_config = ConfigDict(extra="forbid")

    status_of_existing_checking_account: Code
    duration_in_month: Annotated[float, Field(ge=1, le=120)]
    credit_history: Code
    purpose: Code
    credit_amount: Annotated[float, Field(ge=100, le=50_000)]
    savings: Annotated[Code, Field(alias="savings_account/bonds")]
    present_employment_since: Code
    installment_rate_in_percentage_of_disposable_income: Annotated[float, Field(ge=1, le=4)]
    guarantors: Annotated[Code, Field(alias="other_debtors/guarantors")]
    present_residence_since: Annotated[float, Field(ge=0, le=80)]
    property: Code
    other_installment_plans: Code
    housing: Code
    number_of_existing_credits_at_this_bank: Annotated[float, Field(ge=0, le=20)]
    job: Code


app = FastAPI()
session = onnxruntime.InferenceSession(Path(__file__).parent / "models" / "credit.onnx", providers=["CPUExecutionProvider"])


@app.get("/health")
def health() -> dict[str, bool]:
    """Whether the process answers."""
    return {"ok": True}


@app.post("/predict")
def predict(applicant: Applicant, who: Annotated[str, Depends(caller)]) -> dict[str, str]:
    """Advice for the officer who decides; no probability leaves the service."""
    row = applicant.model_dump(by_alias=True)
    feeds = {one.name: np.array([[row[one.name]]], dtype=object if "string" in one.type else np.float32) for one in session.get_inputs()}
    label = session.run(None, feeds)[0][0]
    log.info("scored for %s", who)
    return {"advice": str(label)}
