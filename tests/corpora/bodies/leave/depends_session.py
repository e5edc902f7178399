# SPDX-License-Identifier: Apache-2.0
from fastapi import FastAPI, Depends
from pydantic import BaseModel
import os

app = FastAPI()

SessionLocal = make()


def get_db():
    db = SessionLocal()
    try:
        yield db
    finally:
        db.close()


@app.get("/1")
def one(db=Depends(get_db)):
    db.execute("select 1")
    os.makedirs(db.path)
