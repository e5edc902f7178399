# SPDX-License-Identifier: Apache-2.0
from fastapi import FastAPI, Depends
from pydantic import BaseModel
import os

app = FastAPI()

from fastapi import Request


class A(BaseModel):
    n: int


@app.post("/1")
async def one(request: Request):
    a = A.model_validate(await request.json())
    os.system(f"kill {a.n}")
