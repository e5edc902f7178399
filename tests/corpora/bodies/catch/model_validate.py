# SPDX-License-Identifier: Apache-2.0
from fastapi import FastAPI, Depends
from pydantic import BaseModel
import os

app = FastAPI()

from fastapi import Request


class A(BaseModel):
    name: str


@app.post("/1")
async def one(request: Request):
    a = A.model_validate(await request.json())
    os.system(a.name)
