# SPDX-License-Identifier: Apache-2.0
from fastapi import FastAPI, Depends
from pydantic import BaseModel
import os

app = FastAPI()

from pydantic import Field, constr


class A(BaseModel):
    name: str = Field(pattern=r"^[a-z]+$")
    other: constr(regex="^[a-z]+$")


@app.post("/1")
def one(a: A):
    os.system(a.name)
    os.system(a.other)
