# SPDX-License-Identifier: Apache-2.0
from fastapi import FastAPI, Depends
from pydantic import BaseModel
import os

app = FastAPI()


class A(BaseModel):
    name: str
    n: int

    def shown(self):
        return f"x {self.n}"


@app.post("/1")
def one(a: A):
    os.system(a.shown())
