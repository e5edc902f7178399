# SPDX-License-Identifier: Apache-2.0
from fastapi import FastAPI, Depends
from pydantic import BaseModel
import os

app = FastAPI()

from typing import TypedDict


class A(TypedDict):
    n: int


@app.post("/1")
def one(a: A):
    os.system(f"kill {a['n']}")
