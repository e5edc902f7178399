# SPDX-License-Identifier: Apache-2.0
from fastapi import FastAPI, Depends
from pydantic import BaseModel
import os

app = FastAPI()

from dataclasses import dataclass


@dataclass
class A:
    n: int


@app.post("/1")
def one(a: A):
    os.system(f"kill {a.n}")
