"""Credit decisions over HTTP."""

import joblib
import pandas as pd
from fastapi import FastAPI, Request

app = FastAPI(debug=True)


@app.get("/health")
def health():
    return {"ok": True}


@app.post("/predict")
async def predict(request: Request):
    body = await request.json()
    version = body.get("version", "credit.joblib")
    bundle = joblib.load(f"models/{version}")
    row = bundle["prepare"](body["applicant"])
    print("scored", body["applicant"])
    return {"decision": bundle["model"].predict(row)[0], "proba": bundle["model"].predict_proba(row)[0].tolist()}


@app.post("/what-if")
async def what_if(request: Request):
    """Analysts try a rule on the applicant, such as 'amount / months'."""
    body = await request.json()
    row = pd.Series(body["applicant"])
    return {"value": float(eval(body["rule"], {}, row.to_dict()))}
