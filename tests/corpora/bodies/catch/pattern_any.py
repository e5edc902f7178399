# SPDX-License-Identifier: Apache-2.0
from fastapi import FastAPI, Depends
from pydantic import BaseModel
import os

app = FastAPI()

from pydantic import Field


class A(BaseModel):
    name: str = Field(pattern=r"^.*$")


@app.post("/1")
def one(a: A):
    os.system(a.name)
