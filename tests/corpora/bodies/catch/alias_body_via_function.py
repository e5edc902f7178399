# SPDX-License-Identifier: Apache-2.0
from fastapi import FastAPI, Depends
from pydantic import BaseModel
import os

app = FastAPI()


class A(BaseModel):
    name: str


def run(a: A):
    os.system(a.name)


@app.post("/1")
def one(a: A):
    run(a)
