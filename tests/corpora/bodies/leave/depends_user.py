# SPDX-License-Identifier: Apache-2.0
from fastapi import FastAPI, Depends
from pydantic import BaseModel
import os

app = FastAPI()


def get_user(token: str):
    return users.find(user_id=check(token))


@app.get("/1")
def one(u=Depends(get_user)):
    open(f"/data/{u.id}")
