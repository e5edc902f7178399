# SPDX-License-Identifier: Apache-2.0
from fastapi import FastAPI, Depends
from pydantic import BaseModel
import os

app = FastAPI()


class B(BaseModel):
    name: str


class A(B):
    n: int


@app.post("/1")
def one(a: A):
    os.system(a.name)
