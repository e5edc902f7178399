# SPDX-License-Identifier: Apache-2.0
from fastapi import FastAPI, Depends
from pydantic import BaseModel
import os

app = FastAPI()


async def common(q: str | None = None, limit: int = 3):
    return {"q": q, "limit": limit}


@app.get("/1")
def one(commons: dict = Depends(common)):
    os.system(commons["q"])
