# SPDX-License-Identifier: Apache-2.0
from fastapi import FastAPI, Depends
from pydantic import BaseModel
import os

app = FastAPI()

from flask import request


class A(BaseModel):
    name: str


def one():
    a = A.parse_raw(request.data)
    os.system(a.name)
