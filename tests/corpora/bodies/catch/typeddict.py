# SPDX-License-Identifier: Apache-2.0
from fastapi import FastAPI, Depends
from pydantic import BaseModel
import os

app = FastAPI()

from typing import TypedDict


class A(TypedDict):
    name: str


@app.post("/1")
def one(a: A):
    os.system(a["name"])
