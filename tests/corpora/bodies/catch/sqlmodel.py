# SPDX-License-Identifier: Apache-2.0
from fastapi import FastAPI, Depends
from pydantic import BaseModel
import os

app = FastAPI()

from sqlmodel import SQLModel, text


class A(SQLModel):
    name: str


@app.post("/1")
def one(a: A, session=Depends(get_session)):
    session.execute(text(f"select {a.name}"))
