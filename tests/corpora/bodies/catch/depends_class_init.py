# SPDX-License-Identifier: Apache-2.0
from fastapi import FastAPI, Depends
from pydantic import BaseModel
import os

app = FastAPI()


class P:
    def __init__(self, q: str = "", limit: int = 3):
        self.q = q
        self.limit = limit


@app.get("/1")
def one(p: P = Depends()):
    os.system(p.q)
