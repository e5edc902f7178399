# SPDX-License-Identifier: Apache-2.0
from fastapi import FastAPI, Depends
from pydantic import BaseModel
import os

app = FastAPI()

from typing import Optional, Annotated
from fastapi import Body


class A(BaseModel):
    name: Optional[str] = None


@app.post("/1")
def one(o: Annotated[A, Body()]):
    os.system(o.name)
