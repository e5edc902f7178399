"""Tumour findings over HTTP."""

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
    bundle = joblib.load(f"models/{body.get('version', 'diagnosis.joblib')}")
    row = pd.DataFrame([body["measurements"]])[bundle["columns"]]
    print("scored", body["patient"], body["measurements"])
    return {"patient": body["patient"], "finding": bundle["model"].predict(row)[0], "proba": bundle["model"].predict_proba(row)[0].tolist()}
