# SPDX-License-Identifier: Apache-2.0
from fastapi import FastAPI, Depends
from pydantic import BaseModel
import os

app = FastAPI()


class I(BaseModel):
    name: str


class A(BaseModel):
    items: list[I]


@app.post("/1")
def one(o: A):
    for i in o.items:
        os.system(i.name)
