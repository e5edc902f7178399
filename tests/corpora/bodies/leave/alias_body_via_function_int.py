# SPDX-License-Identifier: Apache-2.0
from fastapi import FastAPI, Depends
from pydantic import BaseModel
import os

app = FastAPI()


class A(BaseModel):
    n: int


def run(a: A):
    os.system(f"kill {a.n}")


@app.post("/1")
def one(a: A):
    run(a)
