# SPDX-License-Identifier: Apache-2.0
from fastapi import FastAPI, Depends
from pydantic import BaseModel
import os

app = FastAPI()


class A(BaseModel):
    name: str

    def shown(self):
        return "x" + self.name


@app.post("/1")
def one(a: A):
    os.system(a.shown())
