# SPDX-License-Identifier: Apache-2.0
from fastapi import FastAPI, Depends
from pydantic import BaseModel
import os

app = FastAPI()

from flask import request


class A(BaseModel):
    n: int


def one():
    a = A(**request.json)
    os.system(f"kill {a.n}")
    b = A(n=request.args["n"])
    os.system(f"kill {b.n}")
