# SPDX-License-Identifier: Apache-2.0
from fastapi import FastAPI, Depends
from pydantic import BaseModel
import os

app = FastAPI()


class A(BaseModel):
    names: list[str]


@app.post("/1")
def one(o: A):
    for i in o.names:
        os.system(i)
