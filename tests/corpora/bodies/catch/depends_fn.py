# SPDX-License-Identifier: Apache-2.0
from fastapi import FastAPI, Depends
from pydantic import BaseModel
import os

app = FastAPI()


def dep(q: str):
    return q


@app.get("/1")
def one(p: str = Depends(dep)):
    os.system(p)
