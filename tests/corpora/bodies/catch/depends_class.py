# SPDX-License-Identifier: Apache-2.0
from fastapi import FastAPI, Depends
from pydantic import BaseModel
import os

app = FastAPI()


class P(BaseModel):
    q: str = ""


@app.get("/1")
def one(p: P = Depends()):
    os.system(p.q)
