# SPDX-License-Identifier: Apache-2.0
from fastapi import FastAPI, Depends
from pydantic import BaseModel
import os

app = FastAPI()


class A(BaseModel):
    n: int


@app.post("/1")
def one(body: A):
    os.system(f"kill {body.n}")
    db.execute(f"select {body.n}")
